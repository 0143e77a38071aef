"""Filter sets, eligibility, participant groups and messages."""

from __future__ import annotations

import re
import time
from typing import Any

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import (
    answers,
    array,
    boolean,
    integer,
    moment,
    number,
    shows,
    succeeds,
    text,
)
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.prolific.support import participation
from understudy.conformance.rules.prolific.support.fixtures import (
    GONE,
    NOBODY,
    busy_study,
    caller_id,
    choice_filter,
    filter_with_choices,
    filter_with_range,
    filters,
    group_body,
    judge_each,
    may_spend,
    named,
    participant_of,
    participants,
    range_filter,
    refused,
    set_body,
    shared_set,
    shown,
    waiting_submission,
    workspace,
)


def nullable_text(value: Any) -> bool:
    """text or null"""
    return value is None or isinstance(value, str)


SET: dict[str, Any] = {
    "id": text,
    "name": text,
    "filters": array,
    "version": integer,
    "is_locked": boolean,
    "is_deleted": boolean,
    "workspace_id": nullable_text,
    "organisation_id": nullable_text,
}
COUNTED = {**SET, "eligible_participant_count": integer}


def filter_ids(exchange: Exchange) -> Any:
    """The ids of the filters that a reply shows; None if it shows none of them."""
    listed = exchange.find("filters")
    # The printed filters of a set have an id in the place of filter_id.
    return [named(each, "filter_id", "id") for each in listed] if isinstance(listed, list) else None


@check(
    "PR-016",
    "PR-044",
    "PR-045",
    "PR-046",
    "PR-047",
    "PR-048",
    "PR-049",
    "PR-050",
    "PR-052",
    "PR-053",
    "PR-054",
    "PR-055",
    "PR-449",
    "PR-450",
    "PR-519",
    "PR-520",
    "PR-536",
    writes=True,
)
def a_filter_set_is_made(ctx: CheckContext) -> None:
    """A filter set belongs to a workspace or an organisation, starts unlocked at version 1, and has a participant count."""
    body = set_body(ctx, filters=[choice_filter(ctx), range_filter(ctx)])
    made = ctx.call("create_filter_set", body=body)
    ctx.judge(("PR-044", "PR-045", "PR-046", "PR-519"), made, succeeds)
    shown(ctx, "PR-045", made, name=body["name"], workspace_id=body["workspace_id"])
    shown(ctx, ("PR-047", "PR-450"), made, **COUNTED)
    shown(ctx, "PR-449", made, **COUNTED)
    shown(ctx, "PR-048", made, version=1, is_locked=False, is_deleted=False)
    wanted = [each["filter_id"] for each in body["filters"]]
    if filter_ids(made) is not None:
        held = sorted(filter_ids(made)) == sorted(wanted)
        ctx.holds(("PR-046", "PR-519"), made, held, "both filters, by their filter_id", made.find("filters"))
    judge_each(ctx, "PR-049", "create_filter_set", body, {"name": GONE}, {"filters": GONE})
    judge_each(ctx, "PR-050", "create_filter_set", body, {"organisation_id": NOBODY})
    chosen = choice_filter(ctx)["selected_values"]
    judge_each(ctx, "PR-519", "create_filter_set", body, {"filters": [{"selected_values": chosen}]})
    by_id = [{"id": choice_filter(ctx)["filter_id"], "selected_values": chosen}]
    judge_each(ctx, "PR-520", "create_filter_set", body, {"filters": by_id})
    unknown = [{"filter_id": "understudy", "selected_values": ["0"]}]
    judge_each(ctx, "PR-052", "create_filter_set", body, {"filters": unknown})
    ctx.judge("PR-053", ctx.call("create_filter_set", body=[body]), refused)
    ctx.judge("PR-016", ctx.call("create_filter_set", body={**body, "name": None}), refused)
    everybody = ctx.call("create_filter_set", body=set_body(ctx, filters=[]))
    ctx.judge("PR-055", everybody, succeeds)
    narrow, wide = made.find("eligible_participant_count"), everybody.find("eligible_participant_count")
    if integer(narrow) and integer(wide):
        ctx.holds("PR-055", (made, everybody), wide >= narrow, "at least as many as with filters", wide)
    if "custom_allowlist" not in {named(each, "filter_id") for each in filters(ctx)}:
        ctx.lacks(("PR-054", "PR-536"), "a filter that names participants")
        return
    few = ctx.call(
        "create_filter_set",
        body=set_body(ctx, filters=[{"filter_id": "custom_allowlist", "selected_values": participants(ctx)}]),
    )
    count = few.find("eligible_participant_count")
    hidden = not integer(count) or not 1 <= count < 25
    ctx.holds("PR-054", few, hidden, "no number from 1 to 24", count, vacuous=not integer(count))
    shown(ctx, "PR-536", few, eligible_participant_count=0)


