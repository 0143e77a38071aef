"""Secrets, subscriptions, and the events that are sent for them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import orjson

from understudy.mock_server.behaviours.prolific.access import my_workspaces, workspace_at, workspace_named
from understudy.mock_server.behaviours.prolific.lists import flag, page_of
from understudy.mock_server.clock import timestamp
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.claims import claim, renewed, seconds_left
from understudy.mock_server.engine.conditions import conjoined
from understudy.mock_server.engine.crud import filters, missing
from understudy.mock_server.engine.registration import due, operation, recovery
from understudy.mock_server.engine.state import State
from understudy.mock_server.engine.webhooks import Failure, Job, Post
from understudy.mock_server.http.errors import BadRequestError, FieldError, field_error
from understudy.mock_server.http.validation_errors import one_of

STUDY = "study.status.change"
SUBMISSION = "submission.status.change"

#: The status of an event that has no outcome yet. Its `claim` says which process is to send it.
PENDING = "PENDING"


@operation
async def list_secrets(call: Call) -> Reply:
    """The secret of a workspace, to its members."""
    workspace = await workspace_at(call.state, call.query["workspace_id"])
    return await page_of(call, "secret", {"workspace_id": workspace["id"]}, partial(call.state.shown, "secret"))


@operation
async def create_secret(call: Call) -> Reply:
    """Create a secret, which replaces the old one."""
    state = call.state
    workspace = await workspace_named(state, call.body["workspace_id"])
    old = await state.find("secret", {"workspace_id": workspace["id"]})
    await state.remove("secret", *(secret["id"] for secret in old))
    made = await state.make("secret", {"workspace_id": workspace["id"], "value": secrets.token_urlsafe(32)})
    return Reply(201, await state.shown("secret", made))


@operation
async def list_subscriptions(call: Call) -> Reply:
    """The subscriptions of the caller's workspaces, or of one."""
    workspace = call.query.get("workspace_id")
    if workspace:
        ids = [(await workspace_at(call.state, workspace))["id"]]
    else:
        ids = [w["id"] for w in await my_workspaces(call.state)]
    where: dict[str, Any] = {"workspace_id": ids}
    enabled = flag(call.query["is_enabled"]) if "is_enabled" in call.query else None
    if enabled is not None:
        where["is_enabled"] = enabled
    return await page_of(call, "subscription", where, _shown)


@operation
async def create_subscription(call: Call) -> Reply:
    """Create a subscription; the secret that confirms it is in a header."""
    state, body = call.state, call.body
    workspace = await workspace_named(state, body["workspace_id"])
    await _check(state, body)
    if not await state.count("secret", {"workspace_id": workspace["id"]}):
        raise field_error("workspace_id", "has no secret yet; create a secret first, so that its events can be signed")
    made = await state.make(
        "subscription",
        {
            "event_type": body["event_type"],
            "target_url": body["target_url"],
            "is_enabled": body.get("is_enabled", True),
            "workspace_id": workspace["id"],
            "confirmed": False,
            "confirmation_secret": secrets.token_urlsafe(24),
        },
    )
    return Reply(201, await _shown(made), headers={"X-Hook-Secret": made["confirmation_secret"]})


@operation
async def get_subscription(call: Call) -> Reply:
    """A subscription."""
    return Reply(200, await _shown(await _at(call)))


@operation
async def confirm_subscription(call: Call) -> Reply:
    """Confirm with the secret of the creation, or with the complete subscription, which is applied."""
    subscription, body = await _at(call), call.body
    header = call.headers.get(b"x-hook-secret", b"").decode("latin-1")
    secret = body.get("secret", header or None)
    if secret is not None and not secrets.compare_digest(secret.encode(), subscription["confirmation_secret"].encode()):
        raise field_error("secret", "must be the one that this subscription was created with")
    if secret is None:
        absent = [name for name in ("event_type", "target_url", "workspace_id") if name not in body]
        if absent:
            raise BadRequestError(
                field_errors=[FieldError(name, "is required when no secret is sent") for name in absent]
            )
    if body.get("workspace_id", subscription["workspace_id"]) != subscription["workspace_id"]:
        raise field_error("workspace_id", "cannot be changed")
    await _check(call.state, body)
    subscription |= {name: body[name] for name in ("event_type", "target_url", "is_enabled") if name in body}
    subscription["confirmed"] = True
    await call.state.save("subscription", subscription)
    return Reply(200, await _shown(subscription))


@operation
async def update_subscription(call: Call) -> Reply:
    """Change the event type, the address or whether it is enabled."""
    subscription, body = await _at(call), call.body
    if body.get("workspace_id", subscription["workspace_id"]) != subscription["workspace_id"]:
        raise field_error("workspace_id", "cannot be changed")
    await _check(call.state, body)
    subscription |= {name: body[name] for name in ("event_type", "target_url", "is_enabled") if name in body}
    await call.state.save("subscription", subscription)
    return Reply(200, await _shown(subscription))


@operation
async def delete_subscription(call: Call) -> Reply:
    """Delete a subscription and its events."""
    subscription = await _at(call)
    await call.state.remove("subscription", subscription["id"])
    return Reply(204)


@operation
async def list_subscription_events(call: Call) -> Reply:
    """The events of a subscription."""
    subscription = await _at(call)
    where = {"subscription_id": subscription["id"]}
    return await page_of(
        call, "subscription_event", conjoined(where, filters(call)), partial(call.state.shown, "subscription_event")
    )


async def notify_study(state: State, study: Record) -> None:
    """Notify the subscribers that a study has another status."""
    payload = {"event_type": STUDY, "resource_id": study["id"], "status": study["status"], "metadata": {}}
    await _notify(state, study["workspace"], payload)


