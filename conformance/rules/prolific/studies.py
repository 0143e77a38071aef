"""Studies: drafts and their members, copies, cost, and the lifecycle of a published study."""

from __future__ import annotations

import math
import re
from typing import Any

from understudy.conformance.evidence.matchers import answers, array, integer, number, shows, succeeds, text
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.prolific.fixtures import (
    CODE,
    GONE,
    NOBODY,
    STUDY,
    choice_filter,
    draft,
    filter_with_choices,
    filter_with_range,
    filters,
    judge_each,
    may_spend,
    own_project,
    participants,
    published,
    range_filter,
    refused,
    shared_draft,
    shared_group,
    shared_set,
    study_body,
    transition,
    workspace,
)

#: The live API has come to take a study without `prolific_id_option` and `completion_option`; both answers are right.
NEEDED = (
    "name",
    "description",
    "external_study_url",
    "completion_codes",
    "estimated_completion_time",
    "reward",
    "total_available_places",
)
#: Members whose values the reply to a creation repeats.
SPELT = (
    "description",
    "external_study_url",
    "prolific_id_option",
    "completion_option",
    "estimated_completion_time",
    "reward",
    "total_available_places",
)


def balance(ctx: CheckContext) -> int:
    """The available balance of the scenarios' workspace."""
    money = ctx.call("get_workspace_balance", path={"workspace_id": workspace(ctx)}, fresh=True)
    available = money.at("available_balance")
    ctx.rely(
        number(available) and math.isfinite(available), f"available_balance is not a number: {money.summary}", money
    )
    return int(available)


@check(
    "PR-013",
    "PR-015",
    "PR-016",
    "PR-171",
    "PR-172",
    "PR-173",
    "PR-174",
    "PR-176",
    "PR-177",
    "PR-178",
    "PR-189",
    "PR-190",
    "PR-191",
    "PR-196",
    "PR-199",
    "PR-228",
    "PR-248",
    "PR-445",
    "PR-446",
    "PR-512",
    writes=True,
)
def a_draft_is_made(ctx: CheckContext) -> None:
    """A study starts as a draft with the members sent, an id and a maximum time; nine members are required."""
    body = study_body(ctx, metadata='{"ours": 1}', internal_name="COL-7", content_warning_details="Bright lights")
    made = ctx.call("create_study", body={**body, "status": "ACTIVE", "id": NOBODY, "maximum_allowed_time": 60})
    ctx.judge("PR-171", made, shows(status="UNPUBLISHED"))
    ctx.judge(
        ("PR-174", "PR-445"),
        made,
        shows(
            {name: body[name] for name in SPELT} | {"id": text, "name": body["name"], "maximum_allowed_time": number}
        ),
    )
    ctx.judge(
        ("PR-191", "PR-196", "PR-178"), made, shows(metadata='{"ours": 1}', content_warning_details="Bright lights")
    )
    ctx.judge("PR-176", made, shows(reward=STUDY["reward"]))
    ctx.judge("PR-228", made, shows(total_available_places=2))
    ctx.holds(
        ("PR-015", "PR-248"),
        made,
        made.find("id") != NOBODY and made.find("status") == "UNPUBLISHED",
        "an id and a status that the server chose",
        made.summary,
    )
    ctx.holds(
        "PR-013",
        made,
        isinstance(made.find("id"), str) and re.fullmatch("[0-9a-fA-F]{24}", made.find("id")),
        "24 hexadecimal digits",
        made.find("id"),
    )
    ctx.holds(
        "PR-512",
        made,
        integer(made.find("reward")) and integer(made.find("total_available_places")),
        "integers without a decimal point",
        f"{made.find('reward')!r} {made.find('total_available_places')!r}",
    )
    ctx.judge("PR-173", made, succeeds)
    for name in NEEDED:
        ctx.judge(
            ("PR-172", "PR-445"),
            ctx.call("create_study", body={key: value for key, value in body.items() if key != name}),
            refused,
        )
    base = study_body(ctx)
    judge_each(
        ctx,
        "PR-177",
        "create_study",
        base,
        {"reward": 0},
        {"reward": -5},
        {"total_available_places": 0},
        {"total_available_places": "many"},
    )
    judge_each(ctx, ("PR-016", "PR-446"), "create_study", base, {"name": None}, {"description": None})
    good = ctx.call(
        "create_study",
        body={**base, "internal_name": None, "metadata": None, "filters": None, "naivety_distribution_rate": None},
    )
    ctx.judge(("PR-446", "PR-178"), good, succeeds)
    ctx.judge("PR-178", ctx.call("create_study", body={**base, "filters": []}), succeeds)
    homeless = ctx.call("create_study", body={name: value for name, value in base.items() if name != "project"})
    ctx.judge("PR-189", homeless, succeeds)
    ctx.judge("PR-190", ctx.call("create_study", body={**base, "project": NOBODY}), answers(400, 404))
    elsewhere = ctx.call("create_study", body={**base, "project": own_project(ctx)})
    ctx.judge("PR-199", elsewhere, succeeds)
    listed = ctx.listed("list_project_studies", path={"project_id": own_project(ctx)})
    ctx.holds(
        "PR-189",
        (elsewhere, ctx.exchanges[-1]),
        elsewhere.find("id") in {each["id"] for each in listed},
        "the study in the project that was sent",
        "it is not there",
    )


