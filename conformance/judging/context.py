"""What a check is given: ways to call the target, to find and make what it needs, and to judge."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote, urlencode

from understudy.conformance.evidence.errors import OutOfScopeError, PrerequisiteError, UnexpectedReplyError
from understudy.conformance.evidence.exchange import NOTHING, Exchange, find
from understudy.conformance.evidence.findings import Judgement, Outcome
from understudy.conformance.evidence.matchers import Matcher, Mismatch, brief
from understudy.conformance.http.client import Credential, Query, as_json
from understudy.conformance.judging.recorder import Recorder
from understudy.specs import Contract, Operation

Item = Any
#: A rule that more operations share is tried on so many of them.
SHARED = 10
#: No body at all, where a call would otherwise send one.
EMPTY = object()


class Whereabouts(Protocol):
    """What knows the objects that the target already holds (`places.py`)."""

    def value(self, ctx: CheckContext, operation: Operation, parameter: str) -> str:
        """The value for a parameter of an operation; raises PrerequisiteError when there is none to be found."""

    def existing(self, ctx: CheckContext, resource: str) -> list[Any]:
        """Objects of a resource that the target held before the run."""

    def lister(self, resource: str) -> Operation:
        """The operation that lists a resource without a parent; raises PrerequisiteError when there is none."""

    def resource_of(self, operation: Operation, parameter: str) -> str | None:
        """The resource that a path parameter names."""


class UndeclaredClauseError(ValueError):
    """The code of a check judges a clause or an aspect that its decorator does not list."""


class CheckContext:
    """One check at work on one target.

    `judge` and `holds` record; nothing is raised for a broken clause, so that one run tells about all of them. Finding
    and making go through `places` and `samples`, which call back: what they know is told by the rules of each API.
    """

    def __init__(
        self,
        run: Recorder,
        name: str,
        places: Whereabouts,
        samples: Callable[[CheckContext, Operation], dict[str, Any]],
        declares: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self.run = run
        self.name = name
        self.places = places
        self.contract: Contract = run.contract
        self.random = Random(f"{run.seed}/{name}")  # noqa: S311 - repeatable, not secret
        self.exchanges: list[Exchange] = []
        self.judged: set[str] = set()
        self._samples = samples
        self._declares = declares
        self._kept: dict[str, Any] = {}

    # --- judging -----------------------------------------------------------------------------------------------------

    def judge(
        self,
        what: str | tuple[str, ...],
        exchange: Exchange,
        matcher: Matcher,
        *others: Exchange,
        of: Iterable[str] = (),
    ) -> bool:
        """Record whether a clause (or several), or the clauses of an aspect, hold in an exchange.

        `others` are further evidence. Of an aspect's clauses those are meant that speak of the operation of one of the
        exchanges, or of an operation in `of`. Raises UndeclaredClauseError for what the check's decorator does not list.
        """
        mismatch = matcher(exchange)
        self._record(what, mismatch, (*others, exchange), of=of)
        return mismatch is None

    def holds(
        self,
        what: str | tuple[str, ...],
        exchanges: Exchange | Iterable[Exchange],
        held: object,
        expected: str,
        actual: object = "",
        *,
        vacuous: bool = False,
    ) -> bool:
        """Record a judgement made over several exchanges; a vacuous one shows nothing by itself."""
        seen = (exchanges,) if isinstance(exchanges, Exchange) else tuple(exchanges)
        shown = actual if isinstance(actual, str) else brief(actual)
        self._record(what, None if held else Mismatch(expected, shown), seen, vacuous and bool(held), (expected, shown))
        return bool(held)

    def _record(
        self,
        what: str | tuple[str, ...],
        mismatch: Mismatch | None,
        exchanges: Sequence[Exchange],
        vacuous: bool = False,
        told: tuple[str, str] = ("", ""),
        of: Iterable[str] = (),
    ) -> None:
        if mismatch is not None:
            outcome, told = Outcome.BROKEN, (mismatch.expected, mismatch.actual)
        else:
            outcome = Outcome.VACUOUS if vacuous else Outcome.HELD
        operations = set(of) or {exchange.request.operation for exchange in exchanges} - {None}
        names = (what,) if isinstance(what, str) else what
        for name in names:
            self._require_declared(name)
        for clause in dict.fromkeys(each for name in names for each in self.clauses(name, operations)):
            self.judged.add(clause)
            self.run.record(
                Judgement(clause, self.name, outcome, *told, tuple(exchanges) if outcome != Outcome.HELD else ()),
                self.exchanges,
            )

    def _require_declared(self, name: str) -> None:
        if not self._declares(name):
            raise UndeclaredClauseError(f"check {self.name} judges {name}, which its decorator does not list")

    def clauses(self, what: str, operations: Iterable[str | None] = ()) -> tuple[str, ...]:
        """The clauses that a name stands for: itself, or those of an aspect that speak of one of the operations."""
        if what in self.run.clauses:
            return (what,)
        mine = self.run.mapping.aspects.get(what, ())
        seen = set(operations)
        return tuple(name for name in mine if name in self.run.clauses and (not seen or self.run.speaks_of(name, seen)))

    def asks(self, what: str, operation: Operation | None = None) -> bool:
        """Whether any clause wants this to be judged (of one operation)."""
        return bool(self.clauses(what, [operation.id] if operation else []))

    def may(self, operation: Operation) -> bool:
        """Whether the profile lets an operation be called."""
        return not operation.writes or self.run.profile.writes

    def over(self, *aspects: str, when: Callable[[Operation], bool] = lambda _: True) -> list[Operation]:
        """The operations that the clauses of some aspects speak of and that may be called, in the contract's order.

        A reading operation for whose address the target lacks an object is left out; the clauses that speak of it are
        told so.
        """
        for aspect in aspects:
            self._require_declared(aspect)
        named = {name for aspect in aspects for name in self.run.mapping.of(aspect)} & set(self.run.clauses)
        wanted = {operation for name in named for operation in self.run.operations_of(name)}
        found = []
        for operation in self.contract.operations.values():
            if operation.id in wanted and self.may(operation) and when(operation):
                lacking = self.lacking(operation)
                if lacking is None:
                    found.append(operation)
                for clause in sorted(named) if lacking is not None else ():
                    if self.run.speaks_of(clause, [operation.id]):
                        self.unmet(clause, lacking)
        return found

    def some_of(self, operations: list[Operation], most: int = SHARED) -> list[Operation]:
        """The operations, or as many of them as one rule is tried on; which ones depends on the seed."""
        if len(operations) <= most:
            return operations
        drawn = {operation.id for operation in self.random.sample(operations, most)}
        return [operation for operation in operations if operation.id in drawn]

    def lacking(self, operation: Operation) -> PrerequisiteError | None:
        """Why a reading operation cannot be called, None when it can."""
        if operation.writes:
            return None
        try:
            self.address(operation)
            for parameter in operation.parameters:
                if parameter.place == "query" and parameter.required:
                    self.place(operation, parameter.name)
        except PrerequisiteError as unmet:
            return unmet
        return None

    def unmet(self, clause: str, reason: PrerequisiteError | None) -> None:
        """Record that the target lacks what it takes to judge a clause."""
        self.judged.add(clause)
        exchanges = reason.exchanges if reason else ()
        told = str(reason) if reason else "the target lacks what it takes"
        self.run.record(
            Judgement(
                clause,
                self.name,
                Outcome.UNMET,
                "to be able to look",
                told,
                exchanges,
                lacking=not isinstance(reason, UnexpectedReplyError),
                remedy=reason.remedy if reason else "",
            ),
            self.exchanges,
        )

    def lacks(self, what: str | tuple[str, ...], wanted: str, *exchanges: Exchange) -> None:
        """Note what clauses cannot be seen on here; they fail for it unless something else shows them."""
        self.holds(what, exchanges, True, wanted, "none", vacuous=True)

    def first(
        self, what: str | tuple[str, ...], found: Iterable[Item], wanted: str, *exchanges: Exchange
    ) -> list[Item]:
        """The first of what was found, if any, for a loop over it; `lacks` where there is nothing."""
        some = list(found)[:1]
        if not some:
            self.lacks(what, wanted, *exchanges)
        return some

    @property
    def local(self) -> bool:
        """Whether the target runs on this machine, so that nothing of anybody's is at stake."""
        return self.run.target.local

    def reach(self, held: object, reason: str) -> None:
        """Leave this check out, with the reason, when the target's owner has not allowed what it would do."""
        if not held:
            raise OutOfScopeError(reason)

    def need(self, held: object, reason: str, *exchanges: Exchange, remedy: str = "") -> None:
        """Stop this check when the target lacks what it needs; what it has not judged yet fails with the reason.

        `remedy` says what would help.
        """
        if not held:
            raise PrerequisiteError(reason, *exchanges, remedy=remedy)

    def rely(self, held: object, reason: str, *exchanges: Exchange) -> None:
        """Stop this check when a reply is not what it goes on from; what it has not judged yet fails with the reason."""
        if not held:
            raise UnexpectedReplyError(reason, *exchanges)

    # --- calling -----------------------------------------------------------------------------------------------------

    def call(
        self,
        operation: str | Operation,
        /,
        *,
        path: Mapping[str, Any] | None = None,
        query: Query = (),
        body: Any = EMPTY,
        raw: bytes | None = None,
        form: Mapping[str, Any] | None = None,
        content_type: str | None = None,
        headers: Mapping[str, str] | None = None,
        role: str | None = "default",
        credential: Credential | None = None,
        method: str | None = None,
        at: str | None = None,
        fresh: bool = False,
    ) -> Exchange:
        """Call an operation and hold its reply against the contract.

        Path parameters that are not given are filled in (see `place`). `body` is sent as JSON, `form` urlencoded,
        `raw` as it is. `role` None sends no credential; `credential` overrides it. `method` and `at` (a path) depart
        from the contract on purpose: such replies are held against nothing. A reading that the run has made before,
        with no write since, is not sent again unless it has to be `fresh`.
        """
        op = self.contract.operations[operation] if isinstance(operation, str) else operation
        sent = dict(headers or {})
        content = raw
        if form is not None:
            content = urlencode([(name, str(value)) for name, value in form.items()]).encode()
            sent.setdefault("Content-Type", content_type or "application/x-www-form-urlencoded")
        elif body is not EMPTY:
            content = as_json(body)
        if content is not None:
            kind = content_type or next(iter(op.body), "application/json")
            if kind:
                sent.setdefault("Content-Type", kind)
        asked = _items(query)
        if method is None and at is None:
            # A required parameter that is meant to be missing is given as None.
            named = {name for name, _ in asked}
            asked += [
                (p.name, self.place(op, p.name))
                for p in op.parameters
                if p.place == "query" and p.required and p.name not in named
            ]
        request = self.run.client.request(
            method or op.method,
            at if at is not None else self.address(op, path),
            query=asked,
            headers=sent.items(),
            body=content,
            operation=op.id,
            role=role,
            credential=credential or (self.run.credential(role) if role is not None and op.security else None),
        )
        known = None if fresh else self.run.response_cache.get(request)
        exchange = known or self.run.client.send(request)
        self.exchanges.append(exchange)
        if method is None and at is None and known is None:
            self.run.examine(op, exchange, self.name, self.exchanges)
        return exchange

    def visit(
        self,
        method: str,
        path: str,
        *,
        role: str | None = "default",
        query: Query = (),
        body: Any = EMPTY,
        headers: Mapping[str, str] | None = None,
    ) -> Exchange:
        """Call an address that is no operation of the contract; `path` is percent-encoded already."""
        sent = dict(headers or {})
        content = None if body is EMPTY else as_json(body)
        if content is not None:
            sent.setdefault("Content-Type", "application/json")
        request = self.run.client.request(
            method,
            path,
            query=query,
            headers=sent.items(),
            body=content,
            role=role,
            credential=self.run.credential(role) if role is not None else None,
        )
        exchange = self.run.client.send(request)
        self.exchanges.append(exchange)
        return exchange

    def follow(self, url: str, like: Exchange) -> Exchange:
        """Call the address that a reply gave, as the same caller; one of another host is not followed."""
        base = self.run.target.url
        origin = "/".join(base.split("/")[:3])
        if url.startswith("/"):
            url = origin + url
        self.rely(url.startswith(origin), f"{url} leads away from {origin}", like)
        place = url.removeprefix(base) if url.startswith(base) else None
        self.rely(place is not None, f"{url} is not below the base address {base}", like)
        path, _, query = (place or "").partition("?")
        request = self.run.client.request(
            "GET",
            path,
            query=parse_qsl(query, keep_blank_values=True),
            operation=like.request.operation,
            role=like.request.role,
            credential=self.run.credential(like.request.role) if like.request.role else None,
        )
        exchange = self.run.client.send(request)
        self.exchanges.append(exchange)
        return exchange

    def address(self, operation: Operation, path: Mapping[str, Any] | None = None) -> str:
        """The percent-encoded path of an operation, parameters filled in."""
        values = dict(path or {})
        for parameter in operation.parameters:
            if parameter.place == "path" and parameter.name not in values:
                values[parameter.name] = self.place(operation, parameter.name)
        text = operation.path
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", quote(str(value), safe=""))
        return text

    # --- finding -----------------------------------------------------------------------------------------------------

    def place(self, operation: Operation, parameter: str) -> str:
        """The value for a path parameter: a setting of the target, what the API's rules say, or an object found."""
        return self.places.value(self, operation, parameter)

    def page(self, operation: Operation, page: Any = None, size: Any = None, **more: Any) -> Exchange:
        """One page of a list."""
        return self.call(
            operation, **{**more, "query": [*paging(operation, page, size), *_items(more.get("query", ()))]}
        )

    def items(self, operation: Operation, exchange: Exchange) -> list[Item]:
        """The items of a page; raises PrerequisiteError when the reply holds none where the contract says so."""
        if not exchange.succeeded:
            raise UnexpectedReplyError(f"{exchange.told} is no success: {exchange.shortly}", exchange)
        found = find(exchange.json, *where_items(operation))
        if not isinstance(found, list):
            raise UnexpectedReplyError(f"{exchange.told} has no list of items: {exchange.shortly}", exchange)
        if not all(isinstance(item, Mapping) for item in found):
            raise UnexpectedReplyError(f"{exchange.told} lists what is no object: {exchange.shortly}", exchange)
        return found

    def listed(self, operation: Operation | str, role: str = "default", **more: Any) -> list[Item]:
        """The items of a list's first page, as large as the contract allows."""
        op = self.contract.operations[operation] if isinstance(operation, str) else operation
        size = op.pagination.size.maximum if op.pagination and sized(op) else None
        return self.items(
            op, self.page(op, page=1 if paged(op) else None, size=min(size, 100) if size else None, role=role, **more)
        )

    def some(self, resource: str, like: Callable[[Item], bool] = lambda _: True, reason: str = "") -> Item:
        """An existing object that was there before this run; which one depends on the seed."""
        found = [item for item in self.places.existing(self, resource) if like(item)]
        self.need(
            found, reason or f"the target has no {resource} that this check could use", remedy=made_there(resource)
        )
        return self.random.choice(found)

    def lister(self, resource: str) -> Operation:
        """The operation that lists a resource without needing to know a parent."""
        return self.places.lister(resource)

    def reader(self, resource: str) -> Operation | None:
        """The operation that reads one object of a resource."""
        found = (op for op in self.contract.operations.values() if op.resource == resource and op.action == "read")
        return next(found, None)

    # --- making ------------------------------------------------------------------------------------------------------

    def mark(self, about: str = "") -> str:
        """A text that occurs nowhere else on the target and shows where it came from."""
        return f"{about or 'made by'} {self.run.mark}-{next(self.run.numbers)}".strip()

    def recall(self, what: str, find: Callable[[], Any]) -> Any:
        """What `find` gives, found only once in this run: for what was there before and does not change."""
        if what not in self.run.found:
            self.run.found[what] = find()
        return self.run.found[what]

    def once(self, what: str, make: Callable[[], Any]) -> Any:
        """What `make` gives, made only once in this check."""
        if what not in self._kept:
            self._kept[what] = make()
        return self._kept[what]

    def word(self) -> str:
        """The same as an identifier: letters, digits and underscores."""
        return f"{self.run.mark}_{next(self.run.numbers)}"

    def make(self, operation: str | Operation, **more: Any) -> Exchange:
        """Make an object with a body that the API's rules know to be right; raises PrerequisiteError when that fails."""
        op = self.contract.operations[operation] if isinstance(operation, str) else operation
        exchange = self.call(op, **{**self.right(op), **more})
        self.rely(exchange.succeeded, f"{exchange.told} is no success: {exchange.shortly}", exchange)
        return exchange

    def right(self, operation: str | Operation) -> dict[str, Any]:
        """The arguments of `call` with which an operation is known to succeed."""
        op = self.contract.operations[operation] if isinstance(operation, str) else operation
        return self._samples(self, op)


