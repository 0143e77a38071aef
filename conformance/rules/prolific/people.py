"""Filter sets, eligibility, participant groups and messages."""

from __future__ import annotations

from typing import Any

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import answers, array, integer, shows, succeeds, text
from understudy.conformance.judging.context import Trial
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.prolific.fixtures import (
    GONE,
    NOBODY,
    busy,
    choice,
    filters,
    group_body,
    may_spend,
    me,
    participants,
    picked,
    ranged,
    refused,
    set_body,
    shared_group,
    shared_set,
    span,
    tried,
    workspace,
)

COUNTED = {"id": text, "name": text, "filters": array, "version": integer, "eligible_participant_count": integer}


@check(writes=True)
def a_filter_set_is_made(t: Trial) -> None:
    """A set keeps named filters of a workspace or an organisation, at version 1, open and counted."""
    body = set_body(t, filters=[picked(t), ranged(t)])
    made = t.call("create_filter_set", body=body)
    t.judge(("PR-044", "PR-045", "PR-046"), made, shows(name=body["name"], workspace_id=body["workspace_id"]))
    t.judge(("PR-047", "PR-449", "PR-450"), made, shows(COUNTED))
    t.judge("PR-048", made, shows(version=1, is_locked=False, is_deleted=False))
    kinds = [each.get("filter_id") for each in made.find("filters") or []]
    t.holds(
        ("PR-046", "PR-051"),
        made,
        kinds == [each["filter_id"] for each in body["filters"]],
        "both filters, by their filter_id",
        made.find("filters"),
    )
    tried(t, "PR-049", "create_filter_set", body, {"name": GONE}, {"filters": GONE})
    tried(t, "PR-050", "create_filter_set", body, {"organisation_id": NOBODY})
    by_id = [{"id": picked(t)["filter_id"], "selected_values": picked(t)["selected_values"]}]
    tried(t, "PR-051", "create_filter_set", body, {"filters": by_id})
    tried(t, "PR-052", "create_filter_set", body, {"filters": [{"filter_id": "understudy", "selected_values": ["0"]}]})
    t.judge("PR-053", t.call("create_filter_set", body=[body]), refused)
    t.judge("PR-016", t.call("create_filter_set", body={**body, "name": None}), refused)
    everybody = t.call("create_filter_set", body=set_body(t, filters=[]))
    t.judge("PR-055", everybody, succeeds)
    narrow = made.find("eligible_participant_count")
    t.holds(
        "PR-055",
        (made, everybody),
        integer(narrow) and (everybody.find("eligible_participant_count") or 0) >= narrow,
        "at least as many as with filters",
        everybody.find("eligible_participant_count"),
    )
    few = t.call(
        "create_filter_set",
        body=set_body(t, filters=[{"filter_id": "custom_allowlist", "selected_values": participants(t)}]),
    )
    t.judge("PR-054", few, shows(eligible_participant_count=0))


@check(writes=True)
def a_filter_set_is_changed(t: Trial) -> None:
    """A change of filters makes the next version, an earlier one can be seen, and a deleted set is gone."""
    own = shared_set(t)
    renamed = t.call("update_filter_set", path={"id": own}, body={"name": "Other"})
    t.judge(("PR-364", "PR-453"), renamed, shows({**COUNTED, "name": "Other"}))
    before = t.call("get_filter_set", path={"id": own})
    t.judge(("PR-449", "PR-450"), before, shows(COUNTED))
    changed = t.call("update_filter_set", path={"id": own}, body={"filters": [picked(t, 1)], "workspace_id": NOBODY})
    t.judge(("PR-364", "PR-450"), changed, shows(COUNTED))
    t.judge("PR-453", changed, shows(workspace_id=workspace(t)))
    newer = changed.find("version")
    t.holds("PR-363", (before, changed), integer(newer) and newer > before.at("version"), "a higher version", newer)
    earlier = t.call("get_filter_set", path={"id": own}, query={"version_number": 1})
    t.holds(
        "PR-503",
        (before, earlier),
        earlier.find("version") == 1 and earlier.find("filters") == before.find("filters"),
        "the filters of version 1",
        earlier.shortly,
    )
    t.judge("PR-064", t.call("lock_filter_set", path={"id": own}), succeeds)
    gone_copy = t.call("create_filter_set", body=set_body(t))
    gone = t.call("delete_filter_set", path={"id": gone_copy.at("id")})
    t.judge("PR-365", gone, succeeds)
    t.judge("PR-365", t.call("get_filter_set", path={"id": gone_copy.at("id")}), answers(404), gone)
    listed = {each["id"] for each in t.listed("list_filter_sets")}
    t.holds(
        "PR-365",
        (gone, t.exchanges[-1]),
        gone_copy.find("id") not in listed,
        "no deleted set in the list",
        "it is still there",
    )
    t.judge("PR-062", t.call("clone_filter_set", path={"id": gone_copy.at("id")}, body={}), answers(404), gone)


