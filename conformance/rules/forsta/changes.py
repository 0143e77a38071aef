"""Bulk changes: adding, updating, merging and deleting respondents by key, all or nothing where the API says so."""

from __future__ import annotations

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import Mismatch, absent, answers, both, filled, shows, succeeds
from understudy.conformance.judging.context import Trial
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.forsta.table import (
    DATA,
    Record,
    add,
    columns,
    found,
    fresh,
    keyed,
    messages,
    person,
    row,
    says,
)

WRITES = ("add_respondents", "update_respondents", "merge_respondents", "delete_respondents")
NOT_FOUND = "KeyValue could not be found."
EXISTS = "KeyValue already exists."
NOT_UNIQUE = "KeyValue is not unique."


def total(t: Trial) -> int:
    """How many respondents the survey has."""
    exchange = t.call(DATA, query={"pageSize": 1})
    count = exchange.find("totalCount")
    t.rely(isinstance(count, int), f"totalCount is not told: {exchange.shortly}", exchange)
    return int(count)


def unchanged(t: Trial, clause: str, respid: int, before: Exchange, during: Exchange) -> None:
    """Judge that a respondent is as it was."""
    after = row(t, respid)
    t.holds(clause, (before, during, after), after.json == before.json, "the respondent as it was", after.shortly)


def quiet(exchange: Exchange) -> Mismatch | None:
    """There are no validationMessages."""
    return shows(validationMessages=absent)(exchange)


@check(writes=True)
def respondents_are_added(t: Trial) -> None:
    """Each element of data becomes a respondent with a fresh respid, in order; its own keys are taken, the rest is blank."""
    told = columns(t)
    first, second = fresh(t), fresh(t)
    made = t.call(
        "add_respondents", body={"data": [{told.key: first, told.text: "oslo"}, {told.key: second, told.number: 41}]}
    )
    for clause in ("FO-067", "FO-073"):
        t.judge(clause, made, shows(insertedRecords=2))
    t.judge("FO-072", made, answers(200))
    t.judge("FO-097", made, quiet)
    ids = made.find("insertedIds")
    good = isinstance(ids, list) and len(ids) == 2 and all(isinstance(each, int) for each in ids)
    t.holds(
        "FO-068",
        made,
        good and isinstance(made.find("insertedRecords"), int),
        "insertedRecords and insertedIds",
        made.shortly,
    )
    t.holds("FO-081", made, good and made.find("insertedRecords") == len(ids), "as many ids as records", made.shortly)
    t.rely(good, f"nothing was inserted: {made.shortly}", made)
    one, other = row(t, ids[0]), row(t, ids[1])
    t.judge("FO-069", one, shows({told.key: first, "respid": ids[0]}), made)
    t.holds(
        "FO-070",
        (made, one, other),
        one.find(told.key) == first and other.find(told.key) == second,
        "ids in the order of data",
        f"{one.shortly} {other.shortly}",
    )
    for clause in ("FO-074", "FO-075"):
        t.holds(
            clause,
            (made, one),
            one.json == {"respid": ids[0], told.key: first, told.text: "oslo"},
            "the record's own datapoints alone",
            one.shortly,
        )
        t.holds(
            clause,
            (made, other),
            other.json == {"respid": ids[1], told.key: second, told.number: 41},
            "the record's own datapoints alone",
            other.shortly,
        )
    stranger = t.call("add_respondents", body={"data": [{told.key: fresh(t), "understudy_unknown": "x"}]})
    t.holds(
        "FO-076",
        stranger,
        stranger.status == 400 or stranger.find("insertedRecords") == 1,
        "the unknown name skipped, or 400",
        stranger.shortly,
    )
    third = add(t, {told.key: first})[0]
    t.holds("FO-083", t.exchanges[-1], third not in ids, "a second respondent of the same key without a check", third)
    chosen = t.call("add_respondents", body={"data": [{told.key: fresh(t), "respid": ids[0]}]})
    got = chosen.find("insertedIds")
    kept = row(t, ids[0])
    ignored = chosen.succeeded and isinstance(got, list) and got and got[0] != ids[0] and kept.json == one.json
    t.holds("FO-101", (chosen, kept), ignored, "a fresh respid, whatever was sent", chosen.shortly)
    later = add(t, {told.key: fresh(t)})[0]
    t.call("delete_respondents", body=keyed(["respid"], None, {"respid": later}))
    newest = add(t, {told.key: fresh(t)})[0]
    t.holds(
        "FO-071",
        t.exchanges[-3:],
        ids[0] < ids[1] < third < later < newest,
        "increasing respids, not reused after a deletion",
        [*ids, third, later, newest],
    )


