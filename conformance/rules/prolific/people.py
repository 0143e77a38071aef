"""Filter sets, eligibility, participant groups and messages."""

from __future__ import annotations

from typing import Any

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import answers, array, integer, shows, succeeds, text
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.prolific.fixtures import (
    GONE,
    NOBODY,
    busiest_study,
    caller_id,
    choice_filter,
    filter_with_choices,
    filter_with_range,
    group_body,
    judge_each,
    may_spend,
    participants,
    range_filter,
    refused,
    set_body,
    shared_set,
    workspace,
)

COUNTED = {"id": text, "name": text, "filters": array, "version": integer, "eligible_participant_count": integer}


@check(
    "PR-016",
    "PR-044",
    "PR-045",
    "PR-046",
    "PR-047",
    "PR-048",
    "PR-049",
    "PR-050",
    "PR-051",
    "PR-052",
    "PR-053",
    "PR-054",
    "PR-055",
    "PR-449",
    "PR-450",
    writes=True,
)
def a_filter_set_is_made(ctx: CheckContext) -> None:
    """A filter set belongs to a workspace or an organisation, starts unlocked at version 1, and has a participant count."""
    body = set_body(ctx, filters=[choice_filter(ctx), range_filter(ctx)])
    made = ctx.call("create_filter_set", body=body)
    ctx.judge(("PR-044", "PR-045", "PR-046"), made, shows(name=body["name"], workspace_id=body["workspace_id"]))
    ctx.judge(("PR-047", "PR-449", "PR-450"), made, shows(COUNTED))
    ctx.judge("PR-048", made, shows(version=1, is_locked=False, is_deleted=False))
    kinds = [each.get("filter_id") for each in made.find("filters") or []]
    ctx.holds(
        ("PR-046", "PR-051"),
        made,
        kinds == [each["filter_id"] for each in body["filters"]],
        "both filters, by their filter_id",
        made.find("filters"),
    )
    judge_each(ctx, "PR-049", "create_filter_set", body, {"name": GONE}, {"filters": GONE})
    judge_each(ctx, "PR-050", "create_filter_set", body, {"organisation_id": NOBODY})
    by_id = [{"id": choice_filter(ctx)["filter_id"], "selected_values": choice_filter(ctx)["selected_values"]}]
    judge_each(ctx, "PR-051", "create_filter_set", body, {"filters": by_id})
    judge_each(
        ctx, "PR-052", "create_filter_set", body, {"filters": [{"filter_id": "understudy", "selected_values": ["0"]}]}
    )
    ctx.judge("PR-053", ctx.call("create_filter_set", body=[body]), refused)
    ctx.judge("PR-016", ctx.call("create_filter_set", body={**body, "name": None}), refused)
    everybody = ctx.call("create_filter_set", body=set_body(ctx, filters=[]))
    ctx.judge("PR-055", everybody, succeeds)
    narrow = made.find("eligible_participant_count")
    ctx.holds(
        "PR-055",
        (made, everybody),
        integer(narrow) and (everybody.find("eligible_participant_count") or 0) >= narrow,
        "at least as many as with filters",
        everybody.find("eligible_participant_count"),
    )
    few = ctx.call(
        "create_filter_set",
        body=set_body(ctx, filters=[{"filter_id": "custom_allowlist", "selected_values": participants(ctx)}]),
    )
    ctx.judge("PR-054", few, shows(eligible_participant_count=0))


