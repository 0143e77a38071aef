"""Updating and merging respondents that are found by key."""

from __future__ import annotations

from understudy.conformance.evidence.matchers import answers, both, refuses_somehow, shows, succeeds
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.forsta.adding import PLACES, unchanged
from understudy.conformance.rules.forsta.messages import (
    NOT_FOUND,
    errors,
    has_message,
    messages,
    names_its_value,
    quiet,
)
from understudy.conformance.rules.forsta.table import (
    Record,
    add,
    columns,
    holds_number,
    keyed_body,
    new_key,
    new_respondent,
    part_of,
    read_respondent,
    respondents_with_key,
)


@check(
    "FO-102", "FO-103", "FO-107", "FO-108", "FO-110", "FO-111", "FO-112", "FO-183", "FO-184", "FO-189",
    writes=True,
)  # fmt: skip
def respondents_are_updated_by_key(ctx: CheckContext) -> None:
    """PUT writes the listed variables of the respondents found by key; unknown keys are reported and insert nobody."""
    column = columns(ctx)
    respid, known = new_respondent(ctx)
    before = read_respondent(ctx, respid)
    bystander, _ = new_respondent(ctx)
    beside = read_respondent(ctx, bystander)
    lost = new_key(ctx)
    rows: tuple[Record, Record] = (
        {column.key: known, column.text: PLACES[3], column.number: 77},
        {column.key: lost, column.text: "x"},
    )
    changed = ctx.call("update_respondents", body=keyed_body([column.key], [column.text], *rows))
    for clause in ("FO-102", "FO-103", "FO-110"):
        ctx.judge(clause, changed, shows(updatedRecords=1))
    reported = changed.status == 200 and 2 in messages(changed) and not errors(changed, 1)
    ctx.holds("FO-111", changed, reported, "200 with row 2 in validationMessages", changed.summary)
    if messages(changed).get(2):
        ctx.holds("FO-183", changed, has_message(changed, 2, NOT_FOUND), f"row 2: {NOT_FOUND}", changed.summary)
        named = names_its_value(changed, 2, column.key, lost)
        ctx.holds("FO-184", changed, named, f"{column.key} in fields and {lost} as value", messages(changed))
    after = read_respondent(ctx, respid)
    for clause in ("FO-102", "FO-189"):
        ctx.judge(clause, after, shows({column.text: PLACES[3]}), changed)
    was, now = part_of(before.json, column), part_of(after.json, column)
    ctx.holds(
        "FO-107", (changed, after), now.get(column.number) == was.get(column.number), "30 as before", after.summary
    )
    others = {name for name in was if name not in {column.text, column.number}}
    kept = all(now.get(name) == was[name] for name in others)
    ctx.holds("FO-189", (before, changed, after), kept, "the other datapoints as before", after.summary)
    unchanged(ctx, "FO-189", bystander, beside, changed)
    there = respondents_with_key(ctx, lost)
    ctx.holds("FO-110", changed, not there, "no respondent inserted", there)
    odd = {column.key: known, column.text: "rome", column.number: "not a number"}
    ignored = ctx.call("update_respondents", body=keyed_body([column.key], [column.text], odd))
    ctx.judge("FO-108", ignored, shows(updatedRecords=1))
    nobody = keyed_body([column.key], [column.text], {column.key: new_key(ctx), column.text: "x"})
    ctx.judge("FO-112", ctx.call("update_respondents", body=nobody), both(answers(200), shows(updatedRecords=0)))


@check("FO-109", "FO-114", "FO-116", writes=True)
def only_matching_records_are_updated(ctx: CheckContext) -> None:
    """A record without its key changes nobody; of several keys all have to match."""
    column = columns(ctx)
    respid, known = new_respondent(ctx)
    before = read_respondent(ctx, respid)
    keyless = ctx.call("update_respondents", body=keyed_body([column.key], [column.text], {column.text: "everybody"}))
    counted = keyless.find("updatedRecords")
    ctx.holds("FO-116", keyless, not keyless.succeeded or not counted, "nobody updated", keyless.summary)
    unchanged(ctx, "FO-116", respid, before, keyless)
    gap = {column.key: known, column.text: "bern"}
    filled = ctx.call("update_respondents", body=keyed_body([column.key], [column.text, column.number], gap))
    after = read_respondent(ctx, respid)
    kept = after.find(column.text) == "bern" and holds_number(after.find(column.number), 30)
    ctx.holds("FO-109", (filled, after), kept, f"{column.number} 30 as before", after.summary)
    rows: tuple[Record, Record] = (
        {column.key: known, column.other: "another", column.text: "x"},
        {column.key: known, column.other: "a", column.text: "oslo"},
    )
    two = ctx.call("update_respondents", body=keyed_body([column.key, column.other], [column.text], *rows))
    ctx.holds("FO-114", two, two.find("updatedRecords") == 1, "an update only where all keys match", two.summary)
    ctx.judge("FO-114", read_respondent(ctx, respid), shows({column.text: "oslo"}), two)