@check(
    "PR-193",
    "PR-194",
    "PR-195",
    "PR-209",
    "PR-211",
    "PR-213",
    "PR-214",
    "PR-215",
    "PR-216",
    "PR-217",
    "PR-218",
    "PR-220",
    writes=True,
)
def a_draft_keeps_its_options(ctx: CheckContext) -> None:
    """Labels, devices, options and times of a study take the values that the contract lists, and no others."""
    base = study_body(ctx)
    labelled = ctx.call("create_study", body={**base, "study_labels": ["interview"]})
    ctx.judge("PR-193", labelled, shows(study_labels=["interview"]))
    judge_each(ctx, "PR-193", "create_study", base, {"study_labels": ["game"]})
    judge_each(ctx, "PR-194", "create_study", base, {"study_labels": ["survey", "interview"]})
    ctx.judge(
        "PR-195",
        ctx.call("create_study", body={**base, "content_warnings": ["explicit"]}),
        shows(content_warnings=["explicit"]),
    )
    judge_each(
        ctx,
        "PR-195",
        "create_study",
        base,
        {"content_warnings": ["loud"]},
        {"content_warnings": ["sensitive", "explicit"]},
    )
    ctx.judge(
        "PR-209", ctx.call("create_study", body={**base, "completion_option": "code"}), shows(completion_option="code")
    )
    judge_each(ctx, "PR-209", "create_study", base, {"completion_option": "mail"})
    address = "https://survey.example.com/?p={{%PROLIFIC_PID%}}&s={{%STUDY_ID%}}&x={{%SESSION_ID%}}"
    ctx.judge(
        "PR-211",
        ctx.call("create_study", body={**base, "external_study_url": address}),
        shows(external_study_url=address),
    )
    for option in ("question",):
        ctx.judge(
            "PR-213",
            ctx.call("create_study", body={**base, "prolific_id_option": option}),
            shows(prolific_id_option=option),
        )
    judge_each(ctx, "PR-213", "create_study", base, {"prolific_id_option": "mail"})
    ctx.judge(
        "PR-214",
        ctx.call("create_study", body={**base, "device_compatibility": ["desktop", "tablet"]}),
        shows(device_compatibility=["desktop", "tablet"]),
    )
    ctx.judge("PR-214", ctx.call("create_study", body={**base, "device_compatibility": []}), succeeds)
    judge_each(ctx, "PR-214", "create_study", base, {"device_compatibility": ["watch"]})
    ctx.judge(
        "PR-215",
        ctx.call("create_study", body={**base, "peripheral_requirements": ["audio", "camera"]}),
        shows(peripheral_requirements=["audio", "camera"]),
    )
    ctx.judge("PR-215", ctx.call("create_study", body={**base, "peripheral_requirements": []}), succeeds)
    judge_each(ctx, "PR-215", "create_study", base, {"peripheral_requirements": ["pen"]})
    judge_each(ctx, "PR-216", "create_study", base, {"estimated_completion_time": 0.5})
    ctx.judge("PR-216", ctx.call("create_study", body={**base, "estimated_completion_time": 1}), succeeds)
    least = 2 + 2 * 5 + 2 * math.sqrt(5)
    judge_each(ctx, "PR-217", "create_study", base, {"maximum_allowed_time": math.floor(least)})
    ctx.judge(
        "PR-217",
        ctx.call("create_study", body={**base, "maximum_allowed_time": math.ceil(least)}),
        shows(maximum_allowed_time=math.ceil(least)),
    )
    longest = draft(ctx)
    ctx.holds(
        "PR-218",
        longest,
        number(longest.find("maximum_allowed_time")) and longest.find("maximum_allowed_time") > 60,
        "the maximum time",
        longest.find("maximum_allowed_time"),
    )
    for rate in (0, None):
        ctx.judge(
            "PR-220",
            ctx.call("create_study", body={**base, "naivety_distribution_rate": rate}),
            shows(naivety_distribution_rate=rate),
        )
    judge_each(ctx, "PR-220", "create_study", base, {"naivety_distribution_rate": 1.5})


