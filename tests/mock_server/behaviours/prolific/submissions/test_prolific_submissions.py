"""Submissions: how they are listed and judged, one by one and in bulk, and asked back."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from prolific_play import (
    API,
    FOREIGN_STUDY,
    GROUNDS,
    NOWHERE,
    PEOPLE,
    REDS,
    STUDY,
    SUBMISSION,
    SUBMISSION2,
    arrive,
    balance,
    completed,
    draft,
    judge,
    ok,
    published,
    refused,
    reject,
    step,
    study_of,
    submission_of,
    waiting,
)

STATUSES = {
    "ACTIVE",
    "APPROVED",
    "AWAITING REVIEW",
    "REJECTED",
    "RESERVED",
    "RETURNED",
    "TIMED-OUT",
}


def _every(client: httpx.Client, **query: str) -> list[dict[str, Any]]:
    listing: list[dict[str, Any]] = ok(client.get(f"{API}/submissions/", params={"limit": "1000", **query}))["results"]
    return listing


def _of_status(client: httpx.Client, status: str) -> dict[str, Any]:
    kept = client.get("/_mock/resources/prolific/submission", params={"where": f"study_id:{STUDY}", "limit": 100})
    return next(each for each in ok(kept)["records"] if each["status"] == status)


@pytest.mark.clauses("PR-404", "PR-405", "PR-406", "PR-408", "PR-316", "PR-412")
def test_a_study_in_full_swing_has_submissions_in_every_status(client: httpx.Client) -> None:
    listing = _every(client, study=STUDY)

    assert {each["status"] for each in listing} == STATUSES
    assert len([each for each in listing if each["status"] == "AWAITING REVIEW"]) >= 6
    assert set(listing[0]) == {
        "id",
        "status",
        "participant_id",
        "study_code",
        "started_at",
        "completed_at",
        "has_siblings",
        "entered_code",
        "is_complete",
        "time_taken",
        "reward",
        "bonus_payments",
        "return_requested",
        "star_awarded",
        "ip",
        "strata",
    }


@pytest.mark.clauses("PR-486", "PR-487")
def test_a_studys_submissions_are_listed_in_two_places(client: httpx.Client) -> None:
    under = ok(client.get(f"{API}/studies/{REDS}/submissions/", params={"page_size": 100}))["results"]

    assert under == _every(client, study=REDS)
    assert len(under) == 40
    assert {submission_of(client, each)["study_id"] for each in under[:5]} == {REDS}
    refused(client.get(f"{API}/submissions/", params={"study": FOREIGN_STUDY}), status=404)


@pytest.mark.clauses("PR-404")
def test_without_a_study_all_submissions_are_listed(client: httpx.Client) -> None:
    ids = {each["id"] for each in _every(client)}

    assert {each["id"] for each in (*_every(client, study=STUDY), *_every(client, study=REDS))} < ids


@pytest.mark.clauses("PR-407")
def test_siblings_are_further_submissions_of_the_same_participant(client: httpx.Client) -> None:
    study = published(client, submissions_config={"max_submissions_per_participant": 2})
    first = completed(client, study, participant_id=PEOPLE[0])
    other = completed(client, study, participant_id=PEOPLE[1])
    assert not any(each["has_siblings"] for each in _every(client, study=study["id"]))

    completed(client, study, participant_id=PEOPLE[0])
    siblings = {each["id"]: each["has_siblings"] for each in _every(client, study=study["id"])}
    assert siblings[first["id"]]
    assert not siblings[other["id"]]


@pytest.mark.clauses("PR-409", "PR-410", "PR-411", "PR-474")
def test_a_submission_is_shown_with_its_bonuses(client: httpx.Client) -> None:
    paid = [submission_of(client, each) for each in _every(client, study=STUDY) if each["status"] == "APPROVED"]

    assert [425, 1000] in [submission["bonus_payments"] for submission in paid]
    assert submission_of(client, _of_status(client, "ACTIVE"))["completed_at"] is None


@pytest.mark.clauses("PR-302", "PR-312", "PR-317")
def test_approving_makes_it_approved_and_pays(client: httpx.Client) -> None:
    before = balance(client)
    answer = ok(judge(client, SUBMISSION, "APPROVE"))
    after = balance(client)

    assert (answer["id"], answer["status"], answer["study_id"]) == (SUBMISSION, "APPROVED", STUDY)
    assert submission_of(client, SUBMISSION)["status"] == "APPROVED"
    assert after["total_balance"] == before["total_balance"] - 140
    assert after["available_balance"] == before["available_balance"]


@pytest.mark.clauses("PR-303", "PR-559")
def test_rejecting_makes_it_rejected_and_informs_the_participant(client: httpx.Client) -> None:
    before = balance(client)

    assert ok(reject(client, SUBMISSION))["status"] == "REJECTED"
    assert balance(client)["total_balance"] == before["total_balance"]
    messages = ok(client.get(f"{API}/messages/", params={"user_id": SUBMISSION}))["results"]
    assert [message["body"] for message in messages] == [GROUNDS]


@pytest.mark.clauses("PR-305")
def test_the_same_decision_again_has_no_effect(client: httpx.Client) -> None:
    first = ok(judge(client, SUBMISSION, "APPROVE"))
    ok(reject(client, SUBMISSION2))
    spent = balance(client)

    assert ok(judge(client, SUBMISSION, "APPROVE")) == first
    ok(reject(client, SUBMISSION2))
    ok(judge(client, SUBMISSION2, "REJECT"))
    assert balance(client) == spent
    messages = ok(client.get(f"{API}/messages/", params={"user_id": SUBMISSION2}))["results"]
    assert len(messages) == 1


@pytest.mark.clauses("PR-304", "PR-306")
def test_the_opposite_decision_is_refused(client: httpx.Client) -> None:
    ok(judge(client, SUBMISSION, "APPROVE"))
    ok(reject(client, SUBMISSION2))

    refused(reject(client, SUBMISSION), "APPROVED")
    refused(judge(client, SUBMISSION2, "APPROVE"), "REJECTED")
    assert submission_of(client, SUBMISSION)["status"] == "APPROVED"
    assert submission_of(client, SUBMISSION2)["status"] == "REJECTED"


@pytest.mark.clauses("PR-314")
@pytest.mark.parametrize("status", ["ACTIVE", "RESERVED", "RETURNED", "TIMED-OUT"])
def test_only_what_awaits_review_can_be_decided(client: httpx.Client, status: str) -> None:
    submission = _of_status(client, status)

    refused(judge(client, submission, "APPROVE"), status)
    refused(reject(client, submission), status)
    assert submission_of(client, submission)["status"] == status


@pytest.mark.clauses("PR-307", "PR-308", "PR-309", "PR-471")
@pytest.mark.parametrize(
    ("more", "names"),
    [
        ({"message": None, "rejection_category": None}, ["message", "rejection_category"]),
        ({"message": ""}, ["message"]),
        ({"message": "x" * 99}, ["message", "100"]),
        ({"message": "x" * 99 + " " * 20}, ["message"]),
        ({"message": "Good explanation of the situation."}, ["message"]),
        ({"rejection_category": None}, ["rejection_category"]),
        ({"rejection_category": "UGLY"}, ["rejection_category"]),
        ({"message": 12}, ["message"]),
    ],
)
def test_a_rejection_needs_grounds(client: httpx.Client, more: dict[str, Any], names: list[str]) -> None:
    refused(reject(client, SUBMISSION, **more), *names)
    assert submission_of(client, SUBMISSION)["status"] == "AWAITING REVIEW"


@pytest.mark.clauses("PR-308")
def test_a_hundred_characters_are_enough_whatever_they_are(client: httpx.Client) -> None:
    ok(reject(client, SUBMISSION, message="é" * 100))


@pytest.mark.clauses("PR-310")
def test_there_are_twelve_categories_of_rejection(client: httpx.Client) -> None:
    names = [
        "TOO_QUICKLY",
        "TOO_SLOWLY",
        "FAILED_INSTRUCTIONS",
        "INCOMP_LONGITUDINAL",
        "FAILED_CHECK",
        "LOW_EFFORT",
        "MALINGERING",
        "NO_CODE",
        "BAD_CODE",
        "NO_DATA",
        "UNSUPP_DEVICE",
        "OTHER",
    ]
    study = published(client, total_available_places=20)

    for name in names:
        assert ok(reject(client, completed(client, study), rejection_category=name))["status"] == "REJECTED"


@pytest.mark.clauses("PR-311")
@pytest.mark.parametrize("action", ["approve", "COMPLETE", "", None, 1])
def test_a_submission_knows_two_actions(client: httpx.Client, action: Any) -> None:
    refused(judge(client, SUBMISSION, action), "action")


@pytest.mark.clauses("PR-283", "PR-284", "PR-287", "PR-291", "PR-472")
def test_many_are_approved_by_participant(client: httpx.Client) -> None:
    before = balance(client)
    body = {"study_id": STUDY, "participant_ids": [SUBMISSION, SUBMISSION2]}
    answer = ok(client.post(f"{API}/submissions/bulk-approve/", json=body))

    assert isinstance(answer, str)
    assert {submission_of(client, id)["status"] for id in (SUBMISSION, SUBMISSION2)} == {"APPROVED"}
    assert balance(client)["total_balance"] == before["total_balance"] - 280


@pytest.mark.clauses("PR-285", "PR-290", "PR-472")
def test_many_are_approved_by_submission_and_those_approved_already_are_passed_over(client: httpx.Client) -> None:
    ids = [each["id"] for each in waiting(client)]
    ok(judge(client, ids[0], "APPROVE"))
    spent = balance(client)["total_balance"]
    ok(client.post(f"{API}/submissions/bulk-approve/", json={"submission_ids": ids}))

    assert waiting(client) == []
    assert balance(client)["total_balance"] == spent - 140 * (len(ids) - 1)


@pytest.mark.clauses("PR-286")
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"study_id": STUDY},
        {"participant_ids": [SUBMISSION]},
        {"study_id": STUDY, "participant_ids": [SUBMISSION], "submission_ids": [SUBMISSION]},
        {"submission_ids": []},
        {"submission_ids": "all"},
        {"study_id": STUDY, "participant_ids": [1]},
    ],
)
def test_exactly_one_form_of_bulk_approval_is_taken(client: httpx.Client, body: Any) -> None:
    refused(client.post(f"{API}/submissions/bulk-approve/", json=body))
    assert submission_of(client, SUBMISSION)["status"] == "AWAITING REVIEW"


@pytest.mark.clauses("PR-289")
@pytest.mark.parametrize("status", ["REJECTED", "RETURNED", "ACTIVE", None])
def test_one_that_cannot_be_approved_stops_all(client: httpx.Client, status: str | None) -> None:
    wrong = NOWHERE if status is None else _of_status(client, status)["id"]
    before = balance(client)
    refused(client.post(f"{API}/submissions/bulk-approve/", json={"submission_ids": [SUBMISSION, wrong]}), wrong)

    assert submission_of(client, SUBMISSION)["status"] == "AWAITING REVIEW"
    assert balance(client) == before


@pytest.mark.clauses("PR-289")
def test_participants_of_another_study_stop_all(client: httpx.Client) -> None:
    body = {"study_id": STUDY, "participant_ids": [SUBMISSION, PEOPLE[0]]}
    refused(client.post(f"{API}/submissions/bulk-approve/", json=body), PEOPLE[0])
    refused(client.post(f"{API}/submissions/bulk-approve/", json={**body, "study_id": NOWHERE}), "study_id")

    assert submission_of(client, SUBMISSION)["status"] == "AWAITING REVIEW"


@pytest.mark.clauses("PR-283")
def test_a_thousand_ids_can_be_named_at_once(client: httpx.Client) -> None:
    reply = client.post(f"{API}/submissions/bulk-approve/", json={"submission_ids": [f"{i:024x}" for i in range(1000)]})

    refused(reply, "submission_ids")


def _ask(client: httpx.Client, submission: str, reasons: Any) -> httpx.Response:
    return client.post(f"{API}/submissions/{submission}/request-return/", json={"request_return_reasons": reasons})


@pytest.mark.clauses("PR-292", "PR-293", "PR-294", "PR-296", "PR-297", "PR-298", "PR-441", "PR-473", "PR-551")
def test_a_return_is_asked_for_with_reasons(client: httpx.Client) -> None:
    answer = ok(_ask(client, SUBMISSION, ["Withdrew consent.", "My own words"]))

    assert (answer["id"], answer["status"], answer["participant"]) == (SUBMISSION, "AWAITING REVIEW", SUBMISSION)
    assert answer["return_requested"] is not None
    messages = ok(client.get(f"{API}/messages/", params={"user_id": SUBMISSION}))["results"]
    assert len(messages) == 1
    assert "Withdrew consent." in messages[0]["body"]
    assert "My own words" in messages[0]["body"]
    assert ok(_ask(client, SUBMISSION, ["Again"])) == answer
    assert len(ok(client.get(f"{API}/messages/", params={"user_id": SUBMISSION}))["results"]) == 1


@pytest.mark.clauses("PR-295", "PR-293")
@pytest.mark.parametrize("reasons", [[], [""], ["  "], "Withdrew", [1], None])
def test_a_return_without_a_reason_is_refused(client: httpx.Client, reasons: Any) -> None:
    refused(_ask(client, SUBMISSION, reasons), "request_return_reasons")


@pytest.mark.clauses("PR-299")
@pytest.mark.parametrize("status", ["APPROVED", "REJECTED", "RETURNED"])
def test_what_is_finished_cannot_be_asked_back(client: httpx.Client, status: str) -> None:
    refused(_ask(client, _of_status(client, status)["id"], ["Other"]), status)


@pytest.mark.clauses("PR-297")
@pytest.mark.parametrize("status", ["ACTIVE", "AWAITING REVIEW", "TIMED-OUT"])
def test_what_is_not_finished_can_be_asked_back(client: httpx.Client, status: str) -> None:
    assert ok(_ask(client, _of_status(client, status)["id"], ["Other"]))["status"] == status


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"code": 5}', b'{"participant_id": {"a": 1}}', b"\xff"])
def test_participants_who_talk_rubbish_are_refused(client: httpx.Client, body: bytes) -> None:
    study = published(client)
    submission = ok(arrive(client, study), 201)
    entering = client.post(f"/_mock/prolific/studies/{study['id']}/participants", content=body)
    completing = client.post(f"/_mock/prolific/submissions/{submission['id']}/complete", content=body)

    assert entering.status_code in {201, 400}
    assert completing.status_code in {200, 400}
    assert client.post(f"/_mock/prolific/studies/{NOWHERE}/participants").status_code == 404


def test_participants_cannot_do_what_their_submission_does_not_allow(client: httpx.Client) -> None:
    submission = completed(client, published(client))
    path = f"/_mock/prolific/submissions/{submission['id']}"

    assert [client.post(f"{path}/{name}").status_code for name in ("start", "complete", "time-out")] == [400] * 3
    assert step(client, submission, "return")["status"] == "RETURNED"
    assert client.post(f"{path}/return").status_code == 400


def test_a_new_participant_can_be_made_for_a_study(client: httpx.Client) -> None:
    made = ok(client.post("/_mock/prolific/participants", json={"age": 99, "handedness": "2"}), 201)
    over = {"filter_id": "age", "selected_range": {"lower": 99, "upper": 100}}
    study = published(client, filters=[over])

    assert ok(arrive(client, study), 201)["participant"] == made["id"]
    assert "No participant is eligible" in arrive(client, study).text
    assert client.post("/_mock/prolific/participants", json={"age": "old"}).status_code == 400
    assert client.post("/_mock/prolific/participants", json={"wings": 2}).status_code == 400


@pytest.mark.clauses("PR-318")
def test_the_session_id_of_the_address_is_the_submissions_id(client: httpx.Client) -> None:
    answer = ok(arrive(client, published(client)), 201)

    assert answer["study_url"].endswith(f"x={answer['id']}")
    assert submission_of(client, answer)["id"] == answer["id"]
    assert draft(client)["status"] == "UNPUBLISHED"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("APPROVED", "APPROVED"),
        ("awaiting_review", "AWAITING REVIEW"),
        ("Awaiting Review", "AWAITING REVIEW"),
        ("timed_out", "TIMED-OUT"),
        ("TIMED-OUT", "TIMED-OUT"),
        ("RESERVED", "RESERVED"),
    ],
)
@pytest.mark.parametrize("path", [f"submissions/?study={STUDY}", f"studies/{STUDY}/submissions/"])
def test_lists_can_be_narrowed_to_a_status(client: httpx.Client, path: str, asked: str, status: str) -> None:
    url = httpx.URL(f"{API}/{path}").copy_merge_params({"status": asked, "page_size": "100"})
    listing = ok(client.get(url))
    kept = [each for each in _every(client, study=STUDY) if each["status"] == status]

    assert [each["id"] for each in listing["results"]] == [each["id"] for each in kept] != []
    assert listing["meta"]["count"] == len(kept)


def test_lists_take_several_statuses_and_flags(client: httpx.Client) -> None:
    def statuses(**query: str) -> set[str]:
        return {each["status"] for each in _every(client, study=STUDY, **query)}

    assert statuses(status="ACTIVE|RESERVED") == {"ACTIVE", "RESERVED"}
    assert statuses(approved="yes") == {"APPROVED"}
    assert statuses(approved="0") == STATUSES - {"APPROVED"}
    assert statuses(completed="1", rejected="f") == {"APPROVED", "AWAITING REVIEW"}
    assert statuses(status="UNKNOWN") == set()
    refused(client.get(f"{API}/submissions/", params={"study": STUDY, "status": "LOST"}), "status")


@pytest.mark.parametrize(
    "order", ["started_at", "completed_at", "status", "time_taken", "participant_id", "study_code"]
)
def test_the_submissions_of_a_study_can_be_ordered(client: httpx.Client, order: str) -> None:
    def values(ordering: str) -> list[Any]:
        query = {"ordering": ordering, "page_size": "100"}
        return [each[order] for each in ok(client.get(f"{API}/studies/{STUDY}/submissions/", params=query))["results"]]

    up = values(order)
    given = [value for value in up if value is not None]
    assert len(set(given)) > 1
    assert up == [None] * (len(up) - len(given)) + sorted(given)
    assert values(f"-{order}") == sorted(given, reverse=True) + [None] * (len(up) - len(given))
    refused(client.get(f"{API}/studies/{STUDY}/submissions/", params={"ordering": "colour"}), "ordering")


def test_pages_of_an_order_are_parts_of_it(client: httpx.Client) -> None:
    query = {"ordering": "-started_at", "page_size": "7"}
    whole = [each["id"] for each in _every(client, ordering="-started_at")]
    second = ok(client.get(f"{API}/submissions/", params={**query, "page": "2"}))

    assert [each["id"] for each in second["results"]] == whole[7:14]
    assert second["meta"]["count"] == len(whole)


def test_lists_can_be_narrowed_to_a_period(client: httpx.Client) -> None:
    def days(**query: str) -> set[str]:
        return {each["completed_at"][:10] for each in _every(client, **query)}

    assert days(submitted_from="20/01/2025", submitted_before="21/01/2025") == {"2025-01-20"}
    refused(client.get(f"{API}/submissions/", params={"submitted_from": "2025-01-20"}), "submitted_from")


def test_a_list_says_of_each_submission_what_clients_show(client: httpx.Client) -> None:
    by_id = {each["id"]: each for each in _every(client, study=STUDY)}
    for id, shown in by_id.items():
        whole = submission_of(client, id)
        assert shown["is_complete"] is (whole["completed_at"] is not None)
        assert (shown["time_taken"] is None) is not shown["is_complete"]
        assert shown["entered_code"] == whole["entered_code"]
        assert shown["bonus_payments"] == whole["bonus_payments"]
        assert shown["return_requested"] == whole["return_requested"]
        assert shown["reward"] == study_of(client, STUDY)["reward"]
    assert any(each["bonus_payments"] for each in by_id.values())
