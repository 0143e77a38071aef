"""The proof that a change by hand leaves no read of the API without an answer: every one is tried before it is kept."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import product
from typing import Any
from urllib.parse import quote, urlencode

from understudy.mock_server.clock import Clock
from understudy.mock_server.data.resource_types import ContractViolationError, Record, ResourceType
from understudy.mock_server.engine.webhooks import Webhooks
from understudy.mock_server.http.responses import Message
from understudy.mock_server.sessions.served_api import ServedApi
from understudy.mock_server.sessions.sessions import RAISING, SESSION, Session
from understudy.mock_server.store import StoreError, Transaction
from understudy.specs import Operation

_NAME = re.compile(r"\{([^}]+)\}")


class UnansweredError(Exception):
    """An operation that the API could not answer any more."""


@dataclass(frozen=True, slots=True)
class _Open:
    """The records of a session inside a transaction that is open already."""

    tx: Transaction

    @asynccontextmanager
    async def transaction(self, write: bool) -> AsyncIterator[Transaction]:
        yield self.tx


@dataclass(frozen=True, slots=True)
class _Seen:
    """A session as it would be if the transaction ended now."""

    state: _Open
    clock: Clock
    webhooks: Webhooks


class Proof:
    """Asks what can be read of one API as each caller of the seed, without a word to the log."""

    def __init__(self, mounted: ServedApi, session: Session, tx: Transaction) -> None:
        contract = mounted.contract
        self._mounted = mounted
        self._scope = {SESSION: _Seen(_Open(tx), session.clock, session.webhooks), RAISING: True}
        self._reads = [operation for operation in contract.operations.values() if not operation.writes]
        self._root = str(contract.document["servers"][0]["url"]).rstrip("/")
        word = next((words[0] for words in contract.schemes.values()), "Bearer")
        callers = contract.seed["callers"]
        self._tokens = [f"{word} {caller['token']}".encode() for caller in callers]
        self._own_ids = [str(value) for caller in callers for value in caller.get("values", {}).values()]

    async def lists(self) -> None:
        """Whatever is asked without naming a record. Raises UnansweredError."""
        for operation in self._reads:
            await self._ask(operation, self._own_ids)

    async def record(self, kept: ResourceType, record: Record) -> None:
        """Whatever is asked with the ids of a record and of what it names. Raises UnansweredError."""
        ids = _ids(kept, record)
        for operation in self._reads:
            if _needed(operation):
                await self._ask(operation, ids)

    async def item(self, kept: ResourceType, record: Record) -> None:
        """Only what is about records of this resource, with the id of one. Raises UnansweredError."""
        for operation in self._reads:
            if operation.resource == kept.name and len(_needed(operation)) == 1:
                await self._ask(operation, [str(record[kept.id_property])])

    async def _ask(self, operation: Operation, ids: Sequence[str]) -> None:
        for address in _addresses(operation, ids):
            path, _, query = address.partition("?")
            for token in self._tokens:
                asked = {
                    **self._scope,
                    "type": "http",
                    "scheme": "http",
                    "method": operation.method,
                    "path": self._root + path,
                    "raw_path": (self._root + path).encode(),
                    "query_string": query.encode(),
                    "root_path": "",
                    "headers": [(b"host", b"localhost"), (b"authorization", token)],
                }
                try:
                    await self._mounted.app(asked, _nothing, _nowhere)
                except StoreError:
                    raise
                except Exception as error:
                    raise UnansweredError(
                        f"{operation.id} could not be answered any more: {_why(operation, error)}"
                    ) from error


def _ids(kept: ResourceType, record: Mapping[str, Any]) -> list[str]:
    """The id of a record, and those that it names."""
    named = [record.get(name) for name in (kept.id_property, *kept.spec.references, *kept.spec.mentions)]
    return list(dict.fromkeys(str(id) for id in named if isinstance(id, str | int) and id != ""))


def _needed(operation: Operation) -> list[str]:
    """The parameters without which an operation cannot be asked."""
    query = [p.name for p in operation.parameters if p.place == "query" and p.required]
    return [*_NAME.findall(operation.path), *query]


def _addresses(operation: Operation, ids: Sequence[str]) -> Iterator[str]:
    """Where an operation is asked: each id in each place that needs one, the largest page, all that is optional."""
    needed = _needed(operation)
    page = operation.pagination
    more = {page.size.parameters[0]: str(page.size.maximum)} if page and page.size.parameters else {}
    for values in product(ids, repeat=len(needed)):
        told = dict(zip(needed, values, strict=True))
        path = operation.path
        for name in _NAME.findall(path):
            path = path.replace(f"{{{name}}}", quote(told.pop(name), safe=""))
        yield f"{path}?{urlencode(told | more)}"


def _why(operation: Operation, error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"there is no {error.args[0]!r}"
    return (
        str(error).removeprefix(f"{operation.id} ")
        if isinstance(error, ContractViolationError)
        else f"{type(error).__name__}: {error}"
    )


async def _nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _nowhere(message: Message) -> None:
    pass
