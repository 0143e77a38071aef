"""Moments: how records name them, and what a record is given at one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.data.due import DueChange, instant
from understudy.mock_server.data.generators import Source, compile_generator
from understudy.specs.contract import Due

SOURCE = Source("lending/book", 42, datetime(2025, 1, 6, tzinfo=UTC), ("en_GB",))


def change(where: dict[str, Any], **values: Any) -> DueChange:
    return DueChange(
        Due("back", "until", where, values),
        {name: compile_generator(value, name, SOURCE) for name, value in values.items()},
    )


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2030-06-01T02:00:00Z", "2030-06-01T02:00:00+00:00"),
        ("2030-06-01T02:00:00.250+02:00", "2030-06-01T00:00:00.250000+00:00"),
        ("2030-06-01T02:00:00 Europe/London", "2030-06-01T01:00:00+00:00"),
        ("2030-01-01T02:00 Asia/Kolkata", "2029-12-31T20:30:00+00:00"),
    ],
)
def test_a_moment_is_a_time_with_an_offset_or_a_local_time_with_a_zone(text: str, moment: str) -> None:
    found = instant(text)
    assert found is not None
    assert found.astimezone(UTC) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    "text", ["", "soon", "2030-06-01", "2030-06-01T02:00:00", "2030-02-30T02:00:00Z", "2030-06-01T02:00:00 Nowhere/None",
             "2030-06-01T02:00:00 ../../etc/passwd", "9999-12-31T23:59:59-10:00", "0001-01-01T00:00:00+10:00"]
)  # fmt: skip
def test_any_other_text_is_no_moment(text: str) -> None:
    assert instant(text) is None


@given(st.text())
def test_whatever_is_written_is_a_moment_or_none(text: str) -> None:
    found = instant(text)
    assert found is None or found.tzinfo is not None


def test_a_record_has_a_moment_only_while_it_fits_the_condition() -> None:
    tested = change({"status": ["lent", "reserved"], "lost": False}, status="back")
    record = {"status": "lent", "lost": False, "until": "2030-06-01T02:00:00+02:00"}

    assert tested.moment(record) == "2030-06-01T00:00:00.000Z"
    assert tested.moment({**record, "status": "reserved"}) == "2030-06-01T00:00:00.000Z"
    for other in [{"status": "back"}, {"lost": True}, {"until": None}, {"until": "soon"}, {"until": 12}]:
        assert tested.moment({**record, **other}) is None


def test_a_record_is_given_what_the_contract_says_with_the_time_of_the_moment() -> None:
    tested = change({"lent": True}, lent=False, ended_at={"now": {}}, title={"template": "{title} of {shelf}"})

    assert tested.applied(
        {"lent": True, "ended_at": "2001-01-01T00:00:00Z", "title": "Rivers", "shelf": 3}, "2030-06-01T00:00:00.000Z"
    ) == {"lent": False, "ended_at": "2030-06-01T00:00:00.000Z", "title": "Rivers of 3"}
