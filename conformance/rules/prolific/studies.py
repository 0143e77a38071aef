"""Drafts and what may be in them, copies, cost, and the life of a published study."""

from __future__ import annotations

import math
from typing import Any

from understudy.conformance.evidence.matchers import answers, array, integer, number, shows, succeeds, text
from understudy.conformance.judging.context import Trial
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.prolific.fixtures import (
    CODE,
    GONE,
    NOBODY,
    STUDY,
    act,
    choice,
    draft,
    filters,
    may_spend,
    own_project,
    participants,
    picked,
    published,
    ranged,
    refused,
    shared_draft,
    shared_group,
    shared_set,
    span,
    study_body,
    tried,
    workspace,
)

NEEDED = (
    "name",
    "description",
    "external_study_url",
    "prolific_id_option",
    "completion_codes",
    "completion_option",
    "estimated_completion_time",
    "reward",
    "total_available_places",
)
#: Beside the body that every test starts from.
SPELT = (
    "description",
    "external_study_url",
    "prolific_id_option",
    "completion_option",
    "estimated_completion_time",
    "reward",
    "total_available_places",
)


def balance(t: Trial) -> int:
    """The money that is free in the scenarios' workspace."""
    money = t.call("get_workspace_balance", path={"workspace_id": workspace(t)}, fresh=True)
    return int(money.at("available_balance"))


@check(writes=True)
def a_draft_is_made(t: Trial) -> None:
    """A study starts as a draft with what was sent, an id and a longest time; nine members are required."""
    body = study_body(t, metadata='{"ours": 1}', internal_name="COL-7", content_warning_details="Bright lights")
    made = t.call("create_study", body={**body, "status": "ACTIVE", "id": NOBODY, "maximum_allowed_time": 60})
    t.judge("PR-171", made, shows(status="UNPUBLISHED"))
    t.judge(
        ("PR-174", "PR-445"),
        made,
        shows(
            {name: body[name] for name in SPELT} | {"id": text, "name": body["name"], "maximum_allowed_time": number}
        ),
    )
    t.judge(
        ("PR-191", "PR-196", "PR-178"), made, shows(metadata='{"ours": 1}', content_warning_details="Bright lights")
    )
    t.judge("PR-176", made, shows(reward=STUDY["reward"]))
    t.judge("PR-228", made, shows(total_available_places=2))
    t.holds(
        ("PR-015", "PR-248"),
        made,
        made.find("id") != NOBODY and made.find("status") == "UNPUBLISHED",
        "an id and a status of the server's",
        made.shortly,
    )
    t.holds(
        "PR-013",
        made,
        isinstance(made.find("id"), str) and len(made.find("id")) == 24 and int(str(made.find("id")), 16) >= 0,
        "24 hexadecimal digits",
        made.find("id"),
    )
    t.holds(
        "PR-512",
        made,
        integer(made.find("reward")) and integer(made.find("total_available_places")),
        "whole numbers without a decimal point",
        f"{made.find('reward')!r} {made.find('total_available_places')!r}",
    )
    t.judge("PR-173", made, succeeds)
    for name in NEEDED:
        t.judge(
            ("PR-172", "PR-445"),
            t.call("create_study", body={key: value for key, value in body.items() if key != name}),
            refused,
        )
    base = study_body(t)
    tried(
        t,
        "PR-177",
        "create_study",
        base,
        {"reward": 0},
        {"reward": -5},
        {"total_available_places": 0},
        {"total_available_places": "many"},
    )
    tried(t, ("PR-016", "PR-446"), "create_study", base, {"name": None}, {"description": None})
    good = t.call(
        "create_study",
        body={**base, "internal_name": None, "metadata": None, "filters": None, "naivety_distribution_rate": None},
    )
    t.judge(("PR-446", "PR-178"), good, succeeds)
    t.judge("PR-178", t.call("create_study", body={**base, "filters": []}), succeeds)
    homeless = t.call("create_study", body={name: value for name, value in base.items() if name != "project"})
    t.judge("PR-189", homeless, succeeds)
    t.judge("PR-190", t.call("create_study", body={**base, "project": NOBODY}), answers(400, 404))
    elsewhere = t.call("create_study", body={**base, "project": own_project(t)})
    t.judge("PR-199", elsewhere, succeeds)
    listed = t.listed("list_project_studies", path={"project_id": own_project(t)})
    t.holds(
        "PR-189",
        (elsewhere, t.exchanges[-1]),
        elsewhere.find("id") in {each["id"] for each in listed},
        "a study in the project that was named",
        "it is not there",
    )