@check(writes=True)
def a_filter_set_is_locked(t: Trial) -> None:
    """A locked set refuses edits, keeps its version, and can still be used and copied; unlocking opens it."""
    own = str(t.call("create_filter_set", body=set_body(t)).at("id"))
    locked = t.call("lock_filter_set", path={"id": own})
    t.judge(("PR-063", "PR-066"), locked, shows(is_locked=True, version=1))
    t.judge(("PR-067", "PR-449", "PR-450"), locked, shows(COUNTED))
    t.judge("PR-065", t.call("lock_filter_set", path={"id": own}), shows(is_locked=True))
    t.judge(
        "PR-064",
        t.call("update_filter_set", path={"id": own}, body={"name": "Other"}),
        answers(400, 403, 409, 422, 423),
    )
    kept = t.call("get_filter_set", path={"id": own}, fresh=True)
    t.holds("PR-064", (locked, kept), kept.find("name") == locked.find("name"), "the name as it was", kept.find("name"))
    copy = t.call("clone_filter_set", path={"id": own}, body={})
    t.judge("PR-068", copy, succeeds)
    t.judge("PR-060", copy, shows(is_locked=False, version=1))
    opened = t.call("unlock_filter_set", path={"id": own})
    t.judge("PR-069", opened, shows(is_locked=False))
    t.judge(("PR-071", "PR-450"), opened, shows(COUNTED))
    t.judge("PR-070", t.call("unlock_filter_set", path={"id": own}), shows(is_locked=False))
    t.judge("PR-069", t.call("update_filter_set", path={"id": own}, body={"name": "Other"}), succeeds)


@check(writes=True)
def a_filter_set_is_copied(t: Trial) -> None:
    """A copy has the filters and a name, and is independent of the original."""
    own = shared_set(t)
    before = t.call("get_filter_set", path={"id": own})
    copy = t.call("clone_filter_set", path={"id": own}, body={"new_name": "Copied"})
    t.judge(("PR-056", "PR-057", "PR-452"), copy, shows(name="Copied"))
    t.holds(
        "PR-056",
        (before, copy),
        copy.find("filters") == before.find("filters") and copy.find("id") != own,
        "the same filters under another id",
        copy.shortly,
    )
    t.judge(("PR-061", "PR-450", "PR-449"), copy, shows(COUNTED))
    t.judge("PR-060", copy, shows(is_locked=False, version=1, is_deleted=False))
    nameless = t.call("clone_filter_set", path={"id": own}, body={})
    t.holds(("PR-058", "PR-452"), nameless, bool(nameless.find("name")), "a name", nameless.find("name"))
    t.call("update_filter_set", path={"id": copy.at("id")}, body={"filters": [picked(t, 1)]})
    after = t.call("get_filter_set", path={"id": own}, fresh=True)
    t.holds(("PR-059", "PR-060"), (before, after), after.json == before.json, "the original as it was", after.shortly)
    t.judge("PR-062", t.call("clone_filter_set", path={"id": NOBODY}, body={}), answers(404))
    tried(t, "PR-452", "clone_filter_set", {}, {"new_name": 5}, path={"id": own})