@check("PR-197", "PR-198", "PR-200", "PR-201", "PR-202", "PR-203", "PR-207", "PR-208", "PR-437", "PR-466", writes=True)
def completion_codes_have_actions(ctx: CheckContext) -> None:
    """A study has at least one completion code, each once, with a type and actions of five kinds with their parameters."""
    base = study_body(ctx)
    group = shared_group(ctx)
    judge_each(ctx, "PR-197", "create_study", base, {"completion_codes": []})
    judge_each(ctx, "PR-198", "create_study", base, {"completion_codes": [CODE, CODE]})
    for name in ("code", "code_type", "actions"):
        judge_each(
            ctx,
            "PR-200",
            "create_study",
            base,
            {"completion_codes": [{key: value for key, value in CODE.items() if key != name}]},
        )
    for kind in ("COMPLETION_CODE", "SCREENED_OUT"):
        ctx.judge(
            "PR-201",
            ctx.call("create_study", body={**base, "completion_codes": [{**CODE, "code_type": kind}]}),
            succeeds,
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
    made = ctx.call("create_study", body={**base, "completion_codes": several})
    ctx.judge(("PR-202", "PR-203", "PR-437"), made, shows(completion_codes=several))
    fed = ctx.call("get_participant_group", path={"id": group}, fresh=True)
    codes = [
        code.get("code")
        for each in fed.find("feeder_studies") or []
        if each.get("id") == made.find("id")
        for code in each.get("feeder_completion_codes", [])
    ]
    ctx.holds(
        "PR-466",
        (made, fed),
        sorted(codes) == ["ABC123", "DEF234"],
        "the completion codes that change the group",
        codes,
    )
    ctx.call("update_study", path={"id": made.at("id")}, body={"completion_codes": [CODE]})
    after = ctx.call("get_participant_group", path={"id": group}, fresh=True)
    left = [each for each in after.find("feeder_studies") or [] if each.get("id") == made.find("id")]
    ctx.holds("PR-466", (made, after), not left, "no study whose completion codes no longer change the group", left)
    for action in (
        {"action": "ADD_TO_PARTICIPANT_GROUP"},
        {"action": "REMOVE_FROM_PARTICIPANT_GROUP"},
        {"action": "REQUEST_RETURN"},
    ):
        judge_each(
            ctx, ("PR-207", "PR-437"), "create_study", base, {"completion_codes": [{**CODE, "actions": [action]}]}
        )
    judge_each(
        ctx, "PR-203", "create_study", base, {"completion_codes": [{**CODE, "actions": [{"action": "PAY_DOUBLE"}]}]}
    )
    both_ways = [{"action": "AUTOMATICALLY_APPROVE"}, {"action": "MANUALLY_REVIEW"}]
    judge_each(ctx, "PR-208", "create_study", base, {"completion_codes": [{**CODE, "actions": both_ways}]})


@check("PR-223", "PR-224", "PR-226", "PR-446", writes=True)
def a_participant_may_submit_several_times(ctx: CheckContext) -> None:
    """submissions_config has defaults and bounds, and keeps unknown members."""
    base = study_body(ctx)
    made = ctx.call(
        "create_study",
        body={**base, "submissions_config": {"max_submissions_per_participant": 5, "understudy": "kept"}},
    )
    ctx.judge("PR-224", made, shows({"max_submissions_per_participant": 5}, "submissions_config"))
    ctx.judge("PR-223", made, shows({"max_concurrent_submissions": -1}, "submissions_config"))
    ctx.judge("PR-226", made, shows({"understudy": "kept"}, "submissions_config"))
    ctx.judge(
        "PR-224",
        ctx.call("create_study", body={**base, "submissions_config": {}}),
        shows({"max_submissions_per_participant": 1}, "submissions_config"),
    )
    ctx.judge(
        "PR-223",
        ctx.call("create_study", body={**base, "submissions_config": {"max_concurrent_submissions": 3}}),
        shows({"max_concurrent_submissions": 3}, "submissions_config"),
    )
    judge_each(
        ctx,
        "PR-223",
        "create_study",
        base,
        {"submissions_config": {"max_concurrent_submissions": 0}},
        {"submissions_config": {"max_concurrent_submissions": -2}},
    )
    unlimited = {"submissions_config": {"max_submissions_per_participant": None, "max_concurrent_submissions": None}}
    ctx.judge("PR-446", ctx.call("create_study", body={**base, **unlimited}), succeeds)


@check(
    "PR-184",
    "PR-185",
    "PR-186",
    "PR-187",
    "PR-429",
    "PR-430",
    "PR-431",
    "PR-432",
    "PR-433",
    "PR-434",
    "PR-435",
    "PR-436",
    writes=True,
)
def filters_choose_participants(ctx: CheckContext) -> None:
    """Select and range filters take values that fit them, and several filters can be combined."""
    base = study_body(ctx)
    one, part = choice_filter(ctx), range_filter(ctx)
    values = sorted(filter_with_choices(ctx)["choices"])
    numbers = filter_with_range(ctx)
    made = ctx.call("create_study", body={**base, "filters": [{**one, "selected_values": values[:2]}, part]})
    ctx.judge(("PR-184", "PR-429", "PR-432"), made, shows(filters=array))
    ctx.holds("PR-185", made, len(made.find("filters") or []) == 2, "both filters", made.find("filters"))
    twice = ctx.call("create_study", body={**base, "filters": [one, {**one, "selected_values": [values[1]]}]})
    ctx.holds(
        "PR-185", twice, len(twice.find("filters") or []) == 2, "two filters of one filter_id", twice.find("filters")
    )
    operations: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
        ("create_study", base, {}),
        ("count_eligible_participants", {}, {}),
        ("create_filter_set", {"name": ctx.mark("Set"), "workspace_id": workspace(ctx)}, {}),
        ("update_study", {}, {"path": {"id": shared_draft(ctx)}}),
    )
    for operation, rest, more in operations:
        judge_each(ctx, "PR-429", operation, rest, {"filters": [{"filter_id": one["filter_id"]}]}, **more)
        judge_each(ctx, "PR-430", operation, rest, {"filters": [{**one, "selected_values": ["understudy"]}]}, **more)
        judge_each(ctx, "PR-433", operation, rest, {"filters": [{**part, "selected_range": {}}]}, **more)
        above = {"lower": numbers["min"] + 2, "upper": numbers["min"]}
        judge_each(ctx, "PR-436", operation, rest, {"filters": [{**part, "selected_range": above}]}, **more)
    beside = {"lower": numbers["min"] - 1, "upper": numbers["max"]}
    words = {"lower": "young", "upper": numbers["max"]}
    nothing = {"lower": None, "upper": None}
    judge_each(ctx, "PR-429", "create_study", base, {"filters": [{**one, "selected_values": [1]}]})
    judge_each(
        ctx, "PR-431", "create_study", base, {"filters": [{**one, "weightings": {one["selected_values"][0]: "much"}}]}
    )
    judge_each(ctx, "PR-432", "create_study", base, {"filters": [{"filter_id": numbers["filter_id"]}]})
    judge_each(ctx, "PR-433", "create_study", base, {"filters": [{**part, "selected_range": nothing}]})
    judge_each(ctx, "PR-435", "create_study", base, {"filters": [{**part, "selected_range": words}]})
    judge_each(ctx, "PR-436", "create_study", base, {"filters": [{**part, "selected_range": beside}]})
    ctx.judge(
        "PR-431",
        ctx.call("create_study", body={**base, "filters": [{**one, "weightings": {one["selected_values"][0]: 0.5}}]}),
        succeeds,
    )
    half_open = ctx.call(
        "create_study",
        body={**base, "filters": [{**part, "selected_range": {"lower": numbers["min"] + 1, "upper": None}}]},
    )
    ctx.judge("PR-433", half_open, succeeds)
    shown = half_open.find("filters", 0, "selected_range", "upper")
    ctx.holds(
        "PR-434",
        half_open,
        shown in (numbers["max"], None) and half_open.succeeded,
        f"the filter's bound {numbers['max']}",
        shown,
    )
    ctx.judge(
        "PR-184",
        ctx.call("count_eligible_participants", body={"filters": [{**one, "selected_values": values[:2]}]}),
        shows(count=integer),
    )
    people = participants(ctx)
    known = {each["filter_id"] for each in filters(ctx)}
    if "custom_allowlist" in known:
        ctx.judge(
            "PR-186",
            ctx.call(
                "create_study", body={**base, "filters": [{"filter_id": "custom_allowlist", "selected_values": people}]}
            ),
            succeeds,
        )
    if "previous_studies_blocklist" in known:
        ctx.judge(
            "PR-187",
            ctx.call(
                "create_study",
                body={
                    **base,
                    "filters": [{"filter_id": "previous_studies_blocklist", "selected_values": [shared_draft(ctx)]}],
                },
            ),
            succeeds,
        )


