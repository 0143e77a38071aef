"""Writing respondents in bulk: add, update, merge and delete by key, the whole call or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from understudy.mock_server.behaviours.forsta.rows import EXISTS, MISSING, NOT_FOUND, NOT_UNIQUE, Key, Messages, Rows
from understudy.mock_server.behaviours.forsta.surveys import Datapoints, Survey, survey_of
from understudy.mock_server.behaviours.forsta.values import BLANK
from understudy.mock_server.behaviours.forsta.variables import Variable
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.http.errors import BadRequestError


@dataclass(slots=True)
class Target:
    """A respondent that a call reads, changes or creates; `seq` is its place in the store, None for a new one."""

    datapoints: Datapoints
    seq: int | None = None

    def write(self, row: Datapoints, variables: Iterable[Variable]) -> None:
        """Set the listed variables that the row has; a blank takes the value away, a gap leaves it."""
        for variable in variables:
            if variable.name not in row:
                continue
            value = row[variable.name]
            if value is BLANK:
                self.datapoints.pop(variable.name, None)
            else:
                self.datapoints[variable.name] = value


@dataclass(slots=True)
class Changes:
    """What a call does to a survey, gathered before anything is written."""

    survey: Survey
    made: list[Target] = field(default_factory=list)
    changed: dict[int, Target] = field(default_factory=dict)
    gone: list[int] = field(default_factory=list)

    async def write(self) -> list[int]:
        """Write everything; the respids of the new respondents in order."""
        survey = self.survey
        state = survey.state
        respondents = state.resources["respondent"]
        last = await survey.last_respid()
        first_seq = await state.tx.take(respondents.table.name, len(self.made)) if self.made else 0
        for place, found in enumerate(self.made):
            found.seq = first_seq + place
            found.datapoints["respid"] = last + 1 + place
        written = [
            respondents.row(_seq(found), self._record(found), {}) for found in (*self.made, *self.changed.values())
        ]
        if written:
            await state.tx.put(respondents.table, written)
        if self.gone:
            await state.tx.remove(respondents.table, [survey.row_id(respid) for respid in self.gone])
        if self.made or self.gone:
            # Kept also after a deletion, or the highest respid would be given again.
            await state.save("survey", {**survey.record, "last_respid": last + len(self.made)})
        return [found.datapoints["respid"] for found in self.made]

    def _record(self, found: Target) -> dict[str, Any]:
        datapoints = {
            name: found.datapoints[name] for name in sorted(found.datapoints, key=self.survey.columns.__getitem__)
        }
        return {
            "id": self.survey.row_id(datapoints["respid"]),
            "survey_id": self.survey.id,
            "datapoints": datapoints,
        }


@operation
async def add_respondents(call: Call) -> Reply:
    """Create a respondent from each record; with keys, only from those whose key is new."""
    survey = await survey_of(call)
    keys = _keys(survey, call.body)
    variables = _variables(survey, call.body)
    writable = _writable(survey.variables if variables is None else [*keys, *variables])
    rows = _rows(call.body, {*keys, *writable}, keys)
    known = await _find(survey, keys, rows.keys()) if keys else {}
    changes, messages = Changes(survey), Messages()
    for number, row in rows:
        key = rows.key(row)
        if key is None:
            rows.complain(messages, number, MISSING)
        elif keys and key in known:
            rows.complain(messages, number, EXISTS)
        else:
            found = Target({})
            found.write(row, writable)
            changes.made.append(found)
            known[key] = [found]
    ids = await changes.write()
    # The source prints this level for an insertion alone.
    return Reply(200, {"insertedRecords": len(ids), "insertedIds": ids, **messages.body("response")})


@operation
async def update_respondents(call: Call) -> Reply:
    """Write the listed variables of the respondents found by key."""
    survey = await survey_of(call)
    changes, messages, count = await _merged(survey, call.body, insert=False)
    await changes.write()
    return Reply(200, {"updatedRecords": count, **messages.body()})


@operation
async def merge_respondents(call: Call) -> Reply:
    """Write the listed variables of the respondents found by key, and create those that are new."""
    survey = await survey_of(call)
    changes, messages, count = await _merged(survey, call.body, insert=True)
    ids = await changes.write()
    counts = {"insertedRecords": len(ids), "insertedIds": ids, "updatedRecords": count}
    return Reply(200, {**counts, **messages.body()})


@operation
async def delete_respondents(call: Call) -> Reply:
    """Delete the respondents found by key."""
    survey = await survey_of(call)
    keys = _keys(survey, call.body)
    _variables(survey, call.body)
    rows = _rows(call.body, keys, keys, deletedRecords=0)
    known = await _find(survey, keys, rows.keys())
    changes, messages = Changes(survey), Messages()
    ambiguous = False
    for number, row in rows:
        key = rows.key(row)
        found = [] if key is None else known.get(key, [])
        if len(found) == 1 and key is not None:
            changes.gone.append(found[0].datapoints["respid"])
            known[key] = []
            continue
        ambiguous = ambiguous or len(found) > 1
        rows.complain(messages, number, MISSING if key is None else _reason(found))
    if ambiguous:
        raise messages.abort(deletedRecords=0)
    await changes.write()
    return Reply(200, {"deletedRecords": len(changes.gone), **messages.body()})


async def _merged(survey: Survey, body: Mapping[str, Any], insert: bool) -> tuple[Changes, Messages, int]:
    """The changes of an update or a merge, what to say about its rows, and how many rows update.

    Raises BadRequestError when a key belongs to several respondents.
    """
    keys = _keys(survey, body)
    variables = _variables(survey, body) or ()
    writable = _writable([*keys, *variables])
    rows = _rows(body, {*keys, *writable}, keys)
    known = await _find(survey, keys, rows.keys())
    # A respid is never chosen by the caller, so a record cannot be made under an unknown one.
    makes = insert and all(key.writable for key in keys)
    changes, messages, count, ambiguous = Changes(survey), Messages(), 0, False
    for number, row in rows:
        key = rows.key(row)
        found = [] if key is None else known.get(key, [])
        if key is None:
            rows.complain(messages, number, MISSING)
        elif len(found) == 1:
            found[0].write(row, writable)
            count += 1
            if found[0].seq is not None:
                changes.changed[found[0].seq] = found[0]
        elif makes and not found:
            new = Target({})
            new.write(row, writable)
            changes.made.append(new)
            known[key] = [new]
        else:
            ambiguous = ambiguous or len(found) > 1
            rows.complain(messages, number, _reason(found))
    if ambiguous:
        raise messages.abort()
    return changes, messages, count


async def _find(survey: Survey, keys: Sequence[Variable], values: set[Key]) -> dict[Key, list[Target]]:
    """The respondents with these key values."""
    names = [key.name for key in keys]
    known: dict[Key, list[Target]] = {}
    if not values:
        return known
    if "respid" in names:
        place = names.index("respid")
        for respid in {key[place] for key in values}:
            row = await survey.respondent(respid)
            if row is not None:
                _note(known, values, names, Target(orjson.loads(row.body), row.seq))
        return known
    async for batch in survey.all():
        for body, seq in batch:
            _note(known, values, names, Target(orjson.loads(body), seq))
    return known


def _note(known: dict[Key, list[Target]], values: set[Key], names: Sequence[str], found: Target) -> None:
    key = tuple(found.datapoints.get(name, BLANK) for name in names)
    if key in values:
        known.setdefault(key, []).append(found)


def _rows(body: Mapping[str, Any], taken: Iterable[Variable], keys: Sequence[Variable], **further: Any) -> Rows:
    """The records of a call. Raises BadRequestError, listing them all, when a datapoint is invalid."""
    rows = Rows(body["data"], taken, keys)
    if rows.invalid:
        raise rows.invalid.abort(**further)
    return rows


def _keys(survey: Survey, body: Mapping[str, Any]) -> tuple[Variable, ...]:
    """The key variables of a call. Raises BadRequestError for one that does not identify a respondent."""
    keys = survey.named(body.get("dataSchema", {}).get("keys", ()), "dataSchema.keys")
    for key in keys:
        if key.level != "respondent":
            raise BadRequestError(
                f"dataSchema.keys: '{key.name}' belongs to the response and does not identify a respondent."
            )
    return keys


def _variables(survey: Survey, body: Mapping[str, Any]) -> tuple[Variable, ...] | None:
    """The variables that a call lists, None when it lists none."""
    names = body.get("dataSchema", {}).get("variables")
    return None if names is None else survey.named(names, "dataSchema.variables")


def _writable(variables: Iterable[Variable]) -> tuple[Variable, ...]:
    return tuple(dict.fromkeys(variable for variable in variables if variable.writable))


def _reason(found: Sequence[Target]) -> str:
    return NOT_UNIQUE if len(found) > 1 else NOT_FOUND


def _seq(found: Target) -> int:
    assert found.seq is not None
    return found.seq
