"""Performs the checks of one run, one by one: those that the profile and the selected clauses ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from understudy.conformance.evidence.errors import (
    NoReplyError,
    NotAllowedError,
    OutOfScopeError,
    PrerequisiteError,
    RunStoppedError,
    UnexpectedReplyError,
)
from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.findings import Judgement, Outcome
from understudy.conformance.http.preflight import preflight, spellings
from understudy.conformance.judging import samples
from understudy.conformance.judging.context import CheckContext, UndeclaredClauseError, needed
from understudy.conformance.judging.finder import ObjectFinder
from understudy.conformance.judging.recorder import Recorder
from understudy.conformance.judging.registry import Check, checks, how_to_rule, unruled
from understudy.conformance.judging.unprepared.addresses import AddressFinder

#: Operations that do not reply and without which a check is performed again, at most.
MOST_SILENT = 3


@dataclass(slots=True)
class Progress:
    """Functions that a run calls for each check; by default they do nothing.

    `started` gets the name, the number of the check and the number of all checks; `finished` gets the name. `begun` gets
    the run when its target has been found, before the first check.
    """

    started: Callable[[str, int, int], None] = lambda name, number, total: None
    finished: Callable[[str], None] = lambda name: None
    begun: Callable[[Run], None] = lambda run: None


@dataclass
class Run(Recorder):
    """A recorder together with the checks that will be performed."""

    performed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__post_init__()
        finder = AddressFinder if self.contract.inferred else ObjectFinder
        self.finder: ObjectFinder = finder(self.contract, self.settings)
        self.checks = tuple(each for each in checks(self.contract) if self._selected(each))
        self._note_roles()
        self._clauses_by_check = {each.name: each.clauses(self.contract) for each in self.checks}

    def _selected(self, check: Check) -> bool:
        if check.writes and not self.profile.writes:
            return False
        return bool(check.clauses(self.contract) & set(self.clauses))

    def _note_roles(self) -> None:
        """Leave out checks that need a credential that was not given, and clauses that no other check judges."""
        able = [each for each in self.checks if all(role in self.target.tokens for role in each.roles)]
        reached = {clause for each in able for clause in each.clauses(self.contract)}
        for each in self.checks:
            missing = [role for role in each.roles if role not in self.target.tokens]
            for clause in each.clauses(self.contract) & set(self.clauses) - reached:
                self.left_out[clause] = "needs a second credential: " + ", ".join(f"--token {r}=…" for r in missing)
                del self.clauses[clause]
        self.checks = tuple(able)

    def judges(self, check: str, clause: str) -> bool:
        """Whether a clause is among those that a check judges; generated cases judge every clause."""
        return clause in self._clauses_by_check.get(check, {clause})

    @cached_property
    def _unruled(self) -> frozenset[str]:
        return unruled(self.contract)

    def unreached(self, clause: str) -> str:
        """Why there is no judgement on a clause: where nothing judges it, where a rule would go."""
        known = clause not in self._unruled
        return super().unreached(clause) if known else how_to_rule(self.contract)

    def preflight(self) -> None:
        """Raise UnreachableError unless the API answers at the target."""
        preflight(self.contract, self.client, self.credential("default"), self.settings)
        self.client.spellings = spellings(self.contract, self.client, self.credential("default"))

    def context(self, name: str) -> CheckContext:
        """The context for a check of that name; it may judge every clause."""
        return CheckContext(self, name, self.finder, samples.right)

    def context_of(self, check: Check) -> CheckContext:
        """What a check works with; it may judge what its decorator lists."""
        declares = partial(check.declares, contract=self.contract)
        return CheckContext(self, check.name, self.finder, samples.right, declares)

    def perform(self, check: Check) -> None:
        """Perform one check and clean up after it; only RunStoppedError and KeyboardInterrupt are passed on."""
        if check.name in self.performed:
            return
        self.performed.add(check.name)
        silent: dict[str, NoReplyError] = {}
        while True:
            ctx = self.context_of(check)
            ctx.silent = silent
            if (error := self._performed(check, ctx)) is None:
                return
            silent = {**silent, str(error.exchanges[0].request.operation): error}

    def _performed(self, check: Check, ctx: CheckContext) -> NoReplyError | None:
        """Perform a check once; returns an error after which it can be performed again without the operation at fault."""
        try:
            check.function(ctx)
        except OutOfScopeError as reason:
            for clause in check.clauses(self.contract) & set(self.clauses) - ctx.judged:
                self.out_of_reach.setdefault(clause, str(reason))
        except PrerequisiteError as unmet:
            lacking = not isinstance(unmet, UnexpectedReplyError)
            more = {"lacking": lacking, "remedy": unmet.remedy}
            self._rest(check, ctx, Outcome.UNMET, str(unmet), unmet.exchanges, needed(unmet), **more)
        except NoReplyError as error:
            at_fault = error.exchanges[0].request.operation if error.exchanges else None
            if at_fault in ctx.offered and len(ctx.silent) < MOST_SILENT:
                return error
            self._without_reply(check, ctx, error)
        except NotAllowedError as error:
            self._rest(check, ctx, Outcome.ERROR, str(error), ())
        except RunStoppedError as stopped:
            self._rest(check, ctx, Outcome.ERROR, self.secrets.text(str(stopped)), stopped.exchanges)
            raise
        except UndeclaredClauseError as error:
            # Nothing that the check has judged counts, so that the fault shows in every run.
            ctx.judged.clear()
            self._failed(check, ctx, error)
        except (LookupError, TypeError, AttributeError, ValueError, StopIteration) as error:
            at_fault = [exchange for exchange in ctx.exchanges if exchange.number in self.nonconforming]
            if at_fault:
                # The reply is at fault, not the check.
                message = (
                    "a reply does not fit the contract's schema, so the check cannot continue: "
                    f"{type(error).__name__}: {error}"
                )
                expected = f"{at_fault[-1].wanted} (needed to judge this clause)"
                self._rest(check, ctx, Outcome.UNMET, self.secrets.text(message), tuple(at_fault[-1:]), expected)
            else:
                self._failed(check, ctx, error)
        except Exception as error:  # a fault of the kit must not cost the other verdicts
            self._failed(check, ctx, error)
        finally:
            self.tidy()
        return None

    def _without_reply(self, check: Check, ctx: CheckContext, error: NoReplyError) -> None:
        self._rest(check, ctx, Outcome.ERROR, self.secrets.text(str(error)), error.exchanges)

    def _failed(self, check: Check, ctx: CheckContext, error: Exception) -> None:
        message = f"the check itself failed: {type(error).__name__}: {error}"
        self._rest(check, ctx, Outcome.ERROR, self.secrets.text(message), tuple(ctx.exchanges[-1:]))

    def _rest(
        self,
        check: Check,
        ctx: CheckContext,
        outcome: Outcome,
        reason: str,
        exchanges: Sequence[Exchange],
        expected: str = "an exchange that can be judged",
        **more: Any,
    ) -> None:
        for clause in sorted(check.clauses(self.contract) & set(self.clauses) - ctx.judged):
            judgement = Judgement(clause, check.name, outcome, expected, reason, tuple(exchanges), **more)
            self.record(judgement, ctx.exchanges)