@check("PR-068", "PR-179", "PR-180", "PR-181", "PR-182", "PR-183", "PR-447", writes=True)
def a_filter_set_replaces_filters(ctx: CheckContext) -> None:
    """A filter set is applied in its current or a given version, and cannot be combined with filters."""
    base = study_body(ctx)
    own = shared_set(ctx)
    made = ctx.call("create_study", body={**base, "filter_set_id": own})
    ctx.judge(("PR-181", "PR-068"), made, succeeds)
    before = made.find("filters")
    judge_each(ctx, "PR-179", "create_study", base, {"filter_set_id": own, "filters": [choice_filter(ctx)]})
    ctx.judge("PR-180", ctx.call("create_study", body={**base, "filter_set_id": own, "filters": []}), succeeds)
    ctx.judge(
        "PR-447", ctx.call("create_study", body={**base, "filter_set_id": own, "filter_set_version": 1}), succeeds
    )
    judge_each(ctx, "PR-447", "create_study", base, {"filter_set_id": own, "filter_set_version": "one"})
    judge_each(
        ctx, "PR-183", "create_study", base, {"filter_set_id": NOBODY}, {"filter_set_id": own, "filter_set_version": 99}
    )
    ctx.call("update_filter_set", path={"id": own}, body={"filters": [choice_filter(ctx, 1)]})
    after = ctx.call("get_study", path={"id": made.at("id")})
    ctx.holds(
        "PR-182",
        (made, after),
        after.find("filters") == before,
        "the filters of the version that was applied",
        after.find("filters"),
    )
    newer = ctx.call("create_study", body={**base, "filter_set_id": own})
    ctx.holds(
        "PR-181",
        (made, newer),
        newer.find("filter_set_version") == 2,
        "the newest version",
        newer.find("filter_set_version"),
    )


