"""The respondent table of the survey under test: the columns that a check may use, and how rows are made and removed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from understudy.conformance.evidence.errors import PrerequisiteError
from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.http.cleanup import CreatedObject, reader, remover
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.finder import finder
from understudy.conformance.judging.generated_cases import risky
from understudy.conformance.judging.samples import sample

DATA = "list_respondents"
Record = dict[str, Any]


#: What helps where the survey lacks a variable.
REMEDY = "name another survey with --set surveyId=VALUE, or variables with --set {}=NAME"


@dataclass(frozen=True, slots=True)
class Columns:
    """One variable of each kind: a text that serves as key, two further texts, and a number and a date if there are such."""

    key: str
    text: str
    other: str
    numeric: str | None
    dated: str | None

    @property
    def number(self) -> str:
        """The numeric variable; stops the check if the survey has none."""
        if self.numeric is None:
            remedy = REMEDY.format("numberVariable")
            raise PrerequisiteError("the survey has no numeric variable besides respid", remedy=remedy)
        return self.numeric

    @property
    def date(self) -> str:
        """The date variable; stops the check if the survey has none."""
        if self.dated is None:
            raise PrerequisiteError("the survey has no date variable", remedy=REMEDY.format("dateVariable"))
        return self.dated

    @property
    def names(self) -> set[str]:
        """All of them."""
        return {self.key, self.text, self.other, *(name for name in (self.numeric, self.dated) if name is not None)}


def schema(ctx: CheckContext) -> list[Record]:
    """The columns that the target lists; none if it does not, since the source names no address for them."""
    exchange = ctx.call("list_variables")
    if not exchange.succeeded or not isinstance(exchange.json, list):
        return []
    return [each for each in exchange.json if isinstance(each, dict) and isinstance(each.get("name"), str)]


def _kinds(ctx: CheckContext) -> dict[str, list[str]]:
    """The names of the respondent columns by kind: as the target lists them, or as its records show them."""
    found: dict[str, list[str]] = {"text": [], "numeric": [], "date": []}
    listed = schema(ctx)
    for each in listed:
        if each.get("level", "respondent") == "respondent" and each["name"] != "respid":
            found.setdefault(str(each.get("variableType")), []).append(each["name"])
    if listed:
        return found
    page = ctx.call(DATA, query={"pageSize": 200})
    values: dict[str, list[Any]] = {}
    for record in ctx.items(ctx.contract.operations[DATA], page):
        for name, value in record.items():
            values.setdefault(name, []).append(value)
    for name, given in values.items():
        if name != "respid":
            kind = "date" if all(map(is_date, given)) else "numeric" if all(map(is_number, given)) else "text"
            found[kind].append(name)
    return found


def columns(ctx: CheckContext) -> Columns:
    """Columns of the survey that checks can use; settings such as `keyVariable` name others."""

    def find() -> Columns:
        settings = ctx.run.settings
        wanted = ("keyVariable", "textVariable", "otherVariable")
        names = {} if {*wanted, "numberVariable", "dateVariable"} <= set(settings) else _kinds(ctx)
        texts = names.get("text", [])
        texts = sorted(texts, key=lambda name: (name != "email", texts.index(name)))
        remedy = REMEDY.format("=NAME --set ".join(wanted))
        enough = len(texts) >= 3 or set(wanted) <= set(settings)
        ctx.need(enough, "the survey has fewer than three text variables", remedy=remedy)
        return Columns(
            settings.get("keyVariable") or texts[0],
            settings.get("textVariable") or texts[2],
            settings.get("otherVariable") or texts[1],
            settings.get("numberVariable") or next(iter(names.get("numeric", ())), None),
            settings.get("dateVariable") or next(iter(names.get("date", ())), None),
        )

    found = ctx.once("columns", find)
    assert isinstance(found, Columns)
    return found


def new_key(ctx: CheckContext) -> str:
    """A key value that no respondent has."""
    return f"{ctx.word()}@understudy.example"


def add(ctx: CheckContext, *records: Record) -> list[int]:
    """Insert records and return their respids."""
    made = ctx.call("add_respondents", body={"data": list(records)})
    ids = made.find("insertedIds")
    ctx.rely(
        made.succeeded and isinstance(ids, list) and len(ids) == len(records) and all(map(_numeric, ids)),
        f"respondents could not be added: {made.summary}",
        made,
    )
    return [int(each) for each in ids]


def _numeric(respid: Any) -> bool:
    """Whether it is a respid: a number, or a text with one."""
    return re.fullmatch("[0-9]{1,18}", str(respid)) is not None


def new_respondent(ctx: CheckContext, **more: Any) -> tuple[int, str]:
    """A new respondent: its respid and key value."""
    column = columns(ctx)
    key = new_key(ctx)
    values = {column.key: key, column.text: "oslo", column.other: "a", column.numeric: 30, column.dated: "1990-05-17"}
    there = {name: value for name, value in values.items() if name is not None}
    return add(ctx, {**there, **more})[0], key


def read_respondent(ctx: CheckContext, respid: Any) -> Exchange:
    """One respondent, read."""
    return ctx.call("read_respondent", path={"respId": respid})


def respondents_with_key(ctx: CheckContext, key: str) -> list[Record]:
    """The respondents with a key value."""
    column = columns(ctx)
    exchange = ctx.call(DATA, query={"filterExpression": f"respondent:{column.key}='{key}'", "pageSize": 100})
    items = exchange.find("items")
    ctx.rely(isinstance(items, list), f"respondents cannot be found by key: {exchange.summary}", exchange)
    # A filter that keeps too many is reported by the clauses on filters.
    return [each for each in items if isinstance(each, dict) and each.get(column.key) == key]


def keyed_body(keys: list[str], variables: list[str] | None, *records: Record) -> dict[str, Any]:
    """The body of a change by key."""
    schema: dict[str, Any] = {"keys": keys}
    if variables is not None:
        schema["variables"] = variables
    return {"dataSchema": schema, "data": list(records)}


@finder("forsta", "respId")
def _respid(ctx: CheckContext) -> str:
    page = ctx.call(DATA, query={"pageSize": 100})
    items = page.find("items")
    ctx.need(isinstance(items, list) and items, "the survey has no respondents", page)
    mine = [str(each["respid"]) for each in items if str(each.get("respid")) not in ctx.run.cleanup.made]
    ctx.need(mine, "the survey has no respondents", page)
    return str(ctx.random.choice(mine))


@sample("forsta", "add_respondents")
def _addition(ctx: CheckContext) -> dict[str, Any]:
    return {"body": {"data": [{columns(ctx).key: new_key(ctx)}]}}


@sample("forsta", "update_respondents", "merge_respondents")
def _change(ctx: CheckContext) -> dict[str, Any]:
    _, key = ctx.once("person", lambda: new_respondent(ctx))
    return {
        "body": keyed_body(
            [columns(ctx).key], [columns(ctx).text], {columns(ctx).key: key, columns(ctx).text: "bergen"}
        )
    }


@sample("forsta", "delete_respondents")
def _deletion(ctx: CheckContext) -> dict[str, Any]:
    return {"body": keyed_body(["respid"], None, {"respid": new_respondent(ctx)[0]})}


@sample("forsta", "add_user_variable")
def _variable(ctx: CheckContext) -> dict[str, Any]:
    return {"body": {"name": ctx.word(), "dataType": "text", "length": 20}}


@sample("forsta", "create_token")
def _login(ctx: CheckContext) -> dict[str, Any]:
    settings = ctx.run.settings
    form = {
        "grant_type": "api-user",
        "scope": "pub.surveys",
        "client_id": settings.get("clientId", "understudy"),
        "client_secret": settings.get("clientSecret", "understudy"),
    }
    return {"form": form}


@reader("forsta")
def _made(exchange: Exchange) -> list[tuple[str, str]]:
    ids = exchange.find("insertedIds")
    if isinstance(ids, list):
        return [("respondent", str(each)) for each in ids]
    if exchange.request.operation == "add_user_variable" and isinstance(exchange.find("name"), str):
        return [("variable", str(exchange.find("name")))]
    return []


@remover("forsta", "respondent")
def _remove(group: list[CreatedObject]) -> dict[str, Any]:
    """Delete all respondents that a check made, in one call."""
    body = keyed_body(["respid"], None, *({"respid": int(each.name)} for each in group))
    headers = [("Content-Type", "application/json")]
    return {
        "method": "DELETE",
        "path": group[0].exchange.request.place,
        "headers": headers,
        "body": json.dumps(body).encode(),
        "operation": "delete_respondents",
    }


# So that a real survey does not fill up with columns that cannot be removed.
risky("forsta", "add_user_variable")


@remover("forsta", "variable")
def _cannot(group: list[CreatedObject]) -> None:
    """A user variable stays: the API has no way to remove a column."""
    del group


def is_number(value: Any) -> bool:
    """Whether a value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def holds_number(value: Any, wanted: float) -> bool:
    """Whether a value read back is this number, as a number or as a text; how numbers read is open."""
    try:
        return float(value) == wanted
    except (TypeError, ValueError):
        return False


def part_of(record: Any, column: Columns) -> Record:
    """The datapoints of a record in the columns that checks use; a survey may keep others of its own."""
    names = {"respid", *column.names}
    return {name: value for name, value in record.items() if name in names} if isinstance(record, dict) else {}


def is_date(value: Any) -> bool:
    """Whether a value looks like a date."""
    return isinstance(value, str) and re.match(r"\d{4}-\d{2}-\d{2}", value) is not None
