"""What holds for every operation: credentials, addresses, errors, bad input, pages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from prolific_play import (
    ADMIN,
    API,
    COLLECTION,
    FILTER_SET,
    FOREIGN,
    FOREIGN_PROJECT,
    FOREIGN_STUDY,
    GROUP,
    NOWHERE,
    PROJECT,
    STUDY,
    SUBMISSION,
    SUBSCRIPTION,
    SURVEY,
    WORKSPACE,
    draft,
    ok,
    published,
    refused,
    study_body,
    study_of,
    transition,
)

from understudy.specs import Contract, judged

LONG = ["studies", "submissions", f"studies/{STUDY}/submissions", f"projects/{PROJECT}/studies", "messages"]
ALSO = [
    "messages/unread",
    "surveys?researcher_id=7172727272",
    f"surveys/{SURVEY}/responses",
    f"hooks/subscriptions/{SUBSCRIPTION}/events",
]
SHORT = [
    "workspaces",
    f"workspaces/{WORKSPACE}/projects",
    "filters",
    "filter-sets",
    "participant-groups",
    f"participant-groups/{GROUP}/participants",
    "eligibility-requirements",
    "hooks/event-types",
    "hooks/subscriptions",
    "hooks/secrets?workspace_id=63722982f9cc073ecc730f6b",
    "study-collections/mutually-exclusive?project_id=65786062db3b35bcbeb07bcc",
]

#: What stands in a path where an operation needs something that exists.
THERE = {
    "workspace_id": WORKSPACE,
    "project_id": PROJECT,
    "survey_id": SURVEY,
    "subscription_id": SUBSCRIPTION,
    "studies": STUDY,
    "study-collections": COLLECTION,
    "submissions": SUBMISSION,
    "bulk-bonus-payments": "621014cb8e9e0f81e387021f",
    "filter-sets": FILTER_SET,
    "participant-groups": GROUP,
}


def _filled(path: str, id: str | None = None) -> str:
    """A path with ids that exist, or with this one."""
    topic = path.split("/")[3]
    return re.sub(r"\{([^}]+)\}", lambda found: id or THERE.get(found[1]) or THERE.get(topic, NOWHERE), path)


@pytest.mark.clauses("PR-001", "PR-004", "PR-116")
def test_no_operation_answers_without_a_token(visit: Callable[..., httpx.Client], contract: Contract) -> None:
    nobody = visit(None)

    for operation in contract.operations.values():
        reply = nobody.request(operation.method, _filled(operation.path))
        refused(reply, status=401)
        assert reply.headers["www-authenticate"] == "Token", operation.id


@pytest.mark.clauses("PR-001")
@pytest.mark.parametrize("scheme", ["Token", "token", "Bearer"])
def test_both_words_before_a_token_are_taken(visit: Callable[..., httpx.Client], scheme: str) -> None:
    assert ok(visit(scheme=scheme).get(f"{API}/users/me/"))["id"] == ADMIN


@pytest.mark.clauses("PR-001")
def test_a_token_that_nobody_has_is_refused(visit: Callable[..., httpx.Client]) -> None:
    refused(visit("nobody's").get(f"{API}/studies/"), status=401)


@pytest.mark.clauses("PR-424")
def test_a_caller_learns_who_they_are(client: httpx.Client, collaborator: httpx.Client) -> None:
    mine, theirs = ok(client.get(f"{API}/users/me/")), ok(collaborator.get(f"{API}/users/me/"))

    assert mine["email"] == "rosa.okafor@example.com"
    assert mine["id"] != theirs["id"]


@pytest.mark.clauses("PR-003")
def test_a_path_is_answered_with_and_without_its_final_slash(client: httpx.Client, contract: Contract) -> None:
    for operation in judged(contract).operations.values():
        if operation.method != "GET":
            continue
        path = _filled(operation.path)
        query = {p.name: THERE.get(p.name, "7172727272") for p in operation.parameters if p.required}
        with_slash, without = client.get(path + "/", params=query), client.get(path, params=query)
        assert not with_slash.has_redirect_location
        assert (with_slash.status_code, without.status_code) in {(200, 200), (404, 404)}, path
    assert client.post(f"{API}/studies", json=study_body()).status_code == 201
    assert client.post(f"{API}/studies/", json=study_body()).status_code == 201


@pytest.mark.clauses("PR-002", "PR-009")
@pytest.mark.parametrize(
    "path",
    [
        f"workspaces/{FOREIGN}",
        f"workspaces/{FOREIGN}/balance",
        f"workspaces/{FOREIGN}/projects",
        f"projects/{FOREIGN_PROJECT}",
        f"projects/{FOREIGN_PROJECT}/studies",
        f"studies/{FOREIGN_STUDY}",
        f"studies/{FOREIGN_STUDY}/submissions",
        f"studies/{FOREIGN_STUDY}/cost",
        f"filters?workspace_id={FOREIGN}",
        f"filter-sets?workspace_id={FOREIGN}",
        f"participant-groups?workspace_id={FOREIGN}",
        f"hooks/secrets?workspace_id={FOREIGN}",
        f"hooks/subscriptions?workspace_id={FOREIGN}",
        f"study-collections/mutually-exclusive?project_id={FOREIGN_PROJECT}",
    ],
)
def test_what_belongs_to_others_is_not_there(client: httpx.Client, path: str) -> None:
    refused(client.get(f"{API}/{path}"), status=404)


@pytest.mark.clauses("PR-002")
def test_a_collaborator_sees_only_their_workspace(collaborator: httpx.Client) -> None:
    assert [w["id"] for w in ok(collaborator.get(f"{API}/workspaces/"))["results"]] == [WORKSPACE]
    refused(collaborator.get(f"{API}/hooks/subscriptions/{SUBSCRIPTION}"), status=404)


@pytest.mark.clauses("PR-009", "PR-023", "PR-062", "PR-112", "PR-163", "PR-238", "PR-300", "PR-344")
@pytest.mark.parametrize("id", [NOWHERE, "nothing", "0", "-1", "%00", "a" * 3000, "%F0%9F%8E%A8", "%FF", "..%2f.."])
def test_an_id_that_does_not_exist_is_not_found(client: httpx.Client, contract: Contract, id: str) -> None:
    bodies = _smallest_bodies()
    for operation in judged(contract).operations.values():
        if "{" not in operation.path:
            continue
        reply = client.request(operation.method, _filled(operation.path, id), json=bodies.get(operation.id))
        assert reply.status_code == 404, (operation.id, reply.text)
        refused(reply, status=404)


def _smallest_bodies() -> dict[str, Any]:
    """For each operation with a path parameter a body that its schema takes."""
    return {
        "create_project": {"title": "x"},
        "update_workspace": {},
        "update_project": {},
        "update_study": {},
        "transition_study": {"action": "PUBLISH"},
        "update_collection": {},
        "transition_collection": {"action": "PUBLISH"},
        "transition_submission": {"action": "APPROVE"},
        "request_submission_return": {"request_return_reasons": ["x"]},
        "update_filter_set": {},
        "update_participant_group": {},
        "add_group_participants": {"participant_ids": []},
        "remove_group_participants": {"participant_ids": []},
        "create_survey_response": {"participant_id": "x", "submission_id": "x", "questions": []},
        "confirm_subscription": {},
        "update_subscription": {"event_type": "x", "target_url": "x"},
    }


@pytest.mark.clauses("PR-004", "PR-005", "PR-006", "PR-007", "PR-444")
def test_a_refusal_has_one_shape_whatever_its_status(client: httpx.Client, collaborator: httpx.Client) -> None:
    replies = [
        client.post(f"{API}/studies/", json={}),
        client.get(f"{API}/studies/{NOWHERE}/"),
        client.get(f"{API}/nowhere/"),
        client.put(f"{API}/studies/", json={}),
        client.post(f"{API}/studies/", content=b"<x/>", headers={"content-type": "application/xml"}),
        collaborator.patch(f"{API}/workspaces/{WORKSPACE}/", json={"title": "Mine"}),
    ]

    assert [reply.status_code for reply in replies] == [400, 404, 404, 405, 415, 403]
    for reply in replies:
        error = reply.json()["error"]
        assert error["status"] == reply.status_code
        assert isinstance(error["error_code"], int)
        assert error["title"]
        assert isinstance(error["detail"], str | dict)


@pytest.mark.clauses("PR-007", "PR-532", "PR-533", "PR-172", "PR-534")
def test_every_invalid_field_is_reported_in_one_reply(client: httpx.Client) -> None:
    detail = refused(client.post(f"{API}/studies/", json={"name": "x", "reward": "much"}))

    assert all(isinstance(messages, list) for messages in detail.values())
    assert {"description", "external_study_url", "reward", "completion_codes"} <= set(detail)


@pytest.mark.clauses("PR-018")
def test_a_verb_that_a_path_does_not_know_is_refused_with_those_it_knows(client: httpx.Client) -> None:
    reply = client.put(f"{API}/studies/{STUDY}/", json={})

    refused(reply, status=405)
    assert {"GET", "PATCH", "DELETE"} <= {verb.strip() for verb in reply.headers["allow"].split(",")}


@pytest.mark.clauses("PR-010", "PR-017")
@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"nonsense",
        b'{"title": "\xff\xfe"}',
        b"[" * 5000,
        b'{"a":' * 3000 + b"1" + b"}" * 3000,
        b'{"title": NaN}',
        b"\x00",
        b'"text"',
        b"[]",
        b"42",
        b"null",
        b'[{"title": "x"}]',
        b'{"title": 1e400}',
        b'{"title": "\\ud800"}',
    ],
)
def test_rubbish_is_refused_by_every_operation_that_takes_a_body(
    client: httpx.Client, contract: Contract, content: bytes
) -> None:
    before = _all(client)

    for operation in contract.operations.values():
        if operation.body and operation.body_required:
            reply = client.request(
                operation.method,
                _filled(operation.path),
                content=content,
                headers={"content-type": "application/json"},
            )
            assert reply.status_code == 400, (operation.id, reply.status_code, reply.text[:200])
            refused(reply)
    assert _all(client) == before


def _all(client: httpx.Client) -> dict[str, int]:
    """How much there is of everything."""
    paths = [
        "studies",
        "workspaces",
        f"workspaces/{WORKSPACE}/projects",
        "participant-groups",
        "filter-sets",
        "messages",
    ]
    return {path: ok(client.get(f"{API}/{path}/"))["meta"]["count"] for path in paths}


@pytest.mark.clauses("PR-532", "PR-533", "PR-016")
def test_values_of_the_wrong_type_are_refused_by_name(client: httpx.Client) -> None:
    for name in study_body():
        for value in (None, {}, [[]], True):
            refused(client.post(f"{API}/studies/", json=study_body(**{name: value})), name)


@pytest.mark.clauses("PR-016", "PR-446")
@pytest.mark.parametrize("name", ["study_labels", "device_compatibility", "peripheral_requirements", "project"])
def test_null_is_refused_where_a_member_is_not_nullable(client: httpx.Client, name: str) -> None:
    refused(client.post(f"{API}/studies/", json=study_body(**{name: None})), name)


@pytest.mark.clauses("PR-446", "PR-178")
def test_null_is_taken_where_a_member_is_nullable(client: httpx.Client) -> None:
    names = ["filters", "metadata", "filter_set_id", "internal_name", "filter_set_version", "naivety_distribution_rate"]
    study = draft(client, **dict.fromkeys(names))

    assert study["filters"] == []
    assert [study[name] for name in names[1:]] == [None] * 5


@pytest.mark.clauses("PR-532", "PR-533", "PR-037", "PR-049", "PR-090", "PR-122", "PR-524", "PR-525", "PR-265", "PR-269")
@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("submissions/bonus-payments", ["study_id", "csv_bonuses"]),
        ("filter-sets", ["name", "filters"]),
        ("hooks/secrets", ["workspace_id"]),
        ("invitations", ["association", "emails", "role"]),
        (f"participant-groups/{GROUP}/participants", ["participant_ids"]),
        ("study-collections/mutually-exclusive", ["name", "project_id"]),
        (f"study-collections/mutually-exclusive/{COLLECTION}/transition", ["action"]),
        (f"studies/{STUDY}/transition", ["action"]),
        (f"submissions/{SUBMISSION}/transition", ["action"]),
        (f"submissions/{SUBMISSION}/request-return", ["request_return_reasons"]),
        ("study-cost-calculator", ["reward", "total_available_places"]),
        ("eligibility-count", ["filters"]),
        ("messages", ["recipient_id", "body", "study_id"]),
        ("messages/bulk", ["ids", "body", "study_id"]),
        ("participant-groups", ["name"]),
        ("hooks/subscriptions", ["event_type", "target_url", "workspace_id"]),
        ("surveys", ["researcher_id", "title"]),
        (f"surveys/{SURVEY}/responses", ["participant_id", "submission_id"]),
        ("workspaces", ["title"]),
        (f"workspaces/{WORKSPACE}/projects", ["title"]),
        ("studies", ["completion_codes", "reward"]),
    ],
)
@pytest.mark.clauses(
    "PR-132", "PR-139", "PR-146", "PR-165", "PR-245", "PR-254", "PR-311", "PR-321", "PR-335", "PR-349", "PR-456"
)
@pytest.mark.clauses("PR-448", "PR-463", "PR-464", "PR-467", "PR-470", "PR-471", "PR-473", "PR-458", "PR-469")
def test_an_empty_or_missing_body_lacks_what_is_required(client: httpx.Client, path: str, names: list[str]) -> None:
    refused(client.post(f"{API}/{path}/", json={}), *names)
    refused(client.post(f"{API}/{path}/"), *names)


@pytest.mark.clauses("PR-515", "PR-516")
def test_members_that_nobody_knows_are_passed_over(client: httpx.Client) -> None:
    extra = {"id": "", "users": None, "project_name": "x", "is_custom_screening": False, "eligibility_requirements": []}
    study = draft(client, **extra)

    assert not {"users", "project_name", "eligibility_requirements", "is_custom_screening"} & set(study)
    assert study["id"]


@pytest.mark.clauses("PR-015", "PR-098", "PR-153", "PR-248")
def test_what_only_the_service_sets_cannot_be_set(client: httpx.Client) -> None:
    study = draft(client, id=NOWHERE, status="ACTIVE", places_taken=9)
    group = {"name": "x", "workspace_id": WORKSPACE, "is_deleted": True, "participant_count": 5, "feeder_studies": [1]}
    made = ok(client.post(f"{API}/participant-groups/", json=group), 201)

    assert (study["status"], study["places_taken"]) == ("UNPUBLISHED", 0)
    assert study["id"] != NOWHERE
    assert not made["is_deleted"]
    assert made["participant_count"] == 0
    assert made["feeder_studies"] == []
    ok(client.patch(f"{API}/studies/{study['id']}/", json={"status": "ACTIVE"}))
    assert study_of(client, study)["status"] == "UNPUBLISHED"


@pytest.mark.clauses("PR-013")
def test_ids_are_24_hexadecimal_digits(client: httpx.Client) -> None:
    ids = [entry["id"] for path in ("studies", "submissions", "workspaces") for entry in _results(client, path)]
    ids.append(draft(client)["id"])

    assert all(re.fullmatch("[0-9a-f]{24}", id) for id in ids)


@pytest.mark.clauses("PR-012")
def test_creating_answers_201_and_acting_200(client: httpx.Client) -> None:
    study = draft(client)

    assert transition(client, study, "PUBLISH").status_code == 200
    assert client.post(f"{API}/studies/{study['id']}/clone/").status_code == 200
    assert client.post(f"{API}/filter-sets/{FILTER_SET}/clone/").status_code == 201


@pytest.mark.clauses("PR-017")
@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "multipart/form-data", "x"])
def test_a_body_that_is_not_json_is_refused(client: httpx.Client, media_type: str) -> None:
    reply = client.post(f"{API}/workspaces/", content=b'{"title": "x"}', headers={"content-type": media_type})

    refused(reply, status=415)


@pytest.mark.clauses("PR-017", "PR-535")
def test_replies_are_json(client: httpx.Client) -> None:
    assert client.get(f"{API}/studies/").headers["content-type"] == "application/json"
    assert client.get(f"{API}/studies/{NOWHERE}/").headers["content-type"] == "application/json"


@pytest.mark.clauses("PR-511")
def test_times_end_in_z(client: httpx.Client) -> None:
    study = published(client)
    survey = ok(client.get(f"{API}/surveys/{SURVEY}/"))

    times = [study["date_created"], study["published_at"], survey["date_created"], survey["date_modified"]]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", time) for time in times)


@pytest.mark.clauses("PR-512")
def test_whole_numbers_have_no_decimal_point(client: httpx.Client) -> None:
    body = json.dumps(study_body()).replace('"reward": 100', '"reward": 100.0')
    reply = client.post(f"{API}/studies/", content=body, headers={"content-type": "application/json"})

    assert '"reward":100,' in reply.text
    assert '"total_cost":420,' in reply.text


def _results(client: httpx.Client, path: str, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ok(client.get(f"{API}/{path}", params=query or None))["results"]
    return found


@pytest.mark.clauses("PR-443", "PR-498", "PR-499", "PR-359")
@pytest.mark.parametrize("path", LONG + ALSO + SHORT)
def test_a_list_has_its_length_and_links_to_its_neighbours(client: httpx.Client, path: str) -> None:
    listing = ok(client.get(f"{API}/{path}"))

    assert set(listing["_links"]) == {"self", "next", "previous", "first", "last"}
    assert listing["_links"]["previous"]["href"] is None
    more = listing["meta"]["count"] > len(listing["results"])
    assert (listing["_links"]["next"]["href"] is not None) == more


@pytest.mark.clauses("PR-494")
@pytest.mark.parametrize("path", LONG)
def test_pages_do_not_overlap_and_hold_everything(client: httpx.Client, path: str) -> None:
    count = ok(client.get(f"{API}/{path}"))["meta"]["count"]
    found: list[str] = []
    href = f"{API}/{path}?page_size=4"
    while href is not None:
        page = ok(client.get(href))
        assert 0 < len(page["results"]) <= 4
        found += [json.dumps(entry, sort_keys=True) for entry in page["results"]]
        href = page["_links"]["next"]["href"]

    assert len(found) == len(set(found)) == count


@pytest.mark.clauses("PR-495")
@pytest.mark.parametrize("path", LONG)
def test_limit_and_offset_cut_a_list_too(client: httpx.Client, path: str) -> None:
    whole = _results(client, path, limit=1000)

    assert _results(client, path, limit=3, offset=2) == whole[2:5]
    assert _results(client, path, limit=3, offset=len(whole) + 5) == []


@pytest.mark.clauses("PR-496")
@pytest.mark.parametrize("path", ["studies", "submissions"])
def test_a_page_has_twenty_entries_by_itself(client: httpx.Client, path: str) -> None:
    assert len(_results(client, path)) == 20


@pytest.mark.clauses("PR-497")
@pytest.mark.parametrize("path", LONG + SHORT)
def test_a_page_past_the_end_is_not_found(client: httpx.Client, path: str) -> None:
    sign = "&" if "?" in path else "?"

    refused(client.get(f"{API}/{path}{sign}page=999"), status=404)


@pytest.mark.parametrize("value", ["0", "-3", "abc", "1.5", "", "99999999999999999999", "%00", "%FF"])
@pytest.mark.parametrize("name", ["page", "page_size", "limit", "offset"])
def test_absurd_pages_are_not_server_errors(client: httpx.Client, name: str, value: str) -> None:
    assert client.get(f"{API}/studies/?{name}={value}").status_code in {200, 400, 404}


@pytest.mark.clauses("PR-500", "PR-501", "PR-502")
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("surveys", "researcher_id"),
        ("hooks/secrets", "workspace_id"),
        ("study-collections/mutually-exclusive", "project_id"),
    ],
)
def test_a_list_that_needs_an_owner_is_refused_without(client: httpx.Client, path: str, name: str) -> None:
    refused(client.get(f"{API}/{path}/"), name)
