"""The record of one run: the clauses it judges, its judgements, and the results at its end."""

from __future__ import annotations

import itertools
import secrets as random_bytes
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import Any

from understudy.conformance.evidence import curl
from understudy.conformance.evidence.body import Excerpt
from understudy.conformance.evidence.causes import Causes
from understudy.conformance.evidence.errors import UsageError
from understudy.conformance.evidence.exchange import NO_REPLY, Exchange, path_of, shorten
from understudy.conformance.evidence.findings import (
    Breach,
    Judgement,
    Outcome,
    RedactedExchange,
    Report,
    Result,
    Verdict,
    decide,
)
from understudy.conformance.evidence.places import mentioned, position
from understudy.conformance.evidence.response_validator import ResponseValidator, Violation
from understudy.conformance.evidence.secrets import Secrets
from understudy.conformance.evidence.words import cut, no_such
from understudy.conformance.http.auth import Ways
from understudy.conformance.http.cleanup import Cleanup
from understudy.conformance.http.client import Client, Credential
from understudy.conformance.http.response_cache import ResponseCache
from understudy.conformance.http.target import Target
from understudy.conformance.scope import settings
from understudy.conformance.scope.defaults import defaults, resource_name
from understudy.conformance.scope.mapping import mapping
from understudy.conformance.scope.profile import Profile
from understudy.specs import Clause, Contract, Operation

#: What a body is expected to be that bends the rules of JSON.
JSON_RULES = "JSON in UTF-8 without a byte order mark, each member of an object once (RFC 8259)"
#: How many failed judgements of one clause by one check are kept with their evidence.
KEPT = 3
#: The number of characters of a body that a report shows.
SHOWN = 4000
#: What a source promises of replies; their statuses and headers are in part our choice.
PROMISED = frozenset({"schema", "json"})


