"""On the correct mock nothing is found, whatever its size and its scenario; `make proof` tries all of them."""

from __future__ import annotations

import pytest
from aimed import EVERY_API
from populations import found, judged, states

from understudy.specs import apis


@pytest.mark.parametrize("api", EVERY_API)
@pytest.mark.parametrize(
    "state", [*(pytest.param(each, marks=pytest.mark.long) for each in ("size 3", "size 12")), "long-names"]
)
def test_a_correct_mock_of_any_size_breaks_nothing(api: str, state: str) -> None:
    report = judged(api, state, writes=False)

    assert report is not None
    assert found(report) == []


@pytest.mark.long
@pytest.mark.parametrize("api", apis())
def test_with_writes_it_breaks_nothing_either(api: str) -> None:
    report = judged(api, "size 3", writes=True)

    assert report is not None
    assert found(report) == []


def test_a_mock_that_refuses_every_token_is_not_judged() -> None:
    assert judged("participant-kit", "expired-token", writes=False) is None


def test_every_size_and_every_scenario_is_a_state() -> None:
    assert {"size 1", "size 100", "empty", "one-of-everything", "flaky-network"} <= set(states("lookit"))