@check(writes=True)
def a_draft_says_how_it_is_done(t: Trial) -> None:
    """Labels, devices, options and times of a study are what the contract lists; each of the samples is accepted."""
    base = study_body(t)
    labelled = t.call("create_study", body={**base, "study_labels": ["interview"]})
    t.judge("PR-193", labelled, shows(study_labels=["interview"]))
    tried(t, "PR-193", "create_study", base, {"study_labels": ["game"]})
    tried(t, "PR-194", "create_study", base, {"study_labels": ["survey", "interview"]})
    t.judge(
        "PR-195",
        t.call("create_study", body={**base, "content_warnings": ["explicit"]}),
        shows(content_warnings=["explicit"]),
    )
    tried(
        t,
        "PR-195",
        "create_study",
        base,
        {"content_warnings": ["loud"]},
        {"content_warnings": ["sensitive", "explicit"]},
    )
    t.judge(
        "PR-209", t.call("create_study", body={**base, "completion_option": "code"}), shows(completion_option="code")
    )
    tried(t, "PR-209", "create_study", base, {"completion_option": "mail"})
    address = "https://survey.example.com/?p={{%PROLIFIC_PID%}}&s={{%STUDY_ID%}}&x={{%SESSION_ID%}}"
    t.judge(
        "PR-211",
        t.call("create_study", body={**base, "external_study_url": address}),
        shows(external_study_url=address),
    )
    for option in ("question",):
        t.judge(
            "PR-213",
            t.call("create_study", body={**base, "prolific_id_option": option}),
            shows(prolific_id_option=option),
        )
    tried(t, "PR-213", "create_study", base, {"prolific_id_option": "mail"})
    t.judge(
        "PR-214",
        t.call("create_study", body={**base, "device_compatibility": ["desktop", "tablet"]}),
        shows(device_compatibility=["desktop", "tablet"]),
    )
    t.judge("PR-214", t.call("create_study", body={**base, "device_compatibility": []}), succeeds)
    tried(t, "PR-214", "create_study", base, {"device_compatibility": ["watch"]})
    t.judge(
        "PR-215",
        t.call("create_study", body={**base, "peripheral_requirements": ["audio", "camera"]}),
        shows(peripheral_requirements=["audio", "camera"]),
    )
    t.judge("PR-215", t.call("create_study", body={**base, "peripheral_requirements": []}), succeeds)
    tried(t, "PR-215", "create_study", base, {"peripheral_requirements": ["pen"]})
    tried(t, "PR-216", "create_study", base, {"estimated_completion_time": 0.5})
    t.judge("PR-216", t.call("create_study", body={**base, "estimated_completion_time": 1}), succeeds)
    least = 2 + 2 * 5 + 2 * math.sqrt(5)
    tried(t, "PR-217", "create_study", base, {"maximum_allowed_time": math.floor(least)})
    t.judge(
        "PR-217",
        t.call("create_study", body={**base, "maximum_allowed_time": math.ceil(least)}),
        shows(maximum_allowed_time=math.ceil(least)),
    )
    longest = draft(t)
    t.holds(
        "PR-218",
        longest,
        number(longest.find("maximum_allowed_time")) and longest.find("maximum_allowed_time") > 60,
        "the longest time that is permitted",
        longest.find("maximum_allowed_time"),
    )
    for rate in (0, None):
        t.judge(
            "PR-220",
            t.call("create_study", body={**base, "naivety_distribution_rate": rate}),
            shows(naivety_distribution_rate=rate),
        )
    tried(t, "PR-220", "create_study", base, {"naivety_distribution_rate": 1.5})