@check("PR-175", writes=True)
def samples_are_accepted(ctx: CheckContext) -> None:
    """The contract's sample bodies of a study are accepted, with ids that exist on the target."""
    examples = ctx.contract.document["paths"]["/api/v1/studies"]["post"]["requestBody"]["content"]["application/json"][
        "examples"
    ]
    known = {each["id"] for each in ctx.listed("list_participant_groups")} | {
        each["id"] for each in ctx.listed("list_filter_sets")
    }
    own_group, own_set = None, None
    for name, sample in examples.items():
        body: dict[str, Any] = dict(sample["value"])
        shown = str(body)
        if "participant_group" in shown and not any(each in shown for each in known):
            own_group = own_group or shared_group(ctx)
            body.pop("filters", None)
        if body.get("filter_set_id") not in known | {None}:
            own_set = own_set or shared_set(ctx)
            body["filter_set_id"] = own_set
        if "project" in body and not ctx.local:
            body.pop("project")
        made = ctx.call("create_study", body=body)
        ctx.holds("PR-175", made, made.succeeded, f"the sample {name} to be accepted", made.summary)


@check("PR-248", "PR-399", "PR-401", "PR-429", "PR-445", "PR-446", "PR-447", "PR-514", writes=True)
def a_draft_is_changed_and_deleted(ctx: CheckContext) -> None:
    """Each member of a draft can be changed separately; a deleted draft is gone."""
    own = str(draft(ctx).at("id"))
    for name, value in (
        ("name", ctx.mark("Hues")),
        ("reward", 120),
        ("internal_name", "COL-9"),
        ("device_compatibility", ["tablet"]),
    ):
        changed = ctx.call("update_study", path={"id": own}, body={name: value})
        ctx.judge(("PR-399", "PR-445"), changed, shows({name: value}))
    ctx.judge(
        "PR-248",
        ctx.call("update_study", path={"id": own}, body={"status": "ACTIVE"}),
        lambda exchange: shows(status="UNPUBLISHED")(exchange) if exchange.succeeded else None,
    )
    judge_each(ctx, ("PR-446", "PR-429"), "update_study", {}, {"name": None}, path={"id": own})
    judge_each(ctx, "PR-447", "update_study", {}, {"filter_set_version": "one"}, path={"id": own})
    gone = ctx.call("delete_study", path={"id": own})
    ctx.judge("PR-401", gone, succeeds)
    ctx.judge("PR-514", ctx.call("get_study", path={"id": own}), answers(404), gone)
    listed = {each["id"] for each in ctx.listed("list_studies")}
    ctx.holds("PR-514", (gone, ctx.exchanges[-1]), own not in listed, f"no {own} in the list", "it is still there")


