"""Money: what things cost, what is reserved, what is left.

Amounts are whole hundredths of the smaller unit of the currency (cent, penny): fees are charged that finely, and
whole numbers neither drift nor need a database of decimals.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

import orjson

from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import BadRequestError

#: Hundredths in one cent.
CENT = 100

#: A submission that is decided, so that its place costs nothing more.
DECIDED = ("APPROVED", "PARTIALLY APPROVED", "REJECTED", "UNKNOWN")
#: A submission that may still have to be paid.
OPEN = ("AWAITING REVIEW", "ACTIVE", "RESERVED")


@dataclass(frozen=True, eq=False)
class Rates:
    """What a workspace pays on top of what participants receive; there is one object for each pair of rates."""

    fee: Fraction
    vat: Fraction

    @staticmethod
    def of(workspace: Record) -> Rates:
        """The rates of a workspace."""
        return _rates(workspace["fee_rate"], workspace["vat_rate"])

    @cached_property
    def gross(self) -> Fraction:
        """The total cost of one unit that a participant receives."""
        return 1 + self.fee * (1 + self.vat)

    def cost(self, reward: float, places: float) -> int:
        """The cost of a study in hundredths."""
        return _cost(self, reward, places)

    def surcharges(self, amount: int) -> tuple[int, int]:
        """Fees and VAT on an amount, each rounded up to a hundredth."""
        fees = math.ceil(amount * self.fee)
        return fees, math.ceil(fees * self.vat)


@lru_cache(256)
def _rates(fee: str, vat: str) -> Rates:
    return Rates(Fraction(fee), Fraction(vat))


@lru_cache(256)
def _rates_told(document: bytes) -> Rates:
    return Rates.of(orjson.loads(document))


@lru_cache(4096)
def _cost(rates: Rates, reward: float, places: float) -> int:
    return math.ceil(Fraction(str(reward)) * Fraction(str(places)) * rates.gross * CENT)


def first_rates(settings: Mapping[str, Any]) -> dict[str, str]:
    """The rates of a new workspace."""
    return {"fee_rate": settings["fee_rate"], "vat_rate": settings["vat_rate"]}


def shown(hundredths: int) -> int | float:
    """An amount on the wire: in cents, without a decimal point where it is whole."""
    return hundredths // CENT if hundredths % CENT == 0 else hundredths / CENT


def plain(number: float) -> int | float:
    """A number without a decimal point where it is whole."""
    return int(number) if float(number).is_integer() else number


def earned(study: Record, submission: Record) -> float:
    """What the participant of a submission has been paid as a reward."""
    if submission["status"] == "APPROVED":
        return float(study["reward"])
    return float(submission.get("partial_reward") or 0)


async def rates_of(state: State, study: Record) -> Rates:
    """The rates under which a study is paid."""
    return await rates_in(state, study["workspace"])


async def rates_in(state: State, workspace_id: str) -> Rates:
    """The rates of the workspace with an id."""
    row = await state.tx.get(state.resources["workspace"].table, workspace_id)
    assert row is not None
    return _rates_told(row.document)


async def bound(state: State, workspace: Record) -> int:
    """What published studies of a workspace may still cost."""
    rates = Rates.of(workspace)
    total = 0
    placeless = state.resources.contract.settings["placeless"]
    decided = [status for status in DECIDED if status not in placeless]
    running = {"workspace": workspace["id"], "status": ["ACTIVE", "PAUSED", "AWAITING REVIEW"]}
    studies = [study for study in await state.find("study", running) if not study.get("is_test")]
    of_studies = {"study_id": [study["id"] for study in studies], "status": [*DECIDED, *OPEN]}
    submissions = await state.tally("submission", ["study_id", "status"], of_studies)
    for study in studies:
        total += rates.cost(study["reward"], 1) * _places_bound(study, submissions, decided)
    return total


async def available(state: State, workspace: Record) -> int:
    """What a workspace can spend."""
    return int(workspace["funds"]) - await bound(state, workspace)


async def afford(state: State, workspace_id: str, hundredths: int, what: str) -> None:
    """Raises BadRequestError unless a workspace can spend an amount."""
    workspace = await state.get("workspace", workspace_id)
    assert workspace is not None
    left = await available(state, workspace)
    if left < hundredths:
        raise BadRequestError(f"{what} costs {shown(hundredths)}, and the balance has {shown(max(left, 0))} available.")


async def charge(state: State, workspace_id: str, hundredths: int) -> None:
    """Take an amount out of a workspace."""
    workspace = await state.get("workspace", workspace_id)
    assert workspace is not None
    await state.save("workspace", {**workspace, "funds": workspace["funds"] - hundredths})


async def balance(state: State, workspace: Record) -> dict[str, Any]:
    """The balance of a workspace on the wire."""
    total = int(workspace["funds"]) // CENT
    free = max(0, await available(state, workspace)) // CENT
    rates = Rates.of(workspace)
    return {
        "currency_code": workspace["currency_code"],
        "total_balance": total,
        "available_balance": free,
        "balance_breakdown": breakdown(total, rates),
        "available_balance_breakdown": breakdown(free, rates),
    }


def breakdown(cents: int, rates: Rates) -> dict[str, int]:
    """How much of an amount would go to participants, to the service and to the tax.

    The sums are rounded, not the parts: as sums only grow, no part gets another sign than the amount.
    """
    rewards = round(cents / rates.gross)
    net = round(cents * (1 + rates.fee) / rates.gross)
    return {"rewards": rewards, "fees": net - rewards, "vat": cents - net}


def _places_bound(study: Record, submissions: Mapping[tuple[str, str], int], decided: Sequence[str]) -> int:
    """Places of a running study that may still have to be paid."""
    if study["status"] == "AWAITING REVIEW":
        return sum(submissions.get((study["id"], status), 0) for status in OPEN)
    done = sum(submissions.get((study["id"], status), 0) for status in decided)
    return max(0, int(study["total_available_places"]) - done)
