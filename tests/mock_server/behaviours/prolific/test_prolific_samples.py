"""Every request sample that the source prints is accepted as it stands, word for word.

`samples.json` holds them by path and name. What a path leaves open is filled in here; a sample that acts on something
is sent when that is in the state which the sample supposes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from prolific_play import (
    API,
    COLLECTION,
    DRAFT,
    DRAFT2,
    GROUP,
    PLAIN_SURVEY,
    STUDY,
    SUBMISSION,
    SUBSCRIPTION,
    SURVEY,
    WORKSPACE,
    ok,
)

from understudy.specs import Contract

SAMPLES: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "samples.json").read_text())
CASES = [(path, name) for path, samples in SAMPLES.items() for name in samples]

#: Where a sample is sent, when its path has a placeholder.
PLACES = {
    "/api/v1/hooks/subscriptions/{subscription_id}": SUBSCRIPTION,
    "/api/v1/participant-groups/{id}/participants": GROUP,
    "/api/v1/workspaces/{workspace_id}/projects": WORKSPACE,
    "/api/v1/studies/{id}/transition": STUDY,
    "/api/v1/study-collections/mutually-exclusive/{id}/transition": COLLECTION,
    "/api/v1/submissions/{id}/transition": SUBMISSION,
    "/api/v1/surveys/{survey_id}/responses": SURVEY,
}
PLACES_BY_NAME = {"publish_study": DRAFT, "without_sections": PLAIN_SURVEY}

#: What has to have happened before a sample makes sense: path below the sample's own, and body.
BEFORE = {
    "restart_paused_study": ("transition", {"action": "PAUSE"}),
    "cancel_publish": ("transition", {"action": "SCHEDULE_PUBLISH", "publish_at": "2050-01-01T00:00:00Z"}),
}


@pytest.mark.clauses("PR-175", "PR-013")
@pytest.mark.parametrize(("path", "name"), CASES)
def test_a_printed_sample_is_accepted(client: httpx.Client, path: str, name: str) -> None:
    place = PLACES_BY_NAME.get(name, PLACES.get(path, "")) if "{" in path else ""
    head, _, tail = path.partition("{")
    address = f"{head}{place}{tail.partition('}')[2]}"
    if name in BEFORE:
        ok(client.post(address, json=BEFORE[name][1]))
    if name == "schedule_publish_time_already_set_on_collection":
        planned = {"publish_at": "2050-02-28T13:45:00 Europe/London"}
        ok(client.patch(f"{API}/study-collections/mutually-exclusive/{COLLECTION}", json=planned))
    reply = client.post(address, json=SAMPLES[path][name])

    assert reply.status_code in {200, 201, 204}, reply.text


@pytest.mark.clauses("PR-175")
def test_the_samples_are_those_of_28_operations(contract: Contract) -> None:
    documented = {op.path for op in contract.operations.values() if op.provenance == "documented"}

    assert len(documented) == 28
    assert set(SAMPLES) <= documented
    assert len(SAMPLES["/api/v1/studies"]) == 14
    assert len(CASES) == 49


@pytest.mark.clauses("PR-027", "PR-293")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        (
            "submissions/bonus-payments",
            {
                "study_id": "60f6acb180a7b59ac0621f9e",
                "csv_bonuses": "60ffe5c8371090c7041d43f8,4.25\n60ff44a1d00991f1dfe405d9,4.25",
            },
        ),
        (
            f"submissions/{SUBMISSION}/request-return",
            {"request_return_reasons": ["Withdrew consent.", "Did not finish study."]},
        ),
        ("bulk-bonus-payments/621014cb8e9e0f81e387021f/pay", None),
    ],
)
def test_samples_that_stand_beside_a_schema_are_understood(client: httpx.Client, path: str, body: Any) -> None:
    reply = client.post(f"{API}/{path}/", json=body)

    # The batch of the sample is paid already.
    assert reply.status_code == (400 if path.endswith("pay") else reply.status_code) < 500
    assert body is None or reply.is_success


@pytest.mark.clauses("PR-012")
def test_all_samples_can_be_sent_one_after_the_other(client: httpx.Client) -> None:
    for name in ("study_in_project", "study_with_filter_set", "minimal_study"):
        for _ in range(3):
            ok(client.post(f"{API}/studies/", json=SAMPLES["/api/v1/studies"][name]), 201)
    bulk = SAMPLES["/api/v1/submissions/bulk-approve"]
    for name in ("bulk_approve_two_participants", "bulk_approve_multi_submissions"):
        ok(client.post(f"{API}/submissions/bulk-approve/", json=bulk[name]))
    made = SAMPLES["/api/v1/study-collections/mutually-exclusive"]["create_with_studies"]
    assert set(made["study_ids"]) == {DRAFT, DRAFT2}
    ok(client.post(f"{API}/study-collections/mutually-exclusive/", json=made), 201)