@check("FO-104", "FO-105", "FO-106", "FO-122", writes=True)
def changes_need_a_data_schema(ctx: CheckContext) -> None:
    """PUT and PATCH need dataSchema with keys and variables: without them they are refused and change nothing."""
    column = columns(ctx)
    respid, known = new_respondent(ctx)
    before = read_respondent(ctx, respid)
    record: Record = {column.key: known, column.text: "x"}
    bodies = {
        "FO-104": {"data": [record]},
        "FO-105": {"dataSchema": {"variables": [column.text]}, "data": [record]},
        "FO-106": {"dataSchema": {"keys": [column.key]}, "data": [record]},
    }
    for operation in ("update_respondents", "merge_respondents"):
        for clause, body in bodies.items():
            mine = clause if operation == "update_respondents" else "FO-122"
            refused = ctx.call(operation, body=body)
            ctx.judge(mine, refused, refuses_somehow)
            unchanged(ctx, mine, respid, before, refused)


@check("FO-118", "FO-119", "FO-120", "FO-121", "FO-123", "FO-124", "FO-128", "FO-129", writes=True)
def respondents_are_merged(ctx: CheckContext) -> None:
    """PATCH updates the respondents found by key and inserts the rest; repeating it inserts no more."""
    column = columns(ctx)
    respid, known = new_respondent(ctx)
    new = new_key(ctx)
    body = keyed_body(
        [column.key],
        [column.text],
        {column.key: known, column.text: PLACES[1], column.number: 77},
        {column.key: new, column.text: PLACES[2], column.number: 12},
    )
    merged = ctx.call("merge_respondents", body=body)
    ctx.judge("FO-118", merged, shows(insertedRecords=1, updatedRecords=1))
    ids = merged.find("insertedIds")
    counted = all(isinstance(merged.find(name), int) for name in ("insertedRecords", "updatedRecords"))
    ctx.holds(
        "FO-119",
        merged,
        counted and isinstance(ids, list),
        "insertedRecords, insertedIds, updatedRecords",
        merged.summary,
    )
    alone = isinstance(ids, list) and len(ids) == 1 and respid not in ids
    ctx.holds("FO-120", merged, alone, "only the inserted respondent", ids)
    ctx.judge("FO-121", merged, both(succeeds, quiet))
    ctx.rely(merged.succeeded, f"respondents could not be merged: {merged.summary}", merged)
    after = read_respondent(ctx, respid)
    ctx.judge("FO-118", after, shows({column.text: PLACES[1]}), merged)
    ctx.holds("FO-123", (merged, after), holds_number(after.find(column.number), 30), "30 as before", after.summary)
    # Found by what is certain, since a key that is not stored finds nobody.
    listed = [int(each) for each in ids if str(each).isdigit() and int(each) != respid] if isinstance(ids, list) else []
    found = [read_respondent(ctx, each) for each in listed]
    stored = next((each for each in found if each.find(column.text) == PLACES[2]), None)
    got = [stored.json] if stored is not None else respondents_with_key(ctx, new)
    ctx.holds("FO-118", merged, got, "the new respondent inserted", "nobody")
    if got:
        ctx.holds("FO-124", merged, got[0].get(column.key) == new, f"{new} as {column.key}", got)
        ctx.holds("FO-123", merged, column.number not in got[0], f"no {column.number} in the new respondent", got)
    again = ctx.call("merge_respondents", body=body)
    more = again.find("insertedRecords")
    none = again.succeeded and (more == 0 or not isinstance(more, int))
    ctx.holds("FO-128", again, none, "nobody inserted", again.summary)
    twins = respondents_with_key(ctx, new)
    ctx.holds("FO-128", again, len(twins) <= 1, "one respondent with the key", f"{len(twins)}")
    zero = again.find("insertedIds") == [] and more == 0
    ctx.holds("FO-129", again, zero, "insertedRecords 0 and an empty insertedIds", again.summary)


@check("FO-115", "FO-125", "FO-127", writes=True)
def shared_and_repeated_keys_have_an_answer(ctx: CheckContext) -> None:
    """A key value that several respondents share makes PUT and PATCH fail; a new key sent twice makes one respondent."""
    column = columns(ctx)
    shared = new_key(ctx)
    one, _ = add(ctx, {column.key: shared, column.text: "a"}, {column.key: shared, column.text: "b"})
    respid, single = new_respondent(ctx)
    first, lone = read_respondent(ctx, one), read_respondent(ctx, respid)
    for operation, clause in (("update_respondents", "FO-115"), ("merge_respondents", "FO-125")):
        rows: tuple[Record, Record] = (
            {column.key: single, column.text: "x"},
            {column.key: shared, column.text: "x"},
        )
        refused = ctx.call(operation, body=keyed_body([column.key], [column.text], *rows))
        ctx.judge(clause, refused, answers(400))
        unchanged(ctx, clause, one, first, refused)
        unchanged(ctx, clause, respid, lone, refused)
    twin = new_key(ctx)
    rows = ({column.key: twin, column.text: "a"}, {column.key: twin, column.text: "b"})
    twice = ctx.call("merge_respondents", body=keyed_body([column.key], [column.text], *rows))
    stored = respondents_with_key(ctx, twin)
    ctx.holds("FO-127", twice, twice.succeeded and len(stored) == 1, "one respondent", stored)
