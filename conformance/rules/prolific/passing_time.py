"""What time changes, on targets whose clock can be moved: a mock that has the control operations of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from understudy.conformance.evidence.matchers import brief, number, shows
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.prolific.lists import SPELT
from understudy.conformance.rules.prolific.support.fixtures import draft, project, published

CLOCK = "/_mock/clock"
DAY = 86_400


@contextmanager
def moving(ctx: CheckContext) -> Iterator[datetime]:
    """The time of the target, whose clock may be moved within the block; afterwards it is set back."""
    ctx.reach(ctx.local, "moves the clock of the target, which has to be a mock on this machine")
    clock = ctx.visit("GET", CLOCK, role=None)
    now = clock.find("now") if clock.status == 200 else None
    ctx.reach(isinstance(now, str), f"the target has no clock that can be moved: GET {CLOCK} answers {clock.summary}")
    began = datetime.fromisoformat(str(now))
    try:
        yield began
    finally:
        after = ctx.visit("GET", CLOCK, role=None).find("now")
        # Seconds that went by meanwhile are too few to matter.
        moved = (datetime.fromisoformat(str(after)) - began).total_seconds() // 60 * 60
        if moved:
            ctx.visit("POST", f"{CLOCK}/advance", role=None, body={"seconds": -moved})


def advance(ctx: CheckContext, seconds: float) -> None:
    """Move the clock of the target forward."""
    moved = ctx.visit("POST", f"{CLOCK}/advance", role=None, body={"seconds": seconds})
    ctx.reach(moved.status == 200, f"the clock of the target cannot be moved: {moved.summary}")


@check("PR-219", writes=True)
def a_submission_times_out(ctx: CheckContext) -> None:
    """A participant who takes longer than allowed has timed out, and the place is free again."""
    with moving(ctx):
        study = published(ctx, estimated_completion_time=1, maximum_allowed_time=6)
        entered = ctx.visit("POST", f"/_mock/prolific/studies/{study}/participants", role=None, body={})
        ctx.reach(entered.status == 201, f"no participant can be sent to the target: {entered.summary}")
        own = {"id": str(entered.at("id"))}
        in_time = ctx.call("get_submission", path=own, fresh=True)
        ctx.judge("PR-219", in_time, shows(status="ACTIVE"), entered)
        advance(ctx, 7 * 60)
        late = ctx.call("get_submission", path=own, fresh=True)
        status = late.find("status")
        out = SPELT.get(str(status), status) == "TIMED-OUT"
        ctx.holds("PR-219", (entered, late), out, "the status TIMED-OUT", brief(status))
        shown = ctx.call("get_study", path={"id": study}, fresh=True)
        if number(shown.find("places_taken")):
            ctx.judge("PR-219", shown, shows(places_taken=0), entered, late)


@check("PR-543", writes=True)
def a_planned_study_is_published(ctx: CheckContext) -> None:
    """A study that was planned for a time is published at that time."""
    with moving(ctx) as now:
        at = (now + timedelta(days=2)).isoformat()
        study = str(draft(ctx, reward=100, total_available_places=1).at("id"))
        body = {"project_id": project(ctx), "name": ctx.mark("Planned"), "study_ids": [study], "publish_at": at}
        made = ctx.call("create_collection", body=body)
        ctx.rely(made.succeeded, f"no collection could be created: {made.summary}", made)
        there = {"id": str(made.at("id"))}
        planned = ctx.call("transition_collection", path=there, body={"action": "SCHEDULE_PUBLISH"})
        ctx.rely(planned.succeeded, f"no publication could be planned: {planned.summary}", planned)
        before = ctx.call("get_study", path={"id": study}, fresh=True)
        ctx.judge("PR-543", before, shows(status="SCHEDULED"), planned)
        advance(ctx, 3 * DAY)
        after = ctx.call("get_study", path={"id": study}, fresh=True)
        ctx.judge("PR-543", after, shows(status="ACTIVE"), planned)
        ctx.call("transition_study", path={"id": study}, body={"action": "STOP"})