@check(
    "PR-229",
    "PR-230",
    "PR-231",
    "PR-232",
    "PR-233",
    "PR-234",
    "PR-235",
    "PR-236",
    "PR-237",
    "PR-238",
    "PR-468",
    writes=True,
)
def a_study_is_copied(ctx: CheckContext) -> None:
    """A copy has all data of the original, is a draft, and blocks the original's participants unless asked not to."""
    body = study_body(ctx, filters=[range_filter(ctx)], internal_name="COL-7")
    original = ctx.call("create_study", body=body)
    own = str(original.at("id"))

    def blocked(exchange: Any) -> list[str]:
        found = [
            each for each in exchange.find("filters") or [] if each.get("filter_id") == "previous_studies_blocklist"
        ]
        return [value for each in found for value in each.get("selected_values", [])]

    copy = ctx.call("clone_study", path={"id": own}, raw=None)
    ctx.judge(("PR-229", "PR-233"), copy, shows({name: body[name] for name in SPELT}))
    ctx.holds(
        "PR-229",
        copy,
        copy.find("id") not in {own, None} and text(copy.find("id")),
        "a new study",
        copy.find("id"),
    )
    ctx.judge("PR-230", copy, shows(status="UNPUBLISHED"))
    ctx.holds(
        ("PR-231", "PR-233", "PR-468"),
        (original, copy),
        own in blocked(copy),
        f"a block list with {own}",
        copy.find("filters"),
    )
    ctx.holds(
        "PR-231",
        copy,
        any(each.get("filter_id") == filter_with_range(ctx)["filter_id"] for each in copy.find("filters") or []),
        "the original's filters as well",
        copy.find("filters"),
    )
    plain = ctx.call("clone_study", path={"id": own}, body={"block_previous_participants": False})
    ctx.holds(
        ("PR-232", "PR-468"), plain, not blocked(plain) and plain.succeeded, "no block list", plain.find("filters")
    )
    judge_each(ctx, "PR-468", "clone_study", {}, {"block_previous_participants": "no"}, path={"id": own})
    again = ctx.call("clone_study", path={"id": copy.at("id")}, body={})
    ctx.holds(
        "PR-234",
        (copy, again),
        {own, copy.find("id")} <= set(blocked(again)),
        "both studies in the block list",
        blocked(again),
    )
    after = ctx.call("get_study", path={"id": own}, fresh=True)
    ctx.holds(
        "PR-237",
        (original, after),
        after.find("filters") == original.find("filters") and after.find("status") == "UNPUBLISHED",
        "the original unchanged",
        after.summary,
    )
    inside = ctx.call("list_study_submissions", path={"id": copy.at("id")})
    ctx.judge("PR-236", inside, shows(results=[]))
    with_set = ctx.call("create_study", body=study_body(ctx, filter_set_id=shared_set(ctx)))
    copied = ctx.call("clone_study", path={"id": with_set.at("id")}, body={})
    valid = copied.succeeded and not (copied.find("filter_set_id") and copied.find("filters") and blocked(copied))
    ctx.holds(
        "PR-235",
        (with_set, copied),
        valid and with_set.find("id") in blocked(copied),
        "filters with a block list, and no filter set beside them",
        copied.summary,
    )
    ctx.judge("PR-238", ctx.call("clone_study", path={"id": NOBODY}, body={}), answers(404))


@check(
    "PR-012",
    "PR-253",
    "PR-254",
    "PR-255",
    "PR-256",
    "PR-257",
    "PR-258",
    "PR-259",
    "PR-470",
    "PR-512",
    writes=True,
)
def the_cost_of_a_study_is_calculated(ctx: CheckContext) -> None:
    """The calculated cost includes fees and VAT and is linear; invalid values are refused, and no money is reserved."""
    free = balance(ctx)
    one = ctx.call("calculate_study_cost", body={"reward": 500, "total_available_places": 1})
    ctx.judge(("PR-253", "PR-255", "PR-470", "PR-012"), one, shows(total_cost=number))
    cost = one.find("total_cost")
    ctx.holds(
        "PR-256", one, number(cost) and abs(cost - 700) <= 1, "700: a third as fees and a fifth of those as VAT", cost
    )
    ctx.holds("PR-253", one, number(cost) and cost > 500, "more than the reward", cost)
    ten = ctx.call("calculate_study_cost", body={"reward": 500, "total_available_places": 10})
    double = ctx.call("calculate_study_cost", body={"reward": 1000, "total_available_places": 1})
    ctx.holds(
        "PR-257",
        (one, ten, double),
        number(cost)
        and abs((ten.find("total_cost") or 0) - 10 * cost) <= 10
        and abs((double.find("total_cost") or 0) - 2 * cost) <= 2,
        "ten times and twice as much",
        f"{ten.find('total_cost')} {double.find('total_cost')}",
    )
    ctx.holds(
        "PR-512",
        ten,
        integer(ten.find("total_cost")) or ten.find("total_cost") % 1,
        "an integer without a decimal point",
        ten.find("total_cost"),
    )
    ctx.holds("PR-258", one, balance(ctx) == free, f"{free} as before", "less")
    base = {"reward": 500, "total_available_places": 1}
    judge_each(
        ctx, ("PR-254", "PR-470"), "calculate_study_cost", base, {"reward": GONE}, {"total_available_places": GONE}
    )
    judge_each(
        ctx, "PR-259", "calculate_study_cost", base, {"reward": -1}, {"reward": "much"}, {"total_available_places": -1}
    )


