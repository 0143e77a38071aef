"""Secrets, subscriptions, and events that really arrive."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from live import running
from prolific_play import (
    API,
    AUTOMATIC,
    FOREIGN,
    MANUAL,
    NOWHERE,
    OVERSEAS,
    PEOPLE,
    SIGNING,
    STUDY,
    SUBMISSION,
    SUBSCRIPTION,
    WORKSPACE,
    completed,
    draft,
    events,
    judge,
    ok,
    published,
    refused,
    reject,
    settled,
    subscribe,
    transition,
)
from receiver import Receiver

from understudy.mock_server import create_app

STUDY_EVENT, SUBMISSION_EVENT = "study.status.change", "submission.status.change"


def _secret(client: httpx.Client, workspace: str = WORKSPACE) -> dict[str, Any]:
    made: dict[str, Any] = ok(client.post(f"{API}/hooks/secrets/", json={"workspace_id": workspace}), 201)
    return made


def _verifies(secret: str, headers: dict[str, str], body: bytes) -> bool:
    signed = headers["x-prolific-request-timestamp"].encode() + body
    expected = base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()
    return hmac.compare_digest(expected, headers["x-prolific-request-signature"])


@pytest.mark.clauses("PR-366", "PR-459")
def test_event_types_are_listed(client: httpx.Client) -> None:
    listed = ok(client.get(f"{API}/hooks/event-types/"))["results"]

    assert {each["event_type"] for each in listed} >= {STUDY_EVENT, SUBMISSION_EVENT}
    assert all(each["description"] for each in listed)


@pytest.mark.clauses("PR-086", "PR-087", "PR-089", "PR-091", "PR-367", "PR-458")
def test_a_new_secret_takes_the_place_of_the_old_one(client: httpx.Client) -> None:
    first, second = _secret(client), _secret(client)
    other = ok(client.get(f"{API}/hooks/secrets/", params={"workspace_id": OVERSEAS}))["results"]

    assert first["value"] != second["value"]
    assert second["workspace_id"] == WORKSPACE
    assert ok(client.get(f"{API}/hooks/secrets/", params={"workspace_id": WORKSPACE}))["results"] == [second]
    assert [secret["workspace_id"] for secret in other] == [OVERSEAS]


@pytest.mark.clauses("PR-093", "PR-368", "PR-090", "PR-501")
def test_secrets_are_for_members(client: httpx.Client, collaborator: httpx.Client) -> None:
    for workspace in (FOREIGN, NOWHERE, None, 5):
        refused(client.post(f"{API}/hooks/secrets/", json={"workspace_id": workspace}), "workspace_id")
    refused(collaborator.post(f"{API}/hooks/secrets/", json={"workspace_id": OVERSEAS}), "workspace_id")
    refused(collaborator.get(f"{API}/hooks/secrets/", params={"workspace_id": OVERSEAS}), status=404)


@pytest.mark.clauses("PR-094", "PR-097", "PR-098", "PR-099", "PR-370", "PR-369", "PR-504", "PR-459")
def test_a_subscription_is_made_and_shown(client: httpx.Client) -> None:
    body = {"event_type": STUDY_EVENT, "target_url": "http://127.0.0.1:9/x", "workspace_id": WORKSPACE, "id": ""}
    reply = client.post(f"{API}/hooks/subscriptions/", json=body)
    made = ok(reply, 201)

    assert reply.headers["x-hook-secret"]
    assert made == {**body, "id": made["id"], "is_enabled": True}
    assert len(made["id"]) == 24
    assert ok(client.get(f"{API}/hooks/subscriptions/{made['id']}/")) == made
    off = ok(client.post(f"{API}/hooks/subscriptions/", json={**body, "is_enabled": False}), 201)
    assert off["is_enabled"] is False
    for query, ids in [
        ({}, [SUBSCRIPTION, made["id"], off["id"]]),
        ({"workspace_id": WORKSPACE}, [made["id"], off["id"]]),
        ({"is_enabled": "true"}, [made["id"]]),
        ({"is_enabled": "false"}, [SUBSCRIPTION, off["id"]]),
    ]:
        listed = ok(client.get(f"{API}/hooks/subscriptions/", params=query))["results"]
        assert [each["id"] for each in listed] == ids


@pytest.mark.clauses("PR-096")
def test_without_a_secret_nothing_can_be_subscribed(client: httpx.Client) -> None:
    body = {"event_type": STUDY_EVENT, "target_url": "http://127.0.0.1:9/x", "workspace_id": SIGNING}
    refused(client.post(f"{API}/hooks/subscriptions/", json=body), "secret")

    _secret(client, SIGNING)
    ok(client.post(f"{API}/hooks/subscriptions/", json=body), 201)


@pytest.mark.clauses("PR-097", "PR-100", "PR-101")
@pytest.mark.parametrize(
    "wrong",
    [
        {"event_type": "study.deleted"},
        {"event_type": None},
        {"target_url": "/relative"},
        {"target_url": "ftp://example.com/"},
        {"target_url": "http://"},
        {"target_url": "http://exa mple.com/"},
        {"target_url": "http://[::1/"},
        {"target_url": "http://example.com:99999/"},
        {"target_url": 5},
        {"workspace_id": FOREIGN},
        {"workspace_id": NOWHERE},
        {"is_enabled": "yes"},
    ],
)
def test_a_subscription_that_does_not_hold_is_refused(client: httpx.Client, wrong: dict[str, Any]) -> None:
    body = {"event_type": STUDY_EVENT, "target_url": "https://example.com/", "workspace_id": WORKSPACE}
    refused(client.post(f"{API}/hooks/subscriptions/", json={**body, **wrong}), next(iter(wrong)))

    if "workspace_id" not in wrong:
        address = f"{API}/hooks/subscriptions/{subscribe(client, 'http://127.0.0.1:9/', STUDY_EVENT)['id']}/"
        refused(client.patch(address, json={**body, **wrong}), next(iter(wrong)))
        refused(client.post(address, json={**body, **wrong}), next(iter(wrong)))


@pytest.mark.clauses("PR-107", "PR-505")
def test_the_secret_of_the_creation_confirms(client: httpx.Client) -> None:
    body = {"event_type": STUDY_EVENT, "target_url": "http://127.0.0.1:9/x", "workspace_id": WORKSPACE}
    reply = client.post(f"{API}/hooks/subscriptions/", json=body)
    address = f"{API}/hooks/subscriptions/{reply.json()['id']}/"

    refused(client.post(address, json={"secret": "guessed"}), "secret")
    assert ok(client.post(address, json={"secret": reply.headers["x-hook-secret"]})) == reply.json()
    ok(client.post(address, json={}, headers={"X-Hook-Secret": reply.headers["x-hook-secret"]}))


@pytest.mark.clauses("PR-108", "PR-110", "PR-111", "PR-113")
def test_the_complete_subscription_confirms_and_is_applied(client: httpx.Client) -> None:
    made = subscribe(client, "http://127.0.0.1:9/x", STUDY_EVENT)
    address = f"{API}/hooks/subscriptions/{made['id']}/"
    change = {**made, "target_url": "http://127.0.0.1:9/y", "is_enabled": False, "event_type": SUBMISSION_EVENT}

    refused(client.post(address, json={"is_enabled": False}), "event_type", "target_url", "workspace_id")
    refused(client.post(address, json={**change, "workspace_id": OVERSEAS}), "workspace_id")
    assert ok(client.get(address)) == made
    assert ok(client.post(address, json=change)) == change


@pytest.mark.clauses("PR-530", "PR-531")
def test_a_subscription_is_changed(client: httpx.Client) -> None:
    made = subscribe(client, "http://127.0.0.1:9/x", STUDY_EVENT)
    address = f"{API}/hooks/subscriptions/{made['id']}/"
    change = {"event_type": SUBMISSION_EVENT, "target_url": "http://127.0.0.1:9/y"}

    assert ok(client.patch(address, json=change)) == {**made, **change}
    refused(client.patch(address, json={"is_enabled": False}), "event_type", "target_url")
    refused(client.patch(address, json={**change, "workspace_id": OVERSEAS}), "workspace_id")


@pytest.mark.clauses("PR-095", "PR-103", "PR-105", "PR-106", "PR-249", "PR-507", "PR-373", "PR-374")
def test_a_studys_changes_arrive_signed_and_in_order(client: httpx.Client, receiver: Receiver) -> None:
    secret = _secret(client)["value"]
    subscription = subscribe(client, receiver.url, STUDY_EVENT)
    study = draft(client)
    for action in ("PUBLISH", "PAUSE", "START", "STOP"):
        ok(transition(client, study, action))
    received = receiver.wait(4)

    assert all(_verifies(secret, headers, body) for headers, body in received)
    assert [json.loads(body)["status"] for _, body in received] == ["ACTIVE", "PAUSED", "ACTIVE", "COMPLETED"]
    event = json.loads(received[0][1])
    assert event == {"event_type": STUDY_EVENT, "resource_id": study["id"], "status": "ACTIVE", "metadata": {}}
    kept = settled(client, subscription, 4)
    assert {event["status"] for event in kept} == {"SUCCEEDED"}
    assert kept[-1]["payload"] == event
    assert (kept[-1]["resource_id"], kept[-1]["target_url"]) == (study["id"], receiver.url)


@pytest.mark.clauses("PR-315", "PR-316", "PR-106", "PR-544")
def test_a_submissions_changes_arrive(client: httpx.Client, receiver: Receiver) -> None:
    secret = _secret(client)["value"]
    subscribe(client, receiver.url, SUBMISSION_EVENT)
    study = published(client, completion_codes=[MANUAL, AUTOMATIC])
    first = completed(client, study, participant_id=PEOPLE[0])
    ok(judge(client, first, "APPROVE"))
    ok(judge(client, first, "APPROVE"))
    completed(client, study, "AUTO1", participant_id=PEOPLE[1])
    ok(reject(client, SUBMISSION))
    received = receiver.wait(7)

    events = [json.loads(body) for _, body in received]
    assert [each["status"] for each in events] == [
        *("ACTIVE", "AWAITING REVIEW", "APPROVED"),
        *("ACTIVE", "AWAITING REVIEW", "APPROVED"),
        "REJECTED",
    ]
    assert events[0] == {
        "event_type": SUBMISSION_EVENT,
        "resource_id": first["id"],
        "participant_id": PEOPLE[0],
        "status": "ACTIVE",
    }
    assert all(_verifies(secret, headers, body) for headers, body in received)


@pytest.mark.clauses("PR-088")
def test_after_a_new_secret_only_that_one_signs(client: httpx.Client, receiver: Receiver) -> None:
    old = _secret(client)["value"]
    subscribe(client, receiver.url, STUDY_EVENT)
    new = _secret(client)["value"]
    published(client)
    headers, body = receiver.wait(1)[0]

    assert _verifies(new, headers, body)
    assert not _verifies(old, headers, body)


@pytest.mark.clauses("PR-102", "PR-109", "PR-372", "PR-095")
def test_only_what_was_asked_for_arrives(client: httpx.Client, receiver: Receiver) -> None:
    wanted = subscribe(client, receiver.url, STUDY_EVENT)
    for gone in (
        subscribe(client, receiver.url + "/other-type", SUBMISSION_EVENT),
        subscribe(client, receiver.url + "/overseas", STUDY_EVENT, OVERSEAS),
    ):
        assert gone["is_enabled"]
    off = subscribe(client, receiver.url + "/off", STUDY_EVENT)
    ok(client.patch(f"{API}/hooks/subscriptions/{off['id']}/", json={**off, "is_enabled": False}))
    deleted = subscribe(client, receiver.url + "/deleted", STUDY_EVENT)
    assert client.delete(f"{API}/hooks/subscriptions/{deleted['id']}/").status_code == 204
    study = published(client)
    settled(client, wanted, 1)
    ok(client.post(f"/_mock/prolific/participants/{PEOPLE[0]}/messages", json=_letter()), 201)

    assert [json.loads(body)["resource_id"] for _, body in receiver.received] == [study["id"]]
    refused(client.get(f"{API}/hooks/subscriptions/{deleted['id']}/"), status=404)
    assert events(client, off) == []


def _letter() -> dict[str, str]:
    return {"recipient_id": "60a42f4c693c29420793cb73", "body": "Hello", "study_id": STUDY}


@pytest.mark.clauses("PR-104")
@pytest.mark.parametrize("status", [400, 404, 302])
def test_an_answer_that_will_not_change_is_a_failure_at_once(
    client: httpx.Client, receiver: Receiver, status: int
) -> None:
    receiver.status = status
    receiver.location = receiver.url + "/elsewhere" if status == 302 else None
    subscription = subscribe(client, receiver.url, STUDY_EVENT)
    published(client)

    assert settled(client, subscription, 1)[0]["status"] == "FAILED"
    assert len(receiver.received) == 1


@pytest.mark.clauses("PR-104")
def test_nobody_at_the_address_is_a_failure(client: httpx.Client) -> None:
    subscription = subscribe(client, "http://127.0.0.1:9/", STUDY_EVENT)
    published(client)

    assert settled(client, subscription, 1)[0]["status"] == "FAILED"


@pytest.mark.clauses("PR-104")
@pytest.mark.parametrize(
    "url",
    ["http://192.0.2.1/", "https://example.invalid/", "http://169.254.169.254/latest", "http://127.0.0.1.nip.io/"],
)
def test_hosts_that_are_not_allowed_are_not_called(client: httpx.Client, url: str) -> None:
    subscription = subscribe(client, url, STUDY_EVENT)
    started = time.monotonic()
    published(client)

    assert settled(client, subscription, 1)[0]["status"] == "FAILED"
    assert time.monotonic() - started < 1


@pytest.mark.clauses("PR-105", "PR-374", "PR-506")
def test_a_slow_receiver_slows_no_request_and_its_events_are_pending(client: httpx.Client, receiver: Receiver) -> None:
    receiver.delay = 0.5
    subscription = subscribe(client, receiver.url, STUDY_EVENT)
    study = draft(client)
    started = time.monotonic()
    ok(transition(client, study, "PUBLISH"))

    assert time.monotonic() - started < 0.4
    assert [event["status"] for event in events(client, subscription, status="PENDING")] == ["PENDING"]
    settled(client, subscription, 1)
    assert events(client, subscription, status="PENDING") == []
    assert len(events(client, subscription, status="SUCCEEDED", resource_id=study["id"])) == 1
    assert events(client, subscription, resource_id=NOWHERE) == []


@pytest.mark.clauses("PR-103", "PR-506", "PR-552")
def test_past_events_are_listed_the_newest_first(client: httpx.Client) -> None:
    listed = events(client, {"id": SUBSCRIPTION})

    assert [event["status"] for event in listed] == ["SUCCEEDED", "FAILED", "SUCCEEDED"]
    assert listed[0]["datetime_created"] > listed[1]["datetime_created"]
    assert len(events(client, {"id": SUBSCRIPTION}, status="FAILED")) == 1


def test_a_refused_request_sends_no_event(client: httpx.Client, receiver: Receiver) -> None:
    subscription = subscribe(client, receiver.url, SUBMISSION_EVENT)
    refused(client.post(f"{API}/submissions/bulk-approve/", json={"submission_ids": [SUBMISSION, NOWHERE]}))

    assert events(client, subscription) == []
    assert receiver.received == []


@pytest.mark.clauses("PR-103")
def test_what_waits_when_the_server_ends_is_sent_and_kept(tmp_path: Path, receiver: Receiver) -> None:
    receiver.delay = 0.2
    store = f"sqlite:///{tmp_path}/state.db"
    headers = {"Authorization": "Token mock-token"}
    with running(create_app(["prolific"], store=store)) as url, httpx.Client(base_url=url, headers=headers) as client:
        subscription = subscribe(client, receiver.url, STUDY_EVENT)
        study = draft(client)
        for action in ("PUBLISH", "PAUSE", "START"):
            ok(transition(client, study, action))

    assert len(receiver.received) == 3
    with running(create_app(["prolific"], store=store)) as url, httpx.Client(base_url=url, headers=headers) as client:
        assert [event["status"] for event in events(client, subscription)] == ["SUCCEEDED"] * 3