@dataclass
class Recorder:
    """The record of one run. `clauses` are those that will be judged, `left_out` the others with the reason."""

    contract: Contract
    target: Target
    profile: Profile
    seed: int = 1
    deadline: float | None = None
    only: frozenset[str] = frozenset()
    clauses: dict[str, Clause] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    judgements: dict[str, list[Judgement]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    remarks: dict[str, None] = field(default_factory=dict)
    #: (operation, what was expected) -> the breach.
    breaches: dict[tuple[str, str], Breach] = field(default_factory=dict)
    leftovers: list[str] = field(default_factory=list)
    #: How many objects were made so that the target holds enough of them.
    supplied: int = 0
    out_of_reach: dict[str, str] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)
    #: The numbers of exchanges whose replies do not fit the contract.
    nonconforming: set[int] = field(default_factory=set)
    #: The kinds of odd bodies that have been judged.
    oddities: set[str] = field(default_factory=set)
    stopped: str = ""
    statuses: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.contract = self.profile.narrowed(self.contract)
        self.target = self.target.for_api(self.contract)
        self.mapping = mapping(self.contract)
        self.causes = Causes(self.mapping.causes)
        self.response_validator = ResponseValidator(self.contract)
        self.cleanup = Cleanup(self.contract)
        self.secrets = Secrets(self.target.tokens)
        self.mark = f"u{random_bytes.token_hex(4)}"
        self.numbers = itertools.count(1)
        settings.validate(self.contract, self.target.settings)
        self.settings = {**defaults(self.contract), **self.target.settings}
        shape = frozenset(self.contract.errors.body)
        self.client = Client(self.target, self.profile, self.deadline, shape, Ways(self.contract))
        self.response_cache = ResponseCache()
        self.client.listen(self.cleanup.record)
        self.client.listen(self.response_cache.record)
        self.client.listen(lambda exchange: self.statuses.update([exchange.status]))
        self._select()

    # --- which clauses -----------------------------------------------------------------------------------------------

    def _select(self) -> None:
        known = {clause.id: clause for clause in self.contract.clauses}
        spelt = {name.upper(): name for name in known}
        self.only = frozenset(spelt.get(name.upper(), name.upper()) for name in self.only)
        unknown = sorted(self.only - set(known))
        if unknown:
            raise UsageError(no_such("clause", unknown, known, f"in {self.contract.title}"))
        retired = [f"{name} is retired: {known[name].retired}" for name in sorted(self.only) if known[name].retired]
        if retired:
            raise UsageError("; ".join(retired))
        for clause in self.contract.clauses:
            if clause.retired or (self.only and clause.id not in self.only):
                continue
            # A register that is made has few reasons, which tell all; one that was written has one for each clause.
            mark = "" if self.contract.inferred else "excluded: "
            reason = f"{mark}{clause.excluded}" if clause.excluded else self.profile.leaves_out(self.contract, clause)
            if reason:
                self.left_out[clause.id] = reason
            else:
                self.clauses[clause.id] = clause

    def operations_of(self, clause: str) -> tuple[str, ...]:
        """The operations that a clause is about."""
        operations = self.clauses[clause].operations
        if operations != ("*",):
            return operations
        return tuple(name for name in self.contract.operations if name not in self.contract.respelt)

    def concerns(self, clause: str, operations: Iterable[str | None]) -> bool:
        """Whether a clause is about one of the operations."""
        own = self.clauses[clause].operations
        named = set(operations)
        return bool(set(own) & named) or (own == ("*",) and not named & self.contract.respelt)

    def credential(self, role: str | None) -> Credential | None:
        """The credential of a role; None if no token was given for it."""
        token = self.target.tokens.get(role or "default")
        return replace(self.credential_of(token), given=True) if token else None

    def asks(self, operation: Operation) -> bool:
        """Whether a credential is sent to an operation: where it takes one, or where the contract says so of none."""
        return any(operation.requirements) or not any(each.requirements for each in self.contract.operations.values())

    def credential_of(self, token: str) -> Credential:
        """Any token, sent in the way that the target takes."""
        words = next(iter(self.contract.schemes.values()), ("Bearer",))
        return Credential(words[0], token, self.target.auth)

    def tidy(self) -> None:
        """Remove the objects that the run created, even if it is being stopped."""
        self.client.stopping = True
        try:
            self.leftovers += self.cleanup.remove_all(self.client, self.credential)
        finally:
            self.client.stopping = False

    def remove_all(self) -> None:
        """Remove everything that the run created, also what it kept until its end."""
        self.cleanup.release()
        self.tidy()

    def finish(self) -> None:
        """Remove everything that the run created, and close the connections."""
        try:
            self.remove_all()
        finally:
            self.client.close()

    # --- recording ---------------------------------------------------------------------------------------------------

    def record(self, judgement: Judgement, history: Sequence[Exchange] = ()) -> None:
        """Keep a judgement, and evidence for the first few failed ones.

        `history` are the exchanges before it, which a script that repeats the finding may need.
        """
        kept = self.judgements.setdefault(judgement.clause, [])
        self.counts[judgement.clause] = self.counts.get(judgement.clause, 0) + 1
        if judgement.outcome in {Outcome.HELD, Outcome.VACUOUS}:
            if not any(each.outcome is judgement.outcome for each in kept):
                kept.append(_as_evidence(judgement))
            return
        if sum(each.outcome is judgement.outcome and each.check == judgement.check for each in kept) >= KEPT:
            return
        shell = self._script(judgement.exchanges, history)
        kept.append(replace(_as_evidence(judgement), curl=shell))

    def _script(self, exchanges: Sequence[Exchange], history: Sequence[Exchange]) -> str:
        # What was made for the whole run was made before the check at work began.
        steps = {
            each.number: each for each in (*(made.exchange for made in self.cleanup.kept), *(history or exchanges))
        }
        before = [steps[number] for number in sorted(steps)]
        return curl.script(exchanges, before, self.secrets, self.mark, self.cleanup.made)

    def examine(self, operation: Operation, exchange: Exchange, check: str, history: Sequence[Exchange] = ()) -> None:
        """Validate a reply against the contract; each violation breaks the clauses about it, or is a breach or a remark.

        What is found is filed under the check at work.
        """
        failed = exchange.status >= 500 and exchange.status not in {501, 503}
        if failed and not self._broken(
            "reply.server-error", operation, exchange, check, history, "no 5xx status", exchange.summary
        ):
            self.breach(operation, exchange, check, "a status below 500", exchange.summary, history)
        self._note_oddities(operation, exchange, check, history)
        for violation in self.response_validator.examine(operation, exchange):
            if not violation.extra:
                self.nonconforming.add(exchange.number)
            clauses = self._clauses_of(violation, operation)
            for clause in clauses:
                # The first is about the member itself, the others about what contains it.
                because = clauses[0] if clause != clauses[0] else ""
                found = (violation.expected, violation.actual, (exchange,))
                judgement = Judgement(clause, check, Outcome.BROKEN, *found, because=because, place=violation.place)
                self.record(judgement, history)
            if clauses:
                self.causes.note(exchange.number, clauses[0], violation.member)
            elif violation.about in PROMISED and not violation.extra and not failed:
                said = (violation.expected, violation.actual)
                self.breach(operation, exchange, check, *said, history, violation.place)
            elif not violation.extra and not failed:
                self.remark(operation, violation.expected, violation.actual)

    def _note_oddities(self, operation: Operation, exchange: Exchange, check: str, history: Sequence[Exchange]) -> None:
        """Judge, once for each kind, a body that bends the rules of JSON; the first clause on JSON replies is broken."""
        for oddity in exchange.oddities:
            if oddity.kind in self.oddities:
                continue
            self.oddities.add(oddity.kind)
            named = [name for aspect in ("reply.json", "reply.media-type") for name in self.mapping.of(aspect)]
            about = [name for name in named if name in self.clauses and self.concerns(name, [operation.id])]
            actual = f"{oddity.text}: {exchange.summary}"
            if oddity.kind == "surrogate":
                # RFC 8259 allows half a character, and warns of what readers do with it.
                self.remark(operation, JSON_RULES, actual)
            elif about:
                judgement = Judgement(about[0], check, Outcome.BROKEN, JSON_RULES, actual, (exchange,))
                self.record(judgement, history)
            else:
                self.breach(operation, exchange, check, JSON_RULES, actual, history)

    def breach(
        self,
        operation: Operation,
        exchange: Exchange,
        check: str,
        expected: str,
        actual: str,
        history: Sequence[Exchange] = (),
        place: Sequence[str | int] = (),
    ) -> None:
        """Keep a fault that no clause states; a run of selected clauses leaves it out.

        Of an operation that the source only implies, nothing but a server error is a fault.
        """
        if operation.provenance != "documented" and exchange.status < 500:
            self.remark(operation, expected, actual)
        elif not self.only and (operation.id, expected) not in self.breaches:
            script = self._script((exchange,), history)
            shown = (self.redacted(exchange, _at(exchange, place, actual)),)
            texts = (self.secrets.text(expected), self.secrets.text(actual))
            self.breaches[operation.id, expected] = Breach(operation.id, check, *texts, script, shown)

    def remark(self, operation: Operation, expected: str, actual: str) -> None:
        """Keep what is not as the contract has it, though nothing is broken."""
        if not self.only:
            remark = f"{operation.method} {operation.path}: expected {expected}, got {actual}"
            self.remarks[self.secrets.text(shorten(remark))] = None

    def judges(self, check: str, clause: str) -> bool:
        """Whether a clause is among those that a check judges; otherwise the check only came across a fault."""
        return True

    def _clauses_of(self, violation: Violation, operation: Operation) -> list[str]:
        if violation.about == "schema":
            named = self.mapping.of_member(
                violation.component, violation.member, missing=violation.missing, extra=violation.extra
            )
            # A nested value that is not an object breaks the clauses about the member that contains it.
            outer = [() if violation.extra else self.mapping.of_member(*place) for place in violation.around]
            outer += [] if violation.extra else [self.mapping.of("reply.schema")]
        elif violation.about == "json":
            named, outer = self.mapping.of("reply.json"), [self.mapping.of("reply.schema")]
        else:
            named, outer = self.mapping.aspects.get(f"reply.{violation.about}", ()), []
        for each in (named, *outer):
            affected = [name for name in each if name in self.clauses and self.concerns(name, [operation.id])]
            if affected:
                return affected
        return []

    def _broken(
        self,
        aspect: str,
        operation: Operation,
        exchange: Exchange,
        check: str,
        history: Sequence[Exchange],
        expected: str,
        actual: str,
    ) -> bool:
        """Record that the clauses of an aspect are broken; whether one of them fails."""
        clauses = [
            clause
            for clause in self.mapping.aspects.get(aspect, ())
            if clause in self.clauses and self.concerns(clause, [operation.id])
        ]
        for clause in clauses:
            self.record(Judgement(clause, check, Outcome.BROKEN, expected, actual, (exchange,)), history)
        return any(self.profile.fails(self.contract, self.clauses[clause]) for clause in clauses)

    # --- results -----------------------------------------------------------------------------------------------------

    def results(self) -> tuple[Result, ...]:
        """One result per clause, in the order of the register, with the causes of those that follow from others."""
        found = []
        for clause in self.contract.clauses:
            if clause.id in self.clauses:
                found.append(self.result(clause))
            elif clause.id in self.left_out:
                found.append(_result(clause, Verdict.NOT_APPLICABLE, actual=self.left_out[clause.id]))
        deciding = {each.clause: self._deciding(each.clause) for each in found}
        return self.causes.linked(found, {name: each for name, each in deciding.items() if each is not None})

    def _deciding(self, clause: str) -> Judgement | None:
        """The judgement that decides a clause.

        Where a check that judges the clause found it broken, what other checks came across counts no more.
        """
        kept = self.judgements.get(clause, [])
        own = [each for each in kept if each.outcome is not Outcome.BROKEN or self.judges(each.check, clause)]
        return decide(own if any(each.outcome is Outcome.BROKEN for each in own) else kept)

    def failed(self) -> bool:
        """Whether a clause has failed."""
        return any(
            each.outcome is Outcome.BROKEN and self.profile.fails(self.contract, self.clauses[name])
            for name, judgements in self.judgements.items()
            for each in judgements
        )

    def unreached(self, clause: str) -> str:
        """Why there is no judgement on a clause, though nothing ended the run."""
        return "no check reached a judgement"

    def result(self, clause: Clause) -> Result:
        """The verdict on one clause."""
        deciding = self._deciding(clause.id)
        if deciding is None and clause.id in self.out_of_reach:
            return _result(clause, Verdict.NOT_APPLICABLE, actual=self.out_of_reach[clause.id])
        # A run that ended early may have seen only data that shows nothing.
        early = bool(self.stopped) and all(
            each.outcome is Outcome.VACUOUS for each in self.judgements.get(clause.id, [])
        )
        if deciding is None or early:
            reason = self.stopped or self.unreached(clause.id)
            return _result(clause, Verdict.ERROR, expected="a judgement", actual=reason)
        match deciding.outcome:
            case Outcome.HELD:
                verdict = Verdict.PASS
            case Outcome.ERROR:
                verdict = Verdict.ERROR
            case Outcome.BROKEN if clause.level == "ambiguous":
                return self._read_otherwise(clause, deciding)
            case Outcome.BROKEN:
                verdict = Verdict.FAIL if self.profile.fails(self.contract, clause) else Verdict.WARNING
            case _:
                verdict = Verdict.NOT_SHOWN
        shown = () if verdict is Verdict.PASS else deciding.exchanges[-4:]
        places = [deciding.place if each is deciding.exchanges[-1] else () for each in shown]
        exchanges = tuple(
            self.redacted(each, _at(each, place, deciding.actual)) for each, place in zip(shown, places, strict=True)
        )
        return _result(
            clause,
            verdict,
            check=deciding.check,
            expected=self.secrets.text(deciding.expected) if verdict is not Verdict.PASS else "",
            actual=self.secrets.text(deciding.actual) if verdict is not Verdict.PASS else "",
            curl=deciding.curl,
            exchanges=exchanges,
            judgements=self.counts.get(clause.id, 0),
            broken_by=self._broken_by(deciding),
            lacking=deciding.lacking,
            remedy=(deciding.remedy or self._remedy(deciding)) if deciding.lacking else "",
        )

    def _read_otherwise(self, clause: Clause, deciding: Judgement) -> Result:
        """An ambiguous clause passes whichever reading the target follows; the report remarks on one that is not ours."""
        seen = f"instead of {deciding.expected}: {deciding.actual}"
        return _result(
            clause,
            Verdict.PASS,
            check=deciding.check,
            judgements=self.counts.get(clause.id, 0),
            remark=self.secrets.text(shorten(f"another reading than ours, {seen}")),
        )

    def _remedy(self, deciding: Judgement) -> str:
        """The setting with which to name another parent, if the list below the one that the kit chose shows too little."""
        chosen = [each.request for each in deciding.exchanges if each.request.role in {"default", None}]
        used = [self.contract.operations.get(each.operation or "") for each in chosen]
        names = {
            name
            for operation in used
            if operation is not None and operation.action == "list"
            for name in operation.path_parameters
        }
        # `id` would stand for objects of every kind.
        return " or ".join(
            f"name another {resource_name(name).replace('_', ' ')} with --set {name}=VALUE"
            for name in sorted(names - {"id"})
        )

    def _broken_by(self, deciding: Judgement) -> tuple[str, ...]:
        """The checks that found a clause broken; the first is the one that decided the verdict."""
        found = [each for each in self.judgements[deciding.clause] if each.outcome is Outcome.BROKEN]
        own = [each for each in found if self.judges(each.check, deciding.clause)]
        found = own or found
        return tuple(dict.fromkeys([deciding.check, *(each.check for each in found)])) if found else ()

    def redacted(self, exchange: Exchange, at: int | None = None) -> RedactedExchange:
        """An exchange as a report may show it; of a long reply the part around the character `at`."""
        sent, got = exchange.request, exchange.reply
        lines = [f"{sent.method} {self.secrets.text(path_of(sent.url))}"]
        lines += [f"{name}: {value}" for name, value in self.secrets.headers(sent.headers)]
        body = (sent.body or b"").decode("utf-8", "replace")
        answer = [
            "no reply" if got is NO_REPLY else str(got.status),
            *(f"{name}: {value}" for name, value in self.secrets.headers(got.headers)),
        ]
        return RedactedExchange(
            "\n".join([*lines, "", self.secrets.text(cut(body, SHOWN))]).strip(),
            "\n".join([*answer, "", self.secrets.text(exchange.excerpt(SHOWN, at))]).strip(),
        )

    def report(self, seconds: float) -> Report:
        """The report of the run."""
        results = self.results()
        alike: dict[str, list[str]] = {}
        for each in results:
            if each.remark:
                alike.setdefault(each.remark, []).append(each.clause)
        readings = {f"{_some(clauses)}: {remark}": None for remark, clauses in alike.items()}
        return Report(
            api=self.contract.api,
            title=self.contract.title,
            target=self.secrets.text(self.target.url),
            seed=self.seed,
            version=version("understudy"),
            results=results,
            requests=self.client.sent,
            seconds=seconds,
            incomplete=self.stopped,
            notice=self._notice(),
            breaches=tuple(self.breaches.values()),
            remarks=tuple({**readings, **self.remarks}),
            leftovers=tuple(dict.fromkeys([*self.leftovers, *self.cleanup.lost])),
            writes=self.profile.writes,
            partial=self.profile.partial,
        )

    def _notice(self) -> str:
        """A remark that explains most of the findings at once; empty if there is none."""
        if not self.statuses or min(self.statuses) < 500:
            return self.secrets.text(self.client.weather.summary())
        statuses = ", ".join(str(status) for status in sorted(self.statuses))
        return f"Every reply was a server error ({statuses}): the target answers, but it does not work."


