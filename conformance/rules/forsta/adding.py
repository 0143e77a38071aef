"""Adding respondents: what is stored, what is reported, and what aborts the whole call."""

from __future__ import annotations

from typing import Any

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import absent, answers, header, refuses_somehow, shows, succeeds
from understudy.conformance.evidence.words import several
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.forsta.lists import everyone
from understudy.conformance.rules.forsta.messages import EXISTS, errors, has_message, messages, names_its_value, quiet
from understudy.conformance.rules.forsta.reading import JSON
from understudy.conformance.rules.forsta.table import (
    Columns,
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

WRITES = ("add_respondents", "update_respondents", "merge_respondents", "delete_respondents")
#: Names and places as people have them.
PLACES = ("København", "東京", "O'Higgins", "القاهرة 🌍")


def unchanged(ctx: CheckContext, clause: str, respid: int, before: Exchange, during: Exchange) -> None:
    """Judge that a respondent has not changed, as far as the columns go that checks use."""
    after = read_respondent(ctx, respid)
    column = columns(ctx)
    same = after.succeeded and part_of(after.json, column) == part_of(before.json, column)
    ctx.holds(clause, (before, during, after), same, "the respondent unchanged", after.summary)


def _stored(record: Any, wanted: Record, column: Columns) -> bool:
    """Whether a record holds what was sent, and nothing in the other columns that checks use."""
    found = part_of(record, column)
    found.pop("respid", None)
    return set(found) == set(wanted) and all(
        holds_number(found[name], value) if name == column.numeric else found[name] == value
        for name, value in wanted.items()
    )


@check(
    "FO-005", "FO-067", "FO-068", "FO-069", "FO-070", "FO-071", "FO-072", "FO-073", "FO-074", "FO-075", "FO-081",
    "FO-097",
    writes=True,
)  # fmt: skip
def respondents_are_added(ctx: CheckContext) -> None:
    """Each element of data becomes a respondent with a new respid, in order; only the variables that it names get a value."""
    column = columns(ctx)
    known = {each.get("respid") for each in everyone(ctx)[0]}
    sent: list[Record] = [
        {column.key: new_key(ctx), column.text: PLACES[0]},
        {column.key: new_key(ctx), column.number: 41},
        {column.key: new_key(ctx), column.text: PLACES[1]},
        {column.key: new_key(ctx), column.text: PLACES[2]},
        {column.key: new_key(ctx), column.text: PLACES[3]},
    ]
    made = ctx.call("add_respondents", body={"data": sent})
    for clause in ("FO-067", "FO-073"):
        ctx.judge(clause, made, shows(insertedRecords=len(sent)))
    ctx.judge("FO-072", made, answers(200))
    ctx.judge("FO-005", made, header("Content-Type", JSON))
    ctx.judge("FO-097", made, quiet)
    ids = made.find("insertedIds")
    counted = made.find("insertedRecords")
    listed = isinstance(ids, list) and isinstance(counted, int)
    ctx.holds("FO-068", made, listed, "insertedRecords and insertedIds", made.summary)
    ctx.rely(made.succeeded and isinstance(ids, list) and ids, f"no respondent was inserted: {made.summary}", made)
    ctx.holds("FO-081", made, len(ids) == counted, "as many ids as records", made.summary)
    stored = [read_respondent(ctx, each) for each in ids]
    keys = [each.find(column.key) for each in stored]
    wanted = [each[column.key] for each in sent]
    for clause in ("FO-067", "FO-069"):
        fits = sorted(map(str, keys)) == sorted(wanted)
        ctx.holds(clause, (made, *stored), fits, "the new respondents at their ids", keys)
    ctx.holds("FO-070", (made, *stored), keys == wanted, "ids in the order of data", keys)
    for exchange in stored:
        record = next((each for each in sent if each[column.key] == exchange.find(column.key)), None)
        for clause in ("FO-074", "FO-075"):
            good = record is not None and _stored(exchange.json, record, column)
            ctx.holds(clause, (made, exchange), good, f"only what was sent: {record}", exchange.summary)
    ctx.holds("FO-071", made, not set(ids) & known, "respids that nobody had", sorted(set(ids) & known, key=str)[:3])


@check("FO-071", "FO-076", "FO-083", "FO-101", writes=True)
def respids_are_given_by_the_survey(ctx: CheckContext) -> None:
    """Without keys nothing is compared; a respid in a new record does not choose one, and none belongs to two."""
    column = columns(ctx)
    first = new_key(ctx)
    one = add(ctx, {column.key: first})[0]
    before = read_respondent(ctx, one)
    again = ctx.call("add_respondents", body={"data": [{column.key: first}]})
    ids = again.find("insertedIds")
    other = again.succeeded and isinstance(ids, list) and bool(ids) and one not in ids
    ctx.holds("FO-083", again, other, "a second respondent with the same key, as dataSchema is absent", again.summary)
    body = {"data": [{column.key: new_key(ctx), "understudy_unknown": "x"}]}
    stranger = ctx.call("add_respondents", body=body)
    good = 400 <= stranger.status < 500 or stranger.find("insertedRecords") == 1
    ctx.holds("FO-076", stranger, good, "the unknown name ignored, or refused", stranger.summary)
    chosen = ctx.call("add_respondents", body={"data": [{column.key: new_key(ctx), "respid": one}]})
    got = chosen.find("insertedIds")
    unlike = chosen.succeeded and isinstance(got, list) and one not in got
    ctx.holds("FO-101", chosen, unlike, "a new respid, whatever was sent", chosen.summary)
    unchanged(ctx, "FO-071", one, before, chosen)
    later = add(ctx, {column.key: new_key(ctx)})[0]
    ctx.holds("FO-071", chosen, later != one, "a respid that nobody had", later)


@check("FO-010", "FO-013", writes=True)
def records_are_written_as_they_are_read(ctx: CheckContext) -> None:
    """A record can be sent back as it was read; an empty text or null clears a datapoint."""
    column = columns(ctx)
    respid, key = new_respondent(ctx)
    before = read_respondent(ctx, respid)
    record = part_of(before.json, column)
    names = [name for name in record if name != "respid"]
    again = ctx.call("update_respondents", body=keyed_body([column.key], names, record))
    ctx.judge("FO-013", again, shows(updatedRecords=1), before)
    unchanged(ctx, "FO-013", respid, before, again)
    for value, name in (("", column.text), (None, column.number)):
        blanked = ctx.call("update_respondents", body=keyed_body([column.key], [name], {column.key: key, name: value}))
        after = read_respondent(ctx, respid)
        gone = after.succeeded and name not in (after.json or {})
        ctx.holds("FO-010", (before, blanked, after), gone, f"no {name} after {value!r}", after.summary)
    empty = add(ctx, {column.key: new_key(ctx), column.text: "", column.date: None})[0]
    ctx.judge("FO-010", read_respondent(ctx, empty), shows({column.text: absent, column.date: absent}))


@check("FO-015", "FO-016", "FO-117", "FO-173", writes=True)
def broken_changes_are_refused(ctx: CheckContext) -> None:
    """A body that is not JSON or has no list data is refused and changes nothing."""
    column = columns(ctx)
    respid, known = new_respondent(ctx)
    before = read_respondent(ctx, respid)
    schema = {"dataSchema": {"keys": [column.key], "variables": [column.text]}}
    last = before
    for operation in WRITES:
        for raw in (b'{"data": ', b'{"dataSchema": {"keys": ["respid"]}}'):
            ctx.judge("FO-015", ctx.call(operation, raw=raw), refuses_somehow)
        last = ctx.call(operation, body={**schema, "data": {column.key: known, column.text: "x"}})
        ctx.judge("FO-015", last, refuses_somehow)
        unchanged(ctx, "FO-015", respid, before, last)
        empty = ctx.call(operation, body={**schema, "data": []})
        body = empty.json if isinstance(empty.json, dict) else {}
        counts = [value for name, value in body.items() if name.endswith("Records")]
        zero = empty.succeeded and counts and not any(counts)
        ctx.holds("FO-016", empty, zero, "200 with zero counts", empty.summary)
        strange = keyed_body(["understudy_unknown"], [column.text], {"understudy_unknown": "x"})
        ctx.judge("FO-173", ctx.call(operation, body=strange), answers(400))
    strange = keyed_body([column.key], ["understudy_unknown"], {column.key: new_key(ctx)})
    odd = ctx.call("update_respondents", body=strange)
    for clause in ("FO-173", "FO-117"):
        ctx.judge(clause, odd, answers(400))


@check(
    "FO-077", "FO-078", "FO-079", "FO-080", "FO-081", "FO-082", "FO-084", "FO-088", "FO-095", "FO-172", "FO-183",
    "FO-184", "FO-186",
    writes=True,
)  # fmt: skip
def known_keys_are_not_added_again(ctx: CheckContext) -> None:
    """With keys, a record that exists is skipped and reported, the others are inserted, and no respondent is changed."""
    column = columns(ctx)
    respid, known = new_respondent(ctx)
    before = read_respondent(ctx, respid)
    new = new_key(ctx)
    rows: tuple[Record, Record] = (
        {column.key: known, column.text: "changed"},
        {column.key: new, column.text: "rome", column.number: 12},
    )
    made = ctx.call("add_respondents", body=keyed_body([column.key], [column.text], *rows))
    ctx.judge("FO-077", made, succeeds)
    ctx.judge("FO-078", made, shows(insertedRecords=1))
    unchanged(ctx, "FO-080", respid, before, made)
    got = respondents_with_key(ctx, new)
    ctx.holds("FO-078", made, len(got) == 1, "the other record inserted", got)
    twins = respondents_with_key(ctx, known)
    ctx.holds("FO-077", made, len(twins) == 1, "one respondent with the key that exists", f"{len(twins)}")
    if made.succeeded:
        ctx.holds("FO-079", made, 1 in messages(made), "row 1 in validationMessages", made.summary)
    if messages(made):
        ctx.holds("FO-183", made, has_message(made, 1, EXISTS), f"row 1: {EXISTS}", made.summary)
        reported = names_its_value(made, 1, column.key, known)
        ctx.holds("FO-184", made, reported, f"{column.key} in fields and {known} as value", messages(made))
        form = {"level", "rowResults"} <= set(made.find("validationMessages") or {})
        ctx.holds("FO-088", made, form, "level and rowResults", made.summary)
        ctx.holds("FO-095", made, not errors(made, 2), "no Error in row 2", errors(made, 2))
    ctx.holds("FO-081", made, len(made.find("insertedIds") or []) == 1, "one id for one record", made.summary)
    ids = made.find("insertedIds")
    found = [read_respondent(ctx, each) for each in ids if each != respid] if isinstance(ids, list) else []
    keys = [each.find(column.key) for each in found if each.find(column.text) == "rome"]
    ctx.holds("FO-186", (made, *found), keys == [new], f"{new} as {column.key}", keys, vacuous=not keys)
    outside = bool(got) and column.number in got[0]
    ctx.holds("FO-084", made, not outside, f"no {column.number}, which dataSchema does not name", got, vacuous=not got)
    twin = new_key(ctx)
    twice = ctx.call(
        "add_respondents", body=keyed_body([column.key], [column.text], {column.key: twin}, {column.key: twin})
    )
    one = twice.find("insertedRecords") == 1 and has_message(twice, 2, EXISTS)
    ctx.holds("FO-082", twice, one, f"one of two, row 2: {EXISTS}", twice.summary)
    for operation in ("add_respondents", "merge_respondents"):
        odd = ctx.call(operation, body=keyed_body(["respid"], [column.text], {"respid": 98765432, column.text: "x"}))
        ids = odd.find("insertedIds")
        good = 400 <= odd.status < 500 or (odd.succeeded and 98765432 not in (ids if isinstance(ids, list) else []))
        ctx.holds("FO-172", odd, good, "no respondent with a respid that the caller chose", odd.summary)


@check("FO-085", "FO-086", "FO-113", "FO-126", "FO-142", "FO-185", writes=True)
def an_invalid_datapoint_aborts_everything(ctx: CheckContext) -> None:
    """One invalid datapoint makes the whole call fail, and nothing changes."""
    column = columns(ctx)
    key = new_key(ctx)
    fine = {column.key: key, column.text: "fine"}
    # Whether rows are stored as they come or those that are left, one of the two shows it.
    rows = [fine, {column.key: key, column.number: "abc"}, fine]
    bad = ctx.call("add_respondents", body={"data": rows})
    ctx.judge("FO-085", bad, answers(400))
    there = respondents_with_key(ctx, key)
    if bad.status == 400:
        ctx.holds("FO-086", bad, not there, "no respondent inserted", there)
    respid, known = new_respondent(ctx)
    before = read_respondent(ctx, respid)
    for operation, clause in (("update_respondents", "FO-113"), ("merge_respondents", "FO-126")):
        body = keyed_body(
            [column.key],
            [column.text, column.number],
            {column.key: known, column.text: "new"},
            {column.key: new_key(ctx), column.number: "abc"},
        )
        refused = ctx.call(operation, body=body)
        ctx.judge(clause, refused, answers(400))
        _kept(ctx, refused, clause, respid, before)
    deletion = ctx.call("delete_respondents", body=keyed_body(["respid"], None, {"respid": respid}, {"respid": "abc"}))
    ctx.judge("FO-142", deletion, answers(400))
    _kept(ctx, deletion, "FO-142", respid, before)


def _kept(ctx: CheckContext, refused: Exchange, clause: str, respid: int, before: Exchange) -> None:
    """After a 400 nothing has changed, and its form is that of POST."""
    unchanged(ctx, "FO-086" if refused.status == 400 else clause, respid, before, refused)
    if refused.status == 400:
        rows = messages(refused)
        form = {"fields", "message", "severity"}
        good = bool(rows) and all(form <= set(each) for those in rows.values() for each in those)
        ctx.holds("FO-185", refused, good, "rows with fields, message and severity", refused.summary)


@check(
    "FO-005", "FO-087", "FO-088", "FO-089", "FO-090", "FO-091", "FO-092", "FO-093", "FO-094", "FO-095", "FO-096",
    "FO-184",
    writes=True,
)  # fmt: skip
def faulty_rows_are_reported(ctx: CheckContext) -> None:
    """The 400 names every faulty row by its number, with the variable, a message, the value and the severity."""
    column = columns(ctx)
    rows = [
        {column.key: new_key(ctx), column.number: "abc"},
        {column.key: new_key(ctx), column.text: "fine"},
        {column.key: new_key(ctx), column.dated or column.number: "abc"},
    ]
    if column.dated:
        rows.append({column.key: new_key(ctx), column.dated: "abc", column.number: "x"})
    faulty = len(rows) - 1
    bad = ctx.call("add_respondents", body={"data": rows})
    ctx.rely(bad.status == 400, f"invalid data was not refused with 400: {bad.summary}", bad)
    ctx.judge("FO-005", bad, header("Content-Type", JSON))
    reported = bad.find("validationMessages")
    whole = isinstance(bad.find("message"), str) and isinstance(reported, dict)
    ctx.holds("FO-087", bad, whole, "message and validationMessages", bad.summary)
    ctx.rely(isinstance(reported, dict), f"there are no validationMessages: {bad.summary}", bad)
    ctx.holds("FO-088", bad, {"level", "rowResults"} <= set(reported), "level and rowResults", bad.summary)
    found = messages(bad)
    parts = [each for those in found.values() for each in those]
    whole = bool(parts) and all({"fields", "message", "value", "severity"} <= set(each) for each in parts)
    ctx.holds("FO-089", bad, whole, "fields, message, value and severity", bad.summary)
    severe = all(each.get("severity", "Error") == "Error" for each in parts)
    ctx.holds("FO-089", bad, severe, "severity Error", [each.get("severity") for each in parts])
    ctx.holds("FO-090", bad, {1, 3} & set(found) and 0 not in found, "rows counted from 1", sorted(found))
    ctx.holds("FO-093", bad, len(found) >= faulty, several(faulty, "faulty row"), sorted(found))
    for number, clause, text in ((1, "FO-091", "Invalid Numeric."), (3, "FO-092", "Invalid DateTime.")):
        there = found.get(number)
        if number == 3 and column.dated is None:
            ctx.lacks(clause, "a date variable", bad)
        elif there:
            ctx.holds(clause, bad, has_message(bad, number, text), f"row {number}: {text}", there)
    if found.get(1):
        ctx.holds("FO-184", bad, names_its_value(bad, 1, column.number, "abc"), f"{column.number} and abc", found[1])
    if column.dated:
        ctx.holds("FO-094", bad, len(found.get(4, [])) == 2, "two messages for row 4", found.get(4, []))
    else:
        ctx.lacks("FO-094", "a date variable", bad)
    ctx.holds("FO-095", bad, not errors(bad, 2), "no Error in the valid row", errors(bad, 2))
    ctx.holds("FO-096", bad, reported.get("level") == "respondent", "level respondent", reported.get("level"))