async def notify_submission(state: State, study: Record, submission: Record) -> None:
    """Notify the subscribers that a submission has another status."""
    payload = {
        "event_type": SUBMISSION,
        "resource_id": submission["id"],
        "participant_id": submission["participant"],
        "status": submission["status"],
    }
    await _notify(state, study["workspace"], payload)


async def _notify(state: State, workspace_id: str, payload: dict[str, Any]) -> None:
    """Record an event for each matching subscription, and send it after the request is committed."""
    where = {"workspace_id": workspace_id, "event_type": payload["event_type"], "is_enabled": True}
    for subscription in await state.find("subscription", where):
        event = await state.make(
            "subscription_event",
            {
                "subscription_id": subscription["id"],
                "status": PENDING,
                "payload": payload,
                "event_type": payload["event_type"],
                "resource_id": payload["resource_id"],
                "target_url": subscription["target_url"],
                "claim": claim(),
                "attempts": 0,
                "retry_at": None,
            },
        )
        _send(state, event, workspace_id)


@due("subscription_event", "redeliver")
async def redeliver(state: State, event: Record) -> None:
    """Send an event again that its receiver did not accept."""
    subscription = await state.get("subscription", event["subscription_id"])
    assert subscription is not None, "a subscription is deleted with its events"
    event |= {"claim": claim(), "retry_at": None}
    await state.save("subscription_event", event)
    _send(state, event, subscription["workspace_id"])


def _send(state: State, event: Record, workspace_id: str) -> None:
    """Send an event once the transaction is committed."""
    job = Job(event["target_url"], partial(_prepare, state, event, workspace_id), partial(_settle, state, event))
    state.after_commit.append(partial(state.webhooks.submit, job))


async def _prepare(state: State, made: Record, workspace_id: str) -> Post | None:
    """The signed post of an event; None when the event, its subscription or the secret no longer exists."""
    async with state.writing() as fresh:
        event = await _pending(fresh, made)
        held = await fresh.find("secret", {"workspace_id": workspace_id})
        if event is None or not held:
            return None
        await fresh.save("subscription_event", event | {"claim": renewed(event["claim"])})
        seconds = int(fresh.moment().timestamp())
    body = orjson.dumps(event["payload"])
    headers = state.resources.contract.settings["webhooks"]
    signed = hmac.new(held[0]["value"].encode(), f"{seconds}".encode() + body, hashlib.sha256).digest()
    return Post(
        body,
        {
            "Content-Type": "application/json",
            "X-Event-ID": event["id"],
            "X-Timestamp": str(seconds),
            headers["timestamp_header"]: str(seconds),
            headers["signature_header"]: base64.b64encode(signed).decode(),
        },
    )


async def _settle(state: State, made: Record, failure: Failure | None) -> None:
    """Store the outcome of an attempt, unless the event is no longer there or was settled by another process."""
    async with state.writing() as fresh:
        event = await _pending(fresh, made)
        if event is None:
            return
        pauses = state.resources.contract.settings["webhooks"]["pauses"]
        if failure is None or not failure.may_pass or event["attempts"] >= len(pauses):
            await _save_outcome(fresh, event, failure and failure.reason)
            return
        retry_at = timestamp(fresh.moment() + timedelta(seconds=pauses[event["attempts"]]))
        event |= {"claim": None, "retry_at": retry_at, "attempts": event["attempts"] + 1, "failure": failure.reason}
        await fresh.save("subscription_event", event | {"datetime_updated": fresh.now()})


async def _pending(state: State, made: Record) -> Record | None:
    """An event that waits for its outcome; None when it is settled, or another one has its id since a reset."""
    event = await state.get("subscription_event", made["id"])
    if event is None or event["status"] != PENDING or (event.get("claim") or {}).get("id") != made["claim"]["id"]:
        return None
    return event


async def _save_outcome(state: State, event: Record, failure: str | None) -> None:
    event |= {"status": "FAILED" if failure else "SUCCEEDED", "failure": failure, "datetime_updated": state.now()}
    await state.save("subscription_event", event)


@recovery("subscription_event")
async def fail_abandoned_events(state: State) -> float | None:
    """Mark pending events as failed whose process has ended; the seconds until the next claim lapses."""
    lapses = []
    for event in await state.find("subscription_event", {"status": PENDING}):
        if event.get("retry_at") is not None:
            continue  # it is sent again at that time, by whatever process is there then
        if left := seconds_left(event.get("claim")):
            lapses.append(left)
        else:
            await _save_outcome(state, event, "the process that was to send it has ended")
    return min(lapses, default=None)


async def _at(call: Call) -> Record:
    subscription = await call.state.get("subscription", call.path["subscription_id"])
    mine = {w["id"] for w in await my_workspaces(call.state)}
    if subscription is None or subscription["workspace_id"] not in mine:
        raise missing("subscription")
    return subscription


async def _check(state: State, body: Record) -> None:
    field_errors = []
    if "event_type" in body:
        known = [kind["event_type"] for kind in await state.find("event_type")]
        if body["event_type"] not in known:
            field_errors.append(FieldError("event_type", one_of(known)))
    if "target_url" in body and not is_address(body["target_url"]):
        field_errors.append(FieldError("target_url", "must be an absolute http or https address"))
    if field_errors:
        raise BadRequestError(field_errors=field_errors)


def is_address(text: str) -> bool:
    """Whether a text is an absolute http or https address."""
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0 and " " not in text
    except ValueError:
        return False


async def _shown(subscription: Record) -> dict[str, Any]:
    return {name: subscription[name] for name in ("id", "event_type", "target_url", "is_enabled", "workspace_id")}