def _some(clauses: Sequence[str]) -> str:
    """The first clauses by name, and how many more there are."""
    more = f" and {len(clauses) - KEPT} more" if len(clauses) > KEPT else ""
    return f"{', '.join(clauses[:KEPT])}{more}"


def _result(clause: Clause, verdict: Verdict, **more: Any) -> Result:
    given = {"check": "", **more}
    return Result(
        clause.id,
        clause.level,
        verdict,
        kind=clause.kind,
        statement=clause.statement,
        source=clause.source,
        place=clause.place or "",
        reason=clause.reason or "",
        operations=clause.operations,
        **given,
    )


def _as_evidence(judgement: Judgement) -> Judgement:
    """The judgement without what a report does not show of long replies."""
    *others, last = judgement.exchanges or (None,)
    if last is None:
        return judgement
    at = None if isinstance(last.reply.content, bytes) else _at(last, judgement.place, judgement.actual)
    return replace(judgement, exchanges=(*(each.as_evidence() for each in others if each), last.as_evidence(at)))


def _at(exchange: Exchange, place: Sequence[str | int], actual: str) -> int | None:
    """Where in a reply the fault is: at a place in its JSON, or where it has what the message quotes; None if unknown."""
    content = exchange.reply.content
    if isinstance(content, Excerpt):
        return content.start
    if len(content) <= SHOWN:
        return None
    text = exchange.text
    return position(text, place) if place else mentioned(text, actual)