@check(writes=True)
def completion_codes_say_what_follows(t: Trial) -> None:
    """At least one code, each once, with a type and actions of five kinds that carry what they need."""
    base = study_body(t)
    group = shared_group(t)
    tried(t, "PR-197", "create_study", base, {"completion_codes": []})
    tried(t, "PR-198", "create_study", base, {"completion_codes": [CODE, CODE]})
    for name in ("code", "code_type", "actions"):
        tried(
            t,
            "PR-200",
            "create_study",
            base,
            {"completion_codes": [{key: value for key, value in CODE.items() if key != name}]},
        )
    for kind in ("COMPLETION_CODE", "SCREENED_OUT"):
        t.judge(
            "PR-201", t.call("create_study", body={**base, "completion_codes": [{**CODE, "code_type": kind}]}), succeeds
        )
    several = [
        {
            **CODE,
            "actions": [
                {"action": "AUTOMATICALLY_APPROVE"},
                {"action": "ADD_TO_PARTICIPANT_GROUP", "participant_group": group},
            ],
        },
        {
            **CODE,
            "code": "DEF234",
            "actions": [{"action": "REMOVE_FROM_PARTICIPANT_GROUP", "participant_group": group}],
        },
        {**CODE, "code": "GHI345", "actions": [{"action": "REQUEST_RETURN", "return_reason": "No consent"}]},
    ]
    made = t.call("create_study", body={**base, "completion_codes": several})
    t.judge(("PR-202", "PR-203", "PR-437"), made, shows(completion_codes=several))
    fed = t.call("get_participant_group", path={"id": group}, fresh=True)
    codes = [
        code.get("code")
        for each in fed.find("feeder_studies") or []
        if each.get("id") == made.find("id")
        for code in each.get("feeder_completion_codes", [])
    ]
    t.holds("PR-466", (made, fed), sorted(codes) == ["ABC123", "DEF234"], "the codes that change the group", codes)
    t.call("update_study", path={"id": made.at("id")}, body={"completion_codes": [CODE]})
    after = t.call("get_participant_group", path={"id": group}, fresh=True)
    left = [each for each in after.find("feeder_studies") or [] if each.get("id") == made.find("id")]
    t.holds("PR-466", (made, after), not left, "no study whose codes no longer change it", left)
    for action in (
        {"action": "ADD_TO_PARTICIPANT_GROUP"},
        {"action": "REMOVE_FROM_PARTICIPANT_GROUP"},
        {"action": "REQUEST_RETURN"},
    ):
        tried(t, ("PR-207", "PR-437"), "create_study", base, {"completion_codes": [{**CODE, "actions": [action]}]})
    tried(t, "PR-203", "create_study", base, {"completion_codes": [{**CODE, "actions": [{"action": "PAY_DOUBLE"}]}]})
    both_ways = [{"action": "AUTOMATICALLY_APPROVE"}, {"action": "MANUALLY_REVIEW"}]
    tried(t, "PR-208", "create_study", base, {"completion_codes": [{**CODE, "actions": both_ways}]})


@check(writes=True)
def submissions_may_be_several(t: Trial) -> None:
    """submissions_config has defaults, bounds, and keeps what it does not know."""
    base = study_body(t)
    made = t.call(
        "create_study",
        body={**base, "submissions_config": {"max_submissions_per_participant": 5, "understudy": "kept"}},
    )
    t.judge("PR-224", made, shows({"max_submissions_per_participant": 5}, "submissions_config"))
    t.judge("PR-223", made, shows({"max_concurrent_submissions": -1}, "submissions_config"))
    t.judge("PR-226", made, shows({"understudy": "kept"}, "submissions_config"))
    t.judge(
        "PR-224",
        t.call("create_study", body={**base, "submissions_config": {}}),
        shows({"max_submissions_per_participant": 1}, "submissions_config"),
    )
    t.judge(
        "PR-223",
        t.call("create_study", body={**base, "submissions_config": {"max_concurrent_submissions": 3}}),
        shows({"max_concurrent_submissions": 3}, "submissions_config"),
    )
    tried(
        t,
        "PR-223",
        "create_study",
        base,
        {"submissions_config": {"max_concurrent_submissions": 0}},
        {"submissions_config": {"max_concurrent_submissions": -2}},
    )
    unlimited = {"submissions_config": {"max_submissions_per_participant": None, "max_concurrent_submissions": None}}
    t.judge("PR-446", t.call("create_study", body={**base, **unlimited}), succeeds)


