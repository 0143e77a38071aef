"""Columns of the respondent table: which the user may add, what they hold, and how a list marks them."""

from __future__ import annotations

from typing import Any

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import answers, refuses_somehow, shows, succeeds
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.forsta.reading import MARKS
from understudy.conformance.rules.forsta.table import (
    columns,
    holds_number,
    new_key,
    new_respondent,
    read_respondent,
    schema,
)


def _new(ctx: CheckContext, kind: str, **more: Any) -> tuple[str, Exchange]:
    """A column that was added, by its name."""
    name = ctx.word()
    return name, ctx.call("add_user_variable", body={"name": name, "dataType": kind, **more})


def _column(ctx: CheckContext, kind: str, **more: Any) -> str:
    """A new column on which the rest depends."""
    name, made = _new(ctx, kind, **more)
    ctx.rely(made.succeeded, f"a column of type {kind} could not be added: {made.summary}", made)
    return name


def _put(ctx: CheckContext, name: str, value: Any) -> Exchange:
    """A respondent with a value in a column is added."""
    return ctx.call("add_respondents", body={"data": [{columns(ctx).key: new_key(ctx), name: value}]})


def _back(ctx: CheckContext, made: Exchange, name: str) -> tuple[Exchange, Any]:
    """What a column of a respondent that was added reads."""
    respid = made.find("insertedIds", 0)
    single = read_respondent(ctx, respid) if made.succeeded and isinstance(respid, int | str) else made
    return single, single.find(name)


@check("FO-098", "FO-144", "FO-149", "FO-155", "FO-157", writes=True)
def a_user_variable_is_a_column(ctx: CheckContext) -> None:
    """A new variable can be written and read; existing respondents have no value for it."""
    respid, _ = new_respondent(ctx)
    name, made = _new(ctx, "text", length=5)
    ctx.judge("FO-144", made, succeeds)
    ctx.rely(made.succeeded, f"no column could be added: {made.summary}", made)
    ctx.judge("FO-155", made, shows(name=name, variableType="text"))
    existing = read_respondent(ctx, respid)
    blank = existing.succeeded and name not in (existing.json or {})
    ctx.holds("FO-157", existing, blank, "no value for existing respondents", existing.summary)
    written = _put(ctx, name, "fünf5")
    single, value = _back(ctx, written, name)
    for clause in ("FO-144", "FO-149"):
        ctx.holds(clause, (made, written, single), value == "fünf5", "fünf5 when read", single.summary)
    long = _put(ctx, name, "sixsix")
    ctx.judge("FO-098", long, refuses_somehow)
    default = _column(ctx, "text")
    written = _put(ctx, default, "ü" * 255)
    single, value = _back(ctx, written, default)
    ctx.holds("FO-149", (written, single), value == "ü" * 255, "255 characters when read", single.summary)
    ctx.judge("FO-098", _put(ctx, default, "x" * 256), refuses_somehow)


@check("FO-099", "FO-100", "FO-146", "FO-148", "FO-150", "FO-151", "FO-178", "FO-179", writes=True)
def values_fit_their_variables(ctx: CheckContext) -> None:
    """The four types take what fits them and refuse what does not."""
    number = _put(ctx, columns(ctx).number, 42)
    single, value = _back(ctx, number, columns(ctx).number)
    ctx.holds("FO-100", (number, single), holds_number(value, 42), "42 when read", single.summary)
    for kind, more in (("text", {}), ("numeric", {"precision": 8}), ("date", {}), ("boolean", {})):
        ctx.judge("FO-146", _new(ctx, kind, **more)[1], succeeds)
    flag = _column(ctx, "boolean")
    for given in (0, 1):
        put = _put(ctx, flag, given)
        ctx.judge("FO-099", put, succeeds)
        single, value = _back(ctx, put, flag)
        kept = holds_number(value, given) or value is bool(given)
        ctx.holds("FO-150", (put, single), kept, f"{given} when read", single.summary)
    ctx.judge("FO-179", _put(ctx, flag, "perhaps"), refuses_somehow)
    digits = _column(ctx, "numeric", precision=4, scale=1)
    for fit in (123.4, -1.5, 7):
        put = _put(ctx, digits, fit)
        single, value = _back(ctx, put, digits)
        ctx.holds("FO-148", (put, single), holds_number(value, fit), f"{fit} when read", single.summary)
    ctx.judge("FO-178", _put(ctx, digits, 1234567), refuses_somehow)
    day = _column(ctx, "date")
    put = _put(ctx, day, "2024-02-29")
    single, value = _back(ctx, put, day)
    same = isinstance(value, str) and value.startswith("2024-02-29")
    ctx.holds("FO-151", (put, single), same, "2024-02-29 when read", single.summary)
    ctx.judge("FO-151", _put(ctx, day, "soon"), refuses_somehow)


