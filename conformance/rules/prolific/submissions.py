"""Approving, rejecting and returning submissions, and bonuses; on existing submissions, as the API cannot make any."""

from __future__ import annotations

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import Mismatch, absent, answers, number, shows, succeeds, text
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.prolific.fixtures import (
    GONE,
    NOBODY,
    Body,
    busiest_study,
    judge_each,
    may_spend,
    refused,
    submissions,
    workspace,
)
from understudy.conformance.rules.prolific.studies import balance

REASON = "The answers contradict each other in every one of the questions, and the check in the middle was not passed at all."
REJECT = {"action": "REJECT", "message": REASON, "rejection_category": "FAILED_CHECK"}


def transition_submission(ctx: CheckContext, submission: str, body: Body) -> Exchange:
    """Send a transition of a submission."""
    return ctx.call("transition_submission", path={"id": submission}, body=body)


def waiting_submission(ctx: CheckContext) -> str:
    """A submission awaiting review that this check has not used yet."""
    study = busiest_study(ctx)
    used: set[str] = ctx.once("used", set)
    found = [str(each["id"]) for each in submissions(ctx, "AWAITING REVIEW", study) if each["id"] not in used]
    ctx.need(found, "no submission is awaiting review")
    used.add(found[0])
    return found[0]


def _text(exchange: Exchange) -> Mismatch | None:
    """The reply is a JSON string."""
    return (
        None if exchange.succeeded and isinstance(exchange.json, str) else Mismatch("a JSON string", exchange.summary)
    )


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
    writes=True,
)
def submissions_are_approved_or_rejected(ctx: CheckContext) -> None:
    """APPROVE and REJECT are final and can be repeated without effect; neither is possible after the other or too early."""
    may_spend(ctx)
    one = waiting_submission(ctx)
    early = submissions(ctx, "ACTIVE")
    ctx.need(early, "no submission is active")
    ctx.judge("PR-314", transition_submission(ctx, str(early[0]["id"]), {"action": "APPROVE"}), refused)
    ctx.judge("PR-314", ctx.call("get_submission", path={"id": early[0]["id"]}), shows(status="ACTIVE"))
    free = balance(ctx)
    approved = transition_submission(ctx, one, {"action": "APPROVE"})
    ctx.judge(
        ("PR-302", "PR-312", "PR-317", "PR-471", "PR-474"),
        approved,
        shows(id=one, status="APPROVED", started_at=text, study_id=text),
    )
    ctx.judge(
        "PR-474",
        ctx.call("get_submission", path={"id": one}),
        shows(bonus_payments=lambda value: isinstance(value, list)),
    )
    ctx.judge("PR-305", transition_submission(ctx, one, {"action": "APPROVE"}), shows(status="APPROVED"), approved)
    ctx.judge(("PR-304", "PR-306"), transition_submission(ctx, one, REJECT), refused, approved)
    ctx.judge("PR-304", ctx.call("get_submission", path={"id": one}), shows(status="APPROVED"), approved)
    ctx.holds("PR-291", approved, balance(ctx) <= free, "no higher balance than before", "more")
    two = waiting_submission(ctx)
    base = {"action": "REJECT", "message": REASON, "rejection_category": "LOW_EFFORT"}
    path = {"id": two}
    judge_each(ctx, "PR-307", "transition_submission", base, {"message": GONE}, {"message": None}, path=path)
    judge_each(ctx, "PR-308", "transition_submission", base, {"message": "x" * 99}, path=path)
    judge_each(ctx, "PR-309", "transition_submission", base, {"rejection_category": GONE}, path=path)
    judge_each(ctx, "PR-310", "transition_submission", base, {"rejection_category": "BORING"}, path=path)
    judge_each(
        ctx, ("PR-311", "PR-471"), "transition_submission", base, {"action": GONE}, {"action": "RETURN"}, path=path
    )
    rejected = transition_submission(ctx, two, {**base, "message": "x" * 100})
    ctx.judge(("PR-303", "PR-308", "PR-310"), rejected, shows(status="REJECTED"))
    ctx.judge("PR-305", transition_submission(ctx, two, base), shows(status="REJECTED"), rejected)
    ctx.judge(("PR-304", "PR-306"), transition_submission(ctx, two, {"action": "APPROVE"}), refused, rejected)
    status = ctx.call("get_submission", path={"id": waiting_submission(ctx)})
    ctx.holds(
        "PR-316",
        status,
        str(status.find("status")).replace("_", " ") == "AWAITING REVIEW",
        "AWAITING REVIEW",
        status.find("status"),
    )


