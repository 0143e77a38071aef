"""A service of somebody else's, judged by its own document alone."""

from __future__ import annotations

import json
import os
import subprocess

import pytest
from live import running

from understudy.conformance import Profile, Report, Target, run
from understudy.conformance.evidence.findings import Result
from understudy.conformance.evidence.matchers import names_in
from unprepared.judging import broken, contract
from unprepared.todo_app import Todo

CREDENTIAL = "me:sesame"
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
        return judged_at(address, strict=strict, generate=generate, writes=writes)


def judged_at(address: str, *, strict: bool = False, generate: bool = False, writes: bool = True) -> Report:
    target = Target(address, {"default": CREDENTIAL})
    return run(contract("todo.yaml"), target, Profile(writes=writes, strict=strict), generate=generate)


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
def test_a_broken_service_is_found_out_and_a_shell_sees_the_same(way: str, clause: str) -> None:
    with running(Todo(frozenset({way}))) as address:
        report = judged_at(address, strict=True)
        found = next(each for each in report.results if each.clause == f"DOC-{clause}")
        repeated = _played(found.curl)

    assert report.exit_code == 1
    assert found.verdict == "fail"
    assert repeated == _seen(found)


def _played(script: str) -> tuple[str, list[str]]:
    run = subprocess.run(
        ["sh", "-c", script], env={**os.environ, "TOKEN": CREDENTIAL}, capture_output=True, text=True, check=True
    )
    head, _, body = run.stdout.partition("\n\n")
    return head.split()[1], sorted(names_in(json.loads(body)))


def _seen(found: Result) -> tuple[str, list[str]]:
    """The status of the last reply and the names in it, which stay the same when it is asked for again."""
    head, _, body = found.exchanges[-1].reply.partition("\n\n")
    return head.split()[0], sorted(names_in(json.loads(body)))


@pytest.mark.parametrize(("ways", "answer"), [((), 404), (("any method",), 200), (("no methods",), 404)])
def test_another_answer_than_405_to_another_method_is_remarked_on_and_no_more(
    ways: tuple[str, ...], answer: int
) -> None:
    report = judged(Todo(frozenset(ways)), strict=True)
    name = "DOC-list-tasks-method" if ways else "DOC-read-task-method"

    assert report.exit_code == 0
    assert next(each.verdict for each in report.results if each.clause == name) == "pass"
    said = f"another reading than ours, instead of status 405: {answer}"
    assert [each for each in report.remarks if name in each and each.endswith(said)]


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
