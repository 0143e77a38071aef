"""Studies: drafts and their rules, publication and what follows, copies, costs, exports."""

from __future__ import annotations

import csv
import io
import math
from typing import Any

import httpx
import pytest
from prolific_play import (
    ADMIN,
    API,
    AUTOMATIC,
    CONTRASTS,
    FILTER_SET,
    FOREIGN_PROJECT,
    FOREIGN_STUDY,
    GROUNDS,
    GROUP,
    LOCKED_SET,
    MANUAL,
    NOWHERE,
    OVERSEAS,
    PAINTERS,
    PEOPLE,
    PROJECT,
    REDS,
    STUDY,
    WORKSPACE,
    arrive,
    balance,
    completed,
    draft,
    judge,
    ok,
    published,
    refused,
    step,
    study_body,
    study_of,
    submission_of,
    transition,
)


def _refused(client: httpx.Client, *names: str, **more: Any) -> None:
    """Neither creating nor changing a study takes these members."""
    before = ok(client.get(f"{API}/studies/"))["meta"]["count"]
    refused(client.post(f"{API}/studies/", json=study_body(**more)), *names)
    assert ok(client.get(f"{API}/studies/"))["meta"]["count"] == before
    study = draft(client)
    refused(client.patch(f"{API}/studies/{study['id']}/", json=more), *names)
    assert study_of(client, study) == study


@pytest.mark.clauses("PR-171", "PR-174", "PR-173", "PR-228", "PR-445", "PR-397", "PR-538")
def test_a_study_begins_as_a_draft_with_all_that_was_sent(client: httpx.Client) -> None:
    body = study_body(internal_name="N-1", metadata='{"id": "45"}', study_labels=["survey"], reward=120)
    study = ok(client.post(f"{API}/studies/", json=body), 201)

    assert {name: study[name] for name in body} == body
    assert study["status"] == "UNPUBLISHED"
    assert study["maximum_allowed_time"] > 0
    assert study_of(client, study) == study


@pytest.mark.clauses("PR-172", "PR-445")
def test_nine_members_are_required(client: httpx.Client) -> None:
    names = [
        "name",
        "description",
        "external_study_url",
        "prolific_id_option",
        "completion_codes",
        "completion_option",
        "estimated_completion_time",
        "reward",
        "total_available_places",
    ]
    for name in names:
        body = {key: value for key, value in study_body().items() if key != name}
        assert set(refused(client.post(f"{API}/studies/", json=body))) == {name}


@pytest.mark.clauses("PR-526", "PR-527", "PR-176", "PR-216", "PR-220", "PR-223")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reward", 0),
        ("reward", -5),
        ("reward", "100"),
        ("reward", 10**30),
        ("total_available_places", 0),
        ("total_available_places", 2.5),
        ("total_available_places", -1),
        ("estimated_completion_time", 0),
        ("estimated_completion_time", 0.99),
        ("naivety_distribution_rate", 1.01),
        ("naivety_distribution_rate", -0.1),
        ("submissions_config", {"max_concurrent_submissions": 0}),
        ("submissions_config", {"max_submissions_per_participant": -2}),
    ],
)
def test_numbers_out_of_bounds_are_refused(client: httpx.Client, name: str, value: Any) -> None:
    _refused(client, name, **{name: value})


@pytest.mark.clauses("PR-193", "PR-194", "PR-195", "PR-209", "PR-213", "PR-214", "PR-215")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("study_labels", ["quiz"]),
        ("study_labels", ["survey", "interview"]),
        ("content_warnings", ["violent"]),
        ("content_warnings", ["sensitive", "explicit"]),
        ("completion_option", "email"),
        ("prolific_id_option", "cookie"),
        ("device_compatibility", ["watch"]),
        ("peripheral_requirements", ["printer"]),
        ("external_study_url", "not an address"),
        ("external_study_url", "javascript:alert(1)"),
    ],
)
def test_words_that_are_not_offered_are_refused(client: httpx.Client, name: str, value: Any) -> None:
    _refused(client, name, **{name: value})


@pytest.mark.clauses("PR-193", "PR-195", "PR-196", "PR-209", "PR-213", "PR-214", "PR-215", "PR-191", "PR-220", "PR-211")
@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("study_labels", [[], ["survey"], ["writing_task"], ["annotation"], ["interview"], ["other"]]),
        ("content_warnings", [[], ["sensitive"], ["explicit"]]),
        ("content_warning_details", ["", "What happened at night"]),
        ("completion_option", ["url", "code"]),
        ("prolific_id_option", ["question", "url_parameters", "not_required"]),
        ("device_compatibility", [[], ["desktop"], ["mobile", "desktop", "tablet"]]),
        ("peripheral_requirements", [[], ["audio", "camera", "download", "microphone"]]),
        ("metadata", ["123345", '{ "id": "45" }', " kept as it is ", None]),
        ("naivety_distribution_rate", [0, 0.5, 1, None]),
        ("external_study_url", ["https://x.example?p={{%PROLIFIC_PID%}}&s={{%STUDY_ID%}}&i={{%SESSION_ID%}}"]),
    ],
)
def test_words_that_are_offered_are_kept(client: httpx.Client, name: str, values: list[Any]) -> None:
    for value in values:
        assert draft(client, **{name: value})[name] == value


