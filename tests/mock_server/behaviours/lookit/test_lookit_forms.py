"""What clients of the real server rely on: names and ids in any form, fieldsets, error codes, the order of refusals."""

from __future__ import annotations

from typing import Any

import pytest
from lookit_client import JSON_API, Lookit, ids

EDITABLE = "51c0a355-375d-481f-a3d0-6471db8f9f14"
EDITABLE_STUDY = "e729321f-418f-4728-992c-9364623dbe9b"
SEEN_STUDY = "a8a80880-5539-4650-9387-c62afa202d43"
COMMENTED = "841c8a77-b322-4e25-8e03-47a83fa326ff"
MILA = "da27faf2-c3d2-4701-b3bb-dd865f89c1a1"
ASHLEY = "0b380366-31b9-45c1-86ef-0fd9ea238ff4"


def feedback(**attributes: Any) -> dict[str, Any]:
    link = {"data": {"type": "responses", "id": COMMENTED}}
    return {"data": {"type": "feedback", "attributes": attributes, "relationships": {"response": link}}}


def reasons(reply: Any) -> list[tuple[str, str | None]]:
    """The codes of a refusal with the places they are about."""
    return [(each["code"], each.get("source", {}).get("pointer")) for each in reply.json()["errors"]]


@pytest.mark.clauses("LK-013")
@pytest.mark.parametrize("name", ["exp_data", "expData", "exp-data", "ExpData"])
def test_an_attribute_is_stored_whatever_the_form_of_its_name(lookit: Lookit, name: str) -> None:
    data = {"1-moodSurvey": {"napWakeUp": "11:00", "event-timings": []}}
    lookit.change("responses", EDITABLE, {name: data}).raise_for_status()

    assert lookit.item("responses", EDITABLE)["attributes"]["exp_data"] == data


@pytest.mark.clauses("LK-013")
def test_every_attribute_of_a_new_response_may_be_written_apart_or_together(lookit: Lookit) -> None:
    links = {
        "child": {"data": {"type": "children", "id": MILA}},
        "study": {"data": {"type": "studies", "id": SEEN_STUDY}},
    }
    attributes = {"globalEventTimings": [{"exitType": "x"}], "Completed": True, "exp-data": {"a": 1}}
    body = {"data": {"type": "responses", "attributes": attributes, "relationships": links}}
    made = lookit.post("/api/v1/responses/", body, role="participant").json()["data"]["attributes"]

    assert (made["global_event_timings"], made["completed"], made["exp_data"]) == ([{"exitType": "x"}], True, {"a": 1})


@pytest.mark.clauses("LK-017")
@pytest.mark.parametrize("form", [str.upper, lambda id: id.replace("-", "")], ids=["capitals", "without dashes"])
def test_an_id_is_the_same_in_every_form(lookit: Lookit, form: Any) -> None:
    assert lookit.get(f"/api/v1/children/{form(ASHLEY)}/").json()["data"]["id"] == ASHLEY
    assert ids(lookit.get(f"/api/v1/responses/?child={form(MILA)}").json()) == ids(
        lookit.get(f"/api/v1/responses/?child={MILA}").json()
    )
    sent = feedback(comment="Well done!")
    sent["data"]["relationships"]["response"]["data"]["id"] = form(COMMENTED)
    made = lookit.post("/api/v1/feedback/", sent).json()["data"]
    assert made["relationships"]["response"]["links"]["related"].endswith(f"/{COMMENTED}/")
    change = {"data": {"type": "feedback", "id": form(made["id"]), "attributes": {"comment": "Better"}}}
    assert lookit.patch(f"/api/v1/feedback/{form(made['id'])}/", change).status_code == 200


@pytest.mark.clauses("LK-010")
@pytest.mark.parametrize("path", ["children/", f"children/{ASHLEY}/"])
def test_a_fieldset_leaves_what_it_names(lookit: Lookit, path: str) -> None:
    def shown(query: str) -> Any:
        data = lookit.get(f"/api/v1/{path}?{query}").json()["data"]
        return data[0] if isinstance(data, list) else data

    everything = shown("")
    named = shown("fields[children]=given_name")
    assert named["attributes"] == {"given_name": everything["attributes"]["given_name"]}
    assert "relationships" not in named
    assert shown("fields[children]=user,gender")["relationships"] == everything["relationships"]
    assert shown("fields[children]=")["attributes"] == shown("fields[children]=nothing")["attributes"] == {}
    assert shown("fields[users]=given_name") == everything


@pytest.mark.clauses("LK-010")
@pytest.mark.parametrize("kind", ["demographics", "feedback", "labs", "responses", "studies", "users"])
def test_every_list_takes_fieldsets(lookit: Lookit, kind: str) -> None:
    first = lookit.get(f"/api/v1/{kind}/").json()["data"][0]
    name = next(iter(first["attributes"]))

    page = lookit.get(f"/api/v1/{kind}/?fields[{kind}]={name}").json()["data"]
    assert page
    assert all(list(each["attributes"]) == [name] for each in page)


@pytest.mark.clauses("LK-048")
@pytest.mark.parametrize("query", ["page=", "study=", "child=", "page=&study=&child="])
def test_an_empty_parameter_is_none(lookit: Lookit, query: str) -> None:
    assert ids(lookit.get(f"/api/v1/responses/?{query}").json()) == ids(lookit.get("/api/v1/responses/").json())