@check("PR-062", "PR-064", "PR-363", "PR-364", "PR-365", "PR-449", "PR-450", "PR-453", "PR-503", writes=True)
def a_filter_set_is_changed(ctx: CheckContext) -> None:
    """A change of filters makes a new version, earlier versions can be read, and a deleted set is gone."""
    own = shared_set(ctx)
    renamed = ctx.call("update_filter_set", path={"id": own}, body={"name": "Other"})
    ctx.judge(("PR-364", "PR-453"), renamed, shows({**COUNTED, "name": "Other"}))
    before = ctx.call("get_filter_set", path={"id": own})
    ctx.judge(("PR-449", "PR-450"), before, shows(COUNTED))
    changed = ctx.call(
        "update_filter_set", path={"id": own}, body={"filters": [choice_filter(ctx, 1)], "workspace_id": NOBODY}
    )
    ctx.judge(("PR-364", "PR-450"), changed, shows(COUNTED))
    ctx.judge("PR-453", changed, shows(workspace_id=workspace(ctx)))
    newer = changed.find("version")
    ctx.holds("PR-363", (before, changed), integer(newer) and newer > before.at("version"), "a higher version", newer)
    earlier = ctx.call("get_filter_set", path={"id": own}, query={"version_number": 1})
    ctx.holds(
        "PR-503",
        (before, earlier),
        earlier.find("version") == 1 and earlier.find("filters") == before.find("filters"),
        "the filters of version 1",
        earlier.summary,
    )
    ctx.judge("PR-064", ctx.call("lock_filter_set", path={"id": own}), succeeds)
    gone_copy = ctx.call("create_filter_set", body=set_body(ctx))
    gone = ctx.call("delete_filter_set", path={"id": gone_copy.at("id")})
    ctx.judge("PR-365", gone, succeeds)
    ctx.judge("PR-365", ctx.call("get_filter_set", path={"id": gone_copy.at("id")}), answers(404), gone)
    listed = {each["id"] for each in ctx.listed("list_filter_sets")}
    ctx.holds(
        "PR-365",
        (gone, ctx.exchanges[-1]),
        gone_copy.find("id") not in listed,
        "no deleted set in the list",
        "it is still there",
    )
    ctx.judge("PR-062", ctx.call("clone_filter_set", path={"id": gone_copy.at("id")}, body={}), answers(404), gone)


@check(
    "PR-060",
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
    writes=True,
)
def a_filter_set_is_locked(ctx: CheckContext) -> None:
    """A locked set refuses changes, keeps its version and can still be used and copied, until it is unlocked."""
    own = str(ctx.call("create_filter_set", body=set_body(ctx)).at("id"))
    locked = ctx.call("lock_filter_set", path={"id": own})
    ctx.judge(("PR-063", "PR-066"), locked, shows(is_locked=True, version=1))
    ctx.judge(("PR-067", "PR-449", "PR-450"), locked, shows(COUNTED))
    ctx.judge("PR-065", ctx.call("lock_filter_set", path={"id": own}), shows(is_locked=True))
    ctx.judge(
        "PR-064",
        ctx.call("update_filter_set", path={"id": own}, body={"name": "Other"}),
        answers(400, 403, 409, 422, 423),
    )
    kept = ctx.call("get_filter_set", path={"id": own}, fresh=True)
    ctx.holds(
        "PR-064", (locked, kept), kept.find("name") == locked.find("name"), "the name unchanged", kept.find("name")
    )
    copy = ctx.call("clone_filter_set", path={"id": own}, body={})
    ctx.judge("PR-068", copy, succeeds)
    ctx.judge("PR-060", copy, shows(is_locked=False, version=1))
    opened = ctx.call("unlock_filter_set", path={"id": own})
    ctx.judge("PR-069", opened, shows(is_locked=False))
    ctx.judge(("PR-071", "PR-450"), opened, shows(COUNTED))
    ctx.judge("PR-070", ctx.call("unlock_filter_set", path={"id": own}), shows(is_locked=False))
    ctx.judge("PR-069", ctx.call("update_filter_set", path={"id": own}, body={"name": "Other"}), succeeds)