@pytest.mark.clauses("PR-197", "PR-198", "PR-200", "PR-203", "PR-207", "PR-208", "PR-437")
@pytest.mark.parametrize(
    "codes",
    [
        [],
        [MANUAL, {**AUTOMATIC, "code": MANUAL["code"]}],
        [{"code": "A", "code_type": "COMPLETED"}],
        [{"code": "A", "actions": []}],
        [{"code_type": "COMPLETED", "actions": []}],
        [{"code": "", "code_type": "COMPLETED", "actions": []}],
        [{"code": "A", "code_type": "", "actions": []}],
        [{"code": "A", "code_type": "COMPLETED", "actions": [{"action": "PAY_DOUBLE"}]}],
        [{"code": "A", "code_type": "COMPLETED", "actions": [{"action": "ADD_TO_PARTICIPANT_GROUP"}]}],
        [{"code": "A", "code_type": "COMPLETED", "actions": [{"action": "REMOVE_FROM_PARTICIPANT_GROUP"}]}],
        [{"code": "A", "code_type": "COMPLETED", "actions": [{"action": "REQUEST_RETURN"}]}],
        [{"code": "A", "code_type": "COMPLETED", "actions": [*MANUAL["actions"], *AUTOMATIC["actions"]]}],
        [
            {
                "code": "A",
                "code_type": "COMPLETED",
                "actions": [{"action": "ADD_TO_PARTICIPANT_GROUP", "participant_group": NOWHERE}],
            }
        ],
    ],
)
def test_completion_codes_that_do_not_hold_are_refused(client: httpx.Client, codes: Any) -> None:
    _refused(client, "completion_codes", completion_codes=codes)


@pytest.mark.clauses("PR-199", "PR-201", "PR-202", "PR-437")
def test_a_code_may_have_any_type_and_several_actions(client: httpx.Client) -> None:
    actions = [
        {"action": "MANUALLY_REVIEW"},
        {"action": "ADD_TO_PARTICIPANT_GROUP", "participant_group": GROUP},
        {"action": "REMOVE_FROM_PARTICIPANT_GROUP", "participant_group": PAINTERS},
        {"action": "REQUEST_RETURN", "return_reason": "Failed a check"},
    ]
    types = ["COMPLETED", "FAILED_ATTENTION_CHECK", "FOLLOW_UP_STUDY", "GIVE_BONUS", "INCOMPATIBLE_DEVICE"]
    names = [*types, "NO_CONSENT", "OTHER", "COMPLETION_CODE", "mine"]
    codes = [{"code": f"C{i}", "code_type": name, "actions": actions} for i, name in enumerate(names)]

    assert draft(client, completion_codes=codes)["completion_codes"] == codes
    assert draft(client, completion_codes=codes)["completion_codes"] == codes


@pytest.mark.clauses("PR-217")
@pytest.mark.parametrize("minutes", [1, 5, 60, 10080])
def test_the_longest_time_leaves_room_for_the_estimate(client: httpx.Client, minutes: int) -> None:
    shortest = 2 + 2 * minutes + 2 * math.sqrt(minutes)

    draft(client, estimated_completion_time=minutes, maximum_allowed_time=math.ceil(shortest))
    too_short = study_body(estimated_completion_time=minutes, maximum_allowed_time=math.ceil(shortest) - 1)
    refused(client.post(f"{API}/studies/", json=too_short), "maximum_allowed_time")


@pytest.mark.clauses("PR-217")
def test_five_minutes_need_seventeen(client: httpx.Client) -> None:
    refused(client.post(f"{API}/studies/", json=study_body(maximum_allowed_time=16)), "maximum_allowed_time")
    assert draft(client, maximum_allowed_time=17)["maximum_allowed_time"] == 17


@pytest.mark.clauses("PR-218")
def test_without_a_longest_time_it_is_the_longest_permitted(client: httpx.Client) -> None:
    longest = draft(client)["maximum_allowed_time"]

    assert draft(client, maximum_allowed_time=longest)["maximum_allowed_time"] == longest
    refused(client.post(f"{API}/studies/", json=study_body(maximum_allowed_time=longest + 1)), "maximum_allowed_time")