@check(writes=True)
def filters_choose_participants(t: Trial) -> None:
    """Select and range filters have values that fit; several hold together; a set stands instead of them."""
    base = study_body(t)
    one, part = picked(t), ranged(t)
    values = sorted(choice(t)["choices"])
    told = span(t)
    made = t.call("create_study", body={**base, "filters": [{**one, "selected_values": values[:2]}, part]})
    t.judge(("PR-184", "PR-429", "PR-432"), made, shows(filters=array))
    t.holds("PR-185", made, len(made.find("filters") or []) == 2, "both filters", made.find("filters"))
    twice = t.call("create_study", body={**base, "filters": [one, {**one, "selected_values": [values[1]]}]})
    t.holds(
        "PR-185", twice, len(twice.find("filters") or []) == 2, "two filters of one filter_id", twice.find("filters")
    )
    operations: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
        ("create_study", base, {}),
        ("count_eligible_participants", {}, {}),
        ("create_filter_set", {"name": t.mark("Set"), "workspace_id": workspace(t)}, {}),
        ("update_study", {}, {"path": {"id": shared_draft(t)}}),
    )
    for operation, rest, more in operations:
        tried(t, "PR-429", operation, rest, {"filters": [{"filter_id": one["filter_id"]}]}, **more)
        tried(t, "PR-430", operation, rest, {"filters": [{**one, "selected_values": ["understudy"]}]}, **more)
        tried(t, "PR-433", operation, rest, {"filters": [{**part, "selected_range": {}}]}, **more)
        above = {"lower": told["min"] + 2, "upper": told["min"]}
        tried(t, "PR-436", operation, rest, {"filters": [{**part, "selected_range": above}]}, **more)
    beside = {"lower": told["min"] - 1, "upper": told["max"]}
    words = {"lower": "young", "upper": told["max"]}
    nothing = {"lower": None, "upper": None}
    tried(t, "PR-429", "create_study", base, {"filters": [{**one, "selected_values": [1]}]})
    tried(t, "PR-431", "create_study", base, {"filters": [{**one, "weightings": {one["selected_values"][0]: "much"}}]})
    tried(t, "PR-432", "create_study", base, {"filters": [{"filter_id": told["filter_id"]}]})
    tried(t, "PR-433", "create_study", base, {"filters": [{**part, "selected_range": nothing}]})
    tried(t, "PR-435", "create_study", base, {"filters": [{**part, "selected_range": words}]})
    tried(t, "PR-436", "create_study", base, {"filters": [{**part, "selected_range": beside}]})
    t.judge(
        "PR-431",
        t.call("create_study", body={**base, "filters": [{**one, "weightings": {one["selected_values"][0]: 0.5}}]}),
        succeeds,
    )
    half_open = t.call(
        "create_study",
        body={**base, "filters": [{**part, "selected_range": {"lower": told["min"] + 1, "upper": None}}]},
    )
    t.judge("PR-433", half_open, succeeds)
    shown = half_open.find("filters", 0, "selected_range", "upper")
    t.holds(
        "PR-434",
        half_open,
        shown in (told["max"], None) and half_open.succeeded,
        f"the filter's own bound {told['max']}",
        shown,
    )
    t.judge(
        "PR-184",
        t.call("count_eligible_participants", body={"filters": [{**one, "selected_values": values[:2]}]}),
        shows(count=integer),
    )
    people = participants(t)
    known = {each["filter_id"] for each in filters(t)}
    if "custom_allowlist" in known:
        t.judge(
            "PR-186",
            t.call(
                "create_study", body={**base, "filters": [{"filter_id": "custom_allowlist", "selected_values": people}]}
            ),
            succeeds,
        )
    if "previous_studies_blocklist" in known:
        t.judge(
            "PR-187",
            t.call(
                "create_study",
                body={
                    **base,
                    "filters": [{"filter_id": "previous_studies_blocklist", "selected_values": [shared_draft(t)]}],
                },
            ),
            succeeds,
        )