@check(writes=True)
def records_are_written_as_they_are_read(t: Trial) -> None:
    """A record that was read can be sent back; empty text and null blank a datapoint."""
    told = columns(t)
    respid, key = person(t)
    before = row(t, respid)
    record = dict(before.json) if isinstance(before.json, dict) else {}
    again = t.call("update_respondents", body=keyed([told.key], [name for name in record if name != "respid"], record))
    t.judge("FO-013", again, shows(updatedRecords=1), before)
    unchanged(t, "FO-013", respid, before, again)
    for value, name in (("", told.text), (None, told.number)):
        blanked = t.call("update_respondents", body=keyed([told.key], [name], {told.key: key, name: value}))
        after = row(t, respid)
        t.holds(
            "FO-010",
            (before, blanked, after),
            after.succeeded and name not in (after.json or {}),
            f"no {name} after {value!r}",
            after.shortly,
        )
    empty = add(t, {told.key: fresh(t), told.text: "", told.date: None})[0]
    t.judge("FO-010", row(t, empty), shows({told.text: absent, told.date: absent}))


@check(writes=True)
def broken_changes_are_refused(t: Trial) -> None:
    """A body that is no JSON, lacks data, or whose data is no list is 400; empty data is a success of nothing."""
    before = total(t)
    told = columns(t)
    schema = {"dataSchema": {"keys": [told.key], "variables": [told.text]}}
    for operation in WRITES:
        for raw in (b'{"data": ', b'{"dataSchema": {"keys": ["respid"]}}'):
            t.judge("FO-015", t.call(operation, raw=raw), answers(400))
        t.judge("FO-015", t.call(operation, body={**schema, "data": {"respid": 1}}), answers(400))
        empty = t.call(operation, body={**schema, "data": []})
        counts = (
            [value for name, value in (empty.json or {}).items() if name.endswith("Records")]
            if isinstance(empty.json, dict)
            else []
        )
        t.holds("FO-016", empty, empty.succeeded and counts and not any(counts), "200 with zero counts", empty.shortly)
        unknown = t.call(
            operation,
            body={
                "dataSchema": {"keys": ["understudy_unknown"], "variables": [told.text]},
                "data": [{"understudy_unknown": "x"}],
            },
        )
        t.judge("FO-173", unknown, answers(400))
    t.judge(
        "FO-173",
        t.call("update_respondents", body=keyed([told.key], ["understudy_unknown"], {told.key: fresh(t)})),
        answers(400),
    )
    t.judge(
        "FO-117",
        t.call("update_respondents", body=keyed([told.key], ["understudy_unknown"], {told.key: fresh(t)})),
        answers(400),
    )
    after = total(t)
    t.holds("FO-015", t.exchanges[-1], after == before, f"{before} respondents as before", after)