@check("PR-062", "PR-363", "PR-364", "PR-365", "PR-449", "PR-450", "PR-453", "PR-503", writes=True)
def a_filter_set_is_changed(ctx: CheckContext) -> None:
    """A change of filters makes a new version, earlier versions can be read, and a deleted set is gone."""
    own = shared_set(ctx)
    renamed = ctx.call("update_filter_set", path={"id": own}, body={"name": "Other"})
    ctx.judge(("PR-364", "PR-453"), renamed, succeeds)
    shown(ctx, "PR-364", renamed, name="Other")
    before = ctx.call("get_filter_set", path={"id": own})
    shown(ctx, ("PR-449", "PR-450"), before, **COUNTED)
    changed = ctx.call(
        "update_filter_set", path={"id": own}, body={"filters": [choice_filter(ctx, 1)], "workspace_id": NOBODY}
    )
    ctx.judge("PR-364", changed, succeeds)
    shown(ctx, ("PR-449", "PR-450"), changed, **COUNTED)
    shown(ctx, "PR-453", changed, workspace_id=workspace(ctx))
    older, newer = before.find("version"), changed.find("version")
    stated = integer(older) and "version" in (changed.json or {})
    ctx.holds(
        "PR-363",
        (before, changed),
        not stated or (integer(newer) and newer > older),
        "a higher version",
        newer,
        vacuous=not stated,
    )
    earlier = ctx.call("get_filter_set", path={"id": own}, query={"version_number": 1})
    shown(ctx, "PR-503", earlier, before, version=1, filters=before.find("filters"))
    gone_copy = ctx.call("create_filter_set", body=set_body(ctx))
    gone = ctx.call("delete_filter_set", path={"id": gone_copy.at("id")})
    ctx.judge("PR-365", gone, succeeds)
    ctx.judge("PR-365", ctx.call("get_filter_set", path={"id": gone_copy.at("id")}), answers(404, 410), gone)
    listed = set(map(named, ctx.listed("list_filter_sets")))
    ctx.holds(
        "PR-365",
        (gone, ctx.exchanges[-1]),
        gone_copy.find("id") not in listed,
        "no deleted set in the list",
        "it is still there",
    )
    ctx.judge("PR-062", ctx.call("clone_filter_set", path={"id": gone_copy.at("id")}, body={}), refused, gone)