@check("PR-056", "PR-057", "PR-058", "PR-059", "PR-060", "PR-061", "PR-062", "PR-449", "PR-450", "PR-452", writes=True)
def a_filter_set_is_copied(ctx: CheckContext) -> None:
    """A copy has the filters of the original and a name, and is independent of it."""
    own = shared_set(ctx)
    before = ctx.call("get_filter_set", path={"id": own})
    copy = ctx.call("clone_filter_set", path={"id": own}, body={"new_name": "Copied"})
    ctx.judge(("PR-056", "PR-057", "PR-452"), copy, shows(name="Copied"))
    ctx.holds(
        "PR-056",
        (before, copy),
        copy.find("filters") == before.find("filters") and copy.find("id") != own,
        "the same filters under another id",
        copy.summary,
    )
    ctx.judge(("PR-061", "PR-450", "PR-449"), copy, shows(COUNTED))
    ctx.judge("PR-060", copy, shows(is_locked=False, version=1, is_deleted=False))
    nameless = ctx.call("clone_filter_set", path={"id": own}, body={})
    ctx.holds(("PR-058", "PR-452"), nameless, bool(nameless.find("name")), "a name", nameless.find("name"))
    ctx.call("update_filter_set", path={"id": copy.at("id")}, body={"filters": [choice_filter(ctx, 1)]})
    after = ctx.call("get_filter_set", path={"id": own}, fresh=True)
    ctx.holds(("PR-059", "PR-060"), (before, after), after.json == before.json, "the original unchanged", after.summary)
    ctx.judge("PR-062", ctx.call("clone_filter_set", path={"id": NOBODY}, body={}), answers(404))
    judge_each(ctx, "PR-452", "clone_filter_set", {}, {"new_name": 5}, path={"id": own})


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

    values = sorted(filter_with_choices(ctx)["choices"])
    everybody = count()
    ctx.judge(("PR-072", "PR-077", "PR-078", "PR-082", "PR-467", "PR-012"), everybody, shows(count=integer))
    one = count(filters=[{"filter_id": filter_with_choices(ctx)["filter_id"], "selected_values": values[:1]}])
    other = count(filters=[{"filter_id": filter_with_choices(ctx)["filter_id"], "selected_values": values[1:2]}])
    union = count(filters=[{"filter_id": filter_with_choices(ctx)["filter_id"], "selected_values": values[:2]}])
    none = count(
        filters=[
            {"filter_id": filter_with_choices(ctx)["filter_id"], "selected_values": values[:1]},
            {"filter_id": filter_with_choices(ctx)["filter_id"], "selected_values": values[1:2]},
        ]
    )
    total = everybody.find("count")
    ctx.rely(integer(total), f"the reply has no count: {everybody.summary}", everybody)
    ctx.holds(
        "PR-072",
        (everybody, one),
        integer(one.find("count")) and one.find("count") < total,
        f"fewer than {total}",
        one.find("count"),
    )
    parts = (one.find("count") or 0) + (other.find("count") or 0)
    ctx.holds(
        "PR-184", (one, other, union), (union.find("count") or 0) >= parts, f"at least {parts}", union.find("count")
    )
    ctx.holds("PR-073", none, none.find("count") == 0, "0, as no participant gave both answers", none.find("count"))
    shown = [each.find("count") for each in (everybody, one, other, union, none)]
    ctx.holds(
        ("PR-074", "PR-075"),
        ctx.exchanges[-5:],
        all(each == 0 or each >= 25 for each in shown),
        "0, or 25 and more",
        shown,
    )
    few = count(filters=[{"filter_id": "custom_allowlist", "selected_values": participants(ctx)}])
    ctx.judge("PR-074", few, shows(count=0))
    lower = filter_with_range(ctx)
    edge = [
        count(filters=[{"filter_id": lower["filter_id"], "selected_range": {"lower": at, "upper": at}}]).find("count")
        for at in range(lower["min"], lower["min"] + 2)
    ]
    ctx.holds(
        "PR-075",
        ctx.exchanges[-2:],
        all(each == 0 or (integer(each) and each >= 25) for each in edge),
        "0, or 25 and more",
        edge,
    )
    studies = ctx.listed("list_studies")
    ctx.need(studies, "the caller has no studies", ctx.exchanges[-1])
    earlier = {"filter_id": "previous_studies_allowlist", "selected_values": [str(studies[0]["id"])]}
    mixed = count(filters=[choice_filter(ctx), earlier, range_filter(ctx)])
    ctx.judge("PR-083", mixed, shows(count=integer))
    named = count(workspace_id=workspace(ctx))
    ctx.judge("PR-079", named, shows(count=integer))
    ctx.holds(
        "PR-080",
        (everybody, named),
        named.find("count") == total,
        f"{total}, as without a workspace",
        named.find("count"),
    )
    groups = ctx.call("list_filter_sets").find("results") or []
    organisation = next((str(each["organisation_id"]) for each in groups if each.get("organisation_id")), None)
    by_organisation = count(organisation_id=organisation) if organisation else named
    ctx.judge(("PR-084", "PR-079"), by_organisation, shows(count=integer))
    american = [
        str(each["id"])
        for each in ctx.listed("list_workspaces")
        if ctx.call("get_workspace_balance", path={"workspace_id": each["id"]}).find("currency_code") == "USD"
        and each["id"] not in ctx.run.cleanup.made
    ]
    for own in american[:1]:
        abroad = count(workspace_id=own)
        ctx.holds(
            "PR-081",
            (everybody, abroad),
            (abroad.find("count") or 0) < total,
            f"fewer than {total} for a workspace in the US",
            abroad.find("count"),
        )
    ctx.holds("PR-081", everybody, True, "a workspace in the US", "none", vacuous=not american)
    ctx.holds("PR-085", everybody, count().find("count") == total, f"{total} again", "another")
    judge_each(ctx, ("PR-077", "PR-467"), "count_eligible_participants", {"filters": []}, {"filters": GONE})


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
    made = ctx.call(
        "create_participant_group",
        body={**body, "is_deleted": True, "participant_count": 99, "feeder_studies": [{"id": NOBODY}]},
    )
    ctx.judge(
        ("PR-145", "PR-152", "PR-464"),
        made,
        shows(name=body["name"], description="Said yes", workspace_id=body["workspace_id"]),
    )
    ctx.judge(("PR-149", "PR-151"), made, shows(participant_count=len(people)))
    ctx.judge(
        ("PR-153", "PR-154", "PR-015"), made, shows(is_deleted=False, feeder_studies=[], participant_count=len(people))
    )
    ctx.holds("PR-155", made, not made.find("project_id"), "no project_id", made.find("project_id"))
    empty = ctx.call("create_participant_group", body=group_body(ctx))
    ctx.judge("PR-150", empty, shows(participant_count=0))
    judge_each(ctx, ("PR-146", "PR-464"), "create_participant_group", body, {"name": GONE})
    judge_each(ctx, "PR-147", "create_participant_group", body, {"workspace_id": GONE})
    judge_each(ctx, "PR-148", "create_participant_group", body, {"organisation_id": NOBODY})
    ctx.judge("PR-016", ctx.call("create_participant_group", body={**body, "name": None}), refused)
    own = {"id": str(made.at("id"))}
    renamed = ctx.call("update_participant_group", path=own, body={"name": "Other"})
    ctx.judge("PR-381", renamed, shows(name="Other", participant_count=len(people)))
    replaced = ctx.call("update_participant_group", path=own, body={"participant_ids": people[:1]})
    ctx.judge("PR-380", replaced, shows(participant_count=1))
    members = ctx.call("list_group_participants", path=own)
    ctx.holds(
        "PR-380",
        (replaced, members),
        [each.get("participant_id") for each in members.find("results") or []] == people[:1],
        "only the members that were sent",
        members.summary,
    )
    gone = ctx.call("delete_participant_group", path=own)
    ctx.judge("PR-382", gone, succeeds)
    ctx.judge("PR-382", ctx.call("get_participant_group", path=own), answers(404), gone)
    ctx.judge(
        "PR-163", ctx.call("add_group_participants", path=own, body={"participant_ids": people}), answers(404), gone
    )
    listed = {each["id"] for each in ctx.listed("list_participant_groups")}
    ctx.holds(
        "PR-382",
        (gone, ctx.exchanges[-1]),
        own["id"] not in listed,
        "no deleted group in the list",
        "it is still there",
    )