@check(writes=True)
def known_keys_are_not_added_again(t: Trial) -> None:
    """With keys a record that exists is skipped and told, the others are inserted, and nobody is changed."""
    told = columns(t)
    respid, known = person(t)
    before = row(t, respid)
    new = fresh(t)
    made = t.call(
        "add_respondents",
        body=keyed(
            [told.key],
            [told.text],
            {told.key: known, told.text: "changed"},
            {told.key: new, told.text: "rome", told.number: 12},
        ),
    )
    for clause in ("FO-077", "FO-078"):
        t.judge(clause, made, shows(insertedRecords=1))
    t.holds("FO-079", made, list(messages(made)) == [1] and says(made, 1, EXISTS), f"row 1: {EXISTS}", made.shortly)
    t.holds("FO-081", made, len(made.find("insertedIds") or []) == 1, "one id for one record", made.shortly)
    unchanged(t, "FO-080", respid, before, made)
    got = found(t, new)
    t.holds("FO-078", made, len(got) == 1, "the other record inserted", got)
    t.holds(
        "FO-084",
        made,
        bool(got) and told.number not in got[0],
        f"no {told.number}, which dataSchema does not name",
        got,
    )
    twin = fresh(t)
    twice = t.call("add_respondents", body=keyed([told.key], [told.text], {told.key: twin}, {told.key: twin}))
    t.holds(
        "FO-082",
        twice,
        twice.find("insertedRecords") == 1 and says(twice, 2, EXISTS),
        f"one of two, row 2: {EXISTS}",
        twice.shortly,
    )
    for operation in ("add_respondents", "merge_respondents"):
        odd = t.call(operation, body=keyed(["respid"], [told.text], {"respid": 98765432, told.text: "x"}))
        ids = odd.find("insertedIds")
        good = odd.status == 400 or (odd.succeeded and 98765432 not in (ids if isinstance(ids, list) else []))
        t.holds("FO-172", odd, good, "no respondent of a respid that the caller chose", odd.shortly)


@check(writes=True)
def an_invalid_datapoint_aborts_everything(t: Trial) -> None:
    """One invalid datapoint refuses the whole call with every faulty row told, and nothing changes."""
    told = columns(t)
    key = fresh(t)
    bad = t.call(
        "add_respondents",
        body={
            "data": [
                {told.key: key, told.number: "abc"},
                {told.key: key, told.text: "fine"},
                {told.key: key, told.date: "abc", told.number: "x"},
            ]
        },
    )
    t.judge("FO-085", bad, answers(400))
    t.holds("FO-086", bad, not found(t, key), "nobody inserted", "somebody is there")
    t.holds(
        "FO-087",
        bad,
        isinstance(bad.find("message"), str) and isinstance(bad.find("validationMessages"), dict),
        "message and validationMessages",
        bad.shortly,
    )
    t.holds(
        "FO-088",
        bad,
        {"level", "rowResults"} <= set(bad.find("validationMessages") or {}),
        "level and rowResults",
        bad.shortly,
    )
    rows = messages(bad)
    parts = [each for several in rows.values() for each in several]
    t.holds(
        "FO-089",
        bad,
        bool(parts) and all({"fields", "message", "value", "severity"} <= set(each) for each in parts),
        "fields, message, value and severity",
        bad.shortly,
    )
    t.holds("FO-090", bad, 1 in rows and 0 not in rows and 3 in rows, "rows counted from 1", sorted(rows))
    t.holds("FO-091", bad, says(bad, 1, "Invalid Numeric."), "row 1: Invalid Numeric.", bad.shortly)
    t.holds("FO-092", bad, says(bad, 3, "Invalid DateTime."), "row 3: Invalid DateTime.", bad.shortly)
    t.holds("FO-093", bad, {1, 3} <= set(rows), "rows 1 and 3", sorted(rows))
    t.holds("FO-094", bad, len(rows.get(3, [])) == 2, "two messages for row 3", rows.get(3, []))
    t.holds("FO-095", bad, 2 not in rows, "no row without a fault", sorted(rows))
    t.holds(
        "FO-096",
        bad,
        bad.find("validationMessages", "level") in {"respondent", "response"},
        "level respondent",
        bad.find("validationMessages", "level"),
    )
    t.holds("FO-097", bad, True, "messages where there is a fault", "none", vacuous=not rows)
    respid, known = person(t)
    before = row(t, respid)
    for operation, clause in (("update_respondents", "FO-113"), ("merge_respondents", "FO-126")):
        refused = t.call(
            operation,
            body=keyed(
                [told.key],
                [told.text, told.number],
                {told.key: known, told.text: "new"},
                {told.key: fresh(t), told.number: "abc"},
            ),
        )
        if clause == "FO-113":
            t.judge("FO-113", refused, answers(400))
            unchanged(t, "FO-113", respid, before, refused)
        else:
            t.judge("FO-126", refused, answers(400))
            unchanged(t, "FO-126", respid, before, refused)
    deletion = t.call("delete_respondents", body=keyed(["respid"], None, {"respid": respid}, {"respid": "abc"}))
    t.judge("FO-142", deletion, answers(400))
    unchanged(t, "FO-142", respid, before, deletion)


