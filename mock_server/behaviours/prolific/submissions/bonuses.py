"""Bonuses: set up from lines of text, then paid once."""

from __future__ import annotations

import re
from dataclasses import dataclass

from understudy.mock_server.behaviours.prolific import money
from understudy.mock_server.behaviours.prolific.access import study_at, study_named
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.crud import missing
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import BadRequestError, NotFoundError, field_error

#: An amount in pounds or dollars: at most seven digits, so that a batch stays exact, and at most two decimals.
_AMOUNT = re.compile(r"(\d{1,7})(?:\.(\d{1,2}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """One bonus as it was written: an id of a participant or submission, and cents."""

    id: str
    cents: int


@operation
async def create_bonus_payments(call: Call) -> Reply:
    """Work out what bonuses cost. Nothing is set up when one line or id is wrong."""
    state, body = call.state, call.body
    study = await study_named(state, body["study_id"])
    lines = _lines(body["csv_bonuses"])
    payees = await _payees(state, study, lines)
    amount = sum(line.cents for line in lines)
    fees, vat = (await money.rates_of(state, study)).surcharges(amount * money.CENT)
    batch = await state.make(
        "bulk_bonus",
        {
            "study": study["id"],
            "amount": amount,
            "fees": money.shown(fees),
            "vat": money.shown(vat),
            "total_amount": money.shown(amount * money.CENT + fees + vat),
            "hundredths": amount * money.CENT + fees + vat,
            "lines": [[payees[line.id], line.cents] for line in lines],
            "paid": False,
        },
    )
    return Reply(201, await state.shown("bulk_bonus", batch))


@operation
async def pay_bonus_payments(call: Call) -> Reply:
    """Pay a batch, once."""
    state = call.state
    batch = await state.get("bulk_bonus", call.path["id"])
    if batch is None:
        raise missing("bonus payment")
    try:
        study = await study_at(state, batch["study"])
    except NotFoundError:
        raise missing("bonus payment") from None
    if batch["paid"]:
        raise BadRequestError("These bonuses have already been paid.")
    await money.afford(state, study["workspace"], batch["hundredths"], "The bonus payment")
    await money.charge(state, study["workspace"], batch["hundredths"])
    for submission_id, cents in batch["lines"]:
        submission = await state.get("submission", submission_id)
        if submission is not None:
            submission["bonus_payments"] = [*submission["bonus_payments"], cents]
            await state.save("submission", submission)
    await state.save("bulk_bonus", {**batch, "paid": True})
    return Reply(202, "The bonuses are being paid; the balance will follow.")


def _lines(text: str) -> list[Line]:
    """The bonuses that a text holds, a line each: `id,amount`. Raises BadRequestError with the numbers of wrong lines."""
    lines = []
    wrong = []
    for number, raw in enumerate(text.splitlines(), 1):
        if not raw.strip():
            continue
        id, _, amount = (part.strip() for part in raw.partition(","))
        cents = _cents(amount)
        if id and cents:
            lines.append(Line(id, cents))
        else:
            wrong.append(str(number))
    if wrong:
        form = "an id, a comma and an amount above 0 with at most two decimals"
        place = f"line {wrong[0]}" if len(wrong) == 1 else f"each of the lines {', '.join(wrong[:50])}"
        raise field_error("csv_bonuses", f"{place} must have {form}")
    if not lines:
        raise field_error("csv_bonuses", "must have at least one line")
    return lines


def _cents(amount: str) -> int | None:
    found = _AMOUNT.fullmatch(amount)
    return None if found is None else int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


async def _payees(state: State, study: Record, lines: list[Line]) -> dict[str, str]:
    """The submission that each id stands for: its own, else the participant's latest."""
    found: dict[str, str] = {}
    unknown = []
    for id in dict.fromkeys(line.id for line in lines):
        submission = await state.get("submission", id)
        if submission is not None and submission["study_id"] == study["id"]:
            found[id] = submission["id"]
            continue
        of_participant = await state.find("submission", {"study_id": study["id"], "participant": id}, "-created", 1)
        if of_participant:
            found[id] = of_participant[0]["id"]
        else:
            unknown.append(id)
    if unknown:
        raise field_error("csv_bonuses", f"contains ids that did not take part in the study: {', '.join(unknown)}")
    return found