@check(writes=True)
def a_set_stands_for_filters(t: Trial) -> None:
    """A filter set is applied as it is at that time; it excludes filters beside it; its version can be named."""
    base = study_body(t)
    own = shared_set(t)
    made = t.call("create_study", body={**base, "filter_set_id": own})
    t.judge(("PR-181", "PR-068"), made, succeeds)
    before = made.find("filters")
    tried(t, "PR-179", "create_study", base, {"filter_set_id": own, "filters": [picked(t)]})
    t.judge("PR-180", t.call("create_study", body={**base, "filter_set_id": own, "filters": []}), succeeds)
    t.judge("PR-447", t.call("create_study", body={**base, "filter_set_id": own, "filter_set_version": 1}), succeeds)
    tried(t, "PR-447", "create_study", base, {"filter_set_id": own, "filter_set_version": "one"})
    tried(
        t, "PR-183", "create_study", base, {"filter_set_id": NOBODY}, {"filter_set_id": own, "filter_set_version": 99}
    )
    t.call("update_filter_set", path={"id": own}, body={"filters": [picked(t, 1)]})
    after = t.call("get_study", path={"id": made.at("id")})
    t.holds("PR-182", (made, after), after.find("filters") == before, "the filters of that time", after.find("filters"))
    newer = t.call("create_study", body={**base, "filter_set_id": own})
    t.holds(
        "PR-181",
        (made, newer),
        newer.find("filter_set_version") == 2,
        "the newest version",
        newer.find("filter_set_version"),
    )


@check(writes=True)
def samples_are_accepted(t: Trial) -> None:
    """The contract's sample bodies of a study are accepted, given that the ids in them exist."""
    told = t.contract.document["paths"]["/api/v1/studies"]["post"]["requestBody"]["content"]["application/json"][
        "examples"
    ]
    known = {each["id"] for each in t.listed("list_participant_groups")} | {
        each["id"] for each in t.listed("list_filter_sets")
    }
    own_group, own_set = None, None
    for name, sample in told.items():
        body: dict[str, Any] = dict(sample["value"])
        shown = str(body)
        if "participant_group" in shown and not any(each in shown for each in known):
            own_group = own_group or shared_group(t)
            body.pop("filters", None)
        if body.get("filter_set_id") not in known | {None}:
            own_set = own_set or shared_set(t)
            body["filter_set_id"] = own_set
        if "project" in body and not t.local:
            body.pop("project")
        made = t.call("create_study", body=body)
        t.holds("PR-175", made, made.succeeded, f"the sample {name} to be accepted", made.shortly)


@check(writes=True)
def a_draft_is_changed_and_deleted(t: Trial) -> None:
    """Any member of a draft may be sent alone; a deleted draft is gone."""
    own = str(draft(t).at("id"))
    for name, value in (
        ("name", t.mark("Hues")),
        ("reward", 120),
        ("internal_name", "COL-9"),
        ("device_compatibility", ["tablet"]),
    ):
        changed = t.call("update_study", path={"id": own}, body={name: value})
        t.judge(("PR-399", "PR-445"), changed, shows({name: value}))
    t.judge(
        "PR-248",
        t.call("update_study", path={"id": own}, body={"status": "ACTIVE"}),
        lambda exchange: shows(status="UNPUBLISHED")(exchange) if exchange.succeeded else None,
    )
    tried(t, ("PR-446", "PR-429"), "update_study", {}, {"name": None}, path={"id": own})
    tried(t, "PR-447", "update_study", {}, {"filter_set_version": "one"}, path={"id": own})
    gone = t.call("delete_study", path={"id": own})
    t.judge("PR-401", gone, succeeds)
    t.judge("PR-514", t.call("get_study", path={"id": own}), answers(404), gone)
    listed = {each["id"] for each in t.listed("list_studies")}
    t.holds("PR-514", (gone, t.exchanges[-1]), own not in listed, f"no {own} in the list", "it is still there")