@check(
    "PR-239",
    "PR-240",
    "PR-241",
    "PR-242",
    "PR-243",
    "PR-244",
    "PR-245",
    "PR-246",
    "PR-247",
    "PR-248",
    "PR-250",
    "PR-251",
    "PR-400",
    "PR-401",
    "PR-470",
    "PR-508",
    writes=True,
)
def a_study_has_a_lifecycle(ctx: CheckContext) -> None:
    """PUBLISH, PAUSE, START and STOP change the status; any other transition is refused; publishing reserves the money."""
    may_spend(ctx)
    free = balance(ctx)
    own = str(draft(ctx, reward=100, total_available_places=1).at("id"))
    for wrong in ("PAUSE", "START", "STOP"):
        ctx.judge("PR-244", transition(ctx, own, wrong), refused)
    ctx.judge(("PR-245", "PR-470"), ctx.call("transition_study", path={"id": own}, body={}), refused)
    ctx.judge("PR-246", transition(ctx, own, "EXPLODE"), refused)
    ctx.judge("PR-244", ctx.call("get_study", path={"id": own}), shows(status="UNPUBLISHED"))
    live = transition(ctx, own, "PUBLISH")
    ctx.judge(("PR-239", "PR-247", "PR-248"), live, shows(id=own, status="ACTIVE"))
    bound = balance(ctx)
    ctx.holds("PR-251", live, bound < free, f"less than {free} available", bound)
    ctx.judge("PR-244", transition(ctx, own, "PUBLISH"), refused)
    ctx.judge("PR-240", transition(ctx, own, "PAUSE"), shows(status="PAUSED"))
    ctx.judge("PR-241", transition(ctx, own, "START"), shows(status="ACTIVE"))
    ctx.judge("PR-401", ctx.call("delete_study", path={"id": own}), answers(400, 403, 409))
    for body in ({"name": "Other"}, {"reward": 1}, {"completion_codes": [{**CODE, "code": "NEW1"}]}):
        ctx.judge(("PR-400", "PR-508"), ctx.call("update_study", path={"id": own}, body=body), refused)
    ctx.judge(
        "PR-508",
        ctx.call("update_study", path={"id": own}, body={"internal_name": "COL-9"}),
        shows(internal_name="COL-9"),
    )
    ctx.judge("PR-508", ctx.call("get_study", path={"id": own}), shows(reward=100))
    done = transition(ctx, own, "STOP")
    ctx.holds(
        "PR-242",
        done,
        done.find("status") in {"AWAITING REVIEW", "COMPLETED"},
        "AWAITING REVIEW or COMPLETED",
        done.summary,
    )
    ctx.judge("PR-243", transition(ctx, own, "START"), refused)
    more = ctx.call("update_study", path={"id": own}, body={"total_available_places": 2})
    ctx.judge(("PR-243", "PR-508"), more, shows(status="ACTIVE"))
    transition(ctx, own, "STOP")
    dear = str(draft(ctx, reward=10_000_000, total_available_places=1_000).at("id"))
    ctx.judge("PR-250", transition(ctx, dear, "PUBLISH"), refused)
    ctx.judge("PR-250", ctx.call("get_study", path={"id": dear}), shows(status="UNPUBLISHED"))


