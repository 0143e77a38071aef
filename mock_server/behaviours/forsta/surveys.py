"""Surveys: which one a call is about, what its variables are, where its respondents are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import orjson

from understudy.mock_server.behaviours.forsta.variables import Variable
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.call import Call
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import BadRequestError, ForbiddenError, NotFoundError
from understudy.mock_server.store import Row

Datapoints = dict[str, Any]

#: A respondent's datapoints as JSON, and its place in the store.
StoredRespondent = tuple[bytes, int]

#: Rows that are read at once while a survey is read through; others wait for some milliseconds meanwhile.
BATCH = 2_000


@dataclass(frozen=True)
class Survey:
    """One survey with its variables in the order of their columns."""

    state: State
    record: Record
    variables: tuple[Variable, ...]

    @property
    def id(self) -> str:
        """The id that paths name."""
        return str(self.record["id"])

    @cached_property
    def by_name(self) -> Mapping[str, Variable]:
        """Its variables by name; names are unique over both levels."""
        return {variable.name: variable for variable in self.variables}

    @cached_property
    def by_level(self) -> Mapping[tuple[str, str], Variable]:
        """Its variables by level and name."""
        return {(variable.level, variable.name): variable for variable in self.variables}

    @cached_property
    def columns(self) -> Mapping[str, int]:
        """The position of each variable in a record."""
        return {variable.name: place for place, variable in enumerate(self.variables)}

    def named(self, names: Iterable[str], where: str) -> tuple[Variable, ...]:
        """The variables of these names, each once. Raises BadRequestError, which says where the unknown ones stood."""
        distinct = tuple(dict.fromkeys(names))
        unknown = [name for name in distinct if name not in self.by_name]
        if unknown:
            listed = ", ".join(f"'{name}'" for name in unknown)
            raise BadRequestError(f"{where}: the survey has no variable {listed}.")
        return tuple(self.by_name[name] for name in distinct)

    async def count(self) -> int:
        """How many respondents it has."""
        return await self.state.count("respondent", {"survey_id": self.id})

    async def respondent(self, respid: int) -> Row | None:
        """The row of one respondent."""
        return await self.state.tx.get(self.state.resources["respondent"].table, self.row_id(respid))

    def row_id(self, respid: int) -> str:
        """The id under which a respondent is kept; respids count within a survey."""
        return f"{self.id}/{respid}"

    async def all(self) -> AsyncIterator[list[StoredRespondent]]:
        """All respondents in the order of respid, a batch at a time."""
        batch = await self.batch(self.state)
        while batch:
            yield batch
            batch = await self.batch(self.state, batch[-1][1]) if len(batch) == BATCH else []

    async def batch(self, state: State, after: int | None = None) -> list[StoredRespondent]:
        """The next respondents behind a place; respids grow as rows are made, so the order of making is theirs."""
        table = state.resources["respondent"].table
        found: list[Any] = await state.tx.bodies_with(
            table, ["seq"], {"survey_id": self.id}, "created", BATCH, 0, after
        )
        return found

    async def last_respid(self) -> int:
        """The highest respid ever given."""
        last = self.record.get("last_respid")
        if last is not None:
            return int(last)
        table = self.state.resources["respondent"].table
        rows = await self.state.tx.rows(table, {"survey_id": self.id}, "-created", 1)
        return int(orjson.loads(rows[0].body)["respid"]) if rows else 0


async def survey_of(call: Call, variables: bool = True) -> Survey:
    """The survey that the path names, with its variables if they are needed.

    Raises NotFoundError, and ForbiddenError when the caller has no rights on it.
    """
    id = call.path["surveyId"]
    record = await call.state.get("survey", id)
    if record is None:
        raise NotFoundError(f"There is no survey '{id}'.")
    if record["organisation"] != call.caller.values["organisation"]:
        raise ForbiddenError(
            f"The token has no rights on survey '{id}'.",
            headers=[(b"www-authenticate", b'Bearer error="insufficient_scope"')],
        )
    table = call.state.resources["variable"].table
    rows = await call.state.tx.rows(table, {"survey_id": id}) if variables else []
    return Survey(call.state, record, tuple(_variable(row.document) for row in rows))


@lru_cache(4096)
def _variable(document: bytes) -> Variable:
    """The variable that a document describes; the same few are asked for on every request."""
    return Variable.of(orjson.loads(document))
