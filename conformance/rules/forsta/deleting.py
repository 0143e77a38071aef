"""Deleting respondents by key."""

from __future__ import annotations

from typing import Any

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import answers, both, refuses_somehow, shows
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.forsta.adding import unchanged
from understudy.conformance.rules.forsta.lists import lines, matching, stream
from understudy.conformance.rules.forsta.messages import (
    NOT_FOUND,
    NOT_UNIQUE,
    errors,
    has_message,
    messages,
    names_its_value,
)
from understudy.conformance.rules.forsta.table import add, columns, keyed_body, new_key, new_respondent, read_respondent


def _delete(ctx: CheckContext, name: str, *values: Any) -> Exchange:
    return ctx.call("delete_respondents", body=keyed_body([name], None, *({name: value} for value in values)))


@check("FO-130", "FO-133", "FO-134", "FO-135", "FO-136", "FO-137", "FO-183", "FO-184", "FO-187", writes=True)
def respondents_are_deleted(ctx: CheckContext) -> None:
    """Respondents are deleted by respid or another key; keys that are not found are reported, and the others are deleted."""
    column = columns(ctx)
    (one, first), (two, second), (beside, _) = new_respondent(ctx), new_respondent(ctx), new_respondent(ctx)
    bystander = read_respondent(ctx, beside)
    gone = _delete(ctx, "respid", one)
    for clause in ("FO-130", "FO-133", "FO-134", "FO-135"):
        ctx.judge(clause, gone, both(answers(200), shows(deletedRecords=1)))
    ctx.rely(gone.succeeded, f"nobody could be deleted: {gone.summary}", gone)
    ctx.judge("FO-135", read_respondent(ctx, one), answers(404), gone)
    _no_trace(ctx, gone, one, first)
    lost = new_key(ctx)
    some = _delete(ctx, column.key, lost, second)
    ctx.judge("FO-136", some, shows(deletedRecords=1))
    ctx.judge("FO-136", read_respondent(ctx, two), answers(404), some)
    reported = some.status == 200 and 1 in messages(some) and not errors(some, 2)
    ctx.holds("FO-137", some, reported, "200 with row 1 in validationMessages", some.summary)
    if messages(some).get(1):
        ctx.holds("FO-183", some, has_message(some, 1, NOT_FOUND), f"row 1: {NOT_FOUND}", some.summary)
        named = names_its_value(some, 1, column.key, lost)
        ctx.holds("FO-184", some, named, f"{column.key} in fields and {lost} as value", messages(some))
    unchanged(ctx, "FO-187", beside, bystander, some)


def _no_trace(ctx: CheckContext, gone: Exchange, respid: int, key: str) -> None:
    """A deleted respondent is in no page, no stream and no count."""
    expression = f"respondent:{columns(ctx).key}='{key}'"
    items, pages = matching(ctx, expression)
    left = [each for each in items if each.get("respid") == respid]
    ctx.holds("FO-187", (gone, pages[0]), not left, "no such respondent in a page", left)
    count = pages[0].find("totalCount")
    ctx.holds("FO-187", (gone, pages[0]), count == len(items), f"totalCount {len(items)}", count)
    streamed = stream(ctx, filterExpression=expression)
    left = [each for each in lines(streamed) if isinstance(each, dict) and each.get("respid") == respid]
    ctx.holds("FO-187", (gone, streamed), not left, "no such respondent in the stream", left)
    single = read_respondent(ctx, respid)
    ctx.judge("FO-187", single, refuses_somehow, gone)


@check("FO-143", "FO-176", writes=True)
def nobody_is_deleted_twice(ctx: CheckContext) -> None:
    """A respondent who is named twice in one call is counted once."""
    column = columns(ctx)
    respid, key = new_respondent(ctx)
    twice = _delete(ctx, column.key, key, key)
    count = twice.find("deletedRecords")
    ctx.holds("FO-143", twice, count == 1, "the respondent counted once", twice.summary)
    more = isinstance(count, int) and count > 1
    ctx.holds("FO-176", twice, not more, "no more than one deleted record", twice.summary)
    ctx.judge("FO-143", read_respondent(ctx, respid), answers(404), twice)


@check("FO-131", "FO-132", writes=True)
def deletions_need_keys(ctx: CheckContext) -> None:
    """A DELETE without keys, or without a body, is refused and deletes nobody."""
    column = columns(ctx)
    respid, known = new_respondent(ctx)
    before = read_respondent(ctx, respid)
    for body in ({"data": [{column.key: known}]}, {"dataSchema": {}, "data": [{column.key: known}]}):
        refused = ctx.call("delete_respondents", body=body)
        ctx.judge("FO-131", refused, refuses_somehow)
        unchanged(ctx, "FO-131", respid, before, refused)
    for raw in (b"", None):
        refused = ctx.call("delete_respondents", raw=raw)
        ctx.judge("FO-132", refused, refuses_somehow)
        unchanged(ctx, "FO-132", respid, before, refused)


@check("FO-138", "FO-139", "FO-140", "FO-141", "FO-188", writes=True)
def a_shared_key_aborts_the_deletion(ctx: CheckContext) -> None:
    """A key value that several respondents share makes the whole DELETE fail with 400, and nobody is deleted."""
    column = columns(ctx)
    shared = new_key(ctx)
    one, other = add(ctx, {column.key: shared, column.text: "a"}, {column.key: shared, column.text: "b"})
    respid, single = new_respondent(ctx)
    before = [read_respondent(ctx, each) for each in (one, other, respid)]
    deletion = _delete(ctx, column.key, single, shared)
    ctx.judge("FO-138", deletion, answers(400))
    for name, exchange in zip((one, other, respid), before, strict=True):
        unchanged(ctx, "FO-140", name, exchange, deletion)
    if deletion.status == 400:
        zero = deletion.find("deletedRecords") == 0
        reported = any(has_message(deletion, number, NOT_UNIQUE) for number in messages(deletion))
        ctx.holds("FO-139", deletion, zero and reported, f"deletedRecords 0 and {NOT_UNIQUE}", deletion.summary)
        named = names_its_value(deletion, 2, column.key, shared)
        ctx.holds("FO-188", deletion, named, f"row 2 with {column.key} and {shared}", messages(deletion))
    else:
        ctx.lacks(("FO-139", "FO-188"), "a DELETE that is refused with 400", deletion)
    mixed = _delete(ctx, column.key, shared, new_key(ctx))
    ctx.judge("FO-141", mixed, answers(400))
