"""A service of somebody else's, judged by its own document alone."""

from __future__ import annotations

import pytest
from live import running

from understudy.conformance import Profile, Report, Target, run
from unprepared.judging import broken, contract
from unprepared.todo_app import Todo

#: What a correct service may do as well.
LIBERTIES = (
    *("chatty", "gone", "newest first", "small pages", "past the end"),
    *("extra members", "no nulls"),
)
#: A fault -> the end of the clause that is broken.
FAULTS = {
    "another status": "add-task-status",
    "html": "list-tasks-media-type",
    "incomplete": "read-task-schema",
    "number as text": "read-task-schema",
    "open": "list-tasks-credential",
    "uncounted": "list-tasks-headers",
    "trusting": "add-task-body",
    "keeps": "drop-task-gone",
    "forgetful": "add-task-listed",
    "overlapping": "list-tasks-pages",
    "unfiltered": "list-tasks-filter",
    "deaf": "change-task-changed",
}


def judged(service: Todo, *, strict: bool = False, generate: bool = False, writes: bool = True) -> Report:
    with running(service) as address:
        target = Target(address, {"default": "me:sesame"})
        profile = Profile(writes=writes, strict=strict)
        return run(contract("todo.yaml"), target, profile, generate=generate)


def test_an_honest_service_conforms_also_strictly_and_loses_nothing() -> None:
    service = Todo()
    before = {name: dict(task) for name, task in service.tasks.items()}

    report = judged(service, strict=True)

    assert broken(report) == {}
    assert report.exit_code == 0
    assert service.tasks == before


@pytest.mark.parametrize("way", LIBERTIES)
def test_an_honest_service_may_take_liberties(way: str) -> None:
    report = judged(Todo(frozenset({way})), strict=True)

    assert broken(report) == {}
    assert report.exit_code == 0


@pytest.mark.long
def test_an_honest_service_conforms_with_generated_cases() -> None:
    service = Todo()
    before = dict(service.tasks)

    report = judged(service, generate=True)

    assert broken(report) == {}
    assert before.items() <= service.tasks.items()


@pytest.mark.parametrize(("way", "clause"), FAULTS.items())
def test_a_broken_service_is_found_out(way: str, clause: str) -> None:
    report = judged(Todo(frozenset({way})), strict=True)

    assert report.exit_code == 1
    assert f"DOC-{clause}" in broken(report)


def test_what_is_inferred_warns_alone() -> None:
    report = judged(Todo(frozenset({"overlapping"})))

    assert [each.clause for each in report.results if each.verdict == "warning"] == ["DOC-list-tasks-pages"]
    assert report.exit_code == 0


def test_without_writes_nothing_is_changed() -> None:
    service = Todo()
    before = {name: dict(task) for name, task in service.tasks.items()}

    report = judged(service, writes=False)

    assert report.exit_code == 0
    assert service.tasks == before
    left_out = {each.clause: each.actual for each in report.results if each.verdict == "not_applicable"}
    assert left_out["DOC-add-task-kept"] == "needs writes; judged with --allow-writes"
