"""Feedback: left and reworded by those who may edit the response."""

from __future__ import annotations

from typing import Any

import pytest
from lookit_client import JSON_API, Lookit, errors, pointers, related

ADMIN = "834bbf33-b249-4737-a041-43574cd137a7"
RESEARCHER = "2f0c1a5e-6c1b-4b57-9a0e-5d6f3c7e8a11"
#: To a study that the researcher may see into, and to the one that the researcher may edit.
SEEN = "841c8a77-b322-4e25-8e03-47a83fa326ff"
EDITABLE = "bdebd15b-adc7-4377-b2f6-e9f3de70dd19"
ON_SEEN = "cbfc64ee-30a3-491e-bd0e-1bef81540ea5"
ON_EDITABLE = "ebf41029-02d7-49f5-8adb-1e32d4ac22a5"
NOBODY = "9f0c6f6e-8f57-4a53-8a38-3e6e2d7f0f11"


def body(comment: Any = "Well done!", response: Any = SEEN, **more: Any) -> dict[str, Any]:
    return {
        "data": {
            "type": "feedback",
            "attributes": {"comment": comment},
            "relationships": {"response": {"data": {"type": "responses", "id": response}}},
            **more,
        }
    }


@pytest.mark.clauses("LK-081", "LK-082", "LK-083", "LK-085")
def test_the_reply_is_the_new_feedback_with_its_address(lookit: Lookit) -> None:
    reply = lookit.post("/api/v1/feedback/", body("Thank you so much!"))
    made = reply.json()["data"]

    assert reply.status_code == 201
    assert reply.headers["location"] == made["links"]["self"] == f"{lookit.url}/api/v1/feedback/{made['id']}/"
    assert made["attributes"] == {"comment": "Thank you so much!"}
    assert (related(made, "response"), related(made, "researcher")) == (SEEN, ADMIN)
    assert lookit.item("feedback", made["id"]) == made
    assert made in lookit.objects("feedback")


@pytest.mark.clauses("LK-083", "LK-086")
def test_a_researcher_leaves_feedback_where_they_may_edit(lookit: Lookit) -> None:
    made = lookit.post("/api/v1/feedback/", body(response=EDITABLE), role="researcher").json()["data"]

    assert related(made, "researcher") == RESEARCHER


@pytest.mark.clauses("LK-076")
def test_the_family_reads_new_feedback(lookit: Lookit) -> None:
    made = lookit.post("/api/v1/feedback/", body()).json()["data"]

    assert lookit.item("feedback", made["id"], role="participant") == made


@pytest.mark.clauses("LK-084")
def test_a_researcher_named_in_the_request_is_not_taken_over(lookit: Lookit) -> None:
    sent = body()
    sent["data"]["relationships"]["researcher"] = {"data": {"type": "users", "id": RESEARCHER}}

    assert related(lookit.post("/api/v1/feedback/", sent).json()["data"], "researcher") == ADMIN


@pytest.mark.clauses("LK-185")
def test_an_id_sent_with_new_feedback_is_not_taken_over(lookit: Lookit) -> None:
    assert lookit.post("/api/v1/feedback/", body(id=NOBODY)).json()["data"]["id"] != NOBODY


@pytest.mark.clauses("LK-086", "LK-087", "LK-201")
@pytest.mark.parametrize("role", ["researcher", "participant", "outsider", "other", "collaborator"])
def test_feedback_is_refused_to_those_who_may_not_edit_the_response(lookit: Lookit, role: str) -> None:
    before = lookit.count("feedback")
    reply = lookit.post("/api/v1/feedback/", body(), role=role)

    assert (reply.status_code, errors(reply)[0]["code"]) == (403, "permission_denied")
    assert lookit.count("feedback") == before


@pytest.mark.clauses("LK-088", "LK-201")
@pytest.mark.parametrize("comment", ["", "   ", "\n\t", None, 5, ["text"], {"text": "x"}])
def test_a_comment_is_text_and_not_blank(lookit: Lookit, comment: Any) -> None:
    before = lookit.count("feedback")
    reply = lookit.post("/api/v1/feedback/", body(comment))

    assert (reply.status_code, pointers(reply)) == (400, ["/data/attributes/comment"])
    assert lookit.count("feedback") == before


COMMENT, RESPONSE = "/data/attributes/comment", "/data/relationships/response"


@pytest.mark.clauses("LK-088", "LK-089", "LK-184")
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"attributes": {}, "relationships": {}}, [COMMENT, RESPONSE]),
        ({"attributes": {}}, [COMMENT, RESPONSE]),
        ({}, [COMMENT, RESPONSE]),
        ({"attributes": {"comment": "x"}, "relationships": {}}, [RESPONSE]),
        ({"attributes": {"comment": "x"}}, [RESPONSE]),
        ({"relationships": body()["data"]["relationships"]}, [COMMENT]),
    ],
)
def test_each_missing_member_is_an_error_with_its_place(
    lookit: Lookit, data: dict[str, Any], expected: list[str]
) -> None:
    reply = lookit.post("/api/v1/feedback/", {"data": {"type": "feedback", **data}})

    assert (reply.status_code, pointers(reply)) == (400, expected)


@pytest.mark.clauses("LK-089")
@pytest.mark.parametrize("response", [NOBODY, "1", 7, None, "", ON_SEEN])
def test_the_response_must_exist(lookit: Lookit, response: Any) -> None:
    reply = lookit.post("/api/v1/feedback/", body(response=response))

    assert reply.status_code == 400
    assert pointers(reply)[0].startswith(RESPONSE)


@pytest.mark.clauses("LK-089")
def test_what_is_named_must_be_a_response(lookit: Lookit) -> None:
    sent = body()
    sent["data"]["relationships"]["response"]["data"]["type"] = "children"

    assert lookit.post("/api/v1/feedback/", sent).status_code == 409