@pytest.mark.clauses("PR-224", "PR-226", "PR-223", "PR-539", "PR-540")
def test_the_submissions_config_has_defaults_and_keeps_what_it_does_not_know(client: httpx.Client) -> None:
    config = draft(client, submissions_config={"max_submissions_per_participant": 10, "colour": "red"})
    own = draft(client)["submissions_config"]

    assert own == {"max_submissions_per_participant": 1, "max_concurrent_submissions": -1}
    assert config["submissions_config"] == {**own, "max_submissions_per_participant": 10, "colour": "red"}


@pytest.mark.clauses("PR-189", "PR-190")
def test_a_study_is_made_in_the_default_project_unless_another_is_named(client: httpx.Client) -> None:
    assert draft(client)["project"] == PROJECT
    assert draft(client, project=CONTRASTS)["project"] == CONTRASTS
    _refused(client, "project", project=NOWHERE)
    _refused(client, "project", project=FOREIGN_PROJECT)


@pytest.mark.clauses("PR-179", "PR-180", "PR-181", "PR-447")
def test_a_filter_set_excludes_filters_and_pins_its_version(client: httpx.Client) -> None:
    age = {"filter_id": "age", "selected_range": {"lower": 18, "upper": 30}}
    study = draft(client, filter_set_id=FILTER_SET, filters=[])

    assert study["filter_set_version"] == 1
    assert [each["filter_id"] for each in study["filters"]] == ["handedness", "age"]
    assert draft(client, filter_set_id=LOCKED_SET)["filter_set_version"] == 2
    assert draft(client, filter_set_id=LOCKED_SET, filter_set_version=1)["filter_set_version"] == 1
    refused(client.post(f"{API}/studies/", json=study_body(filter_set_id=FILTER_SET, filters=[age])), "filter_set_id")


@pytest.mark.clauses("PR-182")
def test_later_versions_of_a_filter_set_leave_a_study_as_it_is(client: httpx.Client) -> None:
    study = draft(client, filter_set_id=FILTER_SET)
    ok(client.patch(f"{API}/filter-sets/{FILTER_SET}/", json={"filters": []}))

    assert study_of(client, study) == study
    assert draft(client, filter_set_id=FILTER_SET)["filters"] == []
    assert draft(client, filter_set_id=FILTER_SET, filter_set_version=1)["filters"] == study["filters"]


@pytest.mark.clauses("PR-183")
def test_an_unknown_filter_set_or_version_is_refused(client: httpx.Client) -> None:
    _refused(client, "filter_set_id", filter_set_id=NOWHERE)
    _refused(client, "filter_set_version", filter_set_id=FILTER_SET, filter_set_version=2)


@pytest.mark.clauses("PR-399")
def test_any_part_of_a_draft_may_change_alone(client: httpx.Client) -> None:
    study = draft(client)
    for change in ({"name": "Other"}, {"reward": 250}, {"filters": [_over(30)]}, {"study_labels": ["interview"]}):
        study = {**study, **change}
        changed = ok(client.patch(f"{API}/studies/{study['id']}/", json=change))
        study["total_cost"] = changed["total_cost"]
        assert changed == study == study_of(client, study)


@pytest.mark.clauses("PR-399", "PR-179")
def test_a_draft_changes_between_filters_and_a_set(client: httpx.Client) -> None:
    study = draft(client, filters=[_over(30)])
    address = f"{API}/studies/{study['id']}/"
    with_set = ok(client.patch(address, json={"filter_set_id": FILTER_SET}))

    assert [each["filter_id"] for each in with_set["filters"]] == ["handedness", "age"]
    refused(client.patch(address, json={"filters": [_over(40)]}), "filter_set_id")
    back = ok(client.patch(address, json={"filter_set_id": None, "filters": [_over(40)]}))
    assert (back["filter_set_id"], back["filter_set_version"], back["filters"]) == (None, None, [_over(40)])


@pytest.mark.clauses("PR-399", "PR-182")
def test_a_draft_may_be_sent_back_as_it_was_read(client: httpx.Client) -> None:
    for study in (draft(client, filter_set_id=FILTER_SET), draft(client, filters=[_over(30)])):
        assert ok(client.patch(f"{API}/studies/{study['id']}/", json=study)) == study


def _over(age: int) -> dict[str, Any]:
    return {"filter_id": "age", "selected_range": {"lower": age, "upper": 100}}


@pytest.mark.clauses("PR-239", "PR-240", "PR-241", "PR-242", "PR-247", "PR-398", "PR-541")
def test_a_study_is_published_paused_restarted_and_stopped(client: httpx.Client) -> None:
    study = draft(client)
    for action, status in [("PUBLISH", "ACTIVE"), ("PAUSE", "PAUSED"), ("START", "ACTIVE"), ("STOP", "COMPLETED")]:
        assert ok(transition(client, study, action))["status"] == status
        assert study_of(client, study)["status"] == status


@pytest.mark.clauses("PR-242")
def test_stopping_waits_for_what_is_to_be_judged(client: httpx.Client) -> None:
    study = published(client)
    submission = completed(client, study)

    assert ok(transition(client, study, "STOP"))["status"] == "AWAITING REVIEW"
    ok(judge(client, submission, "APPROVE"))
    assert study_of(client, study)["status"] == "COMPLETED"