@check("FO-145", "FO-147", "FO-153", "FO-154", "FO-156", "FO-177", writes=True)
def invalid_variables_are_refused(ctx: CheckContext) -> None:
    """A variable needs a name that is not taken and a known dataType; a numeric one needs precision or scale."""
    name, made = _new(ctx, "text", length=9)
    ctx.judge("FO-145", made, succeeds)
    # Where nothing can be added, a refusal shows nothing.
    ctx.rely(made.succeeded, f"no column could be added: {made.summary}", made)
    ctx.judge("FO-153", ctx.call("add_user_variable", body={"name": name, "dataType": "date"}), refuses_somehow)
    for body in ({"dataType": "text"}, {"name": ctx.word()}):
        ctx.judge("FO-154", ctx.call("add_user_variable", body=body), refuses_somehow)
    ctx.judge("FO-177", _new(ctx, "understudy")[1], refuses_somehow)
    for more in ({"precision": 8}, {"scale": 2}):
        ctx.judge("FO-147", _new(ctx, "numeric", **more)[1], succeeds)
    ctx.judge("FO-147", _new(ctx, "numeric")[1], refuses_somehow)
    anonymous = ctx.call("add_user_variable", body={"name": ctx.word(), "dataType": "text"}, role=None)
    ctx.judge("FO-156", anonymous, refuses_somehow)


@check("FO-152", writes=True)
def a_full_table_takes_no_more(ctx: CheckContext) -> None:
    """The table holds at most 1000 columns: the 1001st is refused with 409. Needs a survey with 999 columns."""
    survey = ctx.run.settings.get("nearlyFullSurveyId", "p1230999")
    listed = ctx.call("list_variables", path={"surveyId": survey})
    count = len(listed.json) if isinstance(listed.json, list) and listed.succeeded else 0
    ctx.need(
        count >= 999,
        f"there is no survey with 999 columns: {survey} has {count}",
        listed,
        remedy="name one with --set nearlyFullSurveyId=VALUE",
    )

    def more() -> Exchange:
        body = {"name": ctx.word(), "dataType": "text"}
        return ctx.call("add_user_variable", path={"surveyId": survey}, body=body)

    if count == 999:
        ctx.judge("FO-152", more(), succeeds)
    ctx.judge("FO-152", more(), answers(409))


@check("FO-158", "FO-159", "FO-160", "FO-161", "FO-162")
def columns_are_marked(ctx: CheckContext) -> None:
    """A column has a name, a variableType and a mark of its origin."""
    exchange = ctx.call("list_variables")
    ctx.need(exchange.succeeded, f"the target does not list its columns: {exchange.summary}", exchange)
    shown = exchange.json if isinstance(exchange.json, list) else []
    bad = [each for each in shown if not isinstance(each, dict) or not {"name", "variableType"} <= set(each)]
    ctx.holds("FO-158", exchange, not bad and bool(shown), "name and variableType on each column", bad[:2] or "none")
    listed = schema(ctx)
    respid = next((each for each in listed if each["name"] == "respid"), {})
    marked = str(respid.get("isSystemVariable")).lower() == "true"
    ctx.holds("FO-159", exchange, marked, "respid marked isSystemVariable", respid, vacuous=not respid)
    background = [each for each in listed if "isBackground" in each]
    ctx.holds("FO-160", exchange, background, "columns marked isBackground", "none")
    bare = [each["name"] for each in listed if not any(mark in each for mark in MARKS)]
    ctx.holds("FO-161", exchange, not bare, "a mark on each column", bare[:3])
    values = {str(each[mark]) for each in listed for mark in MARKS if mark in each}
    ctx.holds("FO-162", exchange, values <= {"true"}, 'marks with the value "true"', sorted(values))
