"""Reads everything that a direct change may affect, before the change is committed: the API must still answer."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import product
from typing import Any
from urllib.parse import quote, urlencode

from understudy.mock_server.clock import Clock
from understudy.mock_server.data.resource_types import ContractViolationError, Record, ResourceType, ResourceTypes
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.responses import Message
from understudy.mock_server.http.security.credential import Credential
from understudy.mock_server.http.security.tokens import Caller
from understudy.mock_server.sessions.served_api import ServedApi
from understudy.mock_server.sessions.sessions import RAISING, SESSION, Session
from understudy.mock_server.store import StoreError, Transaction
from understudy.specs import Operation

_NAME = re.compile(r"\{([^}]+)\}")


class UnansweredError(Exception):
    """An operation fails after the change."""


@dataclass(frozen=True, slots=True)
class _OpenState:
    """A session's records inside a transaction that is already open."""

    tx: Transaction

    @asynccontextmanager
    async def transaction(self, write: bool) -> AsyncIterator[Transaction]:
        yield self.tx


@dataclass(frozen=True, slots=True)
class _OpenSession:
    """The session as it would be if the transaction were committed now."""

    state: _OpenState
    session: Session

    @property
    def clock(self) -> Clock:
        """The time of the session."""
        return self.session.clock

    def is_due(self) -> bool:
        """What is due waits for the transaction that is open."""
        return False

    def state_in(self, tx: Transaction, resources: ResourceTypes, caller: Caller) -> State:
        return self.session.state_in(tx, resources, caller, self.state.transaction)


class ReadBack:
    """Calls the read operations of one API as each caller in the seed, without logging failures."""

    def __init__(self, served_api: ServedApi, session: Session, tx: Transaction) -> None:
        contract = served_api.contract
        self._served_api = served_api
        self._scope = {SESSION: _OpenSession(_OpenState(tx), session), RAISING: True}
        self._reads = [operation for operation in contract.operations.values() if not operation.writes]
        self._root = str(contract.document["servers"][0]["url"]).rstrip("/")
        callers = contract.seed["callers"]
        self._credentials = [Credential.of(contract, caller["token"]) for caller in callers]
        self._caller_ids = [str(value) for caller in callers for value in caller.get("values", {}).values()]

    async def check_lists(self) -> None:
        """Call every read, with the ids of the callers where ids are needed. Raises UnansweredError."""
        for operation in self._reads:
            await self._call(operation, self._caller_ids)

    async def check_record(self, resource_type: ResourceType, record: Record) -> None:
        """Call every read that needs ids with those of a record and of what it refers to. Raises UnansweredError."""
        ids = _ids(resource_type, record)
        for operation in self._reads:
            if _required(operation):
                await self._call(operation, ids)

    async def check_item(self, resource_type: ResourceType, record: Record) -> None:
        """Call the reads of this resource that need one id, with that of a record. Raises UnansweredError."""
        for operation in self._reads:
            if operation.resource == resource_type.name and len(_required(operation)) == 1:
                await self._call(operation, [str(record[resource_type.id_property])])

    async def _call(self, operation: Operation, ids: Sequence[str]) -> None:
        for address in _addresses(operation, ids):
            path, _, query = address.partition("?")
            for credential in self._credentials:
                asked, headers = _sent(credential)
                scope = {
                    **self._scope,
                    "type": "http",
                    "scheme": "http",
                    "method": operation.method,
                    "path": self._root + path,
                    "raw_path": (self._root + path).encode(),
                    "query_string": "&".join(filter(None, (query, asked))).encode(),
                    "root_path": "",
                    "headers": [(b"host", b"localhost"), *headers],
                }
                try:
                    await self._served_api.app(scope, _receive_nothing, _discard)
                except StoreError:
                    raise
                except Exception as error:
                    raise UnansweredError(
                        f"{operation.id} could no longer be answered: {_reason(operation, error)}"
                    ) from error


def _sent(credential: Credential) -> tuple[str, list[tuple[bytes, bytes]]]:
    """What a credential adds to the query, and to the headers."""
    if credential.place == "query":
        return urlencode({credential.name: credential.value}), []
    if credential.place == "cookie":
        return "", [(b"cookie", f"{credential.name}={credential.value}".encode())]
    return "", [(credential.name.lower().encode(), credential.value.encode())]


def _ids(resource_type: ResourceType, record: Mapping[str, Any]) -> list[str]:
    """The id of a record, and those that it refers to."""
    ids = [
        record.get(name)
        for name in (resource_type.id_property, *resource_type.spec.references, *resource_type.spec.mentions)
    ]
    return list(dict.fromkeys(str(id) for id in ids if isinstance(id, str | int) and id != ""))


def _required(operation: Operation) -> list[str]:
    """The path parameters and required query parameters of an operation."""
    query = [p.name for p in operation.parameters if p.place == "query" and p.required]
    return [*_NAME.findall(operation.path), *query]


def _addresses(operation: Operation, ids: Sequence[str]) -> Iterator[str]:
    """The addresses of an operation with each id in each required parameter, and the largest page."""
    required = _required(operation)
    page = operation.pagination
    more = {page.size.parameters[0]: str(page.size.maximum)} if page and page.size.parameters else {}
    for values in product(ids, repeat=len(required)):
        arguments = dict(zip(required, values, strict=True))
        path = operation.path
        for name in _NAME.findall(path):
            path = path.replace(f"{{{name}}}", quote(arguments.pop(name), safe=""))
        yield f"{path}?{urlencode(arguments | more)}"


def _reason(operation: Operation, error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"there is no {error.args[0]!r}"
    return (
        str(error).removeprefix(f"{operation.id} ")
        if isinstance(error, ContractViolationError)
        else f"{type(error).__name__}: {error}"
    )


async def _receive_nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _discard(message: Message) -> None:
    pass