@check(
    "PR-260",
    "PR-261",
    "PR-263",
    "PR-264",
    "PR-265",
    "PR-266",
    "PR-267",
    "PR-268",
    "PR-269",
    "PR-270",
    "PR-271",
    "PR-272",
    "PR-274",
    "PR-275",
    "PR-276",
    "PR-277",
    "PR-278",
    "PR-279",
    "PR-280",
    "PR-282",
    "PR-414",
    "PR-469",
    "PR-493",
    writes=True,
)
def studies_belong_to_collections(ctx: CheckContext) -> None:
    """A collection holds drafts of its project, each study is in at most one, and its publication can be scheduled."""
    from understudy.conformance.rules.prolific.fixtures import collection_body, shared_collection

    one, two = str(draft(ctx).at("id")), str(draft(ctx).at("id"))
    body = collection_body(ctx)
    made = ctx.call(
        "create_collection",
        body={
            **body,
            "study_ids": [one],
            "description": "Nobody judges two",
            "publish_at": "2050-02-28T13:45:00 Europe/London",
        },
    )
    ctx.judge(("PR-260", "PR-266"), made, shows(id=text, study_ids=[one], name=body["name"]))
    ctx.judge("PR-268", made, shows(publish_at="2050-02-28T13:45:00 Europe/London"))
    empty = ctx.call("create_collection", body={**body, "publish_at": None})
    ctx.judge(("PR-260", "PR-268"), empty, succeeds)
    judge_each(ctx, "PR-265", "create_collection", body, {"project_id": GONE})
    judge_each(ctx, "PR-269", "create_collection", body, {"name": GONE})
    judge_each(
        ctx,
        "PR-271",
        "create_collection",
        body,
        {"publish_at": "soon"},
        {"publish_at": "2050-02-28T13:45:00 Nowhere/City"},
    )
    before = len(ctx.listed("list_collections", query={"project_id": body["project_id"]}))
    judge_each(
        ctx, ("PR-270", "PR-272"), "create_collection", body, {"study_ids": [NOBODY]}, how=answers(400, 404, 422)
    )
    ctx.holds(
        "PR-270",
        ctx.exchanges[-1],
        len(ctx.listed("list_collections", query={"project_id": body["project_id"]})) == before,
        "no new collection",
        "one more",
    )
    foreign = str(ctx.call("create_study", body=study_body(ctx, project=own_project(ctx))).at("id"))
    judge_each(ctx, "PR-261", "create_collection", body, {"study_ids": [foreign]})
    first, second = {"id": str(made.at("id"))}, {"id": str(empty.at("id"))}
    moved = ctx.call("update_collection", path=second, body={"study_ids": [one]})
    ctx.judge("PR-263", moved, shows(study_ids=[one]))
    ctx.judge(("PR-263", "PR-264"), ctx.call("get_collection", path=first), shows(study_ids=[]), moved)
    replaced = ctx.call("update_collection", path=second, body={"study_ids": [two]})
    ctx.judge("PR-267", replaced, shows(study_ids=[two]))
    changed = ctx.call(
        "update_collection",
        path=second,
        body={"name": "Other", "description": "More", "publish_at": "2051-01-01T10:00:00 Europe/Berlin"},
    )
    ctx.judge(
        "PR-414",
        changed,
        shows(name="Other", description="More", publish_at="2051-01-01T10:00:00 Europe/Berlin", study_ids=[two]),
    )
    kept = {"id": shared_collection(ctx)}
    ctx.judge(("PR-279", "PR-469"), ctx.call("transition_collection", path=kept, body={"action": "EXPLODE"}), refused)
    ctx.judge("PR-276", ctx.call("transition_collection", path=kept, body={"action": "SCHEDULE_PUBLISH"}), refused)
    ctx.judge(
        "PR-277",
        ctx.call(
            "transition_collection",
            path=second,
            body={"action": "SCHEDULE_PUBLISH", "publish_at": "2001-01-01T10:00:00 Europe/Berlin"},
        ),
        refused,
    )
    ctx.judge("PR-280", ctx.call("transition_collection", path=second, body={"action": "CANCEL_PUBLISH"}), refused)
    stored = ctx.call("transition_collection", path=second, body={"action": "SCHEDULE_PUBLISH"})
    ctx.judge(("PR-274", "PR-469"), stored, succeeds)
    ctx.judge("PR-274", ctx.call("get_study", path={"id": two}), shows(status="SCHEDULED"), stored)
    cancelled = ctx.call("transition_collection", path=second, body={"action": "CANCEL_PUBLISH"})
    ctx.judge("PR-278", cancelled, succeeds)
    ctx.judge("PR-278", ctx.call("get_study", path={"id": two}), shows(status="UNPUBLISHED"), cancelled)
    brought = ctx.call(
        "transition_collection",
        path=second,
        body={"action": "SCHEDULE_PUBLISH", "publish_at": "2052-03-01T09:00:00 Europe/Paris"},
    )
    ctx.judge(("PR-275", "PR-469"), brought, shows(publish_at="2052-03-01T09:00:00 Europe/Paris"))
    ctx.call("transition_collection", path=second, body={"action": "CANCEL_PUBLISH"})
    ctx.judge("PR-282", ctx.call("transition_collection", path=first, body={"action": "PUBLISH"}), refused)
    gone = ctx.call("delete_collection", path=first)
    ctx.judge("PR-493", gone, succeeds)
    ctx.judge("PR-493", ctx.call("get_collection", path=first), answers(404), gone)
    ctx.judge("PR-493", ctx.call("get_study", path={"id": one}), succeeds, gone)


@check("PR-262", "PR-273", "PR-279", writes=True)
def a_collection_is_published(ctx: CheckContext) -> None:
    """PUBLISH publishes the studies of a collection, and a collection takes only drafts."""
    from understudy.conformance.rules.prolific.fixtures import collection_body

    may_spend(ctx)
    own = str(draft(ctx, reward=100, total_available_places=1).at("id"))
    made = ctx.call("create_collection", body=collection_body(ctx, study_ids=[own]))
    done = ctx.call("transition_collection", path={"id": made.at("id")}, body={"action": "PUBLISH"})
    ctx.judge(("PR-273", "PR-279"), done, succeeds)
    ctx.judge("PR-273", ctx.call("get_study", path={"id": own}), shows(status="ACTIVE"), done)
    live = published(ctx)
    judge_each(ctx, "PR-262", "create_collection", collection_body(ctx), {"study_ids": [live]})
    for study in (own, live):
        transition(ctx, study, "STOP")
