"""A session's script: who is met by a rule and how often, what stands, what the network does, and the way back."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.http.preferences import NONE, Preferences
from understudy.mock_server.sessions.forced_reply import parse_forced_reply
from understudy.mock_server.sessions.overrides import (
    UNSET,
    Effect,
    InitialOverrides,
    Network,
    Overrides,
)
from understudy.mock_server.sessions.request_match import Match

TEAPOT = Effect(Preferences(code=418))
DROP = Effect(drop="before")


@dataclass(frozen=True)
class Request:
    """A request that can be matched."""

    method: str = "GET"
    api: str | None = "things"
    operation: str | None = None
    api_path: str = "/"
    path: str = "/"
    ignores_trailing_slash: bool = False
    query: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()


def seen(overrides: Overrides, *methods: str) -> list[Effect | None]:
    """What happens to requests by these methods, one after the other."""
    return [forced.effect if (forced := overrides.take(Request(method))) else None for method in methods]


def test_a_rule_serves_as_often_as_it_was_told() -> None:
    overrides = Overrides()
    overrides.add(Match(), TEAPOT, 2)

    assert seen(overrides, "GET", "GET", "GET") == [TEAPOT, TEAPOT, None]


def test_a_rule_without_an_end_serves_until_it_is_taken_away() -> None:
    overrides = Overrides()
    forced = overrides.add(Match(), TEAPOT, None)
    before = seen(overrides, *["GET"] * 5)

    assert overrides.drop(forced.id)
    assert before == [TEAPOT] * 5
    assert seen(overrides, "GET") == [None]


def test_requests_that_do_not_match_use_nothing_up() -> None:
    overrides = Overrides()
    overrides.add(Match(method="POST"), TEAPOT, 1)

    assert seen(overrides, "GET", "GET", "POST") == [None, None, TEAPOT]


def test_of_several_rules_the_oldest_that_matches_serves() -> None:
    overrides = Overrides()
    overrides.add(Match(method="POST"), DROP, 1)
    overrides.add(Match(), TEAPOT, None)

    assert seen(overrides, "GET", "POST", "POST") == [TEAPOT, DROP, TEAPOT]


def test_a_rule_counts_how_often_it_was_used() -> None:
    overrides = Overrides()
    forced = overrides.add(Match(method="GET"), TEAPOT, None)
    seen(overrides, "GET", "POST", "GET")

    assert (forced.used, forced.left) == (2, None)


def test_an_id_is_never_given_twice() -> None:
    overrides = Overrides()
    first = overrides.add(Match(), TEAPOT, None).id
    overrides.clear()
    overrides.reset()

    assert overrides.add(Match(), TEAPOT, None).id != first


def test_a_rule_that_is_not_there_cannot_be_taken_away() -> None:
    overrides = Overrides()
    overrides.add(Match(), TEAPOT, None)

    assert not overrides.drop("f99")
    assert len(overrides.forced_replies) == 1


def test_a_script_is_active_while_there_is_something_in_it() -> None:
    overrides = Overrides()
    states = [overrides.active]
    overrides.add(Match(), TEAPOT, 1)
    states.append(overrides.active)
    overrides.take(Request())
    states.append(overrides.active)
    overrides.network = Network(latency=1)
    states.append(overrides.active)
    overrides.network = None
    overrides.standing = Preferences(code=503)
    states.append(overrides.active)
    overrides.clear_standing()

    assert [*states, overrides.active] == [False, True, False, True, True, False]


def test_what_stands_for_one_api_goes_before_what_stands_for_all_but_only_there() -> None:
    overrides = Overrides(InitialOverrides({"prolific": Preferences(code=429)}))
    overrides.standing = Preferences(wait=0.5)

    assert [overrides.preferred(api) for api in ("prolific", "lookit")] == [
        Preferences(code=429, wait=0.5),
        Preferences(wait=0.5),
    ]


def test_a_session_goes_over_the_beginning_of_its_scenario() -> None:
    overrides = Overrides(InitialOverrides({"prolific": Preferences(code=429)}))
    overrides.standing = Preferences(code=503)

    assert overrides.preferred("prolific") == Preferences(code=503)


def test_cleared_preferences_are_gone_for_every_api() -> None:
    overrides = Overrides(InitialOverrides({"prolific": Preferences(code=429)}))
    overrides.standing = Preferences(code=503)

    overrides.clear_standing()

    assert [overrides.preferred("prolific"), overrides.standing] == [NONE, NONE]


def test_reset_goes_back_to_the_beginning() -> None:
    bad = Network(failure_rate=1)
    overrides = Overrides(InitialOverrides({"": Preferences(code=503)}, ((Match(), DROP, 1),), bad))
    seen(overrides, "GET")
    overrides.add(Match(), TEAPOT, None)
    overrides.clear_standing()
    overrides.network = None

    overrides.reset()

    assert (seen(overrides, "GET", "GET"), overrides.standing, overrides.network) == (
        [DROP, None],
        Preferences(code=503),
        bad,
    )


def test_another_beginning_takes_the_place_of_the_first() -> None:
    overrides = Overrides(InitialOverrides({"": Preferences(code=503)}, ((Match(), DROP, None),)))

    overrides.set_initial(InitialOverrides())

    assert not overrides.active
    assert seen(overrides, "GET") == [None]


def test_one_beginning_serves_many_sessions() -> None:
    start = InitialOverrides(forced_replies=((Match(), DROP, 1),))
    one, other = Overrides(start), Overrides(start)
    seen(one, "GET")

    assert seen(other, "GET") == [DROP]


def test_a_good_network_does_nothing() -> None:
    assert Overrides().draw() == (0.0, None)


def test_a_network_draws_the_same_again_after_a_reset_and_when_it_is_set_anew() -> None:
    network = Network(jitter=1, failure_rate=0.5, failure_status=502, seed=3)
    overrides = Overrides(InitialOverrides(network=network))
    first = [overrides.draw() for _ in range(20)]
    overrides.reset()
    after_reset = [overrides.draw() for _ in range(20)]
    overrides.network = network

    assert first == after_reset == [overrides.draw() for _ in range(20)]
    assert {status for _, status in first} == {502, None}


numbers = st.integers(1, 10**9)
seeds = st.integers(-(2**63), 2**63)


@given(seeds, numbers, st.floats(0, 60), st.floats(0, 60))
def test_a_delay_lies_between_the_latency_and_the_jitter_on_top(
    seed: int, number: int, latency: float, jitter: float
) -> None:
    assert latency <= Network(latency, jitter, seed=seed).delay(number) <= latency + jitter


@given(seeds, numbers)
def test_nothing_fails_at_a_rate_of_zero_and_everything_at_one(seed: int, number: int) -> None:
    assert [Network(failure_rate=rate, seed=seed).fails(number) for rate in (0, 1)] == [False, True]


@given(seeds, numbers, st.floats(0, 1), st.floats(0, 1))
def test_what_fails_at_a_rate_fails_at_every_higher_one(seed: int, number: int, one: float, other: float) -> None:
    lower, higher = (Network(failure_rate=rate, seed=seed).fails(number) for rate in sorted((one, other)))

    assert higher or not lower


def test_whether_a_request_fails_does_not_hang_on_its_delay() -> None:
    network = Network(jitter=1, failure_rate=0.5)
    late = {network.delay(number) > 0.5 for number in range(100) if network.fails(number)}

    assert late == {True, False}


def test_a_forced_reply_that_says_little_is_one_reply_to_any_request() -> None:
    assert parse_forced_reply({"status": 503}) == (Match(), Effect(Preferences(code=503)), 1)


def test_everything_that_a_forced_reply_says_is_taken_up() -> None:
    spec = {
        "api": "a", "method": "GET", "path": "/p", "operation": "o", "status": 500, "example": "e", "dynamic": True,
        "delay": 2, "drop": "after", "malformed": True, "headers": {"X": "y"}, "body": {"a": 1}, "times": None,
    }  # fmt: skip

    assert parse_forced_reply(spec) == (
        Match("a", "GET", "/p", "o"),
        Effect(Preferences(500, "e", True, 2), "after", True, {"X": "y"}, {"a": 1}),
        None,
    )


def test_a_body_of_null_is_a_body() -> None:
    assert [parse_forced_reply(spec)[1].body is UNSET for spec in ({}, {"body": None})] == [True, False]


@pytest.mark.parametrize(
    ("effect", "text"),
    [
        (Effect(), ""),
        (Effect(Preferences(code=503, wait=1)), "code=503, wait=1"),
        (Effect(drop="after", malformed=True, body=None), "drop=after, malformed, body"),
    ],
)
def test_an_effect_says_what_it_does(effect: Effect, text: str) -> None:
    assert str(effect) == text