@check(
    "PR-063",
    "PR-064",
    "PR-065",
    "PR-066",
    "PR-067",
    "PR-068",
    "PR-069",
    "PR-070",
    "PR-071",
    "PR-449",
    "PR-450",
    "PR-522",
    writes=True,
)
def a_filter_set_is_locked(ctx: CheckContext) -> None:
    """A locked set refuses changes, keeps its version and can still be used and copied, until it is unlocked."""
    made = ctx.call("create_filter_set", body=set_body(ctx))
    own = str(made.at("id"))
    locked = ctx.call("lock_filter_set", path={"id": own})
    ctx.judge("PR-063", locked, succeeds)
    shown(ctx, "PR-063", locked, is_locked=True)
    shown(ctx, "PR-066", locked, made, version=made.find("version"))
    shown(ctx, "PR-067", locked, **COUNTED)
    shown(ctx, ("PR-449", "PR-450"), locked, **COUNTED)
    again = ctx.call("lock_filter_set", path={"id": own})
    ctx.judge("PR-065", again, shows(is_locked=True))
    before = ctx.call("get_filter_set", path={"id": own})
    edit = ctx.call("update_filter_set", path={"id": own}, body={"name": "Other"})
    ctx.judge("PR-064", edit, refused, locked)
    kept = ctx.call("get_filter_set", path={"id": own}, fresh=True)
    shown(ctx, "PR-064", kept, locked, edit, name=before.find("name"))
    copy = ctx.call("clone_filter_set", path={"id": own}, body={})
    ctx.judge("PR-068", copy, succeeds)
    shown(ctx, "PR-522", copy, is_locked=False, version=1)
    opened = ctx.call("unlock_filter_set", path={"id": own})
    shown(ctx, "PR-069", opened, is_locked=False)
    shown(ctx, "PR-071", opened, **COUNTED)
    shown(ctx, ("PR-449", "PR-450"), opened, **COUNTED)
    ctx.judge("PR-070", ctx.call("unlock_filter_set", path={"id": own}), shows(is_locked=False))
    ctx.judge("PR-069", ctx.call("update_filter_set", path={"id": own}, body={"name": "Other"}), succeeds, opened)


@check("PR-056", "PR-057", "PR-058", "PR-059", "PR-061", "PR-062", "PR-449", "PR-450", "PR-452", "PR-521", writes=True)
def a_filter_set_is_copied(ctx: CheckContext) -> None:
    """A copy has the filters of the original and a name, and is independent of it."""
    own = shared_set(ctx)
    before = ctx.call("get_filter_set", path={"id": own})
    copy = ctx.call("clone_filter_set", path={"id": own}, body={"new_name": "Copied"})
    ctx.judge(("PR-056", "PR-057", "PR-452"), copy, succeeds)
    shown(ctx, ("PR-057", "PR-452"), copy, name="Copied")
    shown(ctx, "PR-056", copy, before, filters=before.find("filters"), id=lambda value: value != own)
    shown(ctx, "PR-061", copy, **COUNTED)
    shown(ctx, ("PR-449", "PR-450"), copy, **COUNTED)
    nameless = ctx.call("clone_filter_set", path={"id": own}, body={})
    ctx.judge("PR-452", nameless, succeeds)
    ctx.holds("PR-058", nameless, bool(nameless.find("name")), "a name", nameless.find("name"))
    _unchanged(ctx, "PR-059", own, before)
    ctx.call("update_filter_set", path={"id": copy.at("id")}, body={"filters": [choice_filter(ctx, 1)]})
    _unchanged(ctx, "PR-521", own, before)
    ctx.judge("PR-062", ctx.call("clone_filter_set", path={"id": NOBODY}, body={}), answers(404, 410))
    judge_each(ctx, "PR-452", "clone_filter_set", {}, {"new_name": 5}, path={"id": own})


def _unchanged(ctx: CheckContext, clause: str, own: str, before: Exchange) -> None:
    """A set is as it was, but for the count of a population that moves."""
    after = ctx.call("get_filter_set", path={"id": own}, fresh=True)
    members = {name: value for name in SET if (value := (before.json or {}).get(name, GONE)) is not GONE}
    shown(ctx, clause, after, before, **members)


