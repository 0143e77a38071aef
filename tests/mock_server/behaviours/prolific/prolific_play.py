"""What the scenarios of Prolific share: known ids, and the steps of a study's life."""

from __future__ import annotations

import time
from typing import Any

import httpx

API = "/api/v1"

ADMIN = "60a42f4c693c29420793cb73"
WORKSPACE = "644aaabfaf6bbc363b9d47c6"
OVERSEAS = "63722982f9cc073ecc730f6b"
#: Of the admin alone, without a secret.
SIGNING = "63519c1d5b139662f8cde482"
#: Of somebody else.
FOREIGN = "5a1b2c3d4e5f60718293a4b5"
FOREIGN_PROJECT = "5a1b2c3d4e5f60718293a4b6"
FOREIGN_STUDY = "5a1b2c3d4e5f60718293a4c1"
ORGANISATION = "5f1d2c3b4a59687766554433"
PROJECT = "619e049f7648a4e1f8f3645b"
CONTRASTS = "65786062db3b35bcbeb07bcc"
#: ACTIVE, with submissions in every status.
STUDY = "60f6acb180a7b59ac0621f9e"
#: Completed by forty participants.
REDS = "619e049f7648a4e1f8f3645b"
DRAFT, DRAFT2, DRAFT3 = "5f7b9a7b5f7b9a7b5f7b9a7b", "5f7b9a7b5f7b9a7b5f7b9a6b", "5f7b9a7b5f7b9a7b5f7b9a5b"
COLLECTION = "65786062db3b35bcbeb07bd0"
GROUP = "619e049f7648a4e1f8f3645b"
PAINTERS, PRINTERS = "64514609c0265e1da4a74127", "64660e2e0ce5307750bf5c99"
FILTER_SET, LOCKED_SET = "644b9cace850cb37684f0892", "644b9cace850cb37684f0893"
#: Both participants and their submissions, AWAITING REVIEW.
SUBMISSION, SUBMISSION2 = "60f25f799fbd8a136cc6a9b0", "5ce69ff9b1e73b000146186d"
PEOPLE = ["5e9b9c9b0f9c9a0001b0b1f4", "5e9b9c9b0f9c9a0001b0b1f5", "5e9b9c9b0f9c9a0001b0b1f6"]
PAID = ["60ffe5c8371090c7041d43f8", "60ff44a1d00991f1dfe405d9"]
SURVEY, PLAIN_SURVEY, FRESH_SURVEY = (
    "63346b3a4fd1fe7b39f192e9",
    "63346b3a4fd1fe7b39f192ea",
    "63346b3a4fd1fe7b39f192eb",
)
SUBSCRIPTION = "63722971f9cc073ecc730f6c"
NOWHERE = "0123456789abcdef01234567"

MANUAL = {"code": "MANUAL1", "code_type": "COMPLETED", "actions": [{"action": "MANUALLY_REVIEW"}]}
AUTOMATIC = {"code": "AUTO1", "code_type": "COMPLETED", "actions": [{"action": "AUTOMATICALLY_APPROVE"}]}

GROUNDS = (
    "You were asked for twelve names and wrote the same word twelve times, so that nothing can be learned from it."
)


def study_body(**more: Any) -> dict[str, Any]:
    """A study that lacks nothing."""
    return {
        "name": "Naming",
        "description": "Name what you see.",
        "external_study_url": "https://survey.example.com/?p={{%PROLIFIC_PID%}}&s={{%STUDY_ID%}}&x={{%SESSION_ID%}}",
        "prolific_id_option": "url_parameters",
        "completion_option": "url",
        "completion_codes": [MANUAL],
        "estimated_completion_time": 5,
        "reward": 100,
        "total_available_places": 3,
        **more,
    }


def ok(reply: httpx.Response, status: int = 200) -> Any:
    """The body of a reply that has to succeed."""
    assert reply.status_code == status, reply.text
    return reply.json() if reply.content else None


def draft(client: httpx.Client, **more: Any) -> dict[str, Any]:
    """A new draft."""
    made: dict[str, Any] = ok(client.post(f"{API}/studies/", json=study_body(**more)), 201)
    return made


def transition(client: httpx.Client, study: dict[str, Any], action: str) -> httpx.Response:
    """Ask for a transition of a study."""
    return client.post(f"{API}/studies/{study['id']}/transition/", json={"action": action})