@check(writes=True)
def a_study_is_copied(t: Trial) -> None:
    """A copy has all data of the original, is a draft, and shuts out the original's participants unless told otherwise."""
    body = study_body(t, filters=[ranged(t)], internal_name="COL-7")
    original = t.call("create_study", body=body)
    own = str(original.at("id"))

    def blocked(exchange: Any) -> list[str]:
        found = [
            each for each in exchange.find("filters") or [] if each.get("filter_id") == "previous_studies_blocklist"
        ]
        return [value for each in found for value in each.get("selected_values", [])]

    copy = t.call("clone_study", path={"id": own}, raw=None)
    t.judge(("PR-229", "PR-233"), copy, shows({name: body[name] for name in SPELT}))
    t.holds(
        "PR-229",
        copy,
        copy.find("id") not in {own, None} and text(copy.find("id")),
        "a study of its own",
        copy.find("id"),
    )
    t.judge("PR-230", copy, shows(status="UNPUBLISHED"))
    t.holds(
        ("PR-231", "PR-233", "PR-468"),
        (original, copy),
        own in blocked(copy),
        f"a block list with {own}",
        copy.find("filters"),
    )
    t.holds(
        "PR-231",
        copy,
        any(each.get("filter_id") == span(t)["filter_id"] for each in copy.find("filters") or []),
        "the original's filters as well",
        copy.find("filters"),
    )
    plain = t.call("clone_study", path={"id": own}, body={"block_previous_participants": False})
    t.holds(("PR-232", "PR-468"), plain, not blocked(plain) and plain.succeeded, "no block list", plain.find("filters"))
    tried(t, "PR-468", "clone_study", {}, {"block_previous_participants": "no"}, path={"id": own})
    again = t.call("clone_study", path={"id": copy.at("id")}, body={})
    t.holds(
        "PR-234", (copy, again), {own, copy.find("id")} <= set(blocked(again)), "both in the block list", blocked(again)
    )
    after = t.call("get_study", path={"id": own}, fresh=True)
    t.holds(
        "PR-237",
        (original, after),
        after.find("filters") == original.find("filters") and after.find("status") == "UNPUBLISHED",
        "the original as it was",
        after.shortly,
    )
    inside = t.call("list_study_submissions", path={"id": copy.at("id")})
    t.judge("PR-236", inside, shows(results=[]))
    with_set = t.call("create_study", body=study_body(t, filter_set_id=shared_set(t)))
    copied = t.call("clone_study", path={"id": with_set.at("id")}, body={})
    valid = copied.succeeded and not (copied.find("filter_set_id") and copied.find("filters") and blocked(copied))
    t.holds(
        "PR-235",
        (with_set, copied),
        valid and with_set.find("id") in blocked(copied),
        "filters with a block list, and no set beside them",
        copied.shortly,
    )
    t.judge("PR-238", t.call("clone_study", path={"id": NOBODY}, body={}), answers(404))


@check(writes=True)
def the_cost_of_a_study(t: Trial) -> None:
    """The calculator adds fees and VAT, is linear, refuses nonsense and reserves nothing."""
    free = balance(t)
    one = t.call("calculate_study_cost", body={"reward": 500, "total_available_places": 1})
    t.judge(("PR-253", "PR-255", "PR-470", "PR-012"), one, shows(total_cost=number))
    cost = one.find("total_cost")
    t.holds("PR-256", one, number(cost) and abs(cost - 700) <= 1, "700: a third fees and a fifth of those VAT", cost)
    t.holds("PR-253", one, number(cost) and cost > 500, "more than the reward", cost)
    ten = t.call("calculate_study_cost", body={"reward": 500, "total_available_places": 10})
    double = t.call("calculate_study_cost", body={"reward": 1000, "total_available_places": 1})
    t.holds(
        "PR-257",
        (one, ten, double),
        number(cost)
        and abs((ten.find("total_cost") or 0) - 10 * cost) <= 10
        and abs((double.find("total_cost") or 0) - 2 * cost) <= 2,
        "ten and two times as much",
        f"{ten.find('total_cost')} {double.find('total_cost')}",
    )
    t.holds(
        "PR-512",
        ten,
        integer(ten.find("total_cost")) or ten.find("total_cost") % 1,
        "a whole amount without a decimal point",
        ten.find("total_cost"),
    )
    t.holds("PR-258", one, balance(t) == free, f"{free} as before", "less")
    base = {"reward": 500, "total_available_places": 1}
    tried(t, ("PR-254", "PR-470"), "calculate_study_cost", base, {"reward": GONE}, {"total_available_places": GONE})
    tried(t, "PR-259", "calculate_study_cost", base, {"reward": -1}, {"reward": "much"}, {"total_available_places": -1})
    own = t.call("create_study", body=study_body(t, reward=500, total_available_places=10))
    told = t.call("get_study_cost", path={"id": own.at("id")})
    t.holds(
        "PR-482",
        (ten, told),
        told.find("total_cost") == ten.find("total_cost"),
        f"{ten.find('total_cost')}",
        told.shortly,
    )


