"""What a check gets: methods to call the target, to find and create what it needs, and to judge."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

from understudy.conformance.evidence.body import FORM
from understudy.conformance.evidence.errors import (
    NoReplyError,
    OutOfScopeError,
    PrerequisiteError,
    UnexpectedReplyError,
)
from understudy.conformance.evidence.exchange import NOTHING, SAFE_METHODS, Exchange, Request, find
from understudy.conformance.evidence.findings import Judgement, Outcome
from understudy.conformance.evidence.matchers import Matcher, Mismatch, brief
from understudy.conformance.http.client import JSON, Credential, Query, as_body, as_json, bare
from understudy.conformance.judging.lists import (
    Item,
    as_items,
    identify,
    identity_of,
    items_path,
    paging,
    takes_page_number,
    takes_page_size,
    whole,
)
from understudy.conformance.judging.recorder import Recorder
from understudy.conformance.scope.target_file import merged
from understudy.specs import Contract, Operation
from understudy.specs.reading.references import resolve

#: A rule that more operations than this share is tried on this many of them.
SHARED = 10
#: No body; None would be sent as JSON null.
EMPTY = object()


class ObjectSource(Protocol):
    """The objects that the target already has (`ObjectFinder` in `finder.py`)."""

    def value(self, ctx: CheckContext, operation: Operation, parameter: str) -> str:
        """The value for a parameter of an operation; raises PrerequisiteError if none is found."""

    def existing(self, ctx: CheckContext, resource: str) -> list[Any]:
        """Objects of a resource that the target had before the run."""

    def lister(self, resource: str) -> Operation:
        """The operation that lists a resource without a parent; raises PrerequisiteError if there is none."""

    def resource_of(self, operation: Operation, parameter: str) -> str | None:
        """The resource that a path parameter names."""


class UndeclaredClauseError(ValueError):
    """The code of a check judges a clause or an aspect that its decorator does not list."""


class CheckContext:
    """One check at work on one target.

    `judge` and `holds` record; nothing is raised for a broken clause, so that one run reports all of them. Objects are
    found through `finder` and created through `samples`, which call the functions that the rules of each API register.
    """

    def __init__(
        self,
        run: Recorder,
        name: str,
        finder: ObjectSource,
        samples: Callable[[CheckContext, Operation], dict[str, Any]],
        declares: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self.run = run
        self.name = name
        self.finder = finder
        self.contract: Contract = run.contract
        self.random = Random(f"{run.seed}/{name}")  # noqa: S311 - repeatable, not secret
        self.exchanges: list[Exchange] = []
        self.judged: set[str] = set()
        self._samples = samples
        self._declares = declares
        self._once: dict[str, Any] = {}
        #: Operations that did not reply when this check was performed before, and those that `over` has given out.
        self.silent: dict[str, NoReplyError] = {}
        self.offered: set[str] = set()

    # --- judging -----------------------------------------------------------------------------------------------------

    def judge(
        self,
        what: str | tuple[str, ...],
        exchange: Exchange,
        matcher: Matcher,
        *others: Exchange,
        of: Iterable[str] = (),
    ) -> bool:
        """Record whether clauses, or the clauses of an aspect, hold in an exchange.

        `others` are further evidence. Of an aspect's clauses, only those are judged that are about an operation of the
        exchanges, or about an operation in `of`. Raises UndeclaredClauseError for what the check's decorator does not
        list.
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
        """Record a judgement over several exchanges; a vacuous one is not evidence by itself."""
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
        described: tuple[str, str] = ("", ""),
        of: Iterable[str] = (),
    ) -> None:
        if mismatch is not None:
            outcome, described = Outcome.BROKEN, (mismatch.expected, mismatch.actual)
        else:
            outcome = Outcome.VACUOUS if vacuous else Outcome.HELD
        operations = set(of) or {exchange.request.operation for exchange in exchanges} - {None}
        names = (what,) if isinstance(what, str) else what
        for name in names:
            self._require_declared(name)
        for clause in dict.fromkeys(each for name in names for each in self.clauses(name, operations)):
            self.judged.add(clause)
            self.run.record(
                Judgement(clause, self.name, outcome, *described, tuple(exchanges) if outcome != Outcome.HELD else ()),
                self.exchanges,
            )

    def declares(self, name: str) -> bool:
        """Whether this check may judge a clause or an aspect."""
        return self._declares(name)

    def _require_declared(self, name: str) -> None:
        if not self.declares(name):
            raise UndeclaredClauseError(f"check {self.name} judges {name}, which its decorator does not list")

    def clauses(self, what: str, operations: Iterable[str | None] = ()) -> tuple[str, ...]:
        """The clauses that a name stands for: itself, or those of an aspect that are about one of the operations."""
        if what in self.run.clauses:
            return (what,)
        mine = self.run.mapping.aspects.get(what, ())
        seen = set(operations)
        return tuple(name for name in mine if name in self.run.clauses and (not seen or self.run.concerns(name, seen)))

    def asks(self, what: str, operation: Operation | None = None) -> bool:
        """Whether any clause that is judged in this run is about this (and about the operation)."""
        return bool(self.clauses(what, [operation.id] if operation else []))

    def may(self, operation: Operation) -> bool:
        """Whether the profile allows an operation to be called."""
        return not operation.writes or self.run.profile.writes

    def over(self, *aspects: str, when: Callable[[Operation], bool] = lambda _: True) -> list[Operation]:
        """The operations that the clauses of some aspects are about and that may be called, in the contract's order.

        A reading operation is left out if the target lacks an object for its path; its clauses are recorded as unmet.
        So is one that does not reply (`silent`), or whose objects cannot be looked for; its clauses get an error.
        """
        for aspect in aspects:
            self._require_declared(aspect)
        named = self._named(aspects)
        wanted = {operation for name in named for operation in self.run.operations_of(name)}
        found = []
        for operation in self.contract.operations.values():
            if operation.id in wanted and self.may(operation) and when(operation):
                try:
                    silent = self.silent.get(operation.id)
                    lacking = None if silent else self.lacking(operation)
                except NoReplyError as error:
                    silent, lacking = error, None
                if silent is not None:
                    self._no_reply(named, operation, silent)
                    continue
                if lacking is None:
                    found.append(operation)
                for clause in sorted(named) if lacking is not None else ():
                    if self.run.concerns(clause, [operation.id]):
                        self.unmet(clause, lacking)
        self.offered |= {operation.id for operation in found}
        return found

    def _no_reply(self, named: set[str], operation: Operation, error: NoReplyError) -> None:
        """Record that clauses about an operation cannot be judged; what holds for all operations is judged on the others."""
        for clause in sorted(named):
            if self.run.clauses[clause].operations != ("*",) and self.run.concerns(clause, [operation.id]):
                self.unanswered(clause, error)

    def unanswered(self, clause: str, error: NoReplyError) -> None:
        """Record that a clause cannot be judged because no reply came."""
        self.judged.add(clause)
        reason = self.run.secrets.text(str(error))
        wanted = "an exchange that can be judged"
        judgement = Judgement(clause, self.name, Outcome.ERROR, wanted, reason, error.exchanges)
        self.run.record(judgement, self.exchanges)

    def leave_out(self, aspects: Iterable[str], operation: Operation, reason: OutOfScopeError) -> None:
        """Note why an operation is not called; clauses of some aspects that are judged on no other are left out."""
        for clause in self._named(aspects):
            if self.run.concerns(clause, [operation.id]):
                self.run.out_of_reach.setdefault(clause, str(reason))

    def _named(self, aspects: Iterable[str]) -> set[str]:
        """The clauses of some aspects that are judged in this run."""
        return {name for aspect in aspects for name in self.run.mapping.of(aspect)} & set(self.run.clauses)

    def some_of(self, operations: list[Operation], most: int = SHARED) -> list[Operation]:
        """The operations, or a sample of `most` of them that depends on the seed."""
        if len(operations) <= most:
            return operations
        drawn = {operation.id for operation in self.random.sample(operations, most)}
        return [operation for operation in operations if operation.id in drawn]

    def lacking(self, operation: Operation) -> PrerequisiteError | None:
        """Why a reading operation cannot be called; None if it can."""
        if operation.writes:
            return None
        try:
            self.address(operation)
            for parameter in operation.parameters:
                if parameter.place == "query" and parameter.required:
                    self.parameter(operation, parameter.name)
        except PrerequisiteError as unmet:
            return unmet
        return None

    def unmet(self, clause: str, reason: PrerequisiteError | None) -> None:
        """Record that the target lacks the data to judge a clause."""
        self.judged.add(clause)
        exchanges = reason.exchanges if reason else ()
        message = str(reason) if reason else "the target lacks the data to judge it"
        self.run.record(
            Judgement(
                clause,
                self.name,
                Outcome.UNMET,
                needed(reason),
                message,
                exchanges,
                lacking=not isinstance(reason, UnexpectedReplyError),
                remedy=reason.remedy if reason else "",
            ),
            self.exchanges,
        )

    def lacks(self, what: str | tuple[str, ...], wanted: str, *exchanges: Exchange) -> None:
        """Record what the target lacks to judge clauses; they are not shown unless another judgement shows that they hold."""
        self.holds(what, exchanges, True, wanted, "none", vacuous=True)

    def hidden(self, what: str, reason: str, *exchanges: Exchange) -> None:
        """Record which fault, found elsewhere, keeps a clause from being shown."""
        for name in self.clauses(what, [each.request.operation for each in exchanges]):
            self.unmet(name, UnexpectedReplyError(reason, *exchanges))

    def first(
        self, what: str | tuple[str, ...], found: Iterable[Item], wanted: str, *exchanges: Exchange
    ) -> list[Item]:
        """The first of the items as a list of at most one, to loop over; records `lacks` if there is none."""
        some = list(found)[:1]
        if not some:
            self.lacks(what, wanted, *exchanges)
        return some

    @property
    def local(self) -> bool:
        """Whether the target runs on this machine, so that nobody else's data is at stake."""
        return self.run.target.local

    def reach(self, held: object, reason: str) -> None:
        """Leave this check out, with the reason, if the target's owner has not allowed what it would do."""
        if not held:
            raise OutOfScopeError(reason)

    def need(self, held: object, reason: str, *exchanges: Exchange, remedy: str = "") -> None:
        """Stop this check if the target lacks what it needs; the clauses it has not judged are not shown.

        `remedy` says what would help.
        """
        if not held:
            raise PrerequisiteError(reason, *exchanges, remedy=remedy)

    def rely(self, held: object, reason: str, *exchanges: Exchange) -> None:
        """Stop this check if a reply is not what it relies on; the clauses it has not judged are not shown.

        What the source promises of the reply itself is judged, not relied on.
        """
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
        """Call an operation and validate its reply against the contract.

        Path parameters that are not given are filled in (see `parameter`). `body` is sent as JSON or as the target
        wants it, `form` urlencoded, `raw` as it is. `role` None sends no credential; `credential` overrides it.
        `method` and `at` (a path) deviate from the contract on purpose: such replies are not validated. A safe request
        that the run has sent before, with no write since, is not sent again unless `fresh` is set.
        """
        op = self.contract.operations[operation] if isinstance(operation, str) else operation
        sent = dict(headers or {})
        content = raw
        if form is not None:
            content = urlencode([(name, str(value)) for name, value in form.items()]).encode()
            sent.setdefault("Content-Type", content_type or FORM)
        elif body is not EMPTY:
            content = as_body(self._with_own_values(op, body), self._kind(op, content_type), op.lists)
        if content is not None:
            kind = self._kind(op, content_type, raw is not None)
            if kind:
                sent.setdefault("Content-Type", kind)
        parameters = as_items(query)
        if method is None and at is None:
            # None leaves out a required parameter on purpose.
            named = {name for name, _ in parameters}
            parameters += [
                (p.name, self.parameter(op, p.name))
                for p in op.parameters
                if p.place == "query" and p.required and p.name not in named
            ]
            for each in op.parameters:
                if each.place == "header" and each.required:
                    sent.setdefault(each.name, self.parameter(op, each.name))
        request = self.run.client.request(
            method or op.method,
            at if at is not None else self.address(op, path),
            query=parameters,
            headers=sent.items(),
            body=content,
            operation=op.id,
            role=role,
            credential=credential or (self.run.credential(role) if role is not None and self.run.asks(op) else None),
        )
        known = None if fresh else self.run.response_cache.get(request)
        exchange = self._send(request, known)
        if method is None and at is None and known is None:
            self.run.examine(op, exchange, self.name, self.exchanges)
        return exchange

    def _with_own_values(self, operation: Operation, body: Any) -> Any:
        """A body with what the target's owner wants in it, save for members that the contract requires.

        A check may leave out a required member on purpose; samples have the owner's values for these, too.
        """
        own = self.run.target.bodies.get(operation.id)
        if not own or not isinstance(body, Mapping):
            return body
        schema = resolve(self.contract.schemas, next(iter(operation.body.values()), {}))
        more = {name: value for name, value in own.items() if name not in schema.get("required", ())}
        return merged(more, body)

    def _kind(self, operation: Operation, given: str | None, raw: bool = False) -> str:
        """The media type of a body: as given, as the target wants it, or the first that the contract lists.

        What is sent raw is never called a form for the target's sake, as it is meant to be JSON or nothing.
        """
        if given is not None:
            return given
        own = self.run.target.encoding
        return own if own and not (raw and bare(own) == FORM) else next(iter(operation.body), JSON)

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
        """Call a path that is not an operation of the contract; `path` is already percent-encoded."""
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
        return self._send(request)

    def follow(self, url: str, like: Exchange) -> Exchange:
        """Call a URL from a reply as the same caller, always at the target itself.

        The address may spell the target in another way (a proxy may have changed scheme, port and path prefix). Raises
        UnexpectedReplyError if it leads to another host.
        """
        self.rely(self.run.target.hosts(url), f"{url} leads away from {self.run.target.url}", like)
        parts = urlsplit(urljoin(like.request.url, url))
        prefix = urlsplit(self.run.target.url).path
        path = parts.path.removeprefix(prefix) if parts.path.startswith(f"{prefix}/") else parts.path
        request = self.run.client.request(
            "GET",
            path,
            query=parse_qsl(parts.query, keep_blank_values=True),
            operation=like.request.operation,
            role=like.request.role,
            credential=self.run.credential(like.request.role) if like.request.role else None,
        )
        return self._send(request)

    def _send(self, request: Request, known: Exchange | None = None) -> Exchange:
        """Send a request, unless its reply is known, and add the exchange to those of this check."""
        exchange = known or self.run.client.send(request)
        # Of what only reads, a script that repeats a finding needs no reply.
        self.exchanges.append(exchange.as_evidence() if request.method in SAFE_METHODS else exchange)
        return exchange

    def address(self, operation: Operation, path: Mapping[str, Any] | None = None) -> str:
        """The percent-encoded path of an operation with its parameters filled in."""
        values = dict(path or {})
        for name in operation.path_parameters:
            if name not in values:
                values[name] = self.parameter(operation, name)
        text = operation.route
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", quote(str(value), safe=""))
        return text

    # --- finding -----------------------------------------------------------------------------------------------------

    def parameter(self, operation: Operation, parameter: str) -> str:
        """The value for a parameter: a setting, what the API's rules find, or the id of an object on the target."""
        return self.finder.value(self, operation, parameter)

    def page(self, operation: Operation, page: Any = None, size: Any = None, **more: Any) -> Exchange:
        """One page of a list."""
        return self.call(
            operation, **{**more, "query": [*paging(operation, page, size), *as_items(more.get("query", ()))]}
        )

    def items(self, operation: Operation, exchange: Exchange) -> list[Item]:
        """The items of a page; raises UnexpectedReplyError if the reply has no list where the contract says so."""
        if not exchange.succeeded:
            raise UnexpectedReplyError(f"{exchange.label} is not successful: {exchange.summary}", exchange)
        found = find(exchange.json, *items_path(operation))
        if not isinstance(found, list):
            raise UnexpectedReplyError(f"{exchange.label} has no list of items: {exchange.summary}", exchange)
        if not all(isinstance(item, Mapping) for item in found):
            raise UnexpectedReplyError(f"{exchange.label} has items that are not objects: {exchange.summary}", exchange)
        return found

    def listed(self, operation: Operation | str, role: str = "default", **more: Any) -> list[Item]:
        """All items of a list; stops this check if the list is too long to be read whole (`whole` of `lists.py` has parts)."""
        return whole(self, operation, role=role, **more).items

    def identify(self, item: Item, operation: Operation) -> str:
        """The id of an object that an operation shows, under the contract's name for it."""
        return identify(item, *identity_of(self.contract, operation))

    def some(self, resource: str, like: Callable[[Item], bool] = lambda _: True, reason: str = "") -> Item:
        """An object that lasts until the end of this run; which one depends on the seed."""
        found = [item for item in self.finder.existing(self, resource) if like(item)]
        self.need(
            found, reason or f"the target has no {resource} that this check could use", remedy=remedy_for(resource)
        )
        return self.random.choice(found)

    def lister(self, resource: str) -> Operation:
        """The operation that lists a resource without a parent."""
        return self.finder.lister(resource)

    def reader(self, resource: str) -> Operation | None:
        """The operation that reads one object of a resource."""
        found = (op for op in self.contract.operations.values() if op.resource == resource and op.action == "read")
        return next(found, None)

    # --- creating ----------------------------------------------------------------------------------------------------

    def mark(self, about: str = "") -> str:
        """A unique text that shows that the kit created the object."""
        return f"{about or 'made by'} {self.run.mark}-{next(self.run.numbers)}".strip()

    def recall(self, what: str, find: Callable[[], Any]) -> Any:
        """The result of `find`, called only once in this run: for objects that existed before and do not change."""
        if what not in self.run.found:
            self.run.found[what] = find()
        return self.run.found[what]

    def once(self, what: str, make: Callable[[], Any]) -> Any:
        """The result of `make`, called only once in this check."""
        if what not in self._once:
            self._once[what] = make()
        return self._once[what]

    def word(self) -> str:
        """A unique identifier of letters, digits and underscores."""
        return f"{self.run.mark}_{next(self.run.numbers)}"

    def make(self, operation: str | Operation, **more: Any) -> Exchange:
        """Create an object with the sample of the operation; raises UnexpectedReplyError if that fails."""
        op = self.contract.operations[operation] if isinstance(operation, str) else operation
        exchange = self.call(op, **{**self.right(op), **more})
        self.rely(exchange.succeeded, f"{exchange.label} is not successful: {exchange.summary}", exchange)
        return exchange

    def right(self, operation: str | Operation) -> dict[str, Any]:
        """The arguments of `call` with which an operation is known to succeed."""
        op = self.contract.operations[operation] if isinstance(operation, str) else operation
        return self._samples(self, op)


__all__ = [
    "CheckContext",
    "Item",
    "attribute",
    "identify",
    "items_path",
    "needed",
    "paging",
    "remedy_for",
    "takes_page_number",
    "takes_page_size",
]


def needed(reason: PrerequisiteError | None) -> str:
    """What would have to be there for a clause to be judged that could not be judged for this reason."""
    if not isinstance(reason, UnexpectedReplyError):
        return "data on the target with which this clause can be judged"
    if not reason.exchanges:
        return "replies with which this clause can be judged"
    last: Exchange = reason.exchanges[-1]
    return f"{last.wanted} (needed to judge this clause)"


def remedy_for(resource: str, setting: str = "") -> str:
    """What helps if a target has no object of a resource."""
    named = f", or name one with --set {shlex.quote(f'{setting}=VALUE')}" if setting else ""
    return f"create a {resource.replace('_', ' ')} on the target{named}"


def attribute(item: Item, name: str) -> Any:
    """A member of an object or of its JSON:API `attributes`; NOTHING if it is missing."""
    found = find(item, name)
    return found if found is not NOTHING else find(item, "attributes", name)
