"""Events that the target sends to an address of this machine: their targets, signatures and records."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import succeeds
from understudy.conformance.http.receiver import Delivery, Receiver, listening
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.prolific.submissions import REJECT, transition_submission
from understudy.conformance.rules.prolific.support import participation
from understudy.conformance.rules.prolific.support.fixtures import (
    draft,
    lab,
    shown,
    transition,
    waiting_submission,
    workspace_with_secret,
)


@contextmanager
def receiving(ctx: CheckContext) -> Iterator[Receiver]:
    """A receiver that the target can reach; without one the check is left out."""
    callback = ctx.run.settings.get("callback", "")
    ctx.reach(
        ctx.local or callback,
        "the target has to reach this machine; name an address of it with --set callback=http://HOST:PORT",
    )
    with listening(callback) as receiver:
        yield receiver


def subscribed(ctx: CheckContext, address: str, event: str, where: str, **more: Any) -> str:
    """A new subscription, confirmed: until then a target may keep still."""
    body = {"event_type": event, "target_url": address, "workspace_id": where, "is_enabled": True, **more}
    made = ctx.call("create_subscription", body=body)
    ctx.rely(made.succeeded, f"no subscription could be created: {made.summary}", made)
    path = {"subscription_id": str(made.at("id"))}
    proof = made.header("x-hook-secret")
    confirmed = ctx.call("confirm_subscription", path=path, body={"secret": proof} if proof else body)
    ctx.rely(confirmed.succeeded, f"the subscription could not be confirmed: {confirmed.summary}", confirmed)
    return path["subscription_id"]


def secrets(ctx: CheckContext, where: str) -> tuple[str, str]:
    """The secret that signs for a workspace, and one that it has replaced.

    Only the secret of a workspace of our own is replaced: somebody may verify deliveries with that of another one.
    """

    def new() -> str:
        return str(ctx.call("create_secret", body={"workspace_id": where}).at("value"))

    if where in ctx.run.cleanup.made:
        old = new()
        return new(), old
    listed = ctx.call("list_secrets", query={"workspace_id": where}).find("results")
    known = [str(each["value"]) for each in listed if each.get("value")] if isinstance(listed, list) else []
    return (known[0] if known else new()), ""


def signed(delivery: Delivery, value: str) -> bool:
    """Whether some header of a delivery is the base64 HMAC-SHA256 over timestamp and body with the secret."""
    candidates = [*delivery.headers.values()]
    for stamp in candidates:
        wanted = base64.b64encode(
            hmac.new(value.encode(), stamp.encode() + delivery.body, hashlib.sha256).digest()
        ).decode()
        if wanted in candidates:
            return True
    return False


def events(ctx: CheckContext, subscription: str, count: int = 1, **query: str) -> tuple[list[dict[str, Any]], Exchange]:
    """The events of a subscription, once there are `count` and none is pending, or after four seconds."""
    until, pause = time.monotonic() + 4, 0.1
    while True:
        page = ctx.call("list_subscription_events", path={"subscription_id": subscription}, query=query, fresh=True)
        found = page.find("results")
        listed = found if isinstance(found, list) else []
        settled = len(listed) >= count and all(each.get("status") != "PENDING" for each in listed)
        if settled or time.monotonic() > until:
            return listed, page
        time.sleep(pause)
        pause *= 2  # few requests, however long it takes


@check(
    "PR-088",
    "PR-094",
    "PR-095",
    "PR-102",
    "PR-103",
    "PR-104",
    "PR-105",
    "PR-106",
    "PR-109",
    "PR-110",
    "PR-249",
    "PR-372",
    "PR-506",
    "PR-507",
    "PR-552",
    writes=True,
)
def events_reach_their_target(ctx: CheckContext) -> None:
    """A change of a study's status is sent, signed, to the subscriptions of its workspace, and recorded with its outcome."""
    where, inside = lab(ctx)
    with receiving(ctx) as receiver:
        value, old = secrets(ctx, where)
        kind = "study.status.change"
        good = subscribed(ctx, f"{receiver.address}/good/", kind, where)
        bad = subscribed(ctx, f"{receiver.address}/500/bad/", kind, where)
        removed = subscribed(ctx, f"{receiver.address}/removed/", kind, where)
        off = subscribed(ctx, f"{receiver.address}/off/", kind, where)
        _resend(ctx, off, f"{receiver.address}/off/", where, is_enabled=False)
        foreign = subscribed(ctx, f"{receiver.address}/foreign/", kind, workspace_with_secret(ctx))
        own = str(draft(ctx, reward=100, total_available_places=1, project=inside).at("id"))
        live = transition(ctx, own, "PUBLISH")
        ctx.rely(live.succeeded, f"the study could not be published: {live.summary}", live)
        arrived = receiver.wait("/good/")
        ctx.holds(("PR-095", "PR-094", "PR-249"), live, arrived, "a call to the target address", "no call")
        _recorded(ctx, receiver, good, bad, own, live)
        if arrived:
            _signed(ctx, live, arrived[0], value, old)
        still = not receiver.below("/foreign/") and not events(ctx, foreign, 0)[0]
        ctx.holds("PR-102", live, still, "no call to a subscription of another workspace", "a call came")
        still = not receiver.below("/off/") and not events(ctx, off, 0)[0]
        ctx.holds("PR-109", live, still, "no call to a disabled subscription", "a call came")
        _changed(ctx, receiver, good, removed, where, own)
        transition(ctx, own, "STOP")