@check(
    "PR-012",
    "PR-072",
    "PR-073",
    "PR-074",
    "PR-075",
    "PR-077",
    "PR-078",
    "PR-079",
    "PR-080",
    "PR-081",
    "PR-082",
    "PR-083",
    "PR-084",
    "PR-085",
    "PR-184",
    "PR-467",
    writes=True,
)
def eligible_participants_are_counted(ctx: CheckContext) -> None:
    """Participants who meet all filters are counted; fewer than 25 count as 0; the workspace's country matters."""

    def count(**more: object) -> Exchange:
        return ctx.call("count_eligible_participants", body={"filters": [], **more})

    def choosing(*values: str) -> dict[str, Any]:
        return {"filter_id": filter_with_choices(ctx)["filter_id"], "selected_values": list(values)}

    first, second, *_ = sorted(filter_with_choices(ctx)["choices"])
    everybody = count()
    ctx.judge(("PR-072", "PR-077", "PR-078", "PR-082", "PR-467", "PR-012"), everybody, shows(count=number))
    one, other = count(filters=[choosing(first)]), count(filters=[choosing(second)])
    union = count(filters=[choosing(first, second)])
    none = count(filters=[choosing(first), choosing(second)])
    total, some, rest, either, each_of = (exchange.find("count") for exchange in (everybody, one, other, union, none))
    ctx.judge("PR-079", everybody, succeeds)
    ctx.rely(all(map(number, (total, some, rest, either, each_of))), f"no count: {everybody.summary}", everybody)
    ctx.holds("PR-072", (everybody, one), some <= total, f"at most {total}", some, vacuous=some == total == 0)
    # One participant may have given both answers, but hardly all of them.
    both = either > max(some, rest) or min(some, rest) == 0
    ctx.holds("PR-184", (one, other, union), both, f"more than {max(some, rest)}", either, vacuous=min(some, rest) == 0)
    ctx.holds("PR-073", (one, other, none), each_of <= min(some, rest), f"at most {min(some, rest)}", each_of)
    edge = filter_with_range(ctx)
    for at in range(edge["min"], edge["min"] + 2):
        count(filters=[{"filter_id": edge["filter_id"], "selected_range": {"lower": at, "upper": at}}])
    seen = [exchange.find("count") for exchange in ctx.exchanges[-7:]]
    odd = [each for each in seen if number(each) and 0 < each < 25]
    ctx.holds(("PR-074", "PR-075"), ctx.exchanges[-7:], not odd, "0, or 25 and more", odd)
    earlier = next(filter(None, map(named, ctx.listed("list_studies"))), "")
    ctx.need(earlier, "the caller has no studies", ctx.exchanges[-1])
    before = {"filter_id": "previous_studies_allowlist", "selected_values": [earlier]}
    ctx.judge("PR-083", count(filters=[choice_filter(ctx), before, range_filter(ctx)]), shows(count=number))
    named_one = count(workspace_id=workspace(ctx))
    ctx.judge("PR-079", named_one, shows(count=number))
    current = ctx.call("get_current_user").find("current_workspace_id")
    ctx.holds(
        "PR-080",
        (everybody, named_one),
        current != workspace(ctx) or named_one.find("count") == total,
        f"{total}, as without a workspace",
        named_one.find("count"),
        vacuous=current != workspace(ctx),
    )
    organisation = _organisation(ctx)
    by_organisation = count(organisation_id=organisation) if organisation else named_one
    ctx.judge(("PR-084", "PR-079"), by_organisation, shows(count=number))
    for own in ctx.first("PR-081", _american(ctx), "a workspace that is known to be in the US", everybody):
        abroad = count(workspace_id=own)
        ctx.holds(
            "PR-081",
            (everybody, abroad),
            number(abroad.find("count")) and abroad.find("count") < total,
            f"fewer than {total} for a workspace in the US",
            abroad.find("count"),
        )
    ctx.holds("PR-085", everybody, count().find("count") == total, f"{total} again", "another")
    judge_each(ctx, ("PR-077", "PR-467"), "count_eligible_participants", {"filters": []}, {"filters": GONE})
    if "custom_allowlist" in {named(each, "filter_id") for each in filters(ctx)}:
        _known_people(ctx)


def _known_people(ctx: CheckContext) -> None:
    """As many participants as are named are counted: 24 as 0, and 25 as 25."""

    def naming(people: list[str]) -> Exchange:
        named_people = {"filter_id": "custom_allowlist", "selected_values": people}
        return ctx.call("count_eligible_participants", body={"filters": [named_people]})

    ctx.judge("PR-074", naming(participants(ctx)), shows(count=0))
    people = participants(ctx, 25) if participation.control(ctx) is not None else []
    for some in ctx.first("PR-075", [people] if people else [], "25 participants who are known to be eligible"):
        just, one_less = naming(some), naming(some[:-1])
        if just.find("count") in {0, 25}:
            ctx.judge("PR-075", just, shows(count=25))
            ctx.judge("PR-074", one_less, shows(count=0))


