"""A run reports its progress."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from aimed import judged

from understudy.conformance import Profile
from understudy.conformance.judging.scenario_runner import Progress

Addresses = Callable[[str], str]
Calls = list[tuple[object, ...]]


@pytest.fixture
def calls(addresses: Addresses) -> Calls:
    """The progress calls of a run of two clauses."""
    made: Calls = []
    progress = Progress(
        lambda *arguments: made.append(("started", *arguments)),
        lambda *arguments: made.append(("finished", *arguments)),
    )
    judged("participant-kit", addresses("participant-kit"), Profile(), "PK-025", "PK-027", progress=progress)
    return made


def test_the_beginning_and_the_end_of_each_check_are_reported(calls: Calls) -> None:
    begun = [name for what, name, *_ in calls if what == "started"]

    assert begun
    assert [(what, name) for what, name, *_ in calls] == [
        (what, name) for name in begun for what in ("started", "finished")
    ]


def test_checks_are_numbered_from_one_to_all(calls: Calls) -> None:
    numbers = [call[2:] for call in calls if call[0] == "started"]

    assert numbers == [(number, len(numbers)) for number in range(1, len(numbers) + 1)]


def test_without_functions_progress_does_nothing() -> None:
    quiet = Progress()

    assert quiet.started("paging.pages", 1, 2) is None  # type: ignore[func-returns-value]
    assert quiet.finished("paging.pages") is None  # type: ignore[func-returns-value]
