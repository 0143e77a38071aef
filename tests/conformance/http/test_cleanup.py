"""The objects that a run created are known and removed again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aimed import begun

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.judging.scenario_runner import Run

Addresses = Callable[[str], str]


@pytest.fixture
def run(addresses: Addresses) -> Run:
    return begun("participant-kit", addresses("participant-kit"))


def made(run: Run, operation: str) -> Exchange:
    return run.context("test").make(operation)


def held(run: Run, path: str) -> int:
    request = run.client.request("GET", path, credential=run.credential("default"))
    return run.client.send(request).status


def test_a_created_object_is_open_until_it_is_removed(run: Run) -> None:
    study = made(run, "create_study").at("id")
    open_before = [each.name for each in run.cleanup.open]
    run.tidy()

    assert open_before == [study]
    assert run.cleanup.open == []
    assert held(run, f"/v1/studies/{study}") == 404


def test_a_deleted_object_is_no_longer_open(run: Run) -> None:
    study = made(run, "create_study").at("id")
    run.context("test").call("delete_study", path={"study_id": study})

    assert run.cleanup.open == []
    assert study in run.cleanup.made


def test_what_is_removed_with_its_parent_is_not_left_behind(run: Run) -> None:
    made(run, "create_participant")
    run.tidy()

    assert run.leftovers == []


def test_what_cannot_be_removed_is_reported(addresses: Addresses) -> None:
    run = begun("forsta", addresses("forsta"))
    name = made(run, "add_user_variable").at("name")
    run.tidy()

    assert run.leftovers == [f"variable {name}"]


def test_a_refused_creation_is_not_recorded(run: Run) -> None:
    refused: Any = run.context("test").call("create_study", body={})

    assert refused.status == 400
    assert run.cleanup.open == []
