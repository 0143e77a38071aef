"""Events sent to an address of this machine's: when, to whom, signed how, and what is recorded of them."""

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
from understudy.conformance.judging.context import Trial
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.prolific.fixtures import act, draft, hooked, may_spend, workspace
from understudy.conformance.rules.prolific.submissions import REJECT, judge, waiting


@contextmanager
def receiving(t: Trial) -> Iterator[Receiver]:
    """A receiver that the target can reach; the check is left out when there is none."""
    callback = t.run.settings.get("callback", "")
    t.reach(
        t.local or callback,
        "the target has to reach this machine; name an address of it with --set callback=http://HOST:PORT",
    )
    with listening(callback) as receiver:
        yield receiver


def subscribed(t: Trial, address: str, event: str, where: str, **more: Any) -> str:
    """A subscription of one's own."""
    body = {"event_type": event, "target_url": address, "workspace_id": where, "is_enabled": True, **more}
    made = t.call("create_subscription", body=body)
    t.rely(made.succeeded, f"no subscription could be made: {made.shortly}", made)
    return str(made.at("id"))


def secret(t: Trial, where: str) -> str:
    """A new secret for a workspace."""
    return str(t.call("create_secret", body={"workspace_id": where}).at("value"))


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


def events(t: Trial, subscription: str, count: int = 1, **query: str) -> tuple[list[dict[str, Any]], Exchange]:
    """What is recorded for a subscription, once it is that much and settled, or a moment has passed."""
    until, pause = time.monotonic() + 4, 0.1
    while True:
        page = t.call("list_subscription_events", path={"subscription_id": subscription}, query=query, fresh=True)
        found = page.find("results")
        listed = found if isinstance(found, list) else []
        settled = len(listed) >= count and all(each.get("status") != "PENDING" for each in listed)
        if settled or time.monotonic() > until:
            return listed, page
        time.sleep(pause)
        pause *= 2  # few questions, however long it takes


@check(writes=True)
def events_reach_their_target(t: Trial) -> None:
    """A change of a study's status calls the targets of its workspace, signed, and is recorded with its outcome."""
    may_spend(t)
    where = workspace(t)
    with receiving(t) as receiver:
        old = secret(t, where)
        value = secret(t, where)
        good = subscribed(t, f"{receiver.address}/good/", "study.status.change", where)
        bad = subscribed(t, f"{receiver.address}/500/bad/", "study.status.change", where)
        off = subscribed(t, f"{receiver.address}/off/", "study.status.change", where, is_enabled=False)
        elsewhere = hooked(t)
        foreign = subscribed(t, f"{receiver.address}/foreign/", "study.status.change", elsewhere)
        own = str(draft(t, reward=100, total_available_places=1).at("id"))
        live = act(t, own, "PUBLISH")
        t.rely(live.succeeded, f"the study could not be published: {live.shortly}", live)
        arrived = receiver.wait("/good/")
        t.holds(("PR-095", "PR-094"), live, arrived, "a call to the target", "none came")
        recorded, page = events(t, good)
        t.holds(
            ("PR-103", "PR-249"),
            (live, page),
            any(each.get("resource_id") == own for each in recorded),
            f"an event about {own}",
            page.shortly,
        )
        mine = [each for each in recorded if each.get("resource_id") == own]
        t.holds("PR-105", page, bool(mine) and mine[0].get("status") == "SUCCEEDED", "SUCCEEDED", mine)
        failed, failed_page = events(t, bad)
        receiver.wait("/500/bad/")
        t.holds("PR-104", failed_page, bool(failed) and failed[0].get("status") == "FAILED", "FAILED", failed)
        if arrived:
            told = json.loads(arrived[0].body or b"{}")
            t.holds(
                "PR-249",
                live,
                told.get("resource_id") == own and told.get("status") == "ACTIVE",
                "the study and its status in the payload",
                told,
            )
            t.holds(
                ("PR-106", "PR-507"),
                live,
                signed(arrived[0], value),
                "a header that the secret verifies",
                sorted(arrived[0].headers),
            )
            t.holds(
                "PR-088",
                live,
                signed(arrived[0], value) and not signed(arrived[0], old),
                "signed with the new secret alone",
                sorted(arrived[0].headers),
            )
        t.holds(
            "PR-102",
            live,
            not receiver.below("/foreign/") and not events(t, foreign, 0)[0],
            "nothing to another workspace",
            "a call came",
        )
        t.holds(
            "PR-109",
            live,
            not receiver.below("/off/") and not events(t, off, 0)[0],
            "nothing to what is switched off",
            "a call came",
        )
        narrowed, filtered = events(t, good, resource_id=own)
        t.holds(
            "PR-506",
            filtered,
            bool(narrowed) and all(each.get("resource_id") == own for each in narrowed),
            f"events about {own}",
            filtered.shortly,
        )
        none, other = events(t, good, 0, status="FAILED")
        t.holds("PR-506", other, not none, "no event that failed", other.shortly)
        told_again = {
            "event_type": "study.status.change",
            "target_url": f"{receiver.address}/moved/",
            "workspace_id": where,
            "is_enabled": True,
        }
        moved = t.call("confirm_subscription", path={"subscription_id": good}, body=told_again)
        t.judge(("PR-107", "PR-110"), moved, shows(target_url=f"{receiver.address}/moved/"))
        act(t, own, "PAUSE")
        t.holds("PR-110", moved, receiver.wait("/moved/"), "a call to the new address", "none came")
        silenced = t.call(
            "confirm_subscription", path={"subscription_id": good}, body={**told_again, "is_enabled": False}
        )
        t.judge("PR-109", silenced, succeeds)
        # Published and paused: both have to have arrived before what comes later can be told from them.
        receiver.wait("/500/bad/", 2)
        gone = t.call("delete_subscription", path={"subscription_id": bad})
        before = len(receiver.below("/500/bad/"))
        count = len(receiver.below("/moved/"))
        act(t, own, "START")
        time.sleep(0.15)
        t.holds(
            "PR-109",
            silenced,
            len(receiver.below("/moved/")) == count,
            "nothing to what is switched off",
            "a call came",
        )
        t.holds(
            "PR-372",
            gone,
            len(receiver.below("/500/bad/")) == before,
            "nothing for a subscription that is gone",
            "a call came",
        )
        act(t, own, "STOP")


@check(writes=True)
def judgements_are_told(t: Trial) -> None:
    """A change of a submission's status is an event, once for each change."""
    may_spend(t)
    where = workspace(t)
    with receiving(t) as receiver:
        secret(t, where)
        own = subscribed(t, f"{receiver.address}/judged/", "submission.status.change", where)
        one = waiting(t)
        done = judge(
            t, one, {"action": "REJECT", **{name: value for name, value in REJECT.items() if name != "action"}}
        )
        t.rely(done.succeeded, f"the submission could not be rejected: {done.shortly}", done)
        arrived = receiver.wait("/judged/")
        told = json.loads(arrived[0].body) if arrived else {}
        good = told.get("resource_id") == one and str(told.get("status")) == "REJECTED"
        t.holds("PR-315", done, good, f"an event about {one}", told)
        judge(t, one, REJECT)
        time.sleep(0.15)
        recorded, page = events(t, own)
        t.holds("PR-315", (done, page), len(recorded) == 1, "one event for one change", f"{len(recorded)}")
