"""What `--later` does otherwise than the source says, and that without it the source holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from live import running
from prolific_play import API, WORKSPACE, completed, ok, published, refused, reject, study_body, study_of, subscribe

from understudy.mock_server import create_app
from understudy.specs import judged, load

BOTH = pytest.mark.parametrize("later", [False, True], ids=["by the source", "later"])


@pytest.fixture(scope="module")
def addresses_by_age() -> Iterator[dict[bool, str]]:
    with running(create_app(["prolific"])) as old, running(create_app(["prolific"], later=True)) as new:
        yield {False: old, True: new}


@pytest.fixture
def client(addresses_by_age: dict[bool, str], later: bool, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)
    headers = {"Authorization": "Token mock-token", "X-Mock-Session": name}
    with httpx.Client(base_url=addresses_by_age[later], headers=headers) as made:
        yield made


def _answered(reply: httpx.Response, later: bool, *names: str, status: int = 200) -> Any:
    """What the live API accepts and the source refuses."""
    return ok(reply, status) if later else refused(reply, *names)


@BOTH
@pytest.mark.parametrize(("name", "value"), [("completion_option", "url"), ("prolific_id_option", "question")])
def test_a_study_may_leave_out_how_it_ends_and_who_takes_part(
    client: httpx.Client, later: bool, name: str, value: str
) -> None:
    body = {key: each for key, each in study_body().items() if key != name}
    made = _answered(client.post(f"{API}/studies/", json=body), later, name, status=201)

    assert not later or made[name] == value


@BOTH
def test_a_subscription_may_be_switched_off_alone(client: httpx.Client, later: bool) -> None:
    made = subscribe(client, "http://127.0.0.1:9/", "study.status.change", WORKSPACE)
    there = f"{API}/hooks/subscriptions/{made['id']}/"
    _answered(client.patch(there, json={"is_enabled": False}), later, "event_type", "target_url")

    assert ok(client.get(there)) == {**made, "is_enabled": not later}


@BOTH
def test_a_rejection_frees_the_place_and_opens_the_study_again(client: httpx.Client, later: bool) -> None:
    study = published(client, total_available_places=1)
    done = completed(client, study)
    assert study_of(client, study)["status"] == "AWAITING REVIEW"
    ok(reject(client, done))

    after = study_of(client, study)
    assert (after["status"], after["places_taken"]) == (("ACTIVE", 0) if later else ("COMPLETED", 1))


@BOTH
def test_more_can_be_changed_once_a_study_is_published(client: httpx.Client, later: bool) -> None:
    study = published(client)
    change = {"submissions_config": {"max_concurrent_submissions": 7}}
    _answered(client.patch(f"{API}/studies/{study['id']}/", json=change), later, "submissions_config")
    refused(client.patch(f"{API}/studies/{study['id']}/", json={"name": "Other"}), "name")


def test_people_are_told_what_is_otherwise() -> None:
    assert load("prolific").later == ()
    assert any("completion_option" in sentence for sentence in load("prolific", later=True).later)
    assert "x-later" not in str(load("prolific").document)


def test_the_kit_judges_no_operation_that_the_source_lacks() -> None:
    whole = load("prolific", later=True)
    later = {name for name, each in whole.operations.items() if each.provenance == "later"}
    kept = judged(whole)

    assert not later & set(kept.operations)
    assert len(kept.operations) == len(whole.operations) - len(later)
    assert {each.path for each in kept.operations.values()} == set(kept.document["paths"])