@check(writes=True)
def values_fit_their_variables(t: Trial) -> None:
    """Numbers may come as text; a text that is too long and a boolean other than 0 and 1 are invalid."""
    told = columns(t)
    first, second = add(t, {told.key: fresh(t), told.number: "42"}, {told.key: fresh(t), told.number: 42})
    t.judge("FO-100", row(t, first), shows({told.number: 42}))
    t.judge("FO-100", row(t, second), shows({told.number: 42}))
    long = t.call("add_respondents", body={"data": [{told.key: fresh(t), told.text: "x" * 600}]})
    t.judge("FO-098", long, answers(400))
    name = t.call("add_user_variable", body={"name": t.word(), "dataType": "boolean"}).at("name")
    for value in (0, 1):
        t.judge("FO-099", t.call("add_respondents", body={"data": [{told.key: fresh(t), name: value}]}), succeeds)
    for wrong in (2, "yes"):
        for clause in ("FO-099", "FO-150"):
            t.judge(clause, t.call("add_respondents", body={"data": [{told.key: fresh(t), name: wrong}]}), answers(400))
    kept = add(t, {told.key: fresh(t), name: 1})[0]
    t.judge("FO-150", row(t, kept), shows({name: 1}))


@check(writes=True)
def respondents_are_updated_by_key(t: Trial) -> None:
    """PUT writes the listed variables of those found by key; unknown keys are told and insert nobody."""
    told = columns(t)
    respid, known = person(t)
    before = total(t)
    lost = fresh(t)
    changed = t.call(
        "update_respondents",
        body=keyed(
            [told.key],
            [told.text],
            {told.key: known, told.text: "paris", told.number: 77},
            {told.key: lost, told.text: "x"},
        ),
    )
    for clause in ("FO-102", "FO-103", "FO-110"):
        t.judge(clause, changed, shows(updatedRecords=1))
    t.holds(
        "FO-111",
        changed,
        changed.status == 200 and list(messages(changed)) == [2] and says(changed, 2, NOT_FOUND),
        f"200 with row 2: {NOT_FOUND}",
        changed.shortly,
    )
    after = row(t, respid)
    t.judge("FO-102", after, shows({told.text: "paris"}), changed)
    t.judge("FO-107", after, shows({told.number: 30}), changed)
    t.holds("FO-110", changed, not found(t, lost) and total(t) == before, "nobody inserted", "somebody is there")
    ignored = t.call(
        "update_respondents",
        body=keyed([told.key], [told.text], {told.key: known, told.text: "rome", told.number: "no number"}),
    )
    t.judge("FO-108", ignored, shows(updatedRecords=1))
    gap = t.call(
        "update_respondents", body=keyed([told.key], [told.text, told.number], {told.key: known, told.text: "bern"})
    )
    t.judge("FO-109", gap, shows(updatedRecords=1))
    t.judge("FO-109", row(t, respid), shows({told.text: "bern", told.number: 30}), gap)
    none = t.call("update_respondents", body=keyed([told.key], [told.text], {told.key: fresh(t), told.text: "x"}))
    t.judge("FO-112", none, both(answers(200), shows(updatedRecords=0)))
    keyless = t.call("update_respondents", body=keyed([told.key], [told.text], {told.text: "everybody"}))
    reported = keyless.status == 400 or (keyless.find("updatedRecords") == 0 and 1 in messages(keyless))
    t.holds("FO-116", keyless, reported, "row 1 reported, nobody updated", keyless.shortly)
    t.judge("FO-116", row(t, respid), shows({told.text: "bern"}), keyless)
    two = t.call(
        "update_respondents",
        body=keyed(
            [told.key, told.other],
            [told.text],
            {told.key: known, told.other: "another", told.text: "x"},
            {told.key: known, told.other: "a", told.text: "oslo"},
        ),
    )
    t.holds(
        "FO-114",
        two,
        two.find("updatedRecords") == 1 and says(two, 1, NOT_FOUND),
        "only where all keys match",
        two.shortly,
    )
    t.judge("FO-114", row(t, respid), shows({told.text: "oslo"}), two)


