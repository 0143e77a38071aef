"""Filters: which are available, whether chosen ones are valid, who passes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import orjson

from understudy.mock_server.behaviours.prolific.access import me, my_workspaces, workspace_at, workspace_named
from understudy.mock_server.behaviours.prolific.lists import flag, page_from
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import BadRequestError, FieldError, field_error
from understudy.mock_server.http.validation_errors import MAX_FIELD_ERRORS, one_of
from understudy.mock_server.store import Where

Passes = Callable[[Record], bool]

SELECT = ("filter_id", "type", "title", "question", "description", "data_type", "choices")
RANGE = ("filter_id", "type", "title", "question", "description", "data_type", "min", "max")
DETAILED = ("tags", "category", "subcategory", "display_order", "researcher_help_text", "participant_help_text")

_ID = re.compile(r"[0-9a-f]{24}")

#: Data types of filters whose values are ids, not answers of participants.
ID_TYPES = frozenset({"ParticipantGroupID", "ParticipantID", "StudyID"})

#: Participants of a study that gave their place back did not take part in it.
_TOOK_PART = ["ACTIVE", "APPROVED", "AWAITING REVIEW", "REJECTED", "RESERVED", "UNKNOWN"]


@operation
async def list_filters(call: Call) -> Reply:
    """The available filters; choices that are ids are those of the caller's studies and groups."""
    state = call.state
    workspace = call.query.get("workspace_id")
    ids = [(await workspace_at(state, workspace))["id"]] if workspace else [w["id"] for w in await my_workspaces(state)]
    studies = [orjson.loads(body) for body in await state.tx.bodies(state.resources["study"].table, {"workspace": ids})]
    names = {
        "StudyID": {study["id"]: study["name"] for study in studies},
        "ParticipantGroupID": {
            group["id"]: group["name"]
            for group in await state.find("participant_group", {"workspace_id": ids, "is_deleted": False})
        },
    }
    detailed = DETAILED if flag(call.query.get("detailed")) else ()

    async def show(definition: Record) -> dict[str, Any]:
        shown = {name: definition[name] for name in ((RANGE if definition["type"] == "range" else SELECT) + detailed)}
        if definition["data_type"] in names:
            shown["choices"] = names[definition["data_type"]]
        return shown

    return await page_from(call, await state.find("filter"), show)


@operation
async def count_eligible_participants(call: Call) -> Reply:
    """How many participants pass every filter."""
    state, body = call.state, call.body
    workspace_id = body.get("workspace_id")
    if workspace_id is None:
        workspace_id = (await me(state))["current_workspace_id"]
    workspace = await workspace_named(state, workspace_id)
    organisation = body.get("organisation_id")
    if organisation is not None and organisation != (await me(state))["organisation_id"]:
        raise field_error("organisation_id", "is not your organisation")
    filters = await checked(state, body["filters"])
    return Reply(200, {"count": await how_many(state, filters, workspace)})


async def checked(state: State, filters: Sequence[Record], name: str = "filters") -> list[Record]:
    """Filters as they are stored. Raises BadRequestError with everything that is wrong with them."""
    known = await _known(state)
    field_errors: list[FieldError] = []
    accepted = []
    for place, each in enumerate(filters):
        definition = known.get(each["filter_id"])
        if definition is None:
            field_errors.append(FieldError(f"{name}.{place}.filter_id", f"does not name a filter: {each['filter_id']}"))
            continue
        wrong = _range_faults(definition, each) if definition["type"] == "range" else _select_faults(definition, each)
        field_errors += [FieldError(f"{name}.{place}.{member}", message) for member, message in wrong]
        if not wrong:
            accepted.append(_stored(definition, each))
    if field_errors:
        raise BadRequestError(field_errors=field_errors)
    return accepted


def readable(data_type: str, value: Any, low: Any = None, high: Any = None) -> bool:
    """Whether a value has a range's type and lies within the given bounds."""
    read = _value(data_type)
    try:
        known = read(value)
        return (low is None or read(low) <= known) and (high is None or known <= read(high))
    except ValueError:
        return False


async def how_many(state: State, filters: Sequence[Record], workspace: Record | None) -> int:
    """How many participants pass all filters; 0 when there are fewer than may be disclosed."""
    known = await _known(state)
    of_ids = [each for each in filters if known[each["filter_id"]]["data_type"] in ID_TYPES]
    of_properties = [each for each in filters if each not in of_ids]
    properties = sorted({*_bound_by(workspace), *(each["filter_id"] for each in of_properties)})
    # Without a property to filter by, participants are counted by one that has few values.
    properties = properties or ["country"]
    passes = await passing(state, of_properties, workspace)

    async def among(where: Where) -> int:
        tally = await state.tally("participant", properties, where)
        return sum(count for values, count in tally.items() if passes(dict(zip(properties, values, strict=True))))

    let_in, shut_out = None, frozenset[str]()
    for each in of_ids:
        definition = known[each["filter_id"]]
        people = await _people(state, definition["data_type"], sorted(set(each["selected_values"])))
        if definition["rule"] == "allow":
            let_in = people if let_in is None else let_in & people
        else:
            shut_out |= people
    if let_in is not None:
        count = await among({"id": sorted(let_in - shut_out)})
    else:
        count = await among({}) - (await among({"id": sorted(shut_out)}) if shut_out else 0)
    return count if count >= state.resources.contract.settings["smallest_count"] else 0


