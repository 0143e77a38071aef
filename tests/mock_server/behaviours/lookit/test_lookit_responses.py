"""Responses: begun by parents for their own children, carried on frame by frame."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lookit_client import JSON_API, Lookit, errors, ids, pointers, related

OWN = "da27faf2-c3d2-4701-b3bb-dd865f89c1a1"
ASHLEY = "0b380366-31b9-45c1-86ef-0fd9ea238ff4"
PUBLIC = "a8a80880-5539-4650-9387-c62afa202d43"
PRIVATE = "e729321f-418f-4728-992c-9364623dbe9b"
DRAFT = "65680ade-510c-4437-a58a-e41d4b94d8ed"
ARCHIVED = "84f0a2c6-5d17-4e39-8b6a-19283746a5b4"
NOBODY = "9f0c6f6e-8f57-4a53-8a38-3e6e2d7f0f11"
LATEST = "6a7b8c9d-0e1f-4203-94a5-b6c7d8e9f0a1"

#: Both of the participant; the researcher may edit the first and see the second.
EDITABLE = "bdebd15b-adc7-4377-b2f6-e9f3de70dd19"
SEEN = "51c0a355-375d-481f-a3d0-6471db8f9f14"

EMPTY = {"conditions": {}, "global_event_timings": [], "exp_data": {}, "sequence": [], "completed": False}


def body(child: Any = OWN, study: Any = PUBLIC, attributes: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "data": {
            "type": "responses",
            "attributes": {} if attributes is None else attributes,
            "relationships": {
                "child": {"data": {"type": "children", "id": child}},
                "study": {"data": {"type": "studies", "id": study}},
            },
            **more,
        }
    }


def begin(lookit: Lookit, role: str = "participant", **options: Any) -> Any:
    return lookit.post("/api/v1/responses/", body(**options), role=role).raise_for_status().json()["data"]


# Beginning


@pytest.mark.clauses("LK-119", "LK-122", "LK-127", "LK-199")
def test_a_parent_begins_a_response_for_their_child(lookit: Lookit) -> None:
    reply = lookit.post("/api/v1/responses/", body(), role="participant")
    made = reply.json()["data"]

    assert reply.status_code == 201
    assert reply.headers["location"] == made["links"]["self"]
    assert made["attributes"] == EMPTY
    assert (related(made, "child"), related(made, "study")) == (OWN, PUBLIC)
    assert lookit.item("responses", made["id"], role="participant") == made


@pytest.mark.clauses("LK-119")
def test_the_sample_of_the_source_works_as_printed(lookit: Lookit) -> None:
    assert lookit.post("/api/v1/responses/", body(child=ASHLEY)).status_code == 201


@pytest.mark.clauses("LK-122")
def test_attributes_may_be_left_out_altogether(lookit: Lookit) -> None:
    sent = body()
    del sent["data"]["attributes"]

    assert lookit.post("/api/v1/responses/", sent, role="participant").json()["data"]["attributes"] == EMPTY


@pytest.mark.clauses("LK-119", "LK-013")
def test_what_is_sent_with_a_new_response_is_kept_as_it_is(lookit: Lookit) -> None:
    attributes = {
        "conditions": {"8-pref-phys-videos": {"showStay": 8, "whichObjects": [8, 5, 6, 8]}},
        "global_event_timings": [{"exitType": "x", "exit_type": "y"}],
        "exp_data": {"5-5-mood-survey": {"napWakeUp": "11:00", "": None, "Ünïcode 💤": [1.5, True]}},
        "sequence": ["5-5-mood-survey"],
        "completed": True,
    }

    assert begin(lookit, attributes=attributes)["attributes"] == attributes


@pytest.mark.clauses("LK-111", "LK-110", "LK-109")
def test_a_new_response_comes_first_for_the_parent_and_the_researcher(lookit: Lookit) -> None:
    made = begin(lookit, study=PRIVATE)

    for role in ("participant", "researcher", "admin"):
        assert ids(lookit.get("/api/v1/responses/", role=role).json())[0] == made["id"]


@pytest.mark.clauses("LK-040", "LK-062", "LK-157")
def test_taking_part_brings_a_family_into_the_sight_of_the_researcher(lookit: Lookit) -> None:
    child = "8d9e0f1a-2b3c-4d5e-8f60-718293a4b5c6"
    assert lookit.get(f"/api/v1/children/{child}/", role="researcher").status_code == 404

    begin(lookit, role="collaborator", child=child)

    parent = related(lookit.item("children", child, role="researcher"), "user")
    assert lookit.item("users", parent, role="researcher")["attributes"]["given_name"] == "Nora"


@pytest.mark.clauses("LK-123")
def test_the_snapshot_is_the_latest_of_the_callers_demographics(lookit: Lookit) -> None:
    assert related(begin(lookit), "demographic_snapshot") == LATEST


@pytest.mark.clauses("LK-123")
def test_a_snapshot_sent_by_the_client_is_not_taken_over(lookit: Lookit) -> None:
    sent = body()
    older = {"type": "demographics", "id": "341ea7c7-f657-4ab2-a530-21ac293e7d6f"}
    sent["data"]["relationships"]["demographic_snapshot"] = {"data": older}
    made = lookit.post("/api/v1/responses/", sent, role="participant").json()["data"]

    assert related(made, "demographic_snapshot") == LATEST


@pytest.mark.clauses("LK-203", "LK-123")
def test_the_snapshot_of_a_family_without_demographics_is_null(lookit: Lookit) -> None:
    made = begin(lookit, role="collaborator", child="8d9e0f1a-2b3c-4d5e-8f60-718293a4b5c6")

    assert made["relationships"]["demographic_snapshot"] == {"links": {"related": None}}
    assert lookit.item("responses", made["id"]) == made


@pytest.mark.clauses("LK-185")
def test_an_id_sent_with_a_new_response_is_not_taken_over(lookit: Lookit) -> None:
    assert begin(lookit, id=NOBODY)["id"] != NOBODY


@pytest.mark.clauses("LK-120", "LK-121", "LK-201")
@pytest.mark.parametrize(
    ("role", "child"),
    [("participant", ASHLEY), ("admin", OWN), ("researcher", OWN), ("other", OWN), ("outsider", OWN)],
)
def test_nobody_responds_for_the_child_of_another(lookit: Lookit, role: str, child: str) -> None:
    before = lookit.count("responses")

    assert lookit.post("/api/v1/responses/", body(child=child), role=role).status_code == 403
    assert lookit.count("responses") == before


CHILD, STUDY = "/data/relationships/child", "/data/relationships/study"


@pytest.mark.clauses("LK-124", "LK-184")
@pytest.mark.parametrize(
    ("kept", "expected"), [([], [CHILD, STUDY]), (["child"], [STUDY]), (["study"], [CHILD]), (None, [CHILD, STUDY])]
)
def test_child_and_study_are_required(lookit: Lookit, kept: list[str] | None, expected: list[str]) -> None:
    sent = body()
    relationships = sent["data"].pop("relationships")
    if kept is not None:
        sent["data"]["relationships"] = {name: relationships[name] for name in kept}
    reply = lookit.post("/api/v1/responses/", sent, role="participant")

    assert (reply.status_code, pointers(reply)) == (400, expected)


@pytest.mark.clauses("LK-124", "LK-201")
@pytest.mark.parametrize(
    ("child", "study", "expected"),
    [(NOBODY, PUBLIC, [CHILD]), (OWN, NOBODY, [STUDY]), (NOBODY, NOBODY, [CHILD, STUDY]), (OWN, OWN, [STUDY])],
)
def test_child_and_study_must_exist(lookit: Lookit, child: str, study: str, expected: list[str]) -> None:
    before = lookit.count("responses")
    reply = lookit.post("/api/v1/responses/", body(child=child, study=study), role="participant")

    assert (reply.status_code, pointers(reply)) == (400, expected)
    assert lookit.count("responses") == before


@pytest.mark.clauses("LK-125")
@pytest.mark.parametrize("study", [DRAFT, ARCHIVED])
def test_a_study_out_of_sight_is_refused_like_one_that_is_not_there(lookit: Lookit, study: str) -> None:
    hidden = lookit.post("/api/v1/responses/", body(study=study), role="participant")
    unknown = lookit.post("/api/v1/responses/", body(study=NOBODY), role="participant")

    assert (hidden.status_code, hidden.json()) == (unknown.status_code, unknown.json())


@pytest.mark.clauses("LK-119", "LK-148")
def test_a_private_study_takes_responses_while_it_is_active(lookit: Lookit) -> None:
    assert related(begin(lookit, study=PRIVATE), "study") == PRIVATE


@pytest.mark.clauses("LK-198")
def test_those_who_may_edit_a_draft_try_it_with_their_own_child(lookit: Lookit) -> None:
    assert related(begin(lookit, role="admin", child=ASHLEY, study=DRAFT), "study") == DRAFT


@pytest.mark.clauses("LK-126")
def test_another_type_than_responses_is_a_conflict(lookit: Lookit) -> None:
    reply = lookit.post("/api/v1/responses/", body(type="response"), role="participant")

    assert (reply.status_code, pointers(reply)) == (409, ["/data"])


WRONG = [
    ("conditions", []),
    ("conditions", None),
    ("global_event_timings", {}),
    ("global_event_timings", ["text"]),
    ("exp_data", "text"),
    ("sequence", "1-mood-survey"),
    ("sequence", [1]),
    ("completed", "yes"),
    ("completed", None),
]


@pytest.mark.clauses("LK-195", "LK-201")
@pytest.mark.parametrize(("name", "value"), WRONG)
def test_an_attribute_of_the_wrong_type_begins_nothing(lookit: Lookit, name: str, value: Any) -> None:
    before = lookit.count("responses")
    reply = lookit.post("/api/v1/responses/", body(attributes={name: value}), role="participant")

    assert reply.status_code == 400
    assert pointers(reply)[0].startswith(f"/data/attributes/{name}")
    assert lookit.count("responses") == before


# Carrying on


@pytest.mark.clauses("LK-128", "LK-129", "LK-137")
def test_one_attribute_is_changed_and_the_others_stay(lookit: Lookit) -> None:
    before = lookit.item("responses", EDITABLE)
    reply = lookit.change("responses", EDITABLE, {"conditions": {"cloudy": "skies"}}, role="participant")
    expected = {**before, "attributes": {**before["attributes"], "conditions": {"cloudy": "skies"}}}

    assert (reply.status_code, reply.json()) == (200, {"data": expected})
    assert lookit.item("responses", EDITABLE) == expected


@pytest.mark.clauses("LK-128")
@pytest.mark.parametrize("role", ["admin", "participant"])
def test_the_sample_change_of_the_source_works_as_printed(lookit: Lookit, role: str) -> None:
    assert lookit.change("responses", SEEN, {"conditions": {"cloudy": "skies"}}, role=role).status_code == 200


@pytest.mark.clauses("LK-130")
def test_an_attribute_that_is_sent_replaces_the_old_one_as_a_whole(lookit: Lookit) -> None:
    lookit.change("responses", EDITABLE, {"exp_data": {"0-video-config": {"hasCamAccess": True}}})

    assert lookit.item("responses", EDITABLE)["attributes"]["exp_data"] == {"0-video-config": {"hasCamAccess": True}}


@pytest.mark.clauses("LK-135", "LK-129")
def test_a_run_of_changes_frame_by_frame_all_take_effect(lookit: Lookit) -> None:
    id = begin(lookit)["id"]
    sequence: list[str] = []
    data: dict[str, Any] = {}
    for number in range(6):
        sequence.append(f"{number}-frame")
        data[f"{number}-frame"] = {"answeredAt": number}
        reply = lookit.change("responses", id, {"sequence": sequence, "exp_data": data}, role="participant")
        assert reply.status_code == 200
    lookit.change("responses", id, {"completed": True}, role="participant")

    assert lookit.item("responses", id)["attributes"] == {
        **EMPTY,
        "sequence": sequence,
        "exp_data": data,
        "completed": True,
    }


@pytest.mark.clauses("LK-131")
def test_the_change_of_an_older_response_moves_it_to_the_front(lookit: Lookit) -> None:
    last = ids(lookit.get("/api/v1/responses/?page=last").json())[-1]
    lookit.change("responses", last, {"completed": True})

    assert ids(lookit.get("/api/v1/responses/").json())[0] == last


@pytest.mark.clauses("LK-132", "LK-196")
@pytest.mark.parametrize(
    ("role", "id", "status"),
    [
        ("participant", SEEN, 200),
        ("researcher", EDITABLE, 200),
        ("admin", SEEN, 200),
        ("researcher", SEEN, 403),
        ("outsider", SEEN, 404),
        ("other", SEEN, 404),
        ("collaborator", SEEN, 404),
    ],
)
def test_a_response_is_changed_by_the_parent_and_by_editors(lookit: Lookit, role: str, id: str, status: int) -> None:
    before = lookit.item("responses", id)
    reply = lookit.change("responses", id, {"conditions": {"by": role}}, role=role)

    assert reply.status_code == status
    assert (lookit.item("responses", id) == before) == (status != 200)


@pytest.mark.clauses("LK-133", "LK-204")
@pytest.mark.parametrize("wrong", [{"id": SEEN}, {"id": "x"}, {"type": "labs"}], ids=str)
def test_a_type_or_id_of_another_address_is_a_conflict(lookit: Lookit, wrong: dict[str, str]) -> None:
    sent = {"type": "responses", "id": EDITABLE, "attributes": {"completed": True}, **wrong}
    reply = lookit.patch(f"/api/v1/responses/{EDITABLE}/", {"data": sent})

    assert (reply.status_code, pointers(reply)) == (409, ["/data"])
    assert lookit.item("responses", EDITABLE)["attributes"]["completed"] is False


@pytest.mark.clauses("LK-186")
def test_a_change_without_an_id_is_400(lookit: Lookit) -> None:
    reply = lookit.patch(f"/api/v1/responses/{EDITABLE}/", {"data": {"type": "responses", "attributes": {}}})

    assert (reply.status_code, pointers(reply)) == (400, ["/data/id"])


@pytest.mark.clauses("LK-134")
def test_a_response_keeps_its_child_its_study_and_its_snapshot(lookit: Lookit) -> None:
    before = lookit.item("responses", EDITABLE)["relationships"]
    sent = body(child=ASHLEY, study=PUBLIC, id=EDITABLE)
    sent["data"]["relationships"]["demographic_snapshot"] = {"data": {"type": "demographics", "id": LATEST}}
    lookit.patch(f"/api/v1/responses/{EDITABLE}/", sent)

    assert lookit.item("responses", EDITABLE)["relationships"] == before


@pytest.mark.clauses("LK-195")
@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_change_to_the_wrong_type_changes_nothing(lookit: Lookit, name: str, value: Any) -> None:
    before = lookit.get("/api/v1/responses/?page_size=100").json()
    reply = lookit.change("responses", EDITABLE, {"conditions": {"new": 1}, name: value})

    assert reply.status_code == 400
    assert lookit.get("/api/v1/responses/?page_size=100").json() == before


@pytest.mark.clauses("LK-012")
def test_an_unknown_attribute_is_passed_over(lookit: Lookit) -> None:
    reply = lookit.change("responses", EDITABLE, {"expData": {"x": 1}, "mood": "good"})

    assert set(reply.json()["data"]["attributes"]) == set(EMPTY)


@pytest.mark.clauses("LK-020")
@pytest.mark.parametrize("id", [NOBODY, "1", "%20"])
def test_a_response_that_is_not_there_cannot_be_changed(lookit: Lookit, id: str) -> None:
    assert lookit.change("responses", id, {}).status_code == 404


# Rubbish


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.clauses("LK-195", "LK-019")
@pytest.mark.parametrize("depth", [100, 300, 900])
def test_deep_nesting_is_kept_or_refused_but_never_fails(lookit: Lookit, depth: int) -> None:
    reply = lookit.change("responses", EDITABLE, {"exp_data": nested(depth)})

    assert reply.status_code in {200, 400}
    if reply.status_code == 200:
        assert lookit.item("responses", EDITABLE)["attributes"]["exp_data"] == nested(depth)
    else:
        assert errors(reply)


@pytest.mark.clauses("LK-195", "LK-019")
@pytest.mark.parametrize(
    "raw",
    [
        b"{", b"\xff", b'{"data": 1}', b'{"data": {"type": "responses", "id": 7}}', b"[]", b"0", b"true",
        b'{"data": {"type": ["responses"], "id": {}}}', b'{"data": {"attributes": "none"}}', b"[" * 100_000,
        b'{"data": {"type": "responses", "id": "x", "attributes": {"exp_data": {"a": "\\ud800"}}}}',
    ],
)  # fmt: skip
def test_rubbish_is_refused_in_the_same_shape(lookit: Lookit, raw: bytes) -> None:
    before = lookit.item("responses", EDITABLE)
    headers = {"Content-Type": JSON_API}
    reply = lookit.send("PATCH", f"/api/v1/responses/{EDITABLE}/", content=raw, headers=headers)

    # What is a document has another type or id than the address; the rest is none.
    assert reply.status_code == (409 if b'"data": {' in raw and b"ud800" not in raw else 400)
    assert errors(reply)
    assert lookit.item("responses", EDITABLE) == before


@pytest.mark.clauses("LK-013")
@pytest.mark.parametrize("number", ["1e400", "123456789012345678901234567890", "-0.0", "1E2"])
def test_numbers_of_any_size_do_no_harm(lookit: Lookit, number: str) -> None:
    document = json.dumps({"data": {"type": "responses", "id": EDITABLE, "attributes": {"exp_data": {"n": "N"}}}})
    raw = document.replace('"N"', number).encode()
    headers = {"Content-Type": JSON_API}
    reply = lookit.send("PATCH", f"/api/v1/responses/{EDITABLE}/", content=raw, headers=headers)

    assert reply.status_code in {200, 400}
    assert lookit.get(f"/api/v1/responses/{EDITABLE}/").status_code == 200
