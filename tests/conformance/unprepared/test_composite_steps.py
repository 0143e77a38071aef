"""Addresses whose last step is more than an id."""

from __future__ import annotations

from pathlib import Path

import httpx
from live import running
from unprepared.judging import path_of

from understudy.conformance import Profile, Target, run
from understudy.conformance.frontends.contracts import named
from understudy.mock_server.app import create_app


def test_what_was_made_is_removed_where_its_id_is_a_part_of_a_step(tmp_path: Path) -> None:
    document = tmp_path / "todo.yaml"
    document.write_text(path_of("todo.yaml").read_text(encoding="utf-8").replace("/tasks/{id}:", "/tasks/{id}.json:"))
    contract = named(str(document))

    with running(create_app(contracts=[contract])) as address:
        tasks = f"{address}/todo/v1/tasks?size=30"
        before = httpx.get(tasks, auth=("user", "mock-token"), trust_env=False).json()
        report = run(contract, Target(address, {"default": "mock-token"}), Profile(writes=True), generate=False)
        after = httpx.get(tasks, auth=("user", "mock-token"), trust_env=False).json()

    assert after == before != []
    assert report.exit_code == 0
    assert [each.verdict for each in report.results if each.clause.endswith("-gone")] == ["pass"]