def _organisation(ctx: CheckContext) -> str | None:
    """An organisation that a filter set of the caller belongs to."""
    listed = ctx.call("list_filter_sets").find("results")
    sets = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return next((str(each["organisation_id"]) for each in sets if each.get("organisation_id")), None)


def _american(ctx: CheckContext) -> list[str]:
    """Workspaces of the caller that are known to be in the US: a setting names one, a mock of ours tells."""
    given = ctx.run.settings.get("usWorkspace")
    if given:
        return [given]
    listed = [name for name in map(named, ctx.listed("list_workspaces")) if name not in ctx.run.cleanup.made]
    return [name for name in listed if participation.record(ctx, "workspace", name).get("country") == "US"]


@check(
    "PR-015",
    "PR-016",
    "PR-145",
    "PR-146",
    "PR-147",
    "PR-148",
    "PR-149",
    "PR-150",
    "PR-151",
    "PR-152",
    "PR-153",
    "PR-154",
    "PR-155",
    "PR-163",
    "PR-380",
    "PR-381",
    "PR-382",
    "PR-464",
    writes=True,
)
def a_group_is_made(ctx: CheckContext) -> None:
    """A group belongs to a workspace or an organisation, starts with the members sent, each once, and can be deleted."""
    people = participants(ctx)
    body = group_body(ctx, participant_ids=[*people, people[0]], description="Said yes")
    made = ctx.call("create_participant_group", body=body)
    ctx.judge(("PR-145", "PR-149", "PR-152", "PR-464"), made, succeeds)
    shown(ctx, ("PR-152", "PR-464"), made, name=body["name"], description="Said yes", workspace_id=body["workspace_id"])
    shown(ctx, "PR-154", made, is_deleted=False, feeder_studies=[])
    shown(ctx, "PR-155", made, project_id=nullable_text)
    own = {"id": str(made.at("id"))}
    _members(ctx, ("PR-149", "PR-151"), own, people, made)
    shown(ctx, "PR-151", made, participant_count=len(people))
    sly = {**body, "is_deleted": True, "participant_count": 99, "feeder_studies": [{"id": NOBODY}]}
    set_by_hand = ctx.call("create_participant_group", body=sly)
    if set_by_hand.succeeded:
        unset = {"is_deleted": False, "participant_count": len(people), "feeder_studies": []}
        shown(ctx, ("PR-153", "PR-015"), set_by_hand, **unset)
    else:
        ctx.judge(("PR-153", "PR-015"), set_by_hand, refused)
    empty = ctx.call("create_participant_group", body=group_body(ctx))
    ctx.judge("PR-150", empty, succeeds)
    shown(ctx, "PR-150", empty, participant_count=0)
    _members(ctx, "PR-150", {"id": str(empty.at("id"))}, [], empty)
    judge_each(ctx, ("PR-146", "PR-464"), "create_participant_group", body, {"name": GONE})
    judge_each(ctx, "PR-147", "create_participant_group", body, {"workspace_id": GONE})
    organisation = _organisation(ctx)
    both = ctx.call("create_participant_group", body={**body, "organisation_id": organisation or NOBODY})
    owners = [both.find(name) for name in ("workspace_id", "organisation_id")]
    ctx.holds(
        "PR-148",
        both,
        not (both.succeeded and all(map(text, owners))),
        "one owner alone",
        both.summary,
        vacuous=organisation is None,
    )
    ctx.judge("PR-016", ctx.call("create_participant_group", body={**body, "name": None}), refused)
    renamed = ctx.call("update_participant_group", path=own, body={"name": "Other"})
    ctx.judge("PR-381", renamed, succeeds)
    shown(ctx, "PR-381", renamed, name="Other", participant_count=len(people))
    replaced = ctx.call("update_participant_group", path=own, body={"participant_ids": people[:1]})
    ctx.judge("PR-380", replaced, succeeds)
    _members(ctx, "PR-380", own, people[:1], replaced)
    gone = ctx.call("delete_participant_group", path=own)
    ctx.judge("PR-382", gone, succeeds)
    ctx.judge("PR-382", ctx.call("get_participant_group", path=own), answers(404, 410), gone)
    late = ctx.call("add_group_participants", path=own, body={"participant_ids": people})
    ctx.judge("PR-163", late, answers(404, 410), gone)
    listed = set(map(named, ctx.listed("list_participant_groups")))
    ctx.holds(
        "PR-382",
        (gone, ctx.exchanges[-1]),
        own["id"] not in listed,
        "no deleted group in the list",
        "it is still there",
    )