@check(writes=True)
def changes_say_what_they_are_about(t: Trial) -> None:
    """PUT and PATCH need dataSchema with keys and variables; DELETE needs it with keys."""
    told = columns(t)
    respid, known = person(t)
    before = row(t, respid)
    record: Record = {told.key: known, told.text: "x"}
    for operation in ("update_respondents", "merge_respondents"):
        bare = t.call(operation, body={"data": [record]})
        keyless = t.call(operation, body={"dataSchema": {"variables": [told.text]}, "data": [record]})
        alone = t.call(operation, body={"dataSchema": {"keys": [told.key]}, "data": [record]})
        if operation == "update_respondents":
            t.judge("FO-104", bare, answers(400))
            t.judge("FO-105", keyless, answers(400))
            t.judge("FO-106", alone, answers(400))
        else:
            for refused in (bare, keyless, alone):
                t.judge("FO-122", refused, answers(400))
    count = total(t)
    t.judge("FO-131", t.call("delete_respondents", body={"data": [{told.key: known}]}), answers(400))
    t.judge("FO-131", t.call("delete_respondents", body={"dataSchema": {}, "data": [{told.key: known}]}), answers(400))
    t.judge("FO-132", t.call("delete_respondents", raw=b""), answers(400))
    t.judge("FO-132", t.call("delete_respondents"), answers(400, 415))
    t.holds("FO-132", t.exchanges[-1], total(t) == count, f"{count} respondents as before", "fewer")
    unchanged(t, "FO-132", respid, before, t.exchanges[-2])


@check(writes=True)
def respondents_are_merged(t: Trial) -> None:
    """PATCH updates matches and inserts the rest; repeating it inserts nobody more."""
    told = columns(t)
    respid, known = person(t)
    new = fresh(t)
    body = keyed(
        [told.key],
        [told.text],
        {told.key: known, told.text: "lima", told.number: 77},
        {told.key: new, told.text: "quito", told.number: 12},
    )
    merged = t.call("merge_respondents", body=body)
    t.judge("FO-118", merged, shows(insertedRecords=1, updatedRecords=1))
    ids = merged.find("insertedIds")
    t.holds(
        "FO-119",
        merged,
        isinstance(ids, list)
        and isinstance(merged.find("insertedRecords"), int)
        and isinstance(merged.find("updatedRecords"), int),
        "insertedRecords, insertedIds and updatedRecords",
        merged.shortly,
    )
    t.holds(
        "FO-120", merged, isinstance(ids, list) and len(ids) == 1 and respid not in ids, "the inserted one alone", ids
    )
    t.judge("FO-121", merged, both(answers(200), quiet))
    got = found(t, new)
    t.holds("FO-118", merged, len(got) == 1 and got[0].get(told.text) == "quito", "the new one inserted", got)
    t.holds("FO-124", merged, bool(got) and got[0].get(told.key) == new, "its key stored", got)
    t.judge("FO-118", row(t, respid), shows({told.text: "lima"}), merged)
    t.judge("FO-123", row(t, respid), shows({told.number: 30}), merged)
    t.holds("FO-123", merged, bool(got) and told.number not in got[0], f"no {told.number} in the new one", got)
    again = t.call("merge_respondents", body=body)
    t.judge("FO-128", again, shows(insertedRecords=0, updatedRecords=2))
    t.holds(
        "FO-129",
        again,
        again.find("insertedIds") == [] and again.find("insertedRecords") == 0,
        "zero and an empty list",
        again.shortly,
    )
    only_new = t.call("merge_respondents", body=keyed([told.key], [told.text], {told.key: fresh(t), told.text: "x"}))
    t.judge("FO-129", only_new, shows(updatedRecords=0, insertedRecords=1))
    twin = fresh(t)
    twice = t.call(
        "merge_respondents",
        body=keyed([told.key], [told.text], {told.key: twin, told.text: "a"}, {told.key: twin, told.text: "b"}),
    )
    both_told = found(t, twin)
    t.holds("FO-127", twice, twice.succeeded and len(both_told) == 1, "one respondent", both_told)