@check(writes=True)
def eligible_participants_are_counted(t: Trial) -> None:
    """All filters have to hold; fewer than 25 count as 0; the workspace's country matters; counting changes nothing."""

    def count(**more: object) -> Exchange:
        return t.call("count_eligible_participants", body={"filters": [], **more})

    values = sorted(choice(t)["choices"])
    everybody = count()
    t.judge(("PR-072", "PR-077", "PR-078", "PR-082", "PR-467", "PR-012"), everybody, shows(count=integer))
    one = count(filters=[{"filter_id": choice(t)["filter_id"], "selected_values": values[:1]}])
    other = count(filters=[{"filter_id": choice(t)["filter_id"], "selected_values": values[1:2]}])
    union = count(filters=[{"filter_id": choice(t)["filter_id"], "selected_values": values[:2]}])
    none = count(
        filters=[
            {"filter_id": choice(t)["filter_id"], "selected_values": values[:1]},
            {"filter_id": choice(t)["filter_id"], "selected_values": values[1:2]},
        ]
    )
    total = everybody.find("count")
    t.rely(integer(total), f"nobody can be counted: {everybody.shortly}", everybody)
    t.holds(
        "PR-072",
        (everybody, one),
        integer(one.find("count")) and one.find("count") < total,
        f"fewer than {total}",
        one.find("count"),
    )
    parts = (one.find("count") or 0) + (other.find("count") or 0)
    t.holds(
        "PR-184", (one, other, union), (union.find("count") or 0) >= parts, f"at least {parts}", union.find("count")
    )
    t.holds("PR-073", none, none.find("count") == 0, "nobody who is both", none.find("count"))
    shown = [each.find("count") for each in (everybody, one, other, union, none)]
    t.holds(
        ("PR-074", "PR-075"),
        t.exchanges[-5:],
        all(each == 0 or each >= 25 for each in shown),
        "0, or 25 and more",
        shown,
    )
    few = count(filters=[{"filter_id": "custom_allowlist", "selected_values": participants(t)}])
    t.judge("PR-074", few, shows(count=0))
    lower = span(t)
    edge = [
        count(filters=[{"filter_id": lower["filter_id"], "selected_range": {"lower": at, "upper": at}}]).find("count")
        for at in range(lower["min"], lower["min"] + 2)
    ]
    t.holds(
        "PR-075",
        t.exchanges[-2:],
        all(each == 0 or (integer(each) and each >= 25) for each in edge),
        "0, or 25 and more",
        edge,
    )
    studies = t.listed("list_studies")
    t.need(studies, "the caller has no studies", t.exchanges[-1])
    earlier = {"filter_id": "previous_studies_allowlist", "selected_values": [str(studies[0]["id"])]}
    mixed = count(filters=[picked(t), earlier, ranged(t)])
    t.judge("PR-083", mixed, shows(count=integer))
    named = count(workspace_id=workspace(t))
    t.judge("PR-079", named, shows(count=integer))
    t.holds("PR-080", (everybody, named), named.find("count") == total, f"{total} as without", named.find("count"))
    groups = t.call("list_filter_sets").find("results") or []
    organisation = next((str(each["organisation_id"]) for each in groups if each.get("organisation_id")), None)
    by_organisation = count(organisation_id=organisation) if organisation else named
    t.judge(("PR-084", "PR-079"), by_organisation, shows(count=integer))
    american = [
        str(each["id"])
        for each in t.listed("list_workspaces")
        if t.call("get_workspace_balance", path={"workspace_id": each["id"]}).find("currency_code") == "USD"
        and each["id"] not in t.run.ledger.made
    ]
    for own in american[:1]:
        abroad = count(workspace_id=own)
        t.holds(
            "PR-081",
            (everybody, abroad),
            (abroad.find("count") or 0) < total,
            f"fewer than {total} for a workspace in the US",
            abroad.find("count"),
        )
    t.holds("PR-081", everybody, True, "a workspace in the US", "none", vacuous=not american)
    t.holds("PR-085", everybody, count().find("count") == total, f"{total} again", "another")
    tried(t, ("PR-077", "PR-467"), "count_eligible_participants", {"filters": []}, {"filters": GONE})