@check(writes=True)
def a_study_has_a_life(t: Trial) -> None:
    """PUBLISH, PAUSE, START and STOP lead through the statuses; anything else is 400; money is bound on publishing."""
    may_spend(t)
    free = balance(t)
    own = str(draft(t, reward=100, total_available_places=1).at("id"))
    for wrong in ("PAUSE", "START", "STOP"):
        t.judge("PR-244", act(t, own, wrong), refused)
    t.judge(("PR-245", "PR-470"), t.call("transition_study", path={"id": own}, body={}), refused)
    t.judge("PR-246", act(t, own, "EXPLODE"), refused)
    t.judge("PR-244", t.call("get_study", path={"id": own}), shows(status="UNPUBLISHED"))
    live = act(t, own, "PUBLISH")
    t.judge(("PR-239", "PR-247", "PR-248"), live, shows(id=own, status="ACTIVE"))
    bound = balance(t)
    t.holds("PR-251", live, bound < free, f"less than {free} available", bound)
    t.judge("PR-244", act(t, own, "PUBLISH"), refused)
    t.judge("PR-240", act(t, own, "PAUSE"), shows(status="PAUSED"))
    t.judge("PR-241", act(t, own, "START"), shows(status="ACTIVE"))
    t.judge("PR-401", t.call("delete_study", path={"id": own}), answers(400, 403, 409))
    for body in ({"name": "Other"}, {"reward": 1}, {"completion_codes": [{**CODE, "code": "NEW1"}]}):
        t.judge(("PR-400", "PR-508"), t.call("update_study", path={"id": own}, body=body), refused)
    t.judge(
        "PR-508",
        t.call("update_study", path={"id": own}, body={"internal_name": "COL-9"}),
        shows(internal_name="COL-9"),
    )
    t.judge("PR-508", t.call("get_study", path={"id": own}), shows(reward=100))
    done = act(t, own, "STOP")
    t.holds(
        "PR-242",
        done,
        done.find("status") in {"AWAITING REVIEW", "COMPLETED"},
        "AWAITING REVIEW or COMPLETED",
        done.shortly,
    )
    t.judge("PR-243", act(t, own, "START"), refused)
    more = t.call("update_study", path={"id": own}, body={"total_available_places": 2})
    t.judge(("PR-243", "PR-508"), more, shows(status="ACTIVE"))
    act(t, own, "STOP")
    dear = str(draft(t, reward=10_000_000, total_available_places=1_000).at("id"))
    t.judge("PR-250", act(t, dear, "PUBLISH"), refused)
    t.judge("PR-250", t.call("get_study", path={"id": dear}), shows(status="UNPUBLISHED"))


