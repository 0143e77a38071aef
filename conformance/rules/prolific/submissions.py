"""Approving, rejecting and returning submissions, and bonuses: on submissions that may be used up (`participation`)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import Mismatch, answers, number, shows, succeeds, text, timestamp
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.prolific.support import participation
from understudy.conformance.rules.prolific.support.fixtures import (
    GONE,
    NOBODY,
    Body,
    active_submission,
    balance_of,
    busy_study,
    judge_each,
    lab,
    may_spend,
    participant_of,
    refused,
    shown,
    waiting_submission,
)

REASON = "The answers contradict each other in every one of the questions, and the check in the middle was not passed at all."
REJECT = {"action": "REJECT", "message": REASON, "rejection_category": "FAILED_CHECK"}
#: Seconds between two readings of what takes effect in the minutes after a call; a mock has it at once.
PAUSES = (0.0, 0.2, 0.5, 1.0, 2.0)


def transition_submission(ctx: CheckContext, submission: str, body: Body) -> Exchange:
    """Send a transition of a submission."""
    return ctx.call("transition_submission", path={"id": submission}, body=body)


def submission(ctx: CheckContext, name: str) -> Exchange:
    """A submission as it is now."""
    return ctx.call("get_submission", path={"id": name}, fresh=True)


def awaited(read: Callable[[], Exchange], there: Callable[[Exchange], object]) -> tuple[Exchange, bool]:
    """Read until something is there, for some seconds; the last reading, and whether it was there.

    The source promises an effect within minutes: that it is not there yet breaks nothing.
    """
    for pause in PAUSES:
        time.sleep(pause)
        exchange = read()
        if there(exchange):
            return exchange, True
    return exchange, False


def _text(exchange: Exchange) -> Mismatch | None:
    """The reply is a text: quoted as JSON, or plain."""
    plain = exchange.media_type.startswith("text/") and bool(exchange.text)
    if exchange.succeeded and (plain or isinstance(exchange.json, str)):
        return None
    return Mismatch("a text", exchange.summary)


@check(
    "PR-291",
    "PR-302",
    "PR-303",
    "PR-304",
    "PR-305",
    "PR-306",
    "PR-307",
    "PR-308",
    "PR-309",
    "PR-310",
    "PR-311",
    "PR-312",
    "PR-314",
    "PR-316",
    "PR-317",
    "PR-471",
    "PR-474",
    "PR-559",
    writes=True,
)
def submissions_are_approved_or_rejected(ctx: CheckContext) -> None:
    """APPROVE and REJECT are final and can be repeated without effect; neither is possible after the other or too early."""
    may_spend(ctx)
    one = waiting_submission(ctx)
    status = submission(ctx, one).find("status")
    ctx.holds("PR-316", ctx.exchanges[-1], status == "AWAITING REVIEW", "AWAITING REVIEW", status)
    free = balance_of(ctx, lab(ctx)[0])
    approved = transition_submission(ctx, one, {"action": "APPROVE"})
    ctx.judge(("PR-302", "PR-312", "PR-471"), approved, succeeds)
    ctx.judge("PR-302", submission(ctx, one), shows(status="APPROVED"), approved)
    shown(ctx, ("PR-302", "PR-317"), approved, status="APPROVED", id=one)
    full = submission(ctx, one)
    ctx.judge("PR-474", full, shows(id=one, started_at=text, status=text, study_id=text))
    shown(ctx, "PR-474", full, bonus_payments=lambda value: isinstance(value, list))
    again = transition_submission(ctx, one, {"action": "APPROVE"})
    ctx.judge("PR-305", again, succeeds, approved)
    ctx.judge("PR-305", submission(ctx, one), shows(status="APPROVED"), again)
    ctx.judge("PR-306", transition_submission(ctx, one, REJECT), refused, approved)
    _never_waits_again(ctx, one, approved)
    ctx.judge("PR-306", submission(ctx, one), shows(status="APPROVED"), approved)
    paid = balance_of(ctx, lab(ctx)[0])
    ctx.holds("PR-291", approved, paid <= free, "no higher balance than before", paid)
    _rejected(ctx)
    _too_early(ctx)


def _never_waits_again(ctx: CheckContext, name: str, *others: Exchange) -> None:
    now = submission(ctx, name)
    final = now.find("status") not in {"AWAITING REVIEW", "AWAITING_REVIEW", "ACTIVE", "RESERVED"}
    ctx.holds("PR-304", (*others, now), final and now.succeeded, "a final status", now.find("status"))


def _rejected(ctx: CheckContext) -> None:
    two = waiting_submission(ctx)
    person = participant_of(ctx, two)
    base = {"action": "REJECT", "message": REASON, "rejection_category": "LOW_EFFORT"}
    path = {"id": two}
    judge_each(ctx, "PR-307", "transition_submission", base, {"message": GONE}, {"message": None}, path=path)
    judge_each(ctx, "PR-308", "transition_submission", base, {"message": "x" * 99}, path=path)
    judge_each(ctx, "PR-309", "transition_submission", base, {"rejection_category": GONE}, path=path)
    judge_each(ctx, "PR-310", "transition_submission", base, {"rejection_category": "BORING"}, path=path)
    actions = ({"action": GONE}, {"action": "UNDERSTUDY"})
    judge_each(ctx, ("PR-311", "PR-471"), "transition_submission", base, *actions, path=path)
    mark = ctx.mark("Grounds")
    rejected = transition_submission(ctx, two, {**base, "message": mark + "x" * (100 - len(mark))})
    ctx.judge(("PR-303", "PR-308", "PR-310"), rejected, succeeds)
    ctx.judge("PR-303", submission(ctx, two), shows(status="REJECTED"), rejected)
    shown(ctx, "PR-303", rejected, status="REJECTED")
    again = transition_submission(ctx, two, base)
    ctx.judge("PR-305", again, succeeds, rejected)
    ctx.judge("PR-305", submission(ctx, two), shows(status="REJECTED"), again)
    ctx.judge("PR-306", transition_submission(ctx, two, {"action": "APPROVE"}), refused, rejected)
    _never_waits_again(ctx, two, rejected)
    page = ctx.call("list_messages", query={"user_id": person, "page_size": 100}, fresh=True)
    listed = page.find("results")
    stated = [each for each in listed if mark in str(each.get("body"))] if isinstance(listed, list) else []
    ctx.holds("PR-559", (rejected, page), stated, "a message with the grounds", "none")


def _too_early(ctx: CheckContext) -> None:
    early = active_submission(ctx)
    asked = transition_submission(ctx, early, {"action": "APPROVE"})
    ctx.judge("PR-314", asked, refused)
    after = submission(ctx, early)
    kept = after.find("status") in {"ACTIVE", "RESERVED"}
    ctx.holds("PR-314", (asked, after), kept, "a submission that is still ACTIVE", after.find("status"))


@check("PR-283", "PR-284", "PR-285", "PR-286", "PR-287", "PR-289", "PR-290", "PR-291", "PR-472", writes=True)
def many_are_approved_at_once(ctx: CheckContext) -> None:
    """Bulk approval takes submissions, or a study with participants; one unknown id refuses all; approved ones are skipped."""
    may_spend(ctx)
    study = busy_study(ctx)
    one = waiting_submission(ctx)
    total = balance_of(ctx, lab(ctx)[0], "total_balance")
    by_id = ctx.call("bulk_approve_submissions", body={"submission_ids": [one]})
    ctx.judge(("PR-283", "PR-285", "PR-472"), by_id, succeeds)
    ctx.judge(("PR-287", "PR-472"), by_id, _text)
    _approved_at_last(ctx, ("PR-283", "PR-285"), one, by_id)
    paid = balance_of(ctx, lab(ctx)[0], "total_balance")
    done = submission(ctx, one).find("status") == "APPROVED"
    ctx.holds("PR-291", by_id, paid < total or not done, f"a total balance below {total}", paid, vacuous=not done)
    again = ctx.call("bulk_approve_submissions", body={"submission_ids": [one]})
    ctx.judge("PR-290", again, succeeds, by_id)
    two = waiting_submission(ctx)
    person = participant_of(ctx, two)
    by_person = ctx.call("bulk_approve_submissions", body={"study_id": study, "participant_ids": [person]})
    ctx.judge(("PR-284", "PR-472"), by_person, succeeds)
    _approved_at_last(ctx, "PR-284", two, by_person)
    three = waiting_submission(ctx)
    mixed = ctx.call("bulk_approve_submissions", body={"submission_ids": [three, NOBODY]})
    ctx.judge("PR-289", mixed, refused)
    ctx.judge("PR-289", submission(ctx, three), shows(status="AWAITING REVIEW"))
    judge_each(
        ctx,
        ("PR-286", "PR-472"),
        "bulk_approve_submissions",
        {"submission_ids": [three]},
        {"submission_ids": GONE},
        {"study_id": study, "participant_ids": [person]},
        {"submission_ids": GONE, "study_id": study},
    )


def _approved_at_last(ctx: CheckContext, clause: str | tuple[str, ...], name: str, asked: Exchange) -> None:
    """The submission is approved; as long as it still waits, that could not be shown."""
    now, approved = awaited(lambda: submission(ctx, name), lambda each: each.find("status") == "APPROVED")
    waits = now.find("status") == "AWAITING REVIEW"
    slow = waits and participation.control(ctx) is None
    ctx.holds(clause, (asked, now), approved or slow, "APPROVED", now.find("status"), vacuous=slow)


@check(
    "PR-292",
    "PR-293",
    "PR-294",
    "PR-295",
    "PR-296",
    "PR-297",
    "PR-298",
    "PR-299",
    "PR-300",
    "PR-441",
    "PR-473",
    "PR-551",
    writes=True,
)
def a_return_is_requested(ctx: CheckContext) -> None:
    """A participant gets a message with the reasons to return a submission, whose status does not change."""
    may_spend(ctx)
    one = waiting_submission(ctx)
    person = participant_of(ctx, one)
    base = {"request_return_reasons": [ctx.mark("Refused")]}
    path = {"id": one}
    wrong = ({"request_return_reasons": GONE}, {"request_return_reasons": "a text"})
    judge_each(ctx, ("PR-293", "PR-473"), "request_submission_return", base, *wrong, path=path)
    judge_each(ctx, "PR-295", "request_submission_return", base, {"request_return_reasons": []}, path=path)
    reason = ctx.mark("The code does not fit")
    asked = ctx.call(
        "request_submission_return", path=path, body={"request_return_reasons": [reason, "Another reason"]}
    )
    ctx.judge(("PR-292", "PR-293", "PR-294", "PR-473"), asked, succeeds)
    shown(ctx, "PR-296", asked, id=one, status=text, participant=person, return_requested=_time_or_null)
    shown(ctx, "PR-441", asked, return_requested=_time_or_null)
    shown(ctx, "PR-551", asked, return_requested=timestamp)
    ctx.judge("PR-297", submission(ctx, one), shows(status="AWAITING REVIEW"), asked)
    page = ctx.call("list_messages", query={"user_id": person, "page_size": 100}, fresh=True)
    listed = page.find("results")
    found = [each for each in listed if reason in str(each.get("body"))] if isinstance(listed, list) else []
    ctx.holds("PR-298", (asked, page), len(found) == 1, "one message with the reasons", f"{len(found)}")
    ctx.judge("PR-300", ctx.call("request_submission_return", path={"id": NOBODY}, body=base), answers(404, 410))
    done = waiting_submission(ctx)
    approved = transition_submission(ctx, done, {"action": "APPROVE"})
    ctx.judge("PR-299", ctx.call("request_submission_return", path={"id": done}, body=base), refused, approved)


def _time_or_null(value: Any) -> bool:
    """a date with a time and a zone, or null"""
    return value is None or timestamp(value)


@check(
    "PR-027",
    "PR-028",
    "PR-029",
    "PR-030",
    "PR-031",
    "PR-032",
    "PR-033",
    "PR-034",
    "PR-035",
    "PR-036",
    "PR-037",
    "PR-039",
    "PR-041",
    "PR-042",
    "PR-043",
    "PR-448",
    "PR-517",
    "PR-518",
    writes=True,
)
def bonuses_are_set_up(ctx: CheckContext) -> None:
    """Lines of id and amount make a batch with its cost in pence or cents; no money is paid yet."""
    may_spend(ctx)
    study = busy_study(ctx)
    first, second = waiting_submission(ctx), waiting_submission(ctx)
    people = [participant_of(ctx, each) for each in (first, second)]
    home = lab(ctx)[0]
    before = balance_of(ctx, home)

    def set_up(lines: str) -> Exchange:
        return ctx.call("create_bonus_payments", body={"study_id": study, "csv_bonuses": lines})

    made = set_up(f"{people[0]},4.25\n{people[1]},4.25\n")
    ctx.judge(("PR-027", "PR-028", "PR-029", "PR-039", "PR-448"), made, shows(id=text, total_amount=number))
    parts = ("amount", "fees", "vat")
    numbers = dict.fromkeys((*parts, "total_amount"), number)
    shown(ctx, "PR-041", made, study=study, **numbers)
    shown(ctx, "PR-032", made, amount=850)
    stated = all(number(made.find(name)) for name in (*parts, "total_amount"))
    total = sum(made.find(name) for name in parts) if stated else 0
    ctx.holds(
        "PR-042",
        made,
        not stated or abs(made.find("total_amount") - total) < 0.02,
        f"{total}",
        made.find("total_amount"),
        vacuous=not stated,
    )
    fees = made.find("fees")
    ctx.holds("PR-043", made, number(fees) and abs(fees - 283.34) < 0.02, "283.34", fees, vacuous=not number(fees))
    after = balance_of(ctx, home)
    ctx.holds("PR-033", made, after == before, f"{before} as before", after)
    by_submission = set_up(f"{first},0.10")
    ctx.judge(("PR-030", "PR-031"), by_submission, shows(id=text, total_amount=number))
    wrong = set_up(f"{people[0]},0.10\n{NOBODY},1.00")
    ctx.judge("PR-034", wrong, answers(400))
    ctx.holds("PR-035", wrong, NOBODY in wrong.text or wrong.succeeded, f"the id {NOBODY} in the error", wrong.summary)
    no_batch = not wrong.succeeded and not isinstance(wrong.find("id"), str)
    ctx.holds("PR-036", wrong, no_batch, "no batch", wrong.summary)
    base = {"study_id": study, "csv_bonuses": f"{people[0]},0.10"}
    judge_each(ctx, ("PR-037", "PR-448"), "create_bonus_payments", base, {"study_id": GONE}, {"csv_bonuses": GONE})
    for line in (f"{people[0]},much", people[0]):
        ctx.judge("PR-517", set_up(line), refused)
    for amount in ("0", "-1", "1.234"):
        ctx.judge("PR-518", set_up(f"{people[0]},{amount}"), refused)


@check(
    "PR-012",
    "PR-019",
    "PR-021",
    "PR-022",
    "PR-023",
    "PR-024",
    "PR-025",
    "PR-026",
    "PR-040",
    "PR-448",
    "PR-556",
    writes=True,
)
def bonuses_are_paid_once(ctx: CheckContext) -> None:
    """Paying a batch lowers the balance, appears in the submission, is possible once, and needs enough money."""
    may_spend(ctx)
    study = busy_study(ctx)
    one = waiting_submission(ctx)
    home = lab(ctx)[0]

    def set_up(amount: str) -> Exchange:
        return ctx.call("create_bonus_payments", body={"study_id": study, "csv_bonuses": f"{one},{amount}"})

    made = set_up("0.37")
    ctx.rely(made.succeeded, f"no bonus could be set up: {made.summary}", made)
    ctx.holds("PR-040", made, isinstance(made.find("id"), str), "the id of the batch", made.summary)
    own = {"id": str(made.at("id"))}
    before = balance_of(ctx, home, "total_balance")
    paid = ctx.call("pay_bonus_payments", path=own)
    ctx.judge(("PR-019", "PR-040", "PR-012", "PR-556"), paid, succeeds)
    ctx.judge(("PR-022", "PR-448"), paid, _text)
    seen, there = awaited(lambda: submission(ctx, one), lambda each: 37 in _bonuses(each))
    slow = participation.control(ctx) is None
    kept = "bonus_payments" in (seen.json if isinstance(seen.json, Mapping) else {})
    ctx.holds(
        ("PR-025", "PR-019"),
        (paid, seen),
        there or slow or not kept,
        "37 among bonus_payments",
        seen.find("bonus_payments"),
        vacuous=not there,
    )
    money = {"workspace_id": home}
    after, lower = awaited(
        lambda: ctx.call("get_workspace_balance", path=money, fresh=True),
        lambda each: number(each.find("total_balance")) and each.find("total_balance") < before,
    )
    ctx.holds(
        "PR-021", (paid, after), lower or slow, f"less than {before}", after.find("total_balance"), vacuous=not lower
    )
    again = ctx.call("pay_bonus_payments", path=own)
    unpaid = balance_of(ctx, home, "total_balance")
    once = (
        unpaid == after.find("total_balance")
        and len([each for each in _bonuses(submission(ctx, one)) if each == 37]) <= 1
    )
    ctx.holds("PR-024", (paid, again), once, "no second payment", f"{unpaid}", vacuous=not lower)
    other_form = set_up("0.11")
    address = ctx.address(ctx.contract.operations["pay_bonus_payments"], {"id": other_form.at("id")})
    other = address.rstrip("/") if address.endswith("/") else f"{address}/"
    ctx.judge("PR-556", ctx.visit("POST", other), succeeds, other_form)
    ctx.judge("PR-023", ctx.call("pay_bonus_payments", path={"id": NOBODY}), answers(404, 410))
    dear = set_up("99999.99")
    if dear.succeeded:
        refusal = ctx.call("pay_bonus_payments", path={"id": dear.at("id")})
        ctx.judge("PR-026", refusal, refused, dear)
    left = submission(ctx, one)
    ctx.holds("PR-026", (dear, left), 9_999_999 not in _bonuses(left), "no such bonus", left.summary)


def _bonuses(exchange: Exchange) -> list[Any]:
    listed = exchange.find("bonus_payments")
    return listed if isinstance(listed, list) else []