@check("PR-283", "PR-284", "PR-285", "PR-286", "PR-287", "PR-289", "PR-290", "PR-291", "PR-472", writes=True)
def many_are_approved_at_once(ctx: CheckContext) -> None:
    """Bulk approval takes submissions, or a study with participants; one unknown id refuses all; approved ones are skipped."""
    may_spend(ctx)
    study = busiest_study(ctx)
    one = waiting_submission(ctx)
    total = ctx.call("get_workspace_balance", path={"workspace_id": workspace(ctx)}, fresh=True)
    by_id = ctx.call("bulk_approve_submissions", body={"submission_ids": [one]})
    ctx.judge(("PR-283", "PR-285", "PR-472"), by_id, succeeds)
    ctx.judge(("PR-287", "PR-472"), by_id, _text)
    ctx.judge(
        ("PR-283", "PR-285"), ctx.call("get_submission", path={"id": one}, fresh=True), shows(status="APPROVED"), by_id
    )
    paid = ctx.call("get_workspace_balance", path={"workspace_id": workspace(ctx)}, fresh=True)
    less = (paid.find("total_balance") or 0) < (total.find("total_balance") or 0)
    ctx.holds(
        "PR-291",
        (total, by_id, paid),
        less,
        f"a total balance below {total.find('total_balance')}",
        paid.find("total_balance"),
    )
    ctx.judge("PR-290", ctx.call("bulk_approve_submissions", body={"submission_ids": [one]}), succeeds, by_id)
    two = waiting_submission(ctx)
    person = str(ctx.call("get_submission", path={"id": two}).at("participant"))
    by_person = ctx.call("bulk_approve_submissions", body={"study_id": study, "participant_ids": [person]})
    ctx.judge(("PR-284", "PR-472"), by_person, succeeds)
    ctx.judge("PR-284", ctx.call("get_submission", path={"id": two}, fresh=True), shows(status="APPROVED"), by_person)
    three = waiting_submission(ctx)
    ctx.judge(
        "PR-289", ctx.call("bulk_approve_submissions", body={"submission_ids": [three, NOBODY]}), answers(400, 404, 422)
    )
    ctx.judge("PR-289", ctx.call("get_submission", path={"id": three}, fresh=True), shows(status="AWAITING REVIEW"))
    body = {"submission_ids": [three]}
    judge_each(
        ctx,
        ("PR-286", "PR-472"),
        "bulk_approve_submissions",
        body,
        {"submission_ids": GONE},
        {"study_id": study, "participant_ids": [person]},
        {"submission_ids": GONE, "study_id": study},
    )


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
    writes=True,
)
def a_return_is_requested(ctx: CheckContext) -> None:
    """A participant gets a message with the reasons to return a submission, whose status does not change."""
    may_spend(ctx)
    one = waiting_submission(ctx)
    reason = ctx.mark("The code does not fit")
    asked = ctx.call(
        "request_submission_return", path={"id": one}, body={"request_return_reasons": [reason, "Another reason"]}
    )
    ctx.judge(("PR-292", "PR-293", "PR-294", "PR-473"), asked, succeeds)
    ctx.judge(("PR-296", "PR-441"), asked, shows(id=one, status=text, participant=text))
    ctx.holds(
        ("PR-296", "PR-441"),
        asked,
        isinstance(asked.find("return_requested"), str | None) and "return_requested" in (asked.json or {}),
        "return_requested, a time or null",
        asked.summary,
    )
    ctx.judge("PR-297", asked, shows(status="AWAITING REVIEW"))
    ctx.judge(
        "PR-297", ctx.call("get_submission", path={"id": one}, fresh=True), shows(status="AWAITING REVIEW"), asked
    )
    page = ctx.call("list_messages", query={"user_id": asked.find("participant"), "page_size": 100}, fresh=True)
    found = [each for each in page.find("results") or [] if reason in str(each.get("body"))]
    ctx.holds("PR-298", (asked, page), len(found) == 1, "one message with the reasons", f"{len(found)}")
    base = {"request_return_reasons": [reason]}
    judge_each(
        ctx,
        ("PR-293", "PR-473"),
        "request_submission_return",
        base,
        {"request_return_reasons": GONE},
        {"request_return_reasons": reason},
        path={"id": one},
    )
    judge_each(ctx, "PR-295", "request_submission_return", base, {"request_return_reasons": []}, path={"id": one})
    done = submissions(ctx, "APPROVED") + submissions(ctx, "REJECTED")
    ctx.need(done, "no submission is approved or rejected")
    ctx.judge("PR-299", ctx.call("request_submission_return", path={"id": done[0]["id"]}, body=base), refused)
    ctx.judge("PR-300", ctx.call("request_submission_return", path={"id": NOBODY}, body=base), answers(404))


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
    "PR-038",
    "PR-039",
    "PR-041",
    "PR-042",
    "PR-043",
    "PR-448",
    writes=True,
)
def bonuses_are_set_up(ctx: CheckContext) -> None:
    """Lines of id and amount make a batch with its cost in pence or cents; no money is paid yet."""
    may_spend(ctx)
    study = busiest_study(ctx)
    some = ctx.listed("list_submissions", query={"study": study})
    ctx.need(len(some) > 1, "the busiest study has a single submission", ctx.exchanges[-1])
    first, second = some[0], some[1]
    before = balance(ctx)
    made = ctx.call(
        "create_bonus_payments",
        body={"study_id": study, "csv_bonuses": f"{first['participant_id']},4.25\n{second['participant_id']},4.25\n"},
    )
    ctx.judge(("PR-027", "PR-028", "PR-029", "PR-039", "PR-448"), made, shows(id=text, total_amount=number))
    ctx.judge("PR-041", made, shows(study=study, vat=number, fees=number, amount=number, total_amount=number))
    ctx.judge("PR-032", made, shows(amount=850))
    parts = sum(made.find(name) or 0 for name in ("amount", "fees", "vat"))
    ctx.holds(
        "PR-042", made, abs((made.find("total_amount") or 0) - parts) < 0.02, f"{parts}", made.find("total_amount")
    )
    ctx.holds("PR-043", made, abs((made.find("fees") or 0) - 283.34) < 0.02, "283.34", made.find("fees"))
    ctx.holds("PR-033", made, balance(ctx) == before, f"{before} as before", "less")
    by_submission = ctx.call("create_bonus_payments", body={"study_id": study, "csv_bonuses": f"{first['id']},0.10"})
    ctx.judge(("PR-030", "PR-031"), by_submission, shows(amount=10))
    wrong = ctx.call(
        "create_bonus_payments",
        body={"study_id": study, "csv_bonuses": f"{first['participant_id']},0.10\n{NOBODY},1.00"},
    )
    ctx.judge("PR-034", wrong, refused)
    ctx.holds("PR-035", wrong, NOBODY in wrong.text, f"the id {NOBODY} in the error", wrong.summary)
    ctx.holds(
        "PR-036",
        wrong,
        not wrong.succeeded and wrong.find("id") is not None and not isinstance(wrong.find("id"), str),
        "no batch",
        wrong.summary,
    )
    base = {"study_id": study, "csv_bonuses": f"{first['participant_id']},0.10"}
    judge_each(ctx, ("PR-037", "PR-448"), "create_bonus_payments", base, {"study_id": GONE}, {"csv_bonuses": GONE})
    lines = ("0", "-1", "1.234", "much")
    judge_each(
        ctx,
        "PR-038",
        "create_bonus_payments",
        base,
        *({"csv_bonuses": f"{first['participant_id']},{amount}"} for amount in lines),
        {"csv_bonuses": first["participant_id"]},
    )


