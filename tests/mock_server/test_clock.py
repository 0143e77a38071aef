"""The time as a session sees it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.clock import Clock, ticks, timestamp, timestamp_at

MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1))
ZONES = st.integers(-12, 12).map(lambda hours: timezone(timedelta(hours=hours)))


def test_time_passes() -> None:
    clock = Clock()
    before = datetime.now(UTC)

    assert before <= clock.now() <= datetime.now(UTC)


def test_a_step_that_leads_out_of_the_calendar_is_not_kept() -> None:
    clock = Clock()

    with pytest.raises(OverflowError):
        clock.advance(300_000_000_000)

    assert clock.now() - datetime.now(UTC) < timedelta(days=1)


def test_a_frozen_clock_stands() -> None:
    clock = Clock()

    assert clock.freeze() == clock.now() == clock.now()


@given(MOMENTS, ZONES, st.integers(-(10**6), 10**6))
def test_a_frozen_clock_moves_by_exactly_the_given_seconds(moment: datetime, zone: timezone, seconds: int) -> None:
    clock = Clock()
    at = moment.replace(tzinfo=zone)
    clock.freeze(at)

    assert clock.advance(seconds) == clock.now() == at + timedelta(seconds=seconds)


def test_a_moved_clock_goes_on_and_can_be_set_right() -> None:
    clock = Clock()

    assert clock.advance(3600) - datetime.now(UTC) > timedelta(minutes=59)
    assert clock.resume() - datetime.now(UTC) < timedelta(minutes=1)


@given(MOMENTS, ZONES)
def test_a_timestamp_is_the_same_moment_in_utc(moment: datetime, zone: timezone) -> None:
    at = moment.replace(tzinfo=zone)
    text = timestamp(at)

    assert text.endswith("Z")
    assert abs(datetime.fromisoformat(text) - at) < timedelta(milliseconds=1)


@given(st.integers(0, 2**32))
def test_whole_seconds_are_written_like_any_other_moment(seconds: int) -> None:
    assert timestamp_at(seconds) == timestamp(datetime.fromtimestamp(seconds, UTC))


@given(MOMENTS, MOMENTS)
def test_timestamps_sort_as_their_moments_do(one: datetime, other: datetime) -> None:
    first, second = sorted([one.replace(tzinfo=UTC), other.replace(tzinfo=UTC)])

    assert timestamp(first) <= timestamp(second)


def test_ticks_never_go_back() -> None:
    assert ticks() <= ticks()
