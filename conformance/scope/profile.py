"""What a run may send, and which clauses it judges."""

from __future__ import annotations

from dataclasses import dataclass

from understudy.conformance.evidence.errors import NotAllowedError
from understudy.conformance.evidence.exchange import SAFE_METHODS
from understudy.specs import Clause, Contract, judged


@dataclass(frozen=True, slots=True)
class Profile:
    """What a run may send and judges as a failure. Without `writes` only GET, HEAD and OPTIONS are sent.

    `partial` accepts that documented clauses are not shown. With `later` the operations are judged too that came after
    the source, which a target may lack.
    """

    writes: bool = False
    implied: bool = True
    strict: bool = False
    partial: bool = False
    later: bool = False

    def narrowed(self, contract: Contract) -> Contract:
        """A contract with the operations that are judged in this profile."""
        return contract if self.later else judged(contract)

    def guard(self, method: str) -> None:
        """Raise NotAllowedError for a method that may not be sent. Every request is checked here, generated ones too."""
        if not self.writes and method.upper() not in SAFE_METHODS:
            raise NotAllowedError(f"{method} is not sent without --allow-writes")

    def leaves_out(self, contract: Contract, clause: Clause) -> str | None:
        """Why a clause is not judged in this profile; None if it is."""
        if clause.profile == "full" and not self.writes:
            return "needs writes; judged with --allow-writes"
        if not self.implied and only_implied(contract, clause):
            return "is about operations that the source only implies; left out by --documented-only"
        return None

    def fails(self, contract: Contract, clause: Clause) -> bool:
        """Whether breaking a clause is a failure; otherwise it is a warning, or of an ambiguous one another reading."""
        if clause.level == "ambiguous":
            return False
        return self.strict or (clause.level == "documented" and not only_implied(contract, clause))


def only_implied(contract: Contract, clause: Clause) -> bool:
    """Whether every operation of a clause is one that the source only implies."""
    return clause.operations != ("*",) and all(
        contract.operations[name].provenance == "implied" for name in clause.operations
    )