@check("PR-157", "PR-158", "PR-159", "PR-160", "PR-161", "PR-162", "PR-163", "PR-384", writes=True)
def members_come_and_go(ctx: CheckContext) -> None:
    """Adding keeps existing members; removing keeps the others and ignores participants who are not members."""
    people = participants(ctx, 3)
    own = {"id": str(ctx.call("create_participant_group", body=group_body(ctx, participant_ids=people[:1])).at("id"))}
    before = ctx.call("list_group_participants", path=own)
    since = before.find("results", 0, "datetime_created")
    added = ctx.call("add_group_participants", path=own, body={"participant_ids": people[:2]})
    ctx.judge(("PR-157", "PR-158", "PR-162"), added, shows(results=array))
    names = [each.get("participant_id") for each in added.find("results") or []]
    ctx.holds(("PR-157", "PR-160", "PR-162"), (before, added), names == people[:2], "both members", names)
    ctx.holds(
        "PR-159",
        (before, added),
        added.find("results", 0, "datetime_created") == since,
        f"{since}",
        added.find("results", 0, "datetime_created"),
    )
    ctx.judge("PR-161", ctx.call("add_group_participants", path=own, body={}), refused)
    ctx.judge("PR-161", ctx.call("add_group_participants", path=own, body={"participant_ids": "one"}), refused)
    ctx.judge(
        "PR-163",
        ctx.call("add_group_participants", path={"id": NOBODY}, body={"participant_ids": people}),
        answers(404),
    )
    removed = ctx.call("remove_group_participants", path=own, body={"participant_ids": [people[0], NOBODY]})
    ctx.judge("PR-384", removed, succeeds)
    left = ctx.call("list_group_participants", path=own, fresh=True)
    ctx.holds(
        "PR-384",
        (removed, left),
        [each.get("participant_id") for each in left.find("results") or []] == people[1:2],
        "only the other member",
        left.summary,
    )


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
    study = busiest_study(ctx)
    person = str(ctx.listed("list_submissions", query={"study": study})[0]["participant_id"])
    words = ctx.mark("Thank you")
    body = {
        "recipient_id": person,
        "body": f"{words} <script>alert(1)</script><b onclick='x()'>bold</b>",
        "study_id": study,
    }
    sent = ctx.call("send_message", body=body)
    ctx.judge(("PR-131", "PR-132", "PR-463"), sent, succeeds)
    found = _said(ctx, person, words)
    ctx.holds(
        "PR-134",
        (sent, ctx.exchanges[-1]),
        found and {"sender_id", "body", "sent_at", "channel_id"} <= set(found) and found["sender_id"] == caller_id(ctx),
        "the message in the list",
        found,
    )
    shown = str(found.get("body", ""))
    ctx.holds(
        "PR-133",
        (sent, ctx.exchanges[-1]),
        found and "<script" not in shown and "onclick" not in shown and words in shown,
        "the text without scripts",
        shown,
    )
    ctx.holds(
        "PR-135",
        ctx.exchanges[-1],
        isinstance(found.get("data"), dict) and found["data"].get("study_id") == study,
        f"data.study_id {study}",
        found.get("data"),
    )
    judge_each(
        ctx, ("PR-132", "PR-463"), "send_message", body, {"recipient_id": GONE}, {"body": GONE}, {"study_id": GONE}
    )
    judge_each(
        ctx, "PR-136", "send_message", body, {"recipient_id": NOBODY}, {"study_id": NOBODY}, how=answers(400, 404, 422)
    )
    judge_each(ctx, "PR-137", "send_message", body, {"body": ""})
    several = ctx.mark("All of you")
    bulk = {"ids": [person], "body": f"{several} <script>alert(1)</script>", "study_id": study}
    spread = ctx.call("send_bulk_message", body=bulk)
    ctx.judge(("PR-138", "PR-139", "PR-140", "PR-463"), spread, succeeds)
    got = _said(ctx, person, several)
    ctx.holds(
        ("PR-138", "PR-141"),
        (spread, ctx.exchanges[-1]),
        got and "<script" not in str(got.get("body")),
        "the message without scripts",
        got,
    )
    judge_each(ctx, ("PR-139", "PR-463"), "send_bulk_message", bulk, {"ids": GONE}, {"body": GONE}, {"study_id": GONE})
    judge_each(ctx, "PR-140", "send_bulk_message", bulk, {"ids": person})
    unsent = ctx.mark("Nobody")
    ctx.judge(
        "PR-142",
        ctx.call("send_bulk_message", body={**bulk, "ids": [person, NOBODY], "body": unsent}),
        answers(400, 404, 422),
    )
    ctx.holds(
        "PR-142", ctx.exchanges[-1], not _said(ctx, person, unsent), "no message sent", "a recipient got the message"
    )
    judge_each(ctx, "PR-144", "send_bulk_message", bulk, {"ids": []})


def _said(ctx: CheckContext, person: str, words: str) -> dict[str, Any]:
    """The message to a person that starts with some words, or an empty object."""
    page = ctx.call("list_messages", query={"user_id": person, "page_size": 100}, fresh=True)
    listed = page.find("results")
    found = [each for each in listed if str(each.get("body", "")).startswith(words)] if isinstance(listed, list) else []
    return found[0] if found else {}