@pytest.mark.clauses("PR-244", "PR-398")
@pytest.mark.parametrize(
    ("steps", "wrong"),
    [
        ([], ["PAUSE", "START", "STOP"]),
        (["PUBLISH"], ["PUBLISH", "START"]),
        (["PUBLISH", "PAUSE"], ["PUBLISH", "PAUSE"]),
        (["PUBLISH", "STOP"], ["PUBLISH", "PAUSE", "START", "STOP"]),
    ],
)
def test_a_transition_that_does_not_fit_changes_nothing(
    client: httpx.Client, steps: list[str], wrong: list[str]
) -> None:
    study = draft(client)
    for action in steps:
        study = ok(transition(client, study, action))
    for action in wrong:
        refused(transition(client, study, action), "action", study["status"])
        assert study_of(client, study) == study


@pytest.mark.clauses("PR-246")
@pytest.mark.parametrize("action", ["publish", "DELETE", "", 1, None])
def test_an_unknown_action_is_refused(client: httpx.Client, action: Any) -> None:
    refused(transition(client, draft(client), action), "action")


@pytest.mark.clauses("PR-243", "PR-542")
def test_more_places_bring_a_stopped_study_back(client: httpx.Client) -> None:
    study = published(client)
    ok(transition(client, study, "STOP"))

    assert ok(client.patch(f"{API}/studies/{study['id']}/", json={"total_available_places": 4}))["status"] == "ACTIVE"
    ok(arrive(client, study), 201)


@pytest.mark.clauses("PR-400", "PR-508")
def test_a_published_study_takes_only_another_internal_name_and_more_places(client: httpx.Client) -> None:
    study = published(client)
    address = f"{API}/studies/{study['id']}/"

    changed = ok(client.patch(address, json={"internal_name": "N-2", "total_available_places": 5}))
    assert (changed["internal_name"], changed["total_available_places"]) == ("N-2", 5)
    for change in ({"name": "Other"}, {"reward": 200}, {"filters": [_over(30)]}, {"total_available_places": 4}):
        refused(client.patch(address, json={**change, "internal_name": "N-3"}), next(iter(change)))
        assert study_of(client, study) == changed


@pytest.mark.clauses("PR-508")
def test_a_published_study_may_be_sent_back_as_it_is(client: httpx.Client) -> None:
    study = published(client)

    assert ok(client.patch(f"{API}/studies/{study['id']}/", json=study)) == study


@pytest.mark.clauses("PR-401", "PR-514")
def test_only_a_draft_can_be_deleted(client: httpx.Client) -> None:
    study = draft(client)
    reply = client.delete(f"{API}/studies/{study['id']}/")

    assert (reply.status_code, reply.content) == (200, b"")
    refused(client.get(f"{API}/studies/{study['id']}/"), status=404)
    assert study["id"] not in [each["id"] for each in ok(client.get(f"{API}/studies/"))["results"]]
    refused(client.delete(f"{API}/studies/{study['id']}/"), status=404)
    other = published(client)
    refused(client.delete(f"{API}/studies/{other['id']}/"))
    assert study_of(client, other) == other


@pytest.mark.clauses("PR-250", "PR-251", "PR-390")
def test_publishing_binds_what_the_study_costs(client: httpx.Client) -> None:
    before = balance(client)
    study = published(client, reward=100, total_available_places=50)
    after = balance(client)

    assert study["total_cost"] == 7000
    assert after["total_balance"] == before["total_balance"]
    assert after["available_balance"] == before["available_balance"] - 7000
    ok(transition(client, study, "STOP"))
    assert balance(client) == before


@pytest.mark.clauses("PR-250")
def test_a_study_that_the_balance_cannot_pay_is_not_published(client: httpx.Client) -> None:
    study = draft(client, reward=1000, total_available_places=5000)
    refused(transition(client, study, "PUBLISH"), "balance")

    assert study_of(client, study) == study
    poor = ok(client.post(f"{API}/workspaces/", json={"title": "Poor"}), 201)
    project = ok(client.post(f"{API}/workspaces/{poor['id']}/projects/", json={"title": "Poorer"}), 201)
    mine = draft(client, project=project["id"])
    refused(transition(client, mine, "PUBLISH"), "balance")
    ok(client.post(f"/_mock/prolific/workspaces/{poor['id']}/funds", json={"amount": 420}))
    assert ok(transition(client, mine, "PUBLISH"))["status"] == "ACTIVE"
    assert balance(client, poor["id"])["available_balance"] == 0
    refused(client.patch(f"{API}/studies/{mine['id']}/", json={"total_available_places": 4}), "balance")