@pytest.mark.clauses("LK-090")
def test_another_type_than_feedback_is_a_conflict(lookit: Lookit) -> None:
    sent = body()
    sent["data"]["type"] = "responses"
    reply = lookit.post("/api/v1/feedback/", sent)

    assert (reply.status_code, pointers(reply)) == (409, ["/data"])


@pytest.mark.clauses("LK-090", "LK-184")
def test_no_type_is_another_type(lookit: Lookit) -> None:
    sent = body()
    del sent["data"]["type"]
    reply = lookit.post("/api/v1/feedback/", sent)

    assert (reply.status_code, pointers(reply)) == (409, ["/data"])


@pytest.mark.clauses("LK-091", "LK-019")
@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"nonsense", b"{}", b"[]", b"null", b'"text"', b'{"data": []}', b'{"data": null}', b'{"data": "x"}',
     b'{"data": {"type": "feedback"', b"\xff\xfe", b'{"data": "\xc3\x28"}', b"[" * 5000],
)  # fmt: skip
def test_a_broken_document_is_400_in_the_same_shape(lookit: Lookit, raw: bytes) -> None:
    before = lookit.count("feedback")
    reply = lookit.send("POST", "/api/v1/feedback/", content=raw, headers={"Content-Type": JSON_API})

    assert reply.status_code == 400
    assert reply.headers["content-type"] == JSON_API
    assert errors(reply)
    assert lookit.count("feedback") == before


@pytest.mark.clauses("LK-092", "LK-095")
def test_feedback_can_be_reworded_and_stays_where_it_was(lookit: Lookit) -> None:
    before = lookit.item("feedback", ON_EDITABLE)
    reply = lookit.change("feedback", ON_EDITABLE, {"comment": "Changed comment"})

    assert reply.status_code == 200
    assert reply.json()["data"] == {**before, "attributes": {"comment": "Changed comment"}}
    assert lookit.item("feedback", ON_EDITABLE) == reply.json()["data"]


@pytest.mark.clauses("LK-095")
def test_feedback_cannot_be_moved_to_another_response(lookit: Lookit) -> None:
    moved = {"response": {"data": {"type": "responses", "id": SEEN}}}
    sent = {"type": "feedback", "id": ON_EDITABLE, "attributes": {}, "relationships": moved}
    lookit.patch(f"/api/v1/feedback/{ON_EDITABLE}/", {"data": sent})

    assert related(lookit.item("feedback", ON_EDITABLE), "response") == EDITABLE


@pytest.mark.clauses("LK-092")
@pytest.mark.parametrize("attributes", [{}, {"mood": "good"}])
def test_a_change_of_nothing_changes_nothing(lookit: Lookit, attributes: Any) -> None:
    before = lookit.item("feedback", ON_EDITABLE)

    assert lookit.change("feedback", ON_EDITABLE, attributes).json()["data"] == before


@pytest.mark.clauses("LK-088")
@pytest.mark.parametrize("comment", ["", " ", None, 3])
def test_feedback_cannot_be_reworded_to_nothing(lookit: Lookit, comment: Any) -> None:
    before = lookit.item("feedback", ON_EDITABLE)
    reply = lookit.change("feedback", ON_EDITABLE, {"comment": comment})

    assert (reply.status_code, pointers(reply)) == (400, [COMMENT])
    assert lookit.item("feedback", ON_EDITABLE) == before


@pytest.mark.clauses("LK-093", "LK-197")
@pytest.mark.parametrize(
    ("role", "id", "status"),
    [
        ("researcher", ON_EDITABLE, 200),
        ("researcher", ON_SEEN, 403),
        ("participant", ON_SEEN, 403),
        ("outsider", ON_SEEN, 404),
        ("other", ON_SEEN, 404),
    ],
)
def test_rewording_takes_the_right_to_edit(lookit: Lookit, role: str, id: str, status: int) -> None:
    before = lookit.item("feedback", id)["attributes"]["comment"]

    assert lookit.change("feedback", id, {"comment": "Mine"}, role=role).status_code == status
    assert lookit.item("feedback", id)["attributes"]["comment"] == ("Mine" if status == 200 else before)


@pytest.mark.clauses("LK-094", "LK-204")
@pytest.mark.parametrize(
    "wrong", [{"id": ON_SEEN}, {"id": "1"}, {"id": None}, {"type": "labs"}, {"type": None}], ids=str
)
def test_a_type_or_id_of_another_address_is_a_conflict(lookit: Lookit, wrong: dict[str, Any]) -> None:
    sent = {"type": "feedback", "id": ON_EDITABLE, "attributes": {"comment": "x"}, **wrong}
    reply = lookit.patch(f"/api/v1/feedback/{ON_EDITABLE}/", {"data": sent})

    assert (reply.status_code, pointers(reply)) == (409, ["/data"])


@pytest.mark.clauses("LK-094", "LK-186")
@pytest.mark.parametrize(("missing", "status", "pointer"), [("type", 409, "/data"), ("id", 400, "/data/id")])
def test_a_change_without_type_or_id_is_refused(lookit: Lookit, missing: str, status: int, pointer: str) -> None:
    sent = {"type": "feedback", "id": ON_EDITABLE, "attributes": {"comment": "x"}}
    del sent[missing]
    reply = lookit.patch(f"/api/v1/feedback/{ON_EDITABLE}/", {"data": sent})

    assert (reply.status_code, pointers(reply)) == (status, [pointer])


@pytest.mark.clauses("LK-096")
def test_feedback_that_nobody_left_cannot_be_changed(lookit: Lookit) -> None:
    assert lookit.change("feedback", NOBODY, {"comment": "x"}).status_code == 404