def made_there(resource: str, setting: str = "") -> str:
    """What helps where a target has no object of a resource."""
    named = f", or name one with --set {setting}=VALUE" if setting else ""
    return f"put a {resource.replace('_', ' ')} on the target{named}"


def where_items(operation: Operation) -> tuple[str | int, ...]:
    """The member names that lead to a list's items."""
    return operation.pagination.items_at() if operation.pagination else ()


def sized(operation: Operation) -> bool:
    """Whether a list takes a page size."""
    names = {parameter.name for parameter in operation.parameters}
    return operation.pagination is not None and bool(names & set(operation.pagination.size.parameters))


def paged(operation: Operation) -> bool:
    """Whether a list takes a page number."""
    names = {parameter.name for parameter in operation.parameters}
    pagination = operation.pagination
    return pagination is not None and pagination.page is not None and bool(names & set(pagination.page.parameters))


def paging(operation: Operation, page: Any = None, size: Any = None) -> list[tuple[str, Any]]:
    """The query that asks for a page of a size, under the contract's own parameter names."""
    pagination = operation.pagination
    found: list[tuple[str, Any]] = []
    if pagination is not None and size is not None:
        found.append((pagination.size.parameters[0], size))
    if pagination is not None and page is not None and pagination.page is not None:
        found.append((pagination.page.parameters[0], page))
    return found


def identify(item: Item) -> str:
    """What tells an item of a list from the others."""
    if isinstance(item, Mapping):
        for name in ("id", "_id", "respid", "filter_id", "participant_id", "event_type"):
            if item.get(name, NOTHING) is not NOTHING:
                return str(item[name])
    return json.dumps(item, sort_keys=True, default=str)


def _items(query: Query) -> list[tuple[str, Any]]:
    return list(query.items() if isinstance(query, Mapping) else query)


def attribute(item: Item, name: str) -> Any:
    """A member of an object, also where JSON:API keeps its attributes; NOTHING without it."""
    found = find(item, name)
    return found if found is not NOTHING else find(item, "attributes", name)