@check(writes=True)
def a_shared_key_aborts(t: Trial) -> None:
    """A key value of several respondents refuses PUT, PATCH and DELETE as a whole, and nothing changes."""
    told = columns(t)
    shared = fresh(t)
    one, other = add(t, {told.key: shared, told.text: "a"}, {told.key: shared, told.text: "b"})
    respid, single = person(t)
    first, lone = row(t, one), row(t, respid)
    for operation, clause in (("update_respondents", "FO-115"), ("merge_respondents", "FO-125")):
        refused = t.call(
            operation,
            body=keyed([told.key], [told.text], {told.key: single, told.text: "x"}, {told.key: shared, told.text: "x"}),
        )
        if operation == "update_respondents":
            t.judge("FO-115", refused, answers(400))
            unchanged(t, "FO-115", one, first, refused)
            unchanged(t, "FO-115", respid, lone, refused)
        else:
            t.judge("FO-125", refused, answers(400))
            unchanged(t, "FO-125", one, first, refused)
            unchanged(t, "FO-125", respid, lone, refused)
        t.need(clause, "no clause")
    deletion = t.call(
        "delete_respondents", body=keyed([told.key], None, {told.key: single}, {told.key: shared}, {told.key: fresh(t)})
    )
    t.judge("FO-138", deletion, answers(400))
    t.holds(
        "FO-139",
        deletion,
        deletion.find("deletedRecords") == 0 and says(deletion, 2, NOT_UNIQUE),
        f"deletedRecords 0 and row 2: {NOT_UNIQUE}",
        deletion.shortly,
    )
    t.judge("FO-141", deletion, answers(400))
    unchanged(t, "FO-140", respid, lone, deletion)
    unchanged(t, "FO-140", other, row(t, other), deletion)
    unchanged(t, "FO-140", one, first, deletion)


@check(writes=True)
def respondents_are_deleted(t: Trial) -> None:
    """Respondents are deleted by respid or another key; keys not found are told while the others go."""
    told = columns(t)
    (one, _), (two, second), (three, third) = person(t), person(t), person(t)
    gone = t.call("delete_respondents", body=keyed(["respid"], None, {"respid": one}))
    for clause in ("FO-130", "FO-133", "FO-134", "FO-135"):
        t.judge(clause, gone, both(answers(200), shows(deletedRecords=1)))
    t.judge("FO-135", row(t, one), answers(404), gone)
    lost = fresh(t)
    some = t.call("delete_respondents", body=keyed([told.key], None, {told.key: lost}, {told.key: second}))
    t.judge("FO-136", some, shows(deletedRecords=1))
    t.judge("FO-136", row(t, two), answers(404), some)
    t.holds(
        "FO-137",
        some,
        some.status == 200 and list(messages(some)) == [1] and says(some, 1, NOT_FOUND),
        f"200 with row 1: {NOT_FOUND}",
        some.shortly,
    )
    twice = t.call("delete_respondents", body=keyed([told.key], None, {told.key: third}, {told.key: third}))
    t.holds("FO-143", twice, twice.find("deletedRecords") == 1, "counted once", twice.shortly)
    t.judge("FO-143", row(t, three), answers(404), twice)


