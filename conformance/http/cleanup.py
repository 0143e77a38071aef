"""Remembers the objects that a run created on the target, and removes them again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote

from understudy.conformance.evidence.body import read
from understudy.conformance.evidence.errors import KitError
from understudy.conformance.evidence.exchange import NOTHING, Exchange, find
from understudy.conformance.evidence.matchers import leaves
from understudy.conformance.evidence.words import several
from understudy.specs import Contract, Operation

if TYPE_CHECKING:
    from understudy.conformance.http.client import Client, Credential

_PARAMETER = re.compile(r"\{[^}]*\}")


@dataclass(slots=True)
class CreatedObject:
    """One object: its resource, its id, and the exchange that created it (with operation and role)."""

    resource: str
    name: str
    exchange: Exchange


#: API -> a function that reads the (resource, id) pairs of created objects from replies that need special handling.
Reader = Callable[[Exchange], list[tuple[str, str]]]
#: (API, resource) -> a function that gives the arguments of one request that removes several objects, or None.
Remover = Callable[[list[CreatedObject]], dict[str, Any] | None]
_READERS: dict[str, Reader] = {}
_REMOVERS: dict[tuple[str, str], Remover] = {}


def reader(api: str) -> Callable[[Reader], Reader]:
    """Register a function that reads from a reply of an API which objects were created."""

    def register(function: Reader) -> Reader:
        _READERS[api] = function
        return function

    return register


def remover(api: str, resource: str) -> Callable[[Remover], Remover]:
    """Register a function that says how objects of a resource are removed."""

    def register(function: Remover) -> Remover:
        _REMOVERS[api, resource] = function
        return function

    return register


class Cleanup:
    """The objects of one run.

    `made` holds all ids ever created, `open` the objects that still exist and go with the check that created them, `kept`
    those that stay until the end of the run. `nameless` has the replies of each operation that say no id of what it created.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self.made: set[str] = set()
        self.open: list[CreatedObject] = []
        self.kept: list[CreatedObject] = []
        self.nameless: dict[str, list[Exchange]] = {}
        self._keeping = False
        #: The ids of what was removed, as far as the target says.
        self.gone: set[str] = set()

    def record(self, exchange: Exchange) -> None:
        """Take note of an exchange: a creation adds an object, a deletion removes it."""
        operation = self._contract.operations.get(exchange.request.operation or "")
        if operation is None or not exchange.succeeded or exchange.request.method != operation.method:
            return
        if operation.action == "delete":
            gone = exchange.request.url.partition("?")[0].rstrip("/").rpartition("/")[2]
            self.gone.add(gone)
            self.open = [each for each in self.open if quote(each.name, safe="") != gone]
            self.kept = [each for each in self.kept if quote(each.name, safe="") != gone]
        read = _READERS.get(self._contract.api)
        found = read(exchange) if read else []
        if not found and operation.action == "create" and operation.resource is not None:
            found = [(operation.resource, name) for name in ids(self._contract, operation, exchange)]
            if not found and self._contract.inferred:
                self.nameless.setdefault(operation.id, []).append(exchange.as_evidence())
        for resource, name in found:
            self.made.add(name)
            created = CreatedObject(resource, name, exchange.as_evidence())
            (self.kept if self._keeping else self.open).append(created)

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Within this context, created objects are kept until the end of the run."""
        before, self._keeping = self._keeping, True
        try:
            yield
        finally:
            self._keeping = before

    @property
    def temporary(self) -> set[str]:
        """The ids of objects that go, or went, with the check that created them."""
        return self.made - {each.name for each in self.kept}

    @property
    def lost(self) -> list[str]:
        """What was created and cannot be removed, since no reply says what it is called."""
        made = ((self._contract.operations[name], len(replies)) for name, replies in self.nameless.items())
        return [
            f"{several(count, 'object')} of {each.method} {each.path}, whose reply does not say the id"
            for each, count in made
        ]

    def release(self) -> None:
        """Have what was kept removed the next time that objects are removed."""
        self.open, self.kept = [*self.kept, *self.open], []

    def removable(self, create: Operation, known: tuple[str, ...] = ()) -> bool:
        """Whether what an operation creates can be removed again, by itself or together with what it refers to."""
        name = create.resource or ""
        if (self._contract.api, name) in _REMOVERS or any(
            each.method == "DELETE" and below(create, each) for each in self._contract.operations.values()
        ):
            return True
        resource = self._contract.resources.get(name)
        parents = [
            each.resource
            for each in (resource.references.values() if resource else ())
            if each.on_delete == "cascade" and each.resource not in known
        ]
        return any(
            each.action == "create" and each.resource in parents and self.removable(each, (*known, name))
            for each in self._contract.operations.values()
        )

    def remove_all(self, client: Client, credential: Callable[[str | None], Credential | None]) -> list[str]:
        """Remove what still exists, the latest first; returns descriptions of what could not be removed."""
        left: list[CreatedObject] = []
        pending, self.open = self.open[::-1], []
        for group in self._groups(pending):
            try:
                if not self._remove(group, client, credential):
                    left += group
            except KitError:
                left += group
        self.gone |= {each.name for each in pending} - {each.name for each in left}
        return [
            f"{each.resource} {each.name}"
            for each in left
            if not self._cascaded(each) or self._stays(each, client, credential)
        ]

    def _groups(self, pending: list[CreatedObject]) -> list[list[CreatedObject]]:
        """Groups of objects to remove together: each alone, unless the API can remove several at once."""
        together: dict[tuple[str, str | None], list[CreatedObject]] = {}
        groups: list[list[CreatedObject]] = []
        for each in pending:
            if (self._contract.api, each.resource) not in _REMOVERS:
                groups.append([each])
                continue
            key = (each.resource, each.exchange.request.role)
            if key not in together:
                together[key] = []
                groups.append(together[key])
            together[key].append(each)
        return groups

    def _remove(
        self, group: list[CreatedObject], client: Client, credential: Callable[[str | None], Credential | None]
    ) -> bool:
        role = group[0].exchange.request.role
        arguments_for = _REMOVERS.get((self._contract.api, group[0].resource))
        arguments = arguments_for(group) if arguments_for else self._deletion(group[0])
        if arguments is None:
            return False
        exchange = client.send(client.request(**arguments, role=role, credential=credential(role)))
        return exchange.succeeded or exchange.status in {404, 410}

    def _deletion(self, made: CreatedObject) -> dict[str, Any] | None:
        """The arguments of the delete operation whose path is that of the creation plus one segment, else by its id."""
        created = made.exchange.request
        home = self._contract.operations[created.operation or ""]
        for operation in self._contract.operations.values():
            if operation.method == "DELETE" and below(home, operation):
                step, tail = operation.route.rstrip("/").rpartition("/")[2], "/" * operation.route.endswith("/")
                named = _PARAMETER.sub(lambda _: quote(made.name, safe=""), step)
                return {
                    "method": "DELETE",
                    "path": f"{created.place.removesuffix('/')}/{named}{tail}",
                    "operation": operation.id,
                }
        return self._deletion_by_id(made)

    def _deletion_by_id(self, made: CreatedObject) -> dict[str, Any] | None:
        """The arguments of the operation that deletes objects of the resource by id, wherever they were created."""
        for operation in self._contract.operations.values():
            head, _, tail = operation.path.partition("{")
            named = operation.resource == made.resource and tail.rstrip("/").find("}") == len(tail.rstrip("/")) - 1
            if operation.method == "DELETE" and named:
                end = "/" if operation.path.endswith("/") else ""
                return {
                    "method": "DELETE",
                    "path": f"{head}{quote(made.name, safe='')}{end}",
                    "operation": operation.id,
                }
        return None

    def _stays(
        self, made: CreatedObject, client: Client, credential: Callable[[str | None], Credential | None]
    ) -> bool:
        """Whether an object is still shown that should have gone with another: a target may keep it."""
        role = made.exchange.request.role
        for operation in self._contract.operations.values():
            if operation.action == "read" and operation.resource == made.resource and operation.path.count("{") == 1:
                path = operation.path.replace(f"{{{operation.path_parameters[0]}}}", quote(made.name, safe=""))
                request = client.request("GET", path, operation=operation.id, role=role, credential=credential(role))
                try:
                    return client.send(request).succeeded
                except KitError:
                    return True
        return False

    def _cascaded(self, made: CreatedObject) -> bool:
        """Whether an object was removed together with one that it refers to."""
        resource = self._contract.resources.get(made.resource)
        follows = resource is not None and any(each.on_delete == "cascade" for each in resource.references.values())
        if not follows:
            return False
        sent = made.exchange.request.body or b""
        body = read(sent).value
        values = {leaf for leaf in leaves(body) if isinstance(leaf, str)}
        values |= {value for _, value in parse_qsl(sent.decode("utf-8", "replace"))}
        return bool(values & self.gone)


def shape(operation: Operation) -> tuple[str, ...]:
    """The steps of a path, whatever its parameters are called."""
    return tuple(_PARAMETER.sub("{}", step) for step in operation.route.strip("/").split("/"))


def below(home: Operation, other: Operation) -> bool:
    """Whether the path of an operation is that of another one and a step more with one parameter, as `{id}` or `{id}.json`."""
    here, there = shape(home), shape(other)
    return there[:-1] == here and there[-1].count("{}") == 1


def ids(contract: Contract, operation: Operation, exchange: Exchange) -> list[str]:
    """The id of what was created: where the contract has it, else the end of `Location`; a list of at most one."""
    if contract.inferred and operation.resource and operation.resource in contract.resources:
        own = find(exchange.json, *operation.item_at, contract.resources[operation.resource].named_by)
        location = (exchange.header("location") or "").partition("?")[0].rstrip("/").rpartition("/")[2]
        return [str(own)] if isinstance(own, str | int) and own != "" else [unquote(location)] if location else []
    return _ids(exchange.json)


def _ids(value: Any) -> list[str]:
    for place in (("id",), ("_id",), ("data", "id")):
        found = find(value, *place)
        if found is not NOTHING and isinstance(found, str | int):
            return [str(found)]
    return []