def published(client: httpx.Client, **more: Any) -> dict[str, Any]:
    """A new study that is open."""
    study: dict[str, Any] = ok(transition(client, draft(client, **more), "PUBLISH"))
    return study


def study_of(client: httpx.Client, study: dict[str, Any] | str) -> dict[str, Any]:
    """A study as it is now."""
    id = study if isinstance(study, str) else study["id"]
    found: dict[str, Any] = ok(client.get(f"{API}/studies/{id}/"))
    return found


def arrive(client: httpx.Client, study: dict[str, Any] | str, **more: Any) -> httpx.Response:
    """A participant comes to a study."""
    id = study if isinstance(study, str) else study["id"]
    return client.post(f"/_mock/prolific/studies/{id}/participants", json=more)


def step(client: httpx.Client, submission: dict[str, Any], name: str, **more: Any) -> dict[str, Any]:
    """A participant starts, completes, times out or returns."""
    answer: dict[str, Any] = ok(client.post(f"/_mock/prolific/submissions/{submission['id']}/{name}", json=more))
    return answer


def completed(client: httpx.Client, study: dict[str, Any] | str, code: str | None = "MANUAL1", **more: Any) -> Any:
    """A participant comes and completes with a code."""
    return step(client, ok(arrive(client, study, **more), 201), "complete", code=code)


def judge(client: httpx.Client, submission: dict[str, Any] | str, action: str, **more: Any) -> httpx.Response:
    """Approve or reject."""
    id = submission if isinstance(submission, str) else submission["id"]
    return client.post(f"{API}/submissions/{id}/transition/", json={"action": action, **more})


def reject(client: httpx.Client, submission: dict[str, Any] | str, **more: Any) -> httpx.Response:
    """Reject for good reasons, unless others are given."""
    return judge(client, submission, "REJECT", **{"message": GROUNDS, "rejection_category": "LOW_EFFORT", **more})


def submission_of(client: httpx.Client, submission: dict[str, Any] | str) -> dict[str, Any]:
    """A submission as it is now."""
    id = submission if isinstance(submission, str) else submission["id"]
    found: dict[str, Any] = ok(client.get(f"{API}/submissions/{id}/"))
    return found


def waiting(client: httpx.Client, study: str = STUDY) -> list[dict[str, Any]]:
    """The submissions of a study that await review."""
    every = ok(client.get(f"{API}/studies/{study}/submissions/", params={"page_size": 200}))["results"]
    return [submission for submission in every if submission["status"] == "AWAITING REVIEW"]


def balance(client: httpx.Client, workspace: str = WORKSPACE) -> dict[str, Any]:
    """What a workspace has."""
    found: dict[str, Any] = ok(client.get(f"{API}/workspaces/{workspace}/balance/"))
    return found


def refused(reply: httpx.Response, *names: str, status: int = 400) -> Any:
    """The detail of a refusal in the one error shape, which names all these."""
    assert reply.status_code == status, reply.text
    error = reply.json()["error"]
    assert error["status"] == status
    for name in names:
        assert name in str(error["detail"]), f"{name} is not in {error['detail']}"
    return error["detail"]


def subscribe(client: httpx.Client, url: str, event_type: str, workspace: str = WORKSPACE) -> dict[str, Any]:
    """A subscription of a workspace that has a secret."""
    body = {"event_type": event_type, "target_url": url, "workspace_id": workspace}
    made: dict[str, Any] = ok(client.post(f"{API}/hooks/subscriptions/", json=body), 201)
    return made


def events(client: httpx.Client, subscription: dict[str, Any], **query: str) -> list[dict[str, Any]]:
    """The events of a subscription, the newest first."""
    path = f"{API}/hooks/subscriptions/{subscription['id']}/events/"
    found: list[dict[str, Any]] = ok(client.get(path, params=query))["results"]
    return found


def settled(
    client: httpx.Client, subscription: dict[str, Any], count: int, seconds: float = 8.0
) -> list[dict[str, Any]]:
    """The events of a subscription once so many are no longer PENDING."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = [event for event in events(client, subscription) if event["status"] != "PENDING"]
        if len(found) >= count:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{count} events did not settle: {events(client, subscription)}")