def _members(
    ctx: CheckContext, clause: str | tuple[str, ...], own: dict[str, str], wanted: list[str], *others: Exchange
) -> dict[str, Any]:
    """Judge who is in a group, in whatever order, and return when they joined."""
    page = ctx.call("list_group_participants", path=own, fresh=True)
    entries = page.find("results")
    listed = [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
    stated = bool(listed) or entries == []
    who = [named(each, "participant_id") for each in listed]
    stated = stated and all(who)
    ctx.holds(
        clause,
        (*others, page),
        not stated or sorted(who) == sorted(wanted),
        f"the members {', '.join(wanted) or 'that were sent: none'}",
        ", ".join(who) or "nobody",
        vacuous=not stated,
    )
    return {named(each, "participant_id"): each.get("datetime_created") for each in listed}


@check("PR-157", "PR-158", "PR-159", "PR-160", "PR-162", "PR-163", "PR-384", "PR-524", "PR-525", "PR-555", writes=True)
def members_come_and_go(ctx: CheckContext) -> None:
    """Adding keeps existing members; removing keeps the others and ignores participants who are not members."""
    one, two, three = participants(ctx, 3)
    own = {"id": str(ctx.call("create_participant_group", body=group_body(ctx, participant_ids=[one])).at("id"))}
    first = _members(ctx, "PR-160", own, [one])
    # Times may be given in whole seconds.
    time.sleep(1.1)
    added = ctx.call("add_group_participants", path=own, body={"participant_ids": [two]})
    ctx.judge(("PR-157", "PR-524"), added, succeeds)
    then = _members(ctx, ("PR-157", "PR-160"), own, [one, two], added)
    skipped = ctx.call("add_group_participants", path=own, body={"participant_ids": [one, three]})
    ctx.judge("PR-158", skipped, succeeds)
    later = _members(ctx, ("PR-157", "PR-158", "PR-160"), own, [one, two, three], skipped)
    replied = [named(each, "participant_id") for each in skipped.find("results") or [] if isinstance(each, dict)]
    ctx.holds("PR-162", skipped, sorted(replied) == sorted([one, two, three]), "all members in the reply", replied)
    since, joined = moment(first.get(one)), moment(then.get(two))
    stated = since is not None and joined is not None
    ctx.holds(
        "PR-555",
        ctx.exchanges[-1],
        not stated or joined > since,  # type: ignore[operator]
        f"a time after {first.get(one)}, when another one was in the group already",
        then.get(two),
        vacuous=not stated,
    )
    ctx.holds(
        "PR-159",
        ctx.exchanges[-1],
        later.get(one) == first.get(one),
        f"{first.get(one)}",
        later.get(one),
        vacuous=not first.get(one) or one not in later,
    )
    ctx.judge("PR-524", ctx.call("add_group_participants", path=own, raw=None), refused)
    ctx.judge("PR-524", ctx.call("add_group_participants", path=own, body={"participant_ids": "one"}), refused)
    ctx.judge("PR-525", ctx.call("add_group_participants", path=own, body={}), refused)
    ctx.judge(
        "PR-163",
        ctx.call("add_group_participants", path={"id": NOBODY}, body={"participant_ids": [one]}),
        answers(404, 410),
    )
    removed = ctx.call("remove_group_participants", path=own, body={"participant_ids": [one, NOBODY]})
    ctx.judge("PR-384", removed, succeeds)
    _members(ctx, "PR-384", own, [two, three], removed)


@check(
    "PR-131",
    "PR-132",
    "PR-133",
    "PR-134",
    "PR-135",
    "PR-136",
    "PR-137",
    "PR-138",
    "PR-139",
    "PR-140",
    "PR-141",
    "PR-142",
    "PR-144",
    "PR-463",
    writes=True,
)
def messages_are_sent(ctx: CheckContext) -> None:
    """A message reaches a participant without scripts; all members are required; unknown recipients and studies are refused."""
    may_spend(ctx)
    study = busy_study(ctx)
    person = participant_of(ctx, waiting_submission(ctx))
    words = ctx.mark("Thank you")
    body = {
        "recipient_id": person,
        "body": f"{words} <script>alert(1)</script><b onclick='x()'>bold</b>",
        "study_id": study,
    }
    sent = ctx.call("send_message", body=body)
    ctx.judge(("PR-131", "PR-132", "PR-463"), sent, succeeds)
    found = _said(ctx, person, words)
    listed = ctx.exchanges[-1]
    whole = {"sender_id", "body", "sent_at", "channel_id"} <= set(found) and found["sender_id"] == caller_id(ctx)
    ctx.holds("PR-134", (sent, listed), whole, "the message in the list", found)
    stated = str(found.get("body", ""))
    ctx.holds("PR-133", (sent, listed), not _live(stated), "the text without live markup", stated, vacuous=not found)
    data = found.get("data")
    about = data.get("study_id", study) if isinstance(data, dict) else study
    ctx.holds("PR-135", listed, about == study, f"data.study_id {study}", data, vacuous=not isinstance(data, dict))
    needed = ({"recipient_id": GONE}, {"body": GONE}, {"study_id": GONE})
    judge_each(ctx, ("PR-132", "PR-463"), "send_message", body, *needed)
    judge_each(ctx, "PR-136", "send_message", body, {"recipient_id": NOBODY}, {"study_id": NOBODY})
    judge_each(ctx, "PR-137", "send_message", body, {"body": ""})
    several = ctx.mark("All of you")
    bulk = {"ids": [person], "body": f"{several} <script>alert(1)</script>", "study_id": study}
    spread = ctx.call("send_bulk_message", body=bulk)
    ctx.judge(("PR-138", "PR-139", "PR-140", "PR-463"), spread, succeeds)
    got = _said(ctx, person, several)
    listed = ctx.exchanges[-1]
    wanted = "the message in the list, as the one before"
    ctx.holds("PR-138", (spread, listed), got or not found, wanted, "it is not there", vacuous=not found)
    safe = not _live(str(got.get("body")))
    ctx.holds("PR-141", (spread, listed), safe, "the message without live markup", got, vacuous=not got)
    judge_each(ctx, ("PR-139", "PR-463"), "send_bulk_message", bulk, {"ids": GONE}, {"body": GONE}, {"study_id": GONE})
    judge_each(ctx, "PR-140", "send_bulk_message", bulk, {"ids": person})
    unsent = ctx.mark("Nobody")
    ctx.judge("PR-142", ctx.call("send_bulk_message", body={**bulk, "ids": [person, NOBODY], "body": unsent}), refused)
    told_anyway = _said(ctx, person, unsent)
    ctx.holds("PR-142", ctx.exchanges[-1], not told_anyway, "no message sent", "a recipient got the message")
    judge_each(ctx, "PR-144", "send_bulk_message", bulk, {"ids": []})


def _live(markup: str) -> bool:
    """Whether a browser would run something of a text: an element for scripts, or a tag with a handler of events."""
    return re.search(r"<\s*script|<[^>]*\son\w+\s*=", markup, re.IGNORECASE) is not None


def _said(ctx: CheckContext, person: str, words: str) -> dict[str, Any]:
    """The message to a person that holds some words, or an empty object."""
    page = ctx.call("list_messages", query={"user_id": person, "page_size": 100}, fresh=True)
    listed = page.find("results")
    found = [each for each in listed if words in str(each.get("body", ""))] if isinstance(listed, list) else []
    return found[0] if found else {}