@check(writes=True)
def a_user_variable_is_a_column(t: Trial) -> None:
    """A new variable can be written and read; existing respondents are blank in it."""
    told = columns(t)
    respid, _ = person(t)
    name = t.word()
    made = t.call("add_user_variable", body={"name": name, "dataType": "text", "length": 5})
    t.judge("FO-144", made, succeeds)
    t.judge("FO-155", made, both(answers(200), shows(name=name, variableType="text")))
    t.judge("FO-149", made, succeeds)
    t.holds(
        "FO-157",
        row(t, respid),
        row(t, respid).succeeded and name not in row(t, respid).json,
        "a blank for those who are there",
        row(t, respid).shortly,
    )
    written = add(t, {told.key: fresh(t), name: "fünf5"})[0]
    t.judge("FO-144", row(t, written), shows({name: "fünf5"}), made)
    t.judge("FO-149", t.call("add_respondents", body={"data": [{told.key: fresh(t), name: "sixsix"}]}), answers(400))
    marked = [each for each in t.call("list_variables").json if each.get("name") == name]
    t.holds(
        "FO-155",
        made,
        bool(marked) and str(marked[0].get("isUserVariable")).lower() == "true",
        "a column marked isUserVariable",
        marked,
    )
    default = t.call("add_user_variable", body={"name": t.word(), "dataType": "text"}).at("name")
    t.judge("FO-149", t.call("add_respondents", body={"data": [{told.key: fresh(t), default: "x" * 255}]}), succeeds)
    t.judge(
        "FO-149", t.call("add_respondents", body={"data": [{told.key: fresh(t), default: "x" * 256}]}), answers(400)
    )
    day = t.call("add_user_variable", body={"name": t.word(), "dataType": "date"}).at("name")
    t.judge("FO-151", t.call("add_respondents", body={"data": [{told.key: fresh(t), day: "2024-02-29"}]}), succeeds)
    t.judge("FO-151", t.call("add_respondents", body={"data": [{told.key: fresh(t), day: "soon"}]}), answers(400))
    number = t.call("add_user_variable", body={"name": t.word(), "dataType": "numeric", "precision": 4, "scale": 1})
    for clause in ("FO-147", "FO-146"):
        t.judge(clause, number, succeeds)
    digits = number.at("name")
    t.judge("FO-148", t.call("add_respondents", body={"data": [{told.key: fresh(t), digits: 123.4}]}), succeeds)
    for value in (12345, 1.25):
        t.judge("FO-148", t.call("add_respondents", body={"data": [{told.key: fresh(t), digits: value}]}), answers(400))
    anonymous = t.call("add_user_variable", body={"name": t.word(), "dataType": "text"}, role=None)
    t.judge("FO-156", anonymous, answers(401, 403))


@check(writes=True)
def what_is_refused_of_a_variable(t: Trial) -> None:
    """A variable needs a usable, free name and a known dataType; a numeric one precision or scale."""
    t.judge("FO-145", t.call("add_user_variable", body={"dataType": "text"}), answers(400))
    t.judge("FO-154", t.call("add_user_variable", body={"name": t.word()}), answers(400))
    for kind in ("integer", "string"):
        t.judge("FO-146", t.call("add_user_variable", body={"name": t.word(), "dataType": kind}), answers(400))
    t.judge("FO-147", t.call("add_user_variable", body={"name": t.word(), "dataType": "numeric"}), answers(400))
    for name in ("", "two words", "1st"):
        t.judge("FO-153", t.call("add_user_variable", body={"name": name, "dataType": "text"}), answers(400))
    t.judge("FO-153", t.call("add_user_variable", body={"name": columns(t).key, "dataType": "text"}), answers(409))
    t.judge(
        "FO-145",
        t.call("add_user_variable", body={"name": t.word(), "dataType": "text", "length": 9}),
        shows(name=filled),
    )


@check(writes=True)
def a_full_table_takes_no_more(t: Trial) -> None:
    """The table holds at most 1000 columns: the 1001st is a 409. Looks for a survey one column short of that."""
    survey = t.run.settings.get("nearlyFullSurveyId", "p1230999")
    listed = t.call("list_variables", path={"surveyId": survey})
    count = len(listed.json) if isinstance(listed.json, list) and listed.succeeded else 0
    t.need(
        count >= 999,
        f"no survey with 999 columns to be filled up: {survey} has {count}",
        listed,
        remedy="name one with --set nearlyFullSurveyId=VALUE",
    )
    if count == 999:
        last = t.call("add_user_variable", path={"surveyId": survey}, body={"name": t.word(), "dataType": "text"})
        t.judge("FO-152", last, succeeds)
    t.judge(
        "FO-152",
        t.call("add_user_variable", path={"surveyId": survey}, body={"name": t.word(), "dataType": "text"}),
        answers(409),
    )
