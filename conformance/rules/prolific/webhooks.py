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
from understudy.conformance.evidence.matchers import shows, succeeds
from understudy.conformance.http.receiver import Delivery, Receiver, listening
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.prolific.fixtures import (
    draft,
    may_spend,
    transition,
    workspace,
    workspace_with_secret,
)
from understudy.conformance.rules.prolific.submissions import REJECT, transition_submission, waiting_submission


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
    """A new subscription."""
    body = {"event_type": event, "target_url": address, "workspace_id": where, "is_enabled": True, **more}
    made = ctx.call("create_subscription", body=body)
    ctx.rely(made.succeeded, f"no subscription could be created: {made.summary}", made)
    return str(made.at("id"))


def secret(ctx: CheckContext, where: str) -> str:
    """A new secret for a workspace."""
    return str(ctx.call("create_secret", body={"workspace_id": where}).at("value"))


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
    "PR-107",
    "PR-109",
    "PR-110",
    "PR-249",
    "PR-372",
    "PR-506",
    "PR-507",
    writes=True,
)
def events_reach_their_target(ctx: CheckContext) -> None:
    """A change of a study's status is sent, signed, to the subscriptions of its workspace, and recorded with its outcome."""
    may_spend(ctx)
    where = workspace(ctx)
    with receiving(ctx) as receiver:
        old = secret(ctx, where)
        value = secret(ctx, where)
        good = subscribed(ctx, f"{receiver.address}/good/", "study.status.change", where)
        bad = subscribed(ctx, f"{receiver.address}/500/bad/", "study.status.change", where)
        off = subscribed(ctx, f"{receiver.address}/off/", "study.status.change", where, is_enabled=False)
        elsewhere = workspace_with_secret(ctx)
        foreign = subscribed(ctx, f"{receiver.address}/foreign/", "study.status.change", elsewhere)
        own = str(draft(ctx, reward=100, total_available_places=1).at("id"))
        live = transition(ctx, own, "PUBLISH")
        ctx.rely(live.succeeded, f"the study could not be published: {live.summary}", live)
        arrived = receiver.wait("/good/")
        ctx.holds(("PR-095", "PR-094"), live, arrived, "a call to the target address", "no call")
        recorded, page = events(ctx, good)
        ctx.holds(
            ("PR-103", "PR-249"),
            (live, page),
            any(each.get("resource_id") == own for each in recorded),
            f"an event about {own}",
            page.summary,
        )
        mine = [each for each in recorded if each.get("resource_id") == own]
        ctx.holds("PR-105", page, bool(mine) and mine[0].get("status") == "SUCCEEDED", "SUCCEEDED", mine)
        failed, failed_page = events(ctx, bad)
        receiver.wait("/500/bad/")
        ctx.holds("PR-104", failed_page, bool(failed) and failed[0].get("status") == "FAILED", "FAILED", failed)
        if arrived:
            payload = json.loads(arrived[0].body or b"{}")
            ctx.holds(
                "PR-249",
                live,
                payload.get("resource_id") == own and payload.get("status") == "ACTIVE",
                "the study and its status in the payload",
                payload,
            )
            ctx.holds(
                ("PR-106", "PR-507"),
                live,
                signed(arrived[0], value),
                "a header that the secret verifies",
                sorted(arrived[0].headers),
            )
            ctx.holds(
                "PR-088",
                live,
                signed(arrived[0], value) and not signed(arrived[0], old),
                "signed with the new secret only",
                sorted(arrived[0].headers),
            )
        ctx.holds(
            "PR-102",
            live,
            not receiver.below("/foreign/") and not events(ctx, foreign, 0)[0],
            "no call to a subscription of another workspace",
            "a call came",
        )
        ctx.holds(
            "PR-109",
            live,
            not receiver.below("/off/") and not events(ctx, off, 0)[0],
            "no call to a disabled subscription",
            "a call came",
        )
        narrowed, filtered = events(ctx, good, resource_id=own)
        ctx.holds(
            "PR-506",
            filtered,
            bool(narrowed) and all(each.get("resource_id") == own for each in narrowed),
            f"events about {own}",
            filtered.summary,
        )
        none, other = events(ctx, good, 0, status="FAILED")
        ctx.holds("PR-506", other, not none, "no failed event", other.summary)
        resent = {
            "event_type": "study.status.change",
            "target_url": f"{receiver.address}/moved/",
            "workspace_id": where,
            "is_enabled": True,
        }
        moved = ctx.call("confirm_subscription", path={"subscription_id": good}, body=resent)
        ctx.judge(("PR-107", "PR-110"), moved, shows(target_url=f"{receiver.address}/moved/"))
        transition(ctx, own, "PAUSE")
        ctx.holds("PR-110", moved, receiver.wait("/moved/"), "a call to the new address", "no call")
        silenced = ctx.call(
            "confirm_subscription", path={"subscription_id": good}, body={**resent, "is_enabled": False}
        )
        ctx.judge("PR-109", silenced, succeeds)
        # Published and paused: both have to have arrived before what comes later can be payload from them.
        receiver.wait("/500/bad/", 2)
        gone = ctx.call("delete_subscription", path={"subscription_id": bad})
        before = len(receiver.below("/500/bad/"))
        count = len(receiver.below("/moved/"))
        transition(ctx, own, "START")
        time.sleep(0.15)
        ctx.holds(
            "PR-109",
            silenced,
            len(receiver.below("/moved/")) == count,
            "no call to a disabled subscription",
            "a call came",
        )
        ctx.holds(
            "PR-372",
            gone,
            len(receiver.below("/500/bad/")) == before,
            "no call to a deleted subscription",
            "a call came",
        )
        transition(ctx, own, "STOP")


@check("PR-315", writes=True)
def submission_changes_are_sent(ctx: CheckContext) -> None:
    """A change of a submission's status is sent as one event."""
    may_spend(ctx)
    where = workspace(ctx)
    with receiving(ctx) as receiver:
        secret(ctx, where)
        own = subscribed(ctx, f"{receiver.address}/judged/", "submission.status.change", where)
        one = waiting_submission(ctx)
        done = transition_submission(
            ctx, one, {"action": "REJECT", **{name: value for name, value in REJECT.items() if name != "action"}}
        )
        ctx.rely(done.succeeded, f"the submission could not be rejected: {done.summary}", done)
        arrived = receiver.wait("/judged/")
        payload = json.loads(arrived[0].body) if arrived else {}
        good = payload.get("resource_id") == one and str(payload.get("status")) == "REJECTED"
        ctx.holds("PR-315", done, good, f"an event about {one}", payload)
        transition_submission(ctx, one, REJECT)
        time.sleep(0.15)
        recorded, page = events(ctx, own)
        ctx.holds("PR-315", (done, page), len(recorded) == 1, "one event for one change", f"{len(recorded)}")