@pytest.mark.clauses("PR-252")
def test_only_an_active_study_can_be_entered(client: httpx.Client) -> None:
    study = draft(client)
    refusal = arrive(client, study)

    assert refusal.status_code == 400
    assert "UNPUBLISHED" in refusal.text
    ok(transition(client, study, "PUBLISH"))
    ok(arrive(client, study), 201)
    ok(transition(client, study, "PAUSE"))
    assert arrive(client, study).status_code == 400


@pytest.mark.clauses("PR-212", "PR-210")
def test_the_address_of_a_study_carries_the_ids_of_the_participant(client: httpx.Client) -> None:
    study = published(client)
    entered = ok(arrive(client, study, participant_id=PEOPLE[0]), 201)

    assert entered["study_url"] == f"https://survey.example.com/?p={PEOPLE[0]}&s={study['id']}&x={entered['id']}"


@pytest.mark.clauses("PR-225", "PR-224", "PR-227")
def test_a_participant_submits_once_unless_more_is_allowed(client: httpx.Client) -> None:
    once = published(client)
    twice = published(client, submissions_config={"max_submissions_per_participant": 2})
    often = published(client, submissions_config={"max_submissions_per_participant": -1})

    def entries(study: dict[str, Any]) -> list[int]:
        return [arrive(client, study, participant_id=PEOPLE[0]).status_code for _ in range(4)]

    assert entries(once) == [201, 400, 400, 400]
    assert entries(twice) == [201, 201, 400, 400]
    assert entries(often) == [201, 201, 201, 400]


@pytest.mark.clauses("PR-223")
def test_submissions_under_way_can_be_limited(client: httpx.Client) -> None:
    study = published(client, submissions_config={"max_concurrent_submissions": 1})
    first = ok(arrive(client, study), 201)

    assert arrive(client, study).status_code == 400
    step(client, first, "complete", code="MANUAL1")
    ok(arrive(client, study), 201)


@pytest.mark.clauses("PR-394", "PR-228")
def test_timed_out_and_returned_submissions_give_their_places_back(client: httpx.Client) -> None:
    study = published(client, total_available_places=2)
    first, second = ok(arrive(client, study), 201), ok(arrive(client, study, reserve=True), 201)

    assert (study_of(client, study)["places_taken"], second["status"]) == (2, "RESERVED")
    assert "places" in arrive(client, study).text
    assert step(client, first, "time-out")["status"] == "TIMED-OUT"
    assert step(client, second, "start")["status"] == "ACTIVE"
    assert step(client, second, "return")["status"] == "RETURNED"
    now = study_of(client, study)
    assert (now["places_taken"], now["number_of_submissions"]) == (0, 2)
    short = next(s for s in ok(client.get(f"{API}/studies/"))["results"] if s["id"] == study["id"])
    assert short["places_taken"] == 0


@pytest.mark.clauses("PR-398")
def test_a_full_study_waits_for_review_and_then_is_completed(client: httpx.Client) -> None:
    study = published(client, total_available_places=2)
    first, second = completed(client, study), completed(client, study)

    assert study_of(client, study)["status"] == "AWAITING REVIEW"
    ok(judge(client, first, "APPROVE"))
    step(client, second, "return")
    assert study_of(client, study)["status"] == "ACTIVE"
    ok(judge(client, completed(client, study), "APPROVE"))
    assert study_of(client, study)["status"] == "COMPLETED"


@pytest.mark.clauses("PR-204")
def test_a_code_for_review_leaves_the_submission_to_the_researcher(client: httpx.Client) -> None:
    assert completed(client, published(client))["status"] == "AWAITING REVIEW"


@pytest.mark.clauses("PR-205")
def test_a_code_that_approves_pays_at_once(client: httpx.Client) -> None:
    study = published(client, completion_codes=[MANUAL, AUTOMATIC])
    before = balance(client)

    assert completed(client, study, "AUTO1")["status"] == "APPROVED"
    assert balance(client)["total_balance"] == before["total_balance"] - 140


@pytest.mark.clauses("PR-206")
def test_codes_change_groups(client: httpx.Client) -> None:
    joining = {"action": "ADD_TO_PARTICIPANT_GROUP", "participant_group": GROUP}
    leaving = {"action": "REMOVE_FROM_PARTICIPANT_GROUP", "participant_group": GROUP}
    codes = [
        {"code": "IN", "code_type": "FOLLOW_UP_STUDY", "actions": [*AUTOMATIC["actions"], joining]},
        {"code": "OUT", "code_type": "OTHER", "actions": [leaving]},
    ]
    study = published(client, completion_codes=codes)

    def members() -> list[str]:
        listing = ok(client.get(f"{API}/participant-groups/{GROUP}/participants/"))
        return [entry["participant_id"] for entry in listing["results"]]

    completed(client, study, "IN", participant_id=PEOPLE[2])
    assert PEOPLE[2] in members()
    completed(client, study, "OUT", participant_id=PEOPLE[0])
    assert PEOPLE[0] not in members()