@check(writes=True)
def studies_stand_in_collections(t: Trial) -> None:
    """A collection holds drafts of its own project; a study is in one at most; it is published at once or later."""
    from understudy.conformance.rules.prolific.fixtures import collection_body, shared_collection

    one, two = str(draft(t).at("id")), str(draft(t).at("id"))
    body = collection_body(t)
    made = t.call(
        "create_collection",
        body={
            **body,
            "study_ids": [one],
            "description": "Nobody judges two",
            "publish_at": "2050-02-28T13:45:00 Europe/London",
        },
    )
    t.judge(("PR-260", "PR-266"), made, shows(id=text, study_ids=[one], name=body["name"]))
    t.judge("PR-268", made, shows(publish_at="2050-02-28T13:45:00 Europe/London"))
    empty = t.call("create_collection", body={**body, "publish_at": None})
    t.judge(("PR-260", "PR-268"), empty, succeeds)
    tried(t, "PR-265", "create_collection", body, {"project_id": GONE})
    tried(t, "PR-269", "create_collection", body, {"name": GONE})
    tried(
        t,
        "PR-271",
        "create_collection",
        body,
        {"publish_at": "soon"},
        {"publish_at": "2050-02-28T13:45:00 Nowhere/City"},
    )
    before = len(t.listed("list_collections", query={"project_id": body["project_id"]}))
    tried(t, ("PR-270", "PR-272"), "create_collection", body, {"study_ids": [NOBODY]}, how=answers(400, 404, 422))
    t.holds(
        "PR-270",
        t.exchanges[-1],
        len(t.listed("list_collections", query={"project_id": body["project_id"]})) == before,
        "nothing made",
        "one more",
    )
    foreign = str(t.call("create_study", body=study_body(t, project=own_project(t))).at("id"))
    tried(t, "PR-261", "create_collection", body, {"study_ids": [foreign]})
    first, second = {"id": str(made.at("id"))}, {"id": str(empty.at("id"))}
    moved = t.call("update_collection", path=second, body={"study_ids": [one]})
    t.judge("PR-263", moved, shows(study_ids=[one]))
    t.judge(("PR-263", "PR-264"), t.call("get_collection", path=first), shows(study_ids=[]), moved)
    replaced = t.call("update_collection", path=second, body={"study_ids": [two]})
    t.judge("PR-267", replaced, shows(study_ids=[two]))
    changed = t.call(
        "update_collection",
        path=second,
        body={"name": "Other", "description": "More", "publish_at": "2051-01-01T10:00:00 Europe/Berlin"},
    )
    t.judge(
        "PR-414",
        changed,
        shows(name="Other", description="More", publish_at="2051-01-01T10:00:00 Europe/Berlin", study_ids=[two]),
    )
    kept = {"id": shared_collection(t)}
    t.judge(("PR-279", "PR-469"), t.call("transition_collection", path=kept, body={"action": "EXPLODE"}), refused)
    t.judge("PR-276", t.call("transition_collection", path=kept, body={"action": "SCHEDULE_PUBLISH"}), refused)
    t.judge(
        "PR-277",
        t.call(
            "transition_collection",
            path=second,
            body={"action": "SCHEDULE_PUBLISH", "publish_at": "2001-01-01T10:00:00 Europe/Berlin"},
        ),
        refused,
    )
    t.judge("PR-280", t.call("transition_collection", path=second, body={"action": "CANCEL_PUBLISH"}), refused)
    stored = t.call("transition_collection", path=second, body={"action": "SCHEDULE_PUBLISH"})
    t.judge(("PR-274", "PR-469"), stored, succeeds)
    t.judge("PR-274", t.call("get_study", path={"id": two}), shows(status="SCHEDULED"), stored)
    cancelled = t.call("transition_collection", path=second, body={"action": "CANCEL_PUBLISH"})
    t.judge("PR-278", cancelled, succeeds)
    t.judge("PR-278", t.call("get_study", path={"id": two}), shows(status="UNPUBLISHED"), cancelled)
    brought = t.call(
        "transition_collection",
        path=second,
        body={"action": "SCHEDULE_PUBLISH", "publish_at": "2052-03-01T09:00:00 Europe/Paris"},
    )
    t.judge(("PR-275", "PR-469"), brought, shows(publish_at="2052-03-01T09:00:00 Europe/Paris"))
    t.call("transition_collection", path=second, body={"action": "CANCEL_PUBLISH"})
    t.judge("PR-282", t.call("transition_collection", path=first, body={"action": "PUBLISH"}), refused)
    gone = t.call("delete_collection", path=first)
    t.judge("PR-493", gone, succeeds)
    t.judge("PR-493", t.call("get_collection", path=first), answers(404), gone)
    t.judge("PR-493", t.call("get_study", path={"id": one}), succeeds, gone)


@check(writes=True)
def a_collection_is_published(t: Trial) -> None:
    """PUBLISH publishes the studies of a collection, which takes drafts alone."""
    from understudy.conformance.rules.prolific.fixtures import collection_body

    may_spend(t)
    own = str(draft(t, reward=100, total_available_places=1).at("id"))
    made = t.call("create_collection", body=collection_body(t, study_ids=[own]))
    done = t.call("transition_collection", path={"id": made.at("id")}, body={"action": "PUBLISH"})
    t.judge(("PR-273", "PR-279"), done, succeeds)
    t.judge("PR-273", t.call("get_study", path={"id": own}), shows(status="ACTIVE"), done)
    live = published(t)
    tried(t, "PR-262", "create_collection", collection_body(t), {"study_ids": [live]})
    for study in (own, live):
        act(t, study, "STOP")