async def passing(state: State, filters: Sequence[Record], workspace: Record | None) -> Passes:
    """Whether a participant passes all filters, and may take part in studies of a workspace at all."""
    known = await _known(state)
    rules = [await _rule(state, known[each["filter_id"]], each) for each in filters]
    if _bound_by(workspace):
        rules.append(lambda person: person["country"] == "US")
    return lambda person: all(rule(person) for rule in rules)


def _bound_by(workspace: Record | None) -> tuple[str, ...]:
    """The properties of participants that a workspace is bound by, whatever the filters say.

    The tax laws of the United States: people who live elsewhere cannot be paid from there.
    """
    return ("country",) if workspace is not None and workspace["country"] == "US" else ()


async def _known(state: State) -> dict[str, Record]:
    """The available filters, by their ids."""
    return {definition["filter_id"]: definition for definition in await state.find("filter")}


async def _rule(state: State, definition: Record, each: Record) -> Passes:
    name = definition["filter_id"]
    if definition["type"] == "range":
        low, high = _bounds(definition, each["selected_range"])
        value = _value(definition["data_type"])
        return lambda person: low <= value(person[name]) <= high
    values = frozenset(each["selected_values"])
    if definition["data_type"] == "ChoiceID":
        return lambda person: person[name] in values
    people = await _people(state, definition["data_type"], sorted(values))
    allowed = definition["rule"] == "allow"
    return lambda person: (person["id"] in people) is allowed


async def _people(state: State, data_type: str, ids: list[str]) -> frozenset[str]:
    """The participants that ids of a kind stand for."""
    if data_type == "StudyID":
        where = {"study_id": ids, "status": _TOOK_PART}
        return frozenset(submission["participant"] for submission in await state.find("submission", where))
    if data_type == "ParticipantGroupID":
        members = await state.find("membership", {"group_id": ids})
        return frozenset(membership["participant_id"] for membership in members)
    return frozenset(ids)


def _select_faults(definition: Record, each: Record) -> list[tuple[str, str]]:
    values = each.get("selected_values")
    if not isinstance(values, list):
        return [("selected_values", f"is required: {definition['filter_id']} is a select filter")]
    if definition["data_type"] == "ChoiceID":
        wrong = [place for place, value in enumerate(values) if value not in definition["choices"]]
        message = one_of(definition["choices"])
    else:
        wrong = [place for place, value in enumerate(values) if not _ID.fullmatch(value)]
        message = "must be an id of 24 hexadecimal digits"
    return [(f"selected_values.{place}", message) for place in wrong[:MAX_FIELD_ERRORS]]


def _range_faults(definition: Record, each: Record) -> list[tuple[str, str]]:
    chosen = each.get("selected_range")
    if not isinstance(chosen, Mapping):
        return [("selected_range", f"is required: {definition['filter_id']} is a range filter")]
    sent = {name: chosen[name] for name in ("lower", "upper") if chosen.get(name) is not None}
    if not sent:
        return [("selected_range", "needs a lower or an upper bound")]
    value = _value(definition["data_type"])
    field_errors = []
    for name, bound in sent.items():
        try:
            inside = value(definition["min"]) <= value(bound) <= value(definition["max"])
        except ValueError:
            kind = "a whole number" if definition["data_type"] == "integer" else "an ISO 8601 date"
            field_errors.append((f"selected_range.{name}", f"must be {kind}"))
        else:
            if not inside:
                field_errors.append(
                    (f"selected_range.{name}", f"must be between {definition['min']} and {definition['max']}")
                )
    if not field_errors and len(sent) == 2 and value(sent["lower"]) > value(sent["upper"]):
        field_errors.append(("selected_range.lower", "must not be above upper"))
    return field_errors


def _stored(definition: Record, each: Record) -> Record:
    """A filter with only its own members; a bound of null becomes the filter's own."""
    if definition["type"] == "select":
        stored = {"filter_id": each["filter_id"], "selected_values": each["selected_values"]}
        return {**stored, "weightings": each["weightings"]} if each.get("weightings") else stored
    own = {"lower": definition["min"], "upper": definition["max"]}
    chosen = each["selected_range"]
    bounds = {name: own[name] if chosen[name] is None else chosen[name] for name in own if name in chosen}
    return {"filter_id": each["filter_id"], "selected_range": bounds}


def _bounds(definition: Record, chosen: Record) -> tuple[Any, Any]:
    value = _value(definition["data_type"])
    low, high = chosen.get("lower"), chosen.get("upper")
    return value(definition["min"] if low is None else low), value(definition["max"] if high is None else high)


def _value(data_type: str) -> Callable[[Any], Any]:
    return _whole if data_type == "integer" else _day


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise ValueError(value)
    return int(value)


def _day(value: Any) -> date:
    if not isinstance(value, str):
        raise ValueError(value)
    return datetime.fromisoformat(value).date()