@pytest.mark.clauses("PR-203")
def test_a_code_can_ask_for_the_submission_back(client: httpx.Client) -> None:
    asking = {"action": "REQUEST_RETURN", "return_reason": "No consent was given"}
    study = published(client, completion_codes=[{"code": "NO", "code_type": "NO_CONSENT", "actions": [asking]}])
    submission = submission_of(client, completed(client, study, "NO", participant_id=PEOPLE[0]))

    assert submission["status"] == "AWAITING REVIEW"
    assert submission["return_requested"] is not None
    messages = ok(client.get(f"{API}/messages/", params={"user_id": PEOPLE[0]}))["results"]
    assert "No consent was given" in messages[0]["body"]


@pytest.mark.clauses("PR-186", "PR-187", "PR-184", "PR-185")
def test_filters_decide_who_can_enter(client: httpx.Client) -> None:
    allowed = published(client, filters=[{"filter_id": "custom_allowlist", "selected_values": PEOPLE[:2]}])

    assert [arrive(client, allowed, participant_id=id).status_code for id in PEOPLE] == [201, 201, 400]
    earlier = published(client)
    ok(arrive(client, earlier, participant_id=PEOPLE[0]), 201)
    blocked = published(
        client, filters=[{"filter_id": "previous_studies_blocklist", "selected_values": [earlier["id"]]}]
    )
    assert [arrive(client, blocked, participant_id=id).status_code for id in PEOPLE[:2]] == [400, 201]


@pytest.mark.clauses("PR-185", "PR-184")
def test_two_filters_of_one_kind_must_both_hold(client: httpx.Client) -> None:
    groups = [
        ok(
            client.post(
                f"{API}/participant-groups/",
                json={"name": "x", "workspace_id": WORKSPACE, "participant_ids": members},
            ),
            201,
        )["id"]
        for members in (PEOPLE[:2], PEOPLE[1:])
    ]
    either = [{"filter_id": "participant_group_allowlist", "selected_values": groups}]
    both = [{"filter_id": "participant_group_allowlist", "selected_values": [group]} for group in groups]

    def entering(filters: list[dict[str, Any]]) -> list[int]:
        study = published(client, filters=filters)
        assert study["filters"] == filters
        return [arrive(client, study, participant_id=id).status_code for id in PEOPLE]

    assert entering(either) == [201, 201, 201]
    assert entering(both) == [400, 201, 400]


@pytest.mark.clauses("PR-188")
def test_weights_share_the_places_out(client: httpx.Client) -> None:
    weighted = {"filter_id": "sex", "selected_values": ["0", "1"], "weightings": {"0": 75, "1": 25}}
    study = published(client, total_available_places=4, filters=[weighted])
    sexes = []
    while (reply := arrive(client, study)).status_code == 201:
        person = ok(client.get(f"/_mock/prolific/participants/{reply.json()['participant']}"))
        sexes.append(person["sex"])

    assert sorted(sexes) == ["0", "0", "0", "1"]


@pytest.mark.clauses("PR-229", "PR-230", "PR-236", "PR-237", "PR-233", "PR-231")
def test_a_copy_is_a_draft_that_shuts_out_participants_of_the_original(client: httpx.Client) -> None:
    original = study_of(client, STUDY)
    copy = ok(client.post(f"{API}/studies/{STUDY}/clone/"))

    blocked = {"filter_id": "previous_studies_blocklist", "selected_values": [STUDY]}
    own = {"id", "status", "filters", "date_created", "published_at", "places_taken", "number_of_submissions", "_links"}
    assert {k: v for k, v in copy.items() if k not in own} == {k: v for k, v in original.items() if k not in own}
    assert (copy["status"], copy["filters"], copy["number_of_submissions"]) == ("UNPUBLISHED", [blocked], 0)
    assert copy["id"] != STUDY
    assert study_of(client, STUDY) == original


@pytest.mark.clauses("PR-232", "PR-233", "PR-468")
@pytest.mark.parametrize(
    ("body", "expected"),
    [({}, 1), ({"block_previous_participants": True}, 1), ({"block_previous_participants": False}, 0)],
)
def test_the_block_list_can_be_left_out(client: httpx.Client, body: Any, expected: int) -> None:
    assert len(ok(client.post(f"{API}/studies/{REDS}/clone/", json=body))["filters"]) == expected
    refused(client.post(f"{API}/studies/{REDS}/clone/", json={"block_previous_participants": "no"}))


@pytest.mark.clauses("PR-234")
def test_a_block_list_that_is_there_is_kept(client: httpx.Client) -> None:
    study = draft(client, filters=[_over(30), {"filter_id": "previous_studies_blocklist", "selected_values": [REDS]}])
    copy = ok(client.post(f"{API}/studies/{study['id']}/clone/"))

    assert copy["filters"] == [
        _over(30),
        {"filter_id": "previous_studies_blocklist", "selected_values": [REDS, study["id"]]},
    ]


