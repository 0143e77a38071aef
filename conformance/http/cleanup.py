"""Remembers what a run made on the target and removes it again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

from understudy.conformance.evidence.errors import KitError
from understudy.conformance.evidence.exchange import NOTHING, Exchange, find, parse
from understudy.conformance.evidence.matchers import leaves
from understudy.specs import Contract, Operation

if TYPE_CHECKING:
    from understudy.conformance.http.client import Client, Credential


@dataclass(slots=True)
class Made:
    """One object: what it is, what it is called, with which operation and by whom it was made."""

    resource: str
    name: str
    exchange: Exchange


#: API -> a function that reads (resource, id) pairs from a reply that the generic rule does not understand.
Reader = Callable[[Exchange], list[tuple[str, str]]]
#: (API, resource) -> a function that tells how objects are removed together: the arguments of one request, or None.
Remover = Callable[[list[Made]], dict[str, Any] | None]
_READERS: dict[str, Reader] = {}
_REMOVERS: dict[tuple[str, str], Remover] = {}


def reader(api: str) -> Callable[[Reader], Reader]:
    """Have a function tell what a reply of an API says was made."""

    def register(function: Reader) -> Reader:
        _READERS[api] = function
        return function

    return register


def remover(api: str, resource: str) -> Callable[[Remover], Remover]:
    """Have a function tell how objects of a resource are removed."""

    def register(function: Remover) -> Remover:
        _REMOVERS[api, resource] = function
        return function

    return register


class Cleanup:
    """The book of one run. `made` holds every id ever made, `open` what is still there."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self.made: set[str] = set()
        self.open: list[Made] = []
        self._gone: set[str] = set()

    def enter(self, exchange: Exchange) -> None:
        """Take note of an exchange: a creation adds, a deletion strikes out."""
        operation = self._contract.operations.get(exchange.request.operation or "")
        if operation is None or not exchange.succeeded or exchange.request.method != operation.method:
            return
        if operation.action == "delete":
            gone = exchange.request.url.partition("?")[0].rstrip("/").rpartition("/")[2]
            self._gone.add(gone)
            self.open = [each for each in self.open if quote(each.name, safe="") != gone]
        reading = _READERS.get(self._contract.api)
        found = reading(exchange) if reading else []
        if not found and operation.action == "create" and operation.resource is not None:
            found = [(operation.resource, name) for name in _ids(exchange.json)]
        for resource, name in found:
            self.made.add(name)
            self.open.append(Made(resource, name, exchange))

    def settle(self, client: Client, credential: Callable[[str | None], Credential | None]) -> list[str]:
        """Remove what is still there, the latest first; returns what could not be removed, in words."""
        left: list[Made] = []
        pending, self.open = self.open[::-1], []
        for group in self._groups(pending):
            try:
                if not self._remove(group, client, credential):
                    left += group
            except KitError:
                left += group
        self._gone |= {each.name for each in pending} - {each.name for each in left}
        return [f"{each.resource} {each.name}" for each in left if not self._cascaded(each)]

    def _groups(self, pending: list[Made]) -> list[list[Made]]:
        """Objects to be removed together: one by one, unless the API has a way for many."""
        together: dict[tuple[str, str | None], list[Made]] = {}
        groups: list[list[Made]] = []
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

    def _remove(self, group: list[Made], client: Client, credential: Callable[[str | None], Credential | None]) -> bool:
        role = group[0].exchange.request.role
        own = _REMOVERS.get((self._contract.api, group[0].resource))
        told = own(group) if own else self._deletion(group[0])
        if told is None:
            return False
        exchange = client.send(client.request(**told, role=role, credential=credential(role)))
        return exchange.succeeded or exchange.status in {404, 410}

    def _deletion(self, made: Made) -> dict[str, Any] | None:
        """The delete operation whose path is the creation's with one step more."""
        created = made.exchange.request
        home = self._contract.operations[created.operation or ""]
        for operation in self._contract.operations.values():
            if operation.method == "DELETE" and _one_more(home, operation):
                prefix = created.url.partition("?")[0].removesuffix("/")
                tail = "/" if operation.path.endswith("/") else ""
                place = prefix[len(client_base(created.url, home)) :]
                return {
                    "method": "DELETE",
                    "path": f"{place}/{quote(made.name, safe='')}{tail}",
                    "operation": operation.id,
                }
        return None

    def _cascaded(self, made: Made) -> bool:
        """Whether an object went with one that was removed and that it refers to."""
        resource = self._contract.resources.get(made.resource)
        follows = resource is not None and any(each.on_delete == "cascade" for each in resource.references.values())
        if not follows:
            return False
        sent = made.exchange.request.body or b""
        body, _ = parse(sent)
        told = {leaf for leaf in leaves(body) if isinstance(leaf, str)}
        told |= {value for _, value in parse_qsl(sent.decode("utf-8", "replace"))}
        return bool(told & self._gone)


def client_base(url: str, operation: Operation) -> str:
    """The part of an address before the operation's path."""
    path = url.partition("?")[0].rstrip("/").split("/")
    steps = len(operation.path.strip("/").split("/"))
    return "/".join(path[:-steps])


def _one_more(home: Operation, other: Operation) -> bool:
    here, there = home.path.strip("/").split("/"), other.path.strip("/").split("/")
    return len(there) == len(here) + 1 and there[: len(here)] == here and there[-1].startswith("{")


def _ids(value: Any) -> list[str]:
    for place in (("id",), ("_id",), ("data", "id")):
        found = find(value, *place)
        if found is not NOTHING and isinstance(found, str | int):
            return [str(found)]
    return []
