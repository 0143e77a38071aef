"""What a run tells while it goes on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from aimed import judged

from understudy.conformance import Profile
from understudy.conformance.judging.progress import Progress

Addresses = Callable[[str], str]
Told = list[tuple[object, ...]]


@pytest.fixture
def told(addresses: Addresses) -> Told:
    """Everything that a run of two clauses tells."""
    heard: Told = []
    progress = Progress(lambda *said: heard.append(("started", *said)), lambda *said: heard.append(("finished", *said)))
    judged("participant-kit", addresses("participant-kit"), Profile(), "PK-025", "PK-027", progress=progress)
    return heard


def test_each_check_is_told_when_it_begins_and_when_it_ends(told: Told) -> None:
    begun = [name for what, name, *_ in told if what == "started"]

    assert begun
    assert [(what, name) for what, name, *_ in told] == [
        (what, name) for name in begun for what in ("started", "finished")
    ]


def test_checks_are_numbered_from_one_to_all(told: Told) -> None:
    numbers = [said[2:] for said in told if said[0] == "started"]

    assert numbers == [(number, len(numbers)) for number in range(1, len(numbers) + 1)]


def test_who_does_not_listen_needs_to_say_nothing() -> None:
    quiet = Progress()

    assert quiet.started("paging.pages", 1, 2) is None  # type: ignore[func-returns-value]
    assert quiet.finished("paging.pages") is None  # type: ignore[func-returns-value]