@pytest.mark.clauses("PR-235")
def test_a_copy_of_a_study_with_a_filter_set_keeps_what_the_set_asks_for(client: httpx.Client) -> None:
    study = draft(client, filter_set_id=FILTER_SET)
    copy = ok(client.post(f"{API}/studies/{study['id']}/clone/"))
    same = ok(client.post(f"{API}/studies/{study['id']}/clone/", json={"block_previous_participants": False}))

    assert copy["filter_set_id"] is None
    assert copy["filters"][:-1] == study["filters"]
    assert copy["filters"][-1]["filter_id"] == "previous_studies_blocklist"
    assert (same["filter_set_id"], same["filter_set_version"]) == (FILTER_SET, 1)


@pytest.mark.clauses("PR-253", "PR-255", "PR-256", "PR-257", "PR-258")
def test_five_places_at_one_pound_cost_seven_pounds(client: httpx.Client) -> None:
    before = balance(client)

    def cost(reward: float, places: float) -> float:
        body = {"reward": reward, "total_available_places": places}
        return float(ok(client.post(f"{API}/study-cost-calculator/", json=body))["total_cost"])

    assert cost(100, 5) == 700
    assert cost(200, 5) == cost(100, 10) == 1400
    assert cost(0, 0) == 0
    assert balance(client) == before


@pytest.mark.clauses("PR-528", "PR-529", "PR-254")
@pytest.mark.parametrize(
    "body",
    [
        {"reward": -1, "total_available_places": 5},
        {"reward": 100, "total_available_places": -5},
        {"reward": "100", "total_available_places": 5},
        {"reward": 100},
        {"reward": 1e300, "total_available_places": 5},
    ],
)
def test_a_cost_of_nonsense_is_refused(client: httpx.Client, body: Any) -> None:
    refused(client.post(f"{API}/study-cost-calculator/", json=body))


def _amounts(parts: dict[str, Any]) -> dict[str, float]:
    assert {part["currency"] for part in parts.values()} == {"GBP"}
    return {name: part["amount"] for name, part in parts.items()}


def test_a_study_costs_what_participants_were_paid_so_far_or_what_all_places_will(client: httpx.Client) -> None:
    study = published(client, reward=300, total_available_places=7)
    there = f"{API}/studies/{study['id']}/cost/"
    nothing = {"rewards": 0, "fees": 0, "tax": 0}
    done = completed(client, study)

    assert _amounts(ok(client.get(there))["rewards"]) == nothing
    ok(judge(client, done, "APPROVE"))
    assert _amounts(ok(client.get(there))["rewards"]) == {"rewards": 300, "fees": 100, "tax": 20}
    projected = ok(client.get(there, params={"is_projected": "true"}))
    assert _amounts(projected["rewards"]) == {"rewards": 2100, "fees": 700, "tax": 140}
    assert sum(_amounts(projected["rewards"]).values()) == study["total_cost"]
    bonus = {"study_id": study["id"], "csv_bonuses": f"{done['id']},1.50"}
    batch = ok(client.post(f"{API}/submissions/bonus-payments/", json=bonus), 201)
    assert _amounts(ok(client.get(there))["bonuses"]) == nothing
    ok(client.post(f"{API}/bulk-bonus-payments/{batch['id']}/pay/"), 202)
    assert _amounts(ok(client.get(there))["bonuses"]) == {"rewards": 150, "fees": 50, "tax": 10}
    refused(client.get(there, params={"is_projected": "perhaps"}), "is_projected")


def test_a_study_shows_who_made_it_and_where_its_submissions_are(client: httpx.Client) -> None:
    study = study_of(client, STUDY)

    assert study["researcher"] == {
        "id": ADMIN,
        "name": "Rosa Okafor",
        "email": "rosa.okafor@example.com",
        "country": "GB",
        "institution": {"name": None, "logo": None, "link": ""},
    }
    assert ok(client.get(study["_links"]["self"]["href"]))["id"] == STUDY
    listed = ok(client.get(study["_links"]["related"]["href"]))
    assert listed["meta"]["count"] > 0
    assert study["is_ready_to_publish"] is True


@pytest.mark.parametrize("action", ["SHOUT", "", "approve"])
def test_an_action_that_does_not_exist_is_refused_with_all_that_do(client: httpx.Client, action: str) -> None:
    code = {"code": "A", "code_type": "COMPLETED", "actions": [{"action": action}]}
    refused(
        client.post(f"{API}/studies/", json=study_body(completion_codes=[code])),
        "completion_codes.0.actions.0",
        "AUTOMATICALLY_APPROVE",
        "MANUALLY_REVIEW",
        "ADD_TO_PARTICIPANT_GROUP",
        "REMOVE_FROM_PARTICIPANT_GROUP",
        "REQUEST_RETURN",
    )


