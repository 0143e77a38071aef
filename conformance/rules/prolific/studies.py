"""Studies: drafts and their members, copies, cost, and the lifecycle of a published study."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from understudy.conformance.evidence.exchange import NOTHING, Exchange
from understudy.conformance.evidence.matchers import answers, integer, number, shows, succeeds, text
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.lists import whole
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.prolific.support.fixtures import (
    CODE,
    GONE,
    NOBODY,
    STUDY,
    balance_of,
    choice_filter,
    collection_body,
    draft,
    filter_with_choices,
    filter_with_range,
    filters,
    judge_each,
    lab,
    named,
    own_project,
    participants,
    project,
    published,
    range_filter,
    refused,
    shared_collection,
    shared_draft,
    shared_group,
    shared_set,
    shown,
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
#: Members whose values every study shows, besides its name and its completion codes.
SPELT = tuple(name for name in NEEDED if name not in {"name", "completion_codes"})
KINDS = (
    "COMPLETED",
    "FAILED_ATTENTION_CHECK",
    "FOLLOW_UP_STUDY",
    "GIVE_BONUS",
    "INCOMPATIBLE_DEVICE",
    "NO_CONSENT",
    "OTHER",
)


@check(
    "PR-013",
    "PR-015",
    "PR-016",
    "PR-017",
    "PR-171",
    "PR-172",
    "PR-173",
    "PR-174",
    "PR-176",
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
    "PR-526",
    "PR-527",
    "PR-538",
    writes=True,
)
def a_draft_is_made(ctx: CheckContext) -> None:
    """A study starts as a draft with the members sent, an id and a maximum time; nine members are required."""
    own = {"metadata": '{"ours": 1}', "internal_name": "COL-7", "content_warning_details": "Bright lights"}
    body = study_body(ctx, **own)
    made = ctx.call("create_study", body=body)
    ctx.judge(("PR-017", "PR-171", "PR-173"), made, succeeds)
    ctx.judge("PR-171", made, shows(status="UNPUBLISHED"))
    spelt = {name: body[name] for name in SPELT}
    kept = {"id": text, "status": text, "maximum_allowed_time": number, "name": body["name"], **spelt}
    ctx.judge(("PR-174", "PR-445"), made, shows(kept))
    shown(ctx, "PR-538", made, completion_option=body["completion_option"], **own)
    shown(ctx, "PR-191", made, metadata=own["metadata"])
    shown(ctx, "PR-196", made, content_warning_details="Bright lights")
    ctx.judge("PR-176", made, shows(reward=STUDY["reward"]))
    ctx.judge("PR-228", made, shows(total_available_places=2))
    sly = ctx.call("create_study", body={**body, "status": "ACTIVE", "id": NOBODY})
    fixed = not sly.succeeded or (sly.find("id") != NOBODY and sly.find("status") == "UNPUBLISHED")
    ctx.holds(("PR-015", "PR-248"), sly, fixed, "an id and a status that the server chose", sly.summary)
    hexadecimal = isinstance(made.find("id"), str) and re.fullmatch("[0-9a-fA-F]{24}", made.find("id"))
    ctx.holds("PR-013", made, hexadecimal, "24 hexadecimal digits", made.find("id"))
    counts = [made.find(name) for name in ("reward", "total_available_places")]
    ctx.holds("PR-512", made, all(map(integer, counts)), "integers without a decimal point", counts)
    base = study_body(ctx)
    judge_each(ctx, ("PR-172", "PR-445"), "create_study", base, *({name: GONE} for name in NEEDED))
    judge_each(ctx, "PR-526", "create_study", base, {"reward": "much"}, {"total_available_places": "many"})
    judge_each(ctx, "PR-527", "create_study", base, {"reward": 0}, {"reward": -5}, {"total_available_places": 0})
    judge_each(ctx, ("PR-016", "PR-446"), "create_study", base, {"name": None}, {"description": None})
    nullable = ("filters", "metadata", "filter_set_id", "internal_name", "filter_set_version")
    good = ctx.call("create_study", body={**base, **dict.fromkeys((*nullable, "naivety_distribution_rate"))})
    ctx.judge("PR-446", good, succeeds)
    ctx.judge("PR-178", ctx.call("create_study", body={**base, "filters": []}), succeeds)
    homeless = ctx.call("create_study", body=study_body(ctx, project=GONE))
    ctx.judge("PR-189", homeless, succeeds)
    ctx.judge("PR-190", ctx.call("create_study", body={**base, "project": NOBODY}), refused)
    elsewhere = ctx.call("create_study", body={**base, "project": own_project(ctx)})
    ctx.judge("PR-199", elsewhere, succeeds)
    shown(ctx, "PR-189", elsewhere, project=own_project(ctx))


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
    ctx.judge("PR-193", labelled, succeeds)
    shown(ctx, "PR-193", labelled, study_labels=["interview"])
    judge_each(ctx, "PR-193", "create_study", base, {"study_labels": ["game"]})
    judge_each(ctx, "PR-194", "create_study", base, {"study_labels": ["survey", "interview"]})
    accepted = ctx.call("create_study", body={**base, "content_warnings": ["explicit"]})
    ctx.judge("PR-195", accepted, succeeds)
    shown(ctx, "PR-195", accepted, content_warnings=["explicit"])
    judge_each(
        ctx,
        "PR-195",
        "create_study",
        base,
        {"content_warnings": ["loud"]},
        {"content_warnings": ["sensitive", "explicit"]},
    )
    coded = ctx.call("create_study", body={**base, "completion_option": "code"})
    ctx.judge("PR-209", coded, succeeds)
    shown(ctx, "PR-209", coded, completion_option="code")
    judge_each(ctx, "PR-209", "create_study", base, {"completion_option": "mail"})
    address = "https://survey.example.com/?p={{%PROLIFIC_PID%}}&s={{%STUDY_ID%}}&x={{%SESSION_ID%}}"
    accepted = ctx.call("create_study", body={**base, "external_study_url": address})
    ctx.judge("PR-211", accepted, succeeds)
    shown(ctx, "PR-211", accepted, external_study_url=address)
    for option in ("question", "not_required"):
        ctx.judge(
            "PR-213",
            ctx.call("create_study", body={**base, "prolific_id_option": option}),
            shows(prolific_id_option=option),
        )
    judge_each(ctx, "PR-213", "create_study", base, {"prolific_id_option": "mail"})
    accepted = ctx.call("create_study", body={**base, "device_compatibility": ["desktop", "tablet"]})
    ctx.judge("PR-214", accepted, succeeds)
    shown(ctx, "PR-214", accepted, device_compatibility=["desktop", "tablet"])
    ctx.judge("PR-214", ctx.call("create_study", body={**base, "device_compatibility": []}), succeeds)
    judge_each(ctx, "PR-214", "create_study", base, {"device_compatibility": ["watch"]})
    accepted = ctx.call("create_study", body={**base, "peripheral_requirements": ["audio", "camera"]})
    ctx.judge("PR-215", accepted, succeeds)
    shown(ctx, "PR-215", accepted, peripheral_requirements=["audio", "camera"])
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
    longest = draft(ctx).find("maximum_allowed_time")
    enough = number(longest) and longest >= least
    ctx.holds("PR-218", ctx.exchanges[-1], enough, f"a maximum time of at least {least:.2f}", longest)
    if enough:
        ctx.judge("PR-218", ctx.call("create_study", body={**base, "maximum_allowed_time": longest}), succeeds)
    for rate in (0, None):
        rated = ctx.call("create_study", body={**base, "naivety_distribution_rate": rate})
        ctx.judge("PR-220", rated, succeeds)
        shown(ctx, "PR-220", rated, naivety_distribution_rate=rate)
    judge_each(ctx, "PR-220", "create_study", base, {"naivety_distribution_rate": 1.5})


@check(
    "PR-197",
    "PR-198",
    "PR-200",
    "PR-201",
    "PR-202",
    "PR-203",
    "PR-207",
    "PR-208",
    "PR-437",
    "PR-466",
    "PR-547",
    "PR-558",
    writes=True,
)
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
    for kind in KINDS:
        ctx.judge(
            "PR-547",
            ctx.call("create_study", body={**base, "completion_codes": [{**CODE, "code_type": kind}]}),
            succeeds,
        )
    lost = {"action": "ADD_TO_PARTICIPANT_GROUP", "participant_group": NOBODY}
    judge_each(ctx, "PR-558", "create_study", base, {"completion_codes": [{**CODE, "actions": [lost]}]})
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
    ctx.judge(("PR-202", "PR-203", "PR-437"), made, succeeds)
    same = sorted(map(str, _codes(made))) == sorted(map(str, several))
    ctx.holds("PR-202", made, same, "the codes that were sent, with their actions", made.find("completion_codes"))
    fed = ctx.call("get_participant_group", path={"id": group}, fresh=True)
    codes = [
        code.get("code")
        for each in fed.find("feeder_studies") or []
        if each.get("id") == made.find("id")
        for code in each.get("feeder_completion_codes", [])
    ]
    stated = isinstance(fed.find("feeder_studies"), list)
    wanted = "the completion codes that change the group"
    ctx.holds(
        "PR-466", (made, fed), not stated or sorted(codes) == ["ABC123", "DEF234"], wanted, codes, vacuous=not stated
    )
    ctx.call("update_study", path={"id": made.at("id")}, body={"completion_codes": [CODE]})
    after = ctx.call("get_participant_group", path={"id": group}, fresh=True)
    left = [each for each in after.find("feeder_studies") or [] if each.get("id") == made.find("id")]
    gone = "no study whose completion codes no longer change the group"
    ctx.holds("PR-466", (made, after), not left, gone, left, vacuous=not stated)
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


def _codes(exchange: Exchange) -> list[Any]:
    """The completion codes of a study, with what was sent of each."""
    listed = exchange.find("completion_codes")
    sent = ("code", "code_type", "actions")
    return [{name: each.get(name) for name in sent} for each in listed] if isinstance(listed, list) else []


@check("PR-223", "PR-224", "PR-226", "PR-446", "PR-539", "PR-540", "PR-548", writes=True)
def a_participant_may_submit_several_times(ctx: CheckContext) -> None:
    """submissions_config has defaults and bounds, and keeps unknown members."""
    base = study_body(ctx)

    def configured(**config: Any) -> Exchange:
        return ctx.call("create_study", body={**base, "submissions_config": config})

    made = configured(max_submissions_per_participant=5)
    # A beta for selected workspaces: where it is closed, nothing of it can be judged.
    ctx.rely(made.succeeded, f"submissions_config is not open to the caller: {made.summary}", made)
    ctx.judge(("PR-224", "PR-548"), made, succeeds)
    for number_of in (-1, 1):
        ctx.judge("PR-548", configured(max_submissions_per_participant=number_of), succeeds)
    ctx.judge("PR-224", configured(max_submissions_per_participant=0), refused)
    ctx.judge("PR-224", configured(max_submissions_per_participant=-2), refused)
    for number_of in (3, -1):
        ctx.judge("PR-223", configured(max_concurrent_submissions=number_of), succeeds)
    for number_of in (0, -2):
        ctx.judge("PR-223", configured(max_concurrent_submissions=number_of), refused)
    _in_config(ctx, "PR-224", made, max_submissions_per_participant=5)
    plain = configured()
    _in_config(ctx, "PR-539", plain, max_submissions_per_participant=1, max_concurrent_submissions=-1)
    strange = configured(understudy="kept")
    ctx.judge("PR-226", strange, succeeds)
    _in_config(ctx, "PR-540", strange, understudy="kept")
    unlimited = configured(max_submissions_per_participant=None, max_concurrent_submissions=None)
    ctx.judge("PR-446", unlimited, succeeds)


def _in_config(ctx: CheckContext, clause: str, made: Exchange, **members: Any) -> None:
    """Judge members of submissions_config where a study shows it."""
    config = made.find("submissions_config")
    if not isinstance(config, dict) or not set(members) & set(config):
        ctx.lacks(clause, "a study that shows submissions_config", made)
        return
    odd = {name: config[name] for name, value in members.items() if name in config and config[name] != value}
    ctx.holds(clause, made, not odd, f"{members} in submissions_config", odd)


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
    ctx.judge(("PR-184", "PR-429", "PR-432", "PR-185"), made, succeeds)
    shown(ctx, "PR-185", made, filters=_two)
    twice = ctx.call("create_study", body={**base, "filters": [one, {**one, "selected_values": [values[1]]}]})
    ctx.judge("PR-185", twice, succeeds)
    shown(ctx, "PR-185", twice, filters=_two)
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
    upper = half_open.find("filters", 0, "selected_range", "upper")
    stated = isinstance(half_open.find("filters", 0, "selected_range"), dict)
    open_end = upper in (numbers["max"], None, NOTHING)
    wanted = f"the filter's bound {numbers['max']}"
    ctx.holds("PR-434", half_open, half_open.succeeded and open_end, wanted, upper, vacuous=not stated)
    ctx.judge(
        "PR-184",
        ctx.call("count_eligible_participants", body={"filters": [{**one, "selected_values": values[:2]}]}),
        shows(count=number),
    )
    people = participants(ctx)
    known = {named(each, "filter_id") for each in filters(ctx)}
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


def _two(value: Any) -> bool:
    """a list of two filters"""
    return isinstance(value, list) and len(value) == 2


@check("PR-068", "PR-179", "PR-180", "PR-181", "PR-182", "PR-183", "PR-447", "PR-546", writes=True)
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
    changed = ctx.call("update_filter_set", path={"id": own}, body={"filters": [choice_filter(ctx, 1)]})
    ctx.rely(changed.succeeded, f"the filter set could not be changed: {changed.summary}", changed)
    after = ctx.call("get_study", path={"id": made.at("id")})
    shown(ctx, "PR-182", after, made, filters=before)
    newer = ctx.call("create_study", body={**base, "filter_set_id": own})
    ctx.judge("PR-181", newer, succeeds)
    # A study may show the filters of its set in full, with members that were not sent.
    _chosen(ctx, "PR-181", newer, choice_filter(ctx, 1))
    older = ctx.call("create_study", body={**base, "filter_set_id": own, "filter_set_version": 1})
    if older.succeeded:
        _chosen(ctx, "PR-546", older, choice_filter(ctx))
    else:
        ctx.lacks("PR-546", "a version of the set that is known by its number", older)


def _chosen(ctx: CheckContext, clause: str, study: Exchange, wanted: dict[str, Any]) -> None:
    """Judge the values of a study's only filter, where the study shows its filters."""
    listed = study.find("filters")
    found = (
        [each.get("selected_values") for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    )
    values = wanted["selected_values"]
    ctx.holds(clause, study, not found or found == [values], f"the values {values}", found, vacuous=not found)


@check("PR-175", writes=True)
def samples_are_accepted(ctx: CheckContext) -> None:
    """The contract's sample bodies of a study are accepted, with ids that exist on the target."""
    content = ctx.contract.operations["create_study"].path
    post = ctx.contract.document["paths"][content]["post"]
    known = {named(each, "filter_id") for each in filters(ctx)}
    for name, sample in post["requestBody"]["content"]["application/json"]["examples"].items():
        body: dict[str, Any] = _with_own_ids(ctx, sample["value"])
        strange = {named(each, "filter_id") for each in body.get("filters") or []} - known
        made = ctx.call("create_study", body=body)
        # A filter that the target does not have, or a beta that is closed to the caller.
        closed = bool(strange) or ("submissions_config" in body and made.status == 403)
        expected = f"the sample {name} to be accepted"
        ctx.holds("PR-175", made, made.succeeded or closed, expected, made.summary, vacuous=closed)


def _with_own_ids(ctx: CheckContext, value: Any) -> Any:
    """A sample body that names objects made for the check in the place of the printed ones."""
    owned = {"project": project, "participant_group": shared_group, "filter_set_id": shared_set}
    if isinstance(value, list):
        return [_with_own_ids(ctx, each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get("filter_id") in {"custom_allowlist", "previous_studies_blocklist"}:
        ids = participants(ctx, 1) if value["filter_id"] == "custom_allowlist" else [shared_draft(ctx)]
        return {**value, "selected_values": ids}
    return {
        name: owned[name](ctx) if name in owned and part else _with_own_ids(ctx, part) for name, part in value.items()
    }


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
        ctx.judge(("PR-399", "PR-445"), changed, succeeds)
        shown(ctx, "PR-399", changed, **{name: value})
    ctx.judge(
        "PR-248",
        ctx.call("update_study", path={"id": own}, body={"status": "ACTIVE"}),
        lambda exchange: shows(status="UNPUBLISHED")(exchange) if exchange.succeeded else None,
    )
    judge_each(ctx, ("PR-446", "PR-429"), "update_study", {}, {"name": None}, path={"id": own})
    judge_each(ctx, "PR-447", "update_study", {}, {"filter_set_version": "one"}, path={"id": own})
    gone = ctx.call("delete_study", path={"id": own})
    ctx.judge("PR-401", gone, succeeds)
    ctx.judge("PR-514", ctx.call("get_study", path={"id": own}), answers(404, 410), gone)
    listed = set(map(named, ctx.listed("list_studies")))
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
    ctx.judge(("PR-229", "PR-231", "PR-233"), copy, succeeds)
    ctx.judge("PR-229", copy, shows({name: body[name] for name in SPELT}))
    ctx.holds(
        "PR-229", copy, copy.find("id") not in {own, None} and text(copy.find("id")), "a new study", copy.find("id")
    )
    shown(ctx, "PR-229", copy, internal_name="COL-7")
    ctx.judge("PR-230", copy, shows(status="UNPUBLISHED"))
    stated = isinstance(copy.find("filters"), list)
    wanted = f"a block list with {own}"
    blocks = own in blocked(copy) or not stated
    ctx.holds(
        ("PR-231", "PR-233", "PR-468"), (original, copy), blocks, wanted, copy.find("filters"), vacuous=not stated
    )
    own_filter = filter_with_range(ctx)["filter_id"]
    kept = not stated or any(each.get("filter_id") == own_filter for each in copy.find("filters"))
    ctx.holds("PR-231", copy, kept, "the original's filters as well", copy.find("filters"), vacuous=not stated)
    plain = ctx.call("clone_study", path={"id": own}, body={"block_previous_participants": False})
    ctx.judge(("PR-232", "PR-468"), plain, succeeds)
    ctx.holds(("PR-232", "PR-468"), plain, not blocked(plain), "no block list", plain.find("filters"))
    judge_each(ctx, "PR-468", "clone_study", {}, {"block_previous_participants": "no"}, path={"id": own})
    again = ctx.call("clone_study", path={"id": copy.at("id")}, body={})
    both = {own, str(copy.find("id"))} <= set(blocked(again))
    stated = isinstance(again.find("filters"), list) and again.succeeded
    ctx.holds(
        "PR-234",
        (copy, again),
        both or not stated,
        "both studies in the block list",
        blocked(again),
        vacuous=not stated,
    )
    after = ctx.call("get_study", path={"id": own}, fresh=True)
    same = {
        name: value for name, value in (original.json or {}).items() if name in {"name", "filters", "status", "reward"}
    }
    shown(ctx, "PR-237", after, original, **same)
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
    ctx.judge("PR-238", ctx.call("clone_study", path={"id": NOBODY}, body={}), answers(404, 410))


@check(
    "PR-012",
    "PR-253",
    "PR-254",
    "PR-255",
    "PR-256",
    "PR-257",
    "PR-258",
    "PR-470",
    "PR-512",
    "PR-528",
    "PR-529",
    writes=True,
)
def the_cost_of_a_study_is_calculated(ctx: CheckContext) -> None:
    """The calculated cost includes fees and VAT and is linear; invalid values are refused, and no money is reserved."""
    home = workspace(ctx)
    free = balance_of(ctx, home)
    one = ctx.call("calculate_study_cost", body={"reward": 500, "total_available_places": 1})
    ctx.judge(("PR-253", "PR-255", "PR-470", "PR-012"), one, shows(total_cost=number))
    cost = one.find("total_cost")
    ctx.rely(number(cost), f"the reply has no total_cost: {one.summary}", one)
    ctx.holds("PR-256", one, abs(cost - 700) <= 1, "700: a third as fees and a fifth of those as VAT", cost)
    ctx.holds("PR-253", one, cost > 500, "more than the reward", cost)
    ten = ctx.call("calculate_study_cost", body={"reward": 500, "total_available_places": 10})
    double = ctx.call("calculate_study_cost", body={"reward": 1000, "total_available_places": 1})
    costs = [exchange.find("total_cost") for exchange in (ten, double)]
    ctx.rely(all(map(number, costs)), f"the reply has no total_cost: {ten.summary}", ten, double)
    linear = abs(costs[0] - 10 * cost) <= 10 and abs(costs[1] - 2 * cost) <= 2
    ctx.holds("PR-257", (one, ten, double), linear, "ten times and twice as much", costs)
    ctx.holds("PR-512", ten, integer(costs[0]) or costs[0] % 1, "an integer without a decimal point", costs[0])
    left = balance_of(ctx, home)
    ctx.holds("PR-258", one, left == free, f"{free} as before", left)
    base = {"reward": 500, "total_available_places": 1}
    needed = ({"reward": GONE}, {"total_available_places": GONE})
    judge_each(ctx, ("PR-254", "PR-470"), "calculate_study_cost", base, *needed)
    words = ({"reward": "much"}, {"total_available_places": "many"})
    judge_each(ctx, "PR-528", "calculate_study_cost", base, *words)
    judge_each(ctx, "PR-529", "calculate_study_cost", base, {"reward": -1}, {"total_available_places": -1})


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
    "PR-541",
    "PR-542",
    "PR-556",
    writes=True,
)
def a_study_has_a_lifecycle(ctx: CheckContext) -> None:
    """PUBLISH, PAUSE, START and STOP change the status; any other transition is refused; publishing reserves the money."""
    home, inside = lab(ctx)
    free = balance_of(ctx, home)
    made = draft(ctx, reward=100, total_available_places=1, project=inside)
    own = str(made.at("id"))
    for wrong in ("PAUSE", "START", "STOP"):
        ctx.judge("PR-244", transition(ctx, own, wrong), refused)
    ctx.judge(("PR-245", "PR-470"), ctx.call("transition_study", path={"id": own}, body={}), refused)
    ctx.judge("PR-246", transition(ctx, own, "EXPLODE"), refused)
    ctx.judge("PR-244", _now(ctx, own), shows(status="UNPUBLISHED"))
    live = transition(ctx, own, "PUBLISH")
    ctx.judge(("PR-239", "PR-247", "PR-556"), live, succeeds)
    _status(ctx, ("PR-239", "PR-248"), own, live, lambda status: status != "UNPUBLISHED", "no longer UNPUBLISHED")
    _status(ctx, "PR-541", own, live, lambda status: status in {"ACTIVE", "PUBLISHING"}, "ACTIVE")
    shown(ctx, "PR-247", live, id=own, status=text)
    bound = balance_of(ctx, home)
    ctx.holds("PR-251", live, bound < free, f"less than {free} available", bound)
    ctx.judge("PR-244", transition(ctx, own, "PUBLISH"), refused)
    paused = transition(ctx, own, "PAUSE")
    ctx.judge("PR-240", paused, succeeds)
    _status(ctx, "PR-240", own, paused, lambda status: status == "PAUSED", "PAUSED")
    started = _other_form(ctx, own, "START")
    ctx.judge(("PR-241", "PR-556"), started, succeeds)
    _status(ctx, "PR-241", own, started, lambda status: status == "ACTIVE", "ACTIVE")
    ctx.judge("PR-401", ctx.call("delete_study", path={"id": own}), refused)
    for body in ({"name": "Other"}, {"reward": 1}, {"completion_codes": [{**CODE, "code": "NEW1"}]}):
        ctx.judge(("PR-400", "PR-508"), ctx.call("update_study", path={"id": own}, body=body), refused)
    renamed = ctx.call("update_study", path={"id": own}, body={"internal_name": "COL-9"})
    ctx.judge("PR-508", renamed, succeeds)
    shown(ctx, "PR-508", renamed, internal_name="COL-9")
    ctx.judge("PR-508", _now(ctx, own), shows(reward=100))
    done = transition(ctx, own, "STOP")
    ctx.judge("PR-242", done, succeeds)
    _status(ctx, "PR-242", own, done, lambda status: status not in {"ACTIVE", "PAUSED"}, "neither ACTIVE nor PAUSED")
    ended = {"AWAITING REVIEW", "COMPLETED"}
    _status(ctx, "PR-541", own, done, lambda status: status in ended, "AWAITING REVIEW or COMPLETED")
    ctx.judge("PR-243", transition(ctx, own, "START"), refused)
    more = ctx.call("update_study", path={"id": own}, body={"total_available_places": 2})
    ctx.judge("PR-542", more, succeeds)
    _status(ctx, "PR-542", own, more, lambda status: status == "ACTIVE", "ACTIVE")
    transition(ctx, own, "STOP")
    dear = ctx.call(
        "create_study", body=study_body(ctx, reward=1_000_000, total_available_places=1_000, project=inside)
    )
    if dear.succeeded:
        ctx.judge("PR-250", transition(ctx, str(dear.at("id")), "PUBLISH"), refused)
        ctx.judge("PR-250", _now(ctx, str(dear.at("id"))), shows(status="UNPUBLISHED"))


def _now(ctx: CheckContext, study: str) -> Exchange:
    return ctx.call("get_study", path={"id": study}, fresh=True)


def _status(
    ctx: CheckContext,
    clause: str | tuple[str, ...],
    study: str,
    moved: Exchange,
    fits: Callable[[Any], bool],
    wanted: str,
) -> None:
    """Judge the status of a study after a transition of it, also where the reply shows one."""
    stated = moved.find("status")
    if text(stated) and moved.request.operation != "transition_collection":
        ctx.holds(clause, moved, fits(stated), wanted, stated)
    now = _now(ctx, study)
    ctx.holds(clause, (moved, now), now.succeeded and fits(now.find("status")), wanted, now.find("status"))


def _other_form(ctx: CheckContext, study: str, action: str) -> Exchange:
    """A transition at the other of the two printed forms of its address."""
    address = ctx.address(ctx.contract.operations["transition_study"], {"id": study})
    other = address.rstrip("/") if address.endswith("/") else f"{address}/"
    return ctx.visit("POST", other, body={"action": action})


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
    "PR-543",
    writes=True,
)
def studies_belong_to_collections(ctx: CheckContext) -> None:
    """A collection holds drafts of its project, each study is in at most one, and its publication can be scheduled."""
    one, two = str(draft(ctx).at("id")), str(draft(ctx).at("id"))
    body = collection_body(ctx)
    later = "2050-02-28T13:45:00 Europe/London"
    sent = {**body, "study_ids": [one], "description": "Nobody judges two", "publish_at": later}
    made = ctx.call("create_collection", body=sent)
    ctx.judge(("PR-260", "PR-268"), made, succeeds)
    shown(ctx, "PR-260", made, study_ids=[one], name=body["name"])
    ctx.judge("PR-266", made, shows(id=text))
    empty = ctx.call("create_collection", body={**body, "publish_at": None})
    ctx.judge(("PR-260", "PR-268"), empty, succeeds)
    judge_each(ctx, "PR-265", "create_collection", body, {"project_id": GONE})
    judge_each(ctx, "PR-269", "create_collection", body, {"name": GONE})
    unusable = ({"publish_at": "soon"}, {"publish_at": "2050-02-28T13:45:00 Nowhere/City"})
    judge_each(ctx, "PR-271", "create_collection", body, *unusable)
    lost = {**body, "name": ctx.mark("Lost"), "study_ids": [NOBODY]}
    ctx.judge(("PR-270", "PR-272"), ctx.call("create_collection", body=lost), refused)
    listed = whole(ctx, ctx.contract.operations["list_collections"], query={"project_id": body["project_id"]})
    there = [each for each in listed.part if each.get("name") == lost["name"]]
    ctx.holds("PR-270", listed.pages, not there, "no new collection", "one more")
    foreign = str(ctx.call("create_study", body=study_body(ctx, project=own_project(ctx))).at("id"))
    judge_each(ctx, "PR-261", "create_collection", body, {"study_ids": [foreign]})
    first, second = {"id": str(made.at("id"))}, {"id": str(empty.at("id"))}
    moved = ctx.call("update_collection", path=second, body={"study_ids": [one]})
    ctx.judge("PR-263", moved, succeeds)
    shown(ctx, "PR-263", moved, study_ids=[one])
    shown(ctx, ("PR-263", "PR-264"), ctx.call("get_collection", path=first), moved, study_ids=[])
    replaced = ctx.call("update_collection", path=second, body={"study_ids": [two]})
    ctx.judge("PR-267", replaced, succeeds)
    shown(ctx, "PR-267", replaced, study_ids=[two])
    shown(ctx, "PR-267", ctx.call("get_collection", path=second), replaced, study_ids=[two])
    changes = {"name": "Other", "description": "More", "publish_at": "2051-01-01T10:00:00 Europe/Berlin"}
    changed = ctx.call("update_collection", path=second, body=changes)
    ctx.judge("PR-414", changed, succeeds)
    shown(ctx, "PR-414", changed, **{name: value for name, value in changes.items() if name != "publish_at"})
    _planned(ctx, first, second, two)
    gone = ctx.call("delete_collection", path=first)
    ctx.judge("PR-493", gone, succeeds)
    ctx.judge("PR-493", ctx.call("get_collection", path=first), answers(404, 410), gone)
    ctx.judge("PR-493", ctx.call("get_study", path={"id": one}), succeeds, gone)


def _planned(ctx: CheckContext, empty: dict[str, str], full: dict[str, str], study: str) -> None:
    """A collection is planned for its own time or another one, and the plan can be taken back."""

    def act(own: dict[str, str], action: str, **more: str) -> Exchange:
        return ctx.call("transition_collection", path=own, body={"action": action, **more})

    kept = {"id": shared_collection(ctx)}
    ctx.judge(("PR-279", "PR-469"), act(kept, "EXPLODE"), refused)
    ctx.judge("PR-276", act(kept, "SCHEDULE_PUBLISH"), refused)
    past = act(full, "SCHEDULE_PUBLISH", publish_at="2001-01-01T10:00:00 Europe/Berlin")
    ctx.judge("PR-277", past, refused)
    if past.succeeded:
        act(full, "CANCEL_PUBLISH")
    ctx.judge("PR-280", act(full, "CANCEL_PUBLISH"), refused)
    stored = act(full, "SCHEDULE_PUBLISH")
    ctx.judge(("PR-274", "PR-279", "PR-469"), stored, succeeds)
    _status(ctx, "PR-543", study, stored, lambda status: status == "SCHEDULED", "SCHEDULED")
    cancelled = act(full, "CANCEL_PUBLISH")
    ctx.judge(("PR-278", "PR-279"), cancelled, succeeds)
    _status(ctx, "PR-543", study, cancelled, lambda status: status == "UNPUBLISHED", "UNPUBLISHED")
    brought = act(full, "SCHEDULE_PUBLISH", publish_at="2052-03-01T09:00:00 Europe/Paris")
    ctx.judge(("PR-275", "PR-469"), brought, succeeds)
    stated = brought.find("publish_at")
    new = isinstance(stated, str) and stated.startswith("2052-")
    shows_one = isinstance(stated, str)
    ctx.holds("PR-275", brought, new or not shows_one, "the time that was brought", stated, vacuous=not shows_one)
    act(full, "CANCEL_PUBLISH")
    ctx.judge("PR-282", act(empty, "PUBLISH"), refused)


@check("PR-262", "PR-273", "PR-279", "PR-543", writes=True)
def a_collection_is_published(ctx: CheckContext) -> None:
    """PUBLISH publishes the studies of a collection, and a collection takes only drafts."""
    inside = lab(ctx)[1]
    own = str(draft(ctx, reward=100, total_available_places=1, project=inside).at("id"))
    made = ctx.call("create_collection", body=collection_body(ctx, study_ids=[own], project_id=inside))
    done = ctx.call("transition_collection", path={"id": made.at("id")}, body={"action": "PUBLISH"})
    ctx.judge(("PR-273", "PR-279"), done, succeeds)
    _status(ctx, "PR-543", own, done, lambda status: status in {"ACTIVE", "PUBLISHING"}, "ACTIVE")
    live = published(ctx)
    judge_each(ctx, "PR-262", "create_collection", collection_body(ctx, project_id=inside), {"study_ids": [live]})
    for study in (own, live):
        transition(ctx, study, "STOP")