@check(writes=True)
def a_group_is_made(t: Trial) -> None:
    """A group belongs to a workspace or an organisation, starts with the members named, each once, and can be deleted."""
    people = participants(t)
    body = group_body(t, participant_ids=[*people, people[0]], description="Said yes")
    made = t.call(
        "create_participant_group",
        body={**body, "is_deleted": True, "participant_count": 99, "feeder_studies": [{"id": NOBODY}]},
    )
    t.judge(
        ("PR-145", "PR-152", "PR-464"),
        made,
        shows(name=body["name"], description="Said yes", workspace_id=body["workspace_id"]),
    )
    t.judge(("PR-149", "PR-151"), made, shows(participant_count=len(people)))
    t.judge(
        ("PR-153", "PR-154", "PR-015"), made, shows(is_deleted=False, feeder_studies=[], participant_count=len(people))
    )
    t.holds("PR-155", made, not made.find("project_id"), "no project_id", made.find("project_id"))
    empty = t.call("create_participant_group", body=group_body(t))
    t.judge("PR-150", empty, shows(participant_count=0))
    tried(t, ("PR-146", "PR-464"), "create_participant_group", body, {"name": GONE})
    tried(t, "PR-147", "create_participant_group", body, {"workspace_id": GONE})
    tried(t, "PR-148", "create_participant_group", body, {"organisation_id": NOBODY})
    t.judge("PR-016", t.call("create_participant_group", body={**body, "name": None}), refused)
    own = {"id": str(made.at("id"))}
    renamed = t.call("update_participant_group", path=own, body={"name": "Other"})
    t.judge("PR-381", renamed, shows(name="Other", participant_count=len(people)))
    replaced = t.call("update_participant_group", path=own, body={"participant_ids": people[:1]})
    t.judge("PR-380", replaced, shows(participant_count=1))
    members = t.call("list_group_participants", path=own)
    t.holds(
        "PR-380",
        (replaced, members),
        [each.get("participant_id") for each in members.find("results") or []] == people[:1],
        "the members named alone",
        members.shortly,
    )
    gone = t.call("delete_participant_group", path=own)
    t.judge("PR-382", gone, succeeds)
    t.judge("PR-382", t.call("get_participant_group", path=own), answers(404), gone)
    t.judge("PR-163", t.call("add_group_participants", path=own, body={"participant_ids": people}), answers(404), gone)
    listed = {each["id"] for each in t.listed("list_participant_groups")}
    t.holds(
        "PR-382", (gone, t.exchanges[-1]), own["id"] not in listed, "no deleted group in the list", "it is still there"
    )


@check(writes=True)
def members_come_and_go(t: Trial) -> None:
    """Adding skips members and keeps them; removing leaves the others and ignores strangers."""
    people = participants(t, 3)
    own = {"id": str(t.call("create_participant_group", body=group_body(t, participant_ids=people[:1])).at("id"))}
    before = t.call("list_group_participants", path=own)
    since = before.find("results", 0, "datetime_created")
    added = t.call("add_group_participants", path=own, body={"participant_ids": people[:2]})
    t.judge(("PR-157", "PR-158", "PR-162"), added, shows(results=array))
    names = [each.get("participant_id") for each in added.find("results") or []]
    t.holds(("PR-157", "PR-160", "PR-162"), (before, added), names == people[:2], "both members", names)
    t.holds(
        "PR-159",
        (before, added),
        added.find("results", 0, "datetime_created") == since,
        f"{since}",
        added.find("results", 0, "datetime_created"),
    )
    t.judge("PR-161", t.call("add_group_participants", path=own, body={}), refused)
    t.judge("PR-161", t.call("add_group_participants", path=own, body={"participant_ids": "one"}), refused)
    t.judge(
        "PR-163", t.call("add_group_participants", path={"id": NOBODY}, body={"participant_ids": people}), answers(404)
    )
    removed = t.call("remove_group_participants", path=own, body={"participant_ids": [people[0], NOBODY]})
    t.judge("PR-384", removed, succeeds)
    left = t.call("list_group_participants", path=own, fresh=True)
    t.holds(
        "PR-384",
        (removed, left),
        [each.get("participant_id") for each in left.find("results") or []] == people[1:2],
        "the other one",
        left.shortly,
    )
    t.need(shared_group(t), "no group")