@pytest.mark.clauses("PR-402")
def test_the_export_is_a_table_with_a_line_for_each_submission(client: httpx.Client) -> None:
    reply = client.get(f"{API}/studies/{STUDY}/export/")
    rows = list(csv.DictReader(io.StringIO(reply.text)))

    assert reply.headers["content-type"].startswith("text/csv")
    assert len(rows) == study_of(client, STUDY)["number_of_submissions"]
    assert list(rows[0]) == [
        *["Submission id", "Participant id", "Status", "Custom study tncs accepted at", "Started at", "Completed at"],
        *["Reviewed at", "Archived at", "Time taken", "Completion code", "Total approvals", "Age", "Sex"],
        *["Ethnicity simplified", "Country of birth", "Country of residence", "Nationality", "Language"],
        *["Student status", "Employment status"],
    ]
    assert rows[0]["Age"].isdigit()
    assert rows[0]["Started at"] == "2025-01-20T09:01:36.000000Z"
    assert rows[0]["Time taken"].isdigit()
    assert {row["Age"] for row in rows if row["Status"] == "RETURNED"} == {"CONSENT_REVOKED"}


def test_the_export_has_a_column_for_each_filter_of_the_study(client: httpx.Client) -> None:
    left = {"filter_id": "handedness", "selected_values": ["0", "1"]}
    study = published(client, filters=[left])
    completed(client, study)
    reply = client.get(f"{API}/studies/{study['id']}/export/")

    [row] = csv.DictReader(io.StringIO(reply.text))
    assert list(row).index("Handedness") == list(row).index("Age") - 1
    assert row["Handedness"] in {"Right", "Left"}


@pytest.mark.clauses("PR-403")
def test_the_export_can_be_sent_by_mail(client: httpx.Client) -> None:
    reply = client.get(f"{API}/studies/{STUDY}/export/", params={"method": "email"})

    assert ok(reply) == {"status": "Your export should arrive shortly."}
    refused(client.get(f"{API}/studies/{STUDY}/export/", params={"method": "pigeon"}), "method")


@pytest.mark.clauses("PR-393", "PR-395", "PR-396", "PR-484")
def test_studies_are_listed_in_short(client: httpx.Client) -> None:
    listing = ok(client.get(f"{API}/studies/", params={"page_size": 100}))["results"]

    assert {study["status"] for study in listing} == {
        "UNPUBLISHED",
        "SCHEDULED",
        "ACTIVE",
        "AWAITING REVIEW",
        "PAUSED",
        "COMPLETED",
    }
    assert FOREIGN_STUDY not in [study["id"] for study in listing]
    assert {study["study_type"] for study in listing} == {"SINGLE"}
    assert all((study["publish_at"] is not None) == (study["status"] == "SCHEDULED") for study in listing)
    drafts = {"UNPUBLISHED", "SCHEDULED"}
    assert all((study["published_at"] is None) == (study["status"] in drafts) for study in listing)


@pytest.mark.clauses("PR-485")
def test_a_new_study_is_listed_first(client: httpx.Client) -> None:
    study = draft(client)

    assert ok(client.get(f"{API}/studies/"))["results"][0]["id"] == study["id"]


@pytest.mark.clauses("PR-485")
@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("ACTIVE", {"ACTIVE"}),
        ("paused", {"PAUSED"}),
        ("AWAITING REVIEW", {"AWAITING REVIEW"}),
        ("(ACTIVE|PAUSED)", {"ACTIVE", "PAUSED"}),
        ("scheduled,unpublished", {"SCHEDULED", "UNPUBLISHED"}),
    ],
)
def test_studies_are_listed_by_state(client: httpx.Client, state: str, expected: set[str]) -> None:
    listing = ok(client.get(f"{API}/studies/", params={"state": state, "page_size": 100}))

    assert {study["status"] for study in listing["results"]} == expected
    refused(client.get(f"{API}/studies/", params={"state": "FLYING"}), "state")


@pytest.mark.clauses("PR-483")
def test_a_projects_studies_are_those_made_in_it(client: httpx.Client) -> None:
    study = draft(client, project=CONTRASTS)
    listing = ok(client.get(f"{API}/projects/{CONTRASTS}/studies/"))["results"]

    assert study["id"] in [each["id"] for each in listing]
    assert {study_of(client, each["id"])["project"] for each in listing} == {CONTRASTS}


@pytest.mark.clauses("PR-397")
def test_rates_depend_on_the_workspace(client: httpx.Client) -> None:
    skies = ok(client.get(f"{API}/workspaces/{OVERSEAS}/projects/"))["results"][0]["id"]

    assert draft(client, project=skies, reward=300, total_available_places=1)["total_cost"] == 400
    assert len(GROUNDS) >= 100
