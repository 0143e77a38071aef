"""The objects that a run created are known and removed again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from aimed import begun
from live import running

from understudy.conformance import Profile, Target
from understudy.conformance import run as judge
from understudy.conformance.evidence.exchange import Exchange, Reply
from understudy.conformance.frontends.contracts import named
from understudy.conformance.judging.scenario_runner import Run
from understudy.mock_server.app import create_app

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


def test_what_a_prepared_api_makes_without_an_id_is_left_to_its_own_rules(run: Run) -> None:
    made(run, "create_study")
    (create,) = [each.exchange for each in run.cleanup.open]
    run.cleanup.record(
        Exchange(create.number, create.request, Reply(201, (("content-type", "application/json"),), b"{}"))
    )

    assert run.cleanup.lost == []


def test_what_cannot_be_removed_is_reported(addresses: Addresses) -> None:
    run = begun("forsta", addresses("forsta"))
    name = made(run, "add_user_variable").at("name")
    run.tidy()

    assert run.leftovers == [f"variable {name}"]


def test_a_refused_creation_is_not_recorded(run: Run) -> None:
    refused: Any = run.context("test").call("create_study", body={})

    assert refused.status == 400
    assert run.cleanup.open == []


def test_what_was_made_is_removed_where_its_id_is_a_part_of_a_step(tmp_path: Path) -> None:
    todo = Path(__file__).parents[1] / "unprepared" / "todo.yaml"
    document = tmp_path / "todo.yaml"
    document.write_text(todo.read_text(encoding="utf-8").replace("/tasks/{id}:", "/tasks/{id}.json:"))
    contract = named(str(document))

    with running(create_app(contracts=[contract])) as address:
        tasks = f"{address}/todo/v1/tasks?size=30"
        before = httpx.get(tasks, auth=("user", "mock-token"), trust_env=False).json()
        report = judge(contract, Target(address, {"default": "mock-token"}), Profile(writes=True), generate=False)
        after = httpx.get(tasks, auth=("user", "mock-token"), trust_env=False).json()

    assert after == before != []
    assert report.exit_code == 0
    assert [each.verdict for each in report.results if each.clause.endswith("-gone")] == ["pass"]
