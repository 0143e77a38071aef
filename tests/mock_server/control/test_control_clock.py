"""The clock of a session: any moment that a calendar has, and a sentence for the others."""

from __future__ import annotations

import pytest
from live import Serve


@pytest.mark.parametrize(
    ("at", "now"),
    [
        ("2025-06-01t12:00:00z", "2025-06-01T12:00:00.000Z"),
        ("2025-06-01T12:00:00.5+02:00", "2025-06-01T10:00:00.500Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000Z"),
    ],
)
def test_a_clock_stops_at_a_moment(serve: Serve, at: str, now: str) -> None:
    reply = serve("participant-kit").post("/_mock/clock/freeze", json={"at": at})

    assert reply.json() == {"now": now, "frozen": True}


@pytest.mark.parametrize(
    "at",
    [
        "2016-12-31T23:59:60Z",
        "0000-01-01T12:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "2025-02-30T00:00:00Z",
        "tomorrow",
    ],
)
def test_a_moment_that_no_calendar_has_is_refused_by_name(serve: Serve, at: str) -> None:
    reply = serve("participant-kit").post("/_mock/clock/freeze", json={"at": at})

    assert (reply.status_code, [field_error["name"] for field_error in reply.json()["error"]["faults"]]) == (
        400,
        ["at"],
    )


@pytest.mark.parametrize("seconds", ["1e300", "-3e9", "3e9", '"1"', "null"])
def test_a_step_out_of_the_calendar_is_refused_by_name(serve: Serve, seconds: str) -> None:
    client = serve("participant-kit")
    client.post(
        "/_mock/clock/freeze", json={"at": "9999-01-01T00:00:00Z" if "-" not in seconds else "0002-01-01T00:00:00Z"}
    )

    reply = client.post("/_mock/clock/advance", content=f'{{"seconds": {seconds}}}')

    assert (reply.status_code, [field_error["name"] for field_error in reply.json()["error"]["faults"]]) == (
        400,
        ["seconds"],
    )


@pytest.mark.parametrize("seconds", ["NaN", "Infinity", "1e400"])
def test_a_step_that_is_no_number_is_refused(serve: Serve, seconds: str) -> None:
    reply = serve("participant-kit").post("/_mock/clock/advance", content=f'{{"seconds": {seconds}}}')

    assert reply.status_code == 400
    assert reply.json()["error"]["message"] != ""


def test_steps_that_lead_out_one_by_one_leave_the_clock_where_it_was(serve: Serve) -> None:
    client = serve("participant-kit")

    replies = [client.post("/_mock/clock/advance", json={"seconds": 3e9}) for _ in range(90)]

    assert {reply.status_code for reply in replies} == {200, 400}
    assert client.get("/_mock/clock").status_code == 200