@check(writes=True)
def messages_are_sent(t: Trial) -> None:
    """A message reaches one participant, made safe; its parts are required; unknown recipients and studies are refused."""
    may_spend(t)
    study = busy(t)
    person = str(t.listed("list_submissions", query={"study": study})[0]["participant_id"])
    words = t.mark("Thank you")
    body = {
        "recipient_id": person,
        "body": f"{words} <script>alert(1)</script><b onclick='x()'>bold</b>",
        "study_id": study,
    }
    sent = t.call("send_message", body=body)
    t.judge(("PR-131", "PR-132", "PR-463"), sent, succeeds)
    found = _said(t, person, words)
    t.holds(
        "PR-134",
        (sent, t.exchanges[-1]),
        found and {"sender_id", "body", "sent_at", "channel_id"} <= set(found) and found["sender_id"] == me(t),
        "the message among those sent",
        found,
    )
    shown = str(found.get("body", ""))
    t.holds(
        "PR-133",
        (sent, t.exchanges[-1]),
        found and "<script" not in shown and "onclick" not in shown and words in shown,
        "no script and the visible text",
        shown,
    )
    t.holds(
        "PR-135",
        t.exchanges[-1],
        isinstance(found.get("data"), dict) and found["data"].get("study_id") == study,
        f"data.study_id {study}",
        found.get("data"),
    )
    tried(t, ("PR-132", "PR-463"), "send_message", body, {"recipient_id": GONE}, {"body": GONE}, {"study_id": GONE})
    tried(t, "PR-136", "send_message", body, {"recipient_id": NOBODY}, {"study_id": NOBODY}, how=answers(400, 404, 422))
    tried(t, "PR-137", "send_message", body, {"body": ""})
    several = t.mark("All of you")
    bulk = {"ids": [person], "body": f"{several} <script>alert(1)</script>", "study_id": study}
    spread = t.call("send_bulk_message", body=bulk)
    t.judge(("PR-138", "PR-139", "PR-140", "PR-463"), spread, succeeds)
    got = _said(t, person, several)
    t.holds(
        ("PR-138", "PR-141"),
        (spread, t.exchanges[-1]),
        got and "<script" not in str(got.get("body")),
        "the message, made safe",
        got,
    )
    tried(t, ("PR-139", "PR-463"), "send_bulk_message", bulk, {"ids": GONE}, {"body": GONE}, {"study_id": GONE})
    tried(t, "PR-140", "send_bulk_message", bulk, {"ids": person})
    unsent = t.mark("Nobody")
    t.judge(
        "PR-142",
        t.call("send_bulk_message", body={**bulk, "ids": [person, NOBODY], "body": unsent}),
        answers(400, 404, 422),
    )
    t.holds("PR-142", t.exchanges[-1], not _said(t, person, unsent), "nothing sent", "it was sent to some")
    tried(t, "PR-144", "send_bulk_message", bulk, {"ids": []})
    t.need(filters(t), "no filters")


def _said(t: Trial, person: str, words: str) -> dict[str, Any]:
    """The message to a person that begins with some words."""
    page = t.call("list_messages", query={"user_id": person, "page_size": 100}, fresh=True)
    listed = page.find("results")
    found = [each for each in listed if str(each.get("body", "")).startswith(words)] if isinstance(listed, list) else []
    return found[0] if found else {}