@check("PR-012", "PR-019", "PR-021", "PR-022", "PR-023", "PR-024", "PR-025", "PR-026", "PR-040", "PR-448", writes=True)
def bonuses_are_paid_once(ctx: CheckContext) -> None:
    """Paying a batch lowers the balance, appears in the submission, is possible once, and needs enough money."""
    may_spend(ctx)
    study = busiest_study(ctx)
    one = ctx.listed("list_submissions", query={"study": study})[0]
    made = ctx.call("create_bonus_payments", body={"study_id": study, "csv_bonuses": f"{one['id']},0.37"})
    own = {"id": str(made.at("id"))}
    before = ctx.call("get_workspace_balance", path={"workspace_id": workspace(ctx)}, fresh=True)
    ctx.holds("PR-040", made, isinstance(made.find("id"), str), "the id of the batch", made.summary)
    paid = ctx.call("pay_bonus_payments", path=own)
    ctx.judge(("PR-019", "PR-040", "PR-012"), paid, succeeds)
    ctx.judge(("PR-022", "PR-448"), paid, _text)
    shown, after = paid, before
    for _ in range(20):
        shown = ctx.call("get_submission", path={"id": one["id"]}, fresh=True)
        if 37 in (shown.find("bonus_payments") or []):
            break
    ctx.holds(
        ("PR-025", "PR-019"),
        (paid, shown),
        37 in (shown.find("bonus_payments") or []),
        "37 among bonus_payments",
        shown.find("bonus_payments"),
    )
    after = ctx.call("get_workspace_balance", path={"workspace_id": workspace(ctx)}, fresh=True)
    ctx.holds(
        "PR-021",
        (before, paid, after),
        (after.find("total_balance") or 0) < (before.find("total_balance") or 0),
        f"less than {before.find('total_balance')}",
        after.find("total_balance"),
    )
    again = ctx.call("pay_bonus_payments", path=own)
    ctx.judge("PR-024", again, refused, paid)
    unpaid = ctx.call("get_workspace_balance", path={"workspace_id": workspace(ctx)}, fresh=True)
    ctx.holds(
        "PR-024",
        (paid, again, unpaid),
        unpaid.find("total_balance") == after.find("total_balance"),
        "no second payment",
        unpaid.find("total_balance"),
    )
    ctx.judge("PR-023", ctx.call("pay_bonus_payments", path={"id": NOBODY}), answers(404))
    dear = ctx.call("create_bonus_payments", body={"study_id": study, "csv_bonuses": f"{one['id']},99999.99"})
    refusal = ctx.call("pay_bonus_payments", path={"id": dear.at("id")})
    ctx.judge("PR-026", refusal, refused, dear)
    left = ctx.call("get_submission", path={"id": one["id"]}, fresh=True)
    ctx.judge(
        "PR-026",
        left,
        lambda exchange: (
            None
            if 9_999_999 not in (exchange.find("bonus_payments") or [])
            else Mismatch("no such bonus", exchange.summary)
        ),
    )
    ctx.judge("PR-019", left, shows(error=absent))