def _resend(ctx: CheckContext, subscription: str, address: str, where: str, **more: Any) -> Exchange:
    """Confirm a subscription with a body that changes it."""
    body = {
        "event_type": "study.status.change",
        "target_url": address,
        "workspace_id": where,
        "is_enabled": True,
        **more,
    }
    return ctx.call("confirm_subscription", path={"subscription_id": subscription}, body=body)


def _recorded(ctx: CheckContext, receiver: Receiver, good: str, bad: str, own: str, live: Exchange) -> None:
    """Each delivery is an event of its subscription, with what happened and how it ended."""
    listed, page = events(ctx, good)
    about = [each for each in listed if each.get("resource_id", own) == own]
    ctx.holds("PR-103", (live, page), about, f"an event about {own}", page.summary)
    event = about[0] if about else {}
    wanted = {"event_type": "study.status.change", "target_url": f"{receiver.address}/good/", "resource_id": own}
    odd = {name: event[name] for name, value in wanted.items() if event.get(name, value) != value}
    ctx.holds("PR-552", page, not odd, f"{wanted}", odd, vacuous=not set(wanted) & set(event))
    receiver.wait("/500/bad/")
    failed, failed_page = events(ctx, bad)
    for clause, each, seen, outcome in (
        ("PR-105", event, page, "SUCCEEDED"),
        ("PR-104", failed[0] if failed else {}, failed_page, "FAILED"),
    ):
        status = each.get("status")
        # A target may try again before it gives up.
        open_end = status in {None, "PENDING"}
        ctx.holds(clause, seen, open_end or status == outcome, outcome, status, vacuous=open_end)
    narrowed, filtered = events(ctx, good, resource_id=own)
    only = narrowed and all(each.get("resource_id", own) == own for each in narrowed)
    ctx.holds("PR-506", filtered, only, f"events about {own}", filtered.summary)
    none, other = events(ctx, good, 0, status="FAILED")
    ctx.holds("PR-506", other, not none, "no failed event", other.summary)


def _signed(ctx: CheckContext, live: Exchange, arrived: Delivery, value: str, old: str) -> None:
    """A delivery is signed with the secret that is in force."""
    fits = signed(arrived, value)
    names = sorted(arrived.headers)
    ctx.holds("PR-106", live, fits or any("sign" in name.lower() for name in names), "a header with a signature", names)
    ctx.holds("PR-507", live, fits, "a header that the secret verifies", names)
    stale = bool(old) and signed(arrived, old)
    wanted = "not signed with the secret that was replaced"
    ctx.holds("PR-088", live, fits and not stale, wanted, names, vacuous=not old)


def _changed(ctx: CheckContext, receiver: Receiver, good: str, removed: str, where: str, own: str) -> None:
    """A subscription can be sent elsewhere, switched off and deleted."""
    moved = _resend(ctx, good, f"{receiver.address}/moved/", where)
    ctx.judge("PR-110", moved, succeeds)
    shown(ctx, "PR-110", moved, target_url=f"{receiver.address}/moved/")
    transition(ctx, own, "PAUSE")
    ctx.holds("PR-110", moved, receiver.wait("/moved/"), "a call to the new address", "no call")
    silenced = _resend(ctx, good, f"{receiver.address}/moved/", where, is_enabled=False)
    ctx.judge("PR-109", silenced, succeeds)
    # Published and paused: both have to have arrived before what comes later can be stated from them.
    receiver.wait("/removed/", 2)
    gone = ctx.call("delete_subscription", path={"subscription_id": removed})
    before, count = len(receiver.below("/removed/")), len(receiver.below("/moved/"))
    transition(ctx, own, "START")
    time.sleep(0.15)
    quiet = len(receiver.below("/moved/")) == count
    ctx.holds("PR-109", silenced, quiet, "no call to a disabled subscription", "a call came")
    quiet = len(receiver.below("/removed/")) == before
    ctx.holds("PR-372", gone, quiet, "no call to a deleted subscription", "a call came")


@check("PR-315", "PR-544", writes=True)
def submission_changes_are_sent(ctx: CheckContext) -> None:
    """A change of a submission's status is sent as an event, also when it begins to await review."""
    where, _ = lab(ctx)
    with receiving(ctx) as receiver:
        secrets(ctx, where)
        own = subscribed(ctx, f"{receiver.address}/judged/", "submission.status.change", where)
        one = waiting_submission(ctx)
        if participation.control(ctx) is not None:
            _event_about(ctx, own, one, ctx.exchanges[-1], 2)
        done = transition_submission(ctx, one, REJECT)
        ctx.rely(done.succeeded, f"the submission could not be rejected: {done.summary}", done)
        _event_about(ctx, own, one, done, 3)
        arrived = receiver.wait("/judged/")
        bodies = [json.loads(each.body or b"{}") for each in receiver.below("/judged/")]
        good = any(each.get("resource_id") == one and each.get("status") == "REJECTED" for each in bodies)
        ctx.holds("PR-544", done, good, f"an event about {one} with its status", bodies[-1:], vacuous=not arrived)


def _event_about(ctx: CheckContext, subscription: str, one: str, done: Exchange, count: int) -> None:
    least = count if participation.control(ctx) is not None else 1
    listed, page = events(ctx, subscription, least)
    about = [each for each in listed if each.get("resource_id", one) == one]
    ctx.holds("PR-315", (done, page), len(about) >= least, f"{least} events about {one}", f"{len(about)}")