@pytest.mark.clauses("LK-048")
def test_lists_have_the_order_of_the_real_server(lookit: Lookit) -> None:
    birthdays = [each["attributes"]["birthday"] for each in lookit.objects("children")]
    names = [each["attributes"]["name"] for each in lookit.objects("labs")]
    forms = [each["attributes"]["date_created"] for each in lookit.objects("demographics", role="participant")]

    assert birthdays == sorted(birthdays, reverse=True)
    assert names == sorted(names)
    assert forms == sorted(forms, reverse=True)
    made = lookit.post("/api/v1/feedback/", feedback(comment="The newest")).json()["data"]["id"]
    assert lookit.get("/api/v1/feedback/").json()["data"][0]["id"] == made


@pytest.mark.clauses("LK-019")
@pytest.mark.parametrize(
    ("sent", "status", "expected"),
    [
        (feedback(), 400, [("required", "/data/attributes/comment")]),
        (feedback(comment=""), 400, [("blank", "/data/attributes/comment")]),
        (feedback(comment=" \n "), 400, [("blank", "/data/attributes/comment")]),
        (feedback(comment=None), 400, [("null", "/data/attributes/comment")]),
        (feedback(comment=5), 400, [("invalid", "/data/attributes/comment")]),
        (feedback(comment="a\0b"), 400, [("null_characters_not_allowed", "/data/attributes/comment")]),
        ({"data": None}, 400, [("parse_error", "/data")]),
        ({"data": {"type": "labs"}}, 409, [("error", "/data")]),
    ],
)
def test_a_fault_has_the_code_of_its_kind(lookit: Lookit, sent: Any, status: int, expected: list[Any]) -> None:
    reply = lookit.post("/api/v1/feedback/", sent)

    assert (reply.status_code, reasons(reply)) == (status, expected)


@pytest.mark.clauses("LK-019")
def test_a_list_that_is_none_has_a_code_of_its_own(lookit: Lookit) -> None:
    reply = lookit.change("responses", EDITABLE, {"sequence": {}})

    assert (reply.status_code, reasons(reply)) == (400, [("not_a_list", "/data/attributes/sequence")])


@pytest.mark.clauses("LK-019")
@pytest.mark.parametrize(
    ("method", "path", "headers", "role", "expected"),
    [
        ("GET", "users/", {}, None, ("not_authenticated", "/data")),
        ("GET", "users/", {"Accept": "application/json"}, "admin", ("not_acceptable", "/data")),
        ("POST", "users/", {}, "admin", ("method_not_allowed", "/data")),
        ("POST", "feedback/", {"Content-Type": "application/json"}, "admin", ("unsupported_media_type", "/data")),
        ("GET", "users/?page=99", {}, "admin", ("not_found", "/data")),
        ("GET", "users/?include=children", {}, "admin", ("parse_error", "/data")),
        ("GET", f"users/{ASHLEY}/", {}, "admin", ("not_found", None)),
        ("GET", "users/1/", {}, "admin", ("not_found", None)),
    ],
)
def test_only_an_unknown_id_is_about_nothing_of_the_document(
    lookit: Lookit, method: str, path: str, headers: dict[str, str], role: str | None, expected: Any
) -> None:
    reply = lookit.send(method, f"/api/v1/{path}", role, b"{}" if method == "POST" else None, headers)

    assert reasons(reply) == [expected]


@pytest.mark.clauses("LK-084")
def test_who_may_not_write_is_refused_before_what_is_wrong_inside(lookit: Lookit) -> None:
    blank = feedback(comment=" ")
    other = feedback(comment=" ")
    other["data"]["type"] = "labs"

    assert lookit.post("/api/v1/feedback/", blank, role="researcher").status_code == 403
    assert lookit.post("/api/v1/feedback/", other, role="researcher").status_code == 409
    assert lookit.post("/api/v1/feedback/", blank, role="admin").status_code == 400
    assert lookit.change("responses", COMMENTED, {"sequence": 5}, role="researcher").status_code == 403


@pytest.mark.clauses("LK-084")
def test_a_comment_is_kept_without_the_blanks_around_it(lookit: Lookit) -> None:
    made = lookit.post("/api/v1/feedback/", feedback(comment="  Thank you!\n")).json()["data"]

    assert made["attributes"]["comment"] == "Thank you!"


@pytest.mark.parametrize(
    ("method", "path", "role", "allowed"),
    [
        ("GET", "users/", "admin", "GET"),
        ("GET", "users/", None, "GET"),
        ("GET", f"users/{MILA}/", "admin", "GET"),
        ("DELETE", "responses/", "admin", "POST"),
        ("GET", f"responses/{EDITABLE}/", "outsider", "PATCH"),
        ("POST", "feedback/", "researcher", "POST"),
    ],
)
@pytest.mark.clauses("LK-022")
def test_every_reply_says_which_methods_its_address_has(
    lookit: Lookit, method: str, path: str, role: str | None, allowed: str
) -> None:
    reply = lookit.send(method, f"/api/v1/{path}", role, b"{}", {"Content-Type": JSON_API})

    assert allowed in reply.headers["allow"].split(", ")
