"""The clock of a session, and the words that the fixture shares with the helper for JavaScript."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from understudy import Understudy

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)


def test_a_frozen_clock_moves_only_on_request(understudy: Understudy) -> None:
    clock = understudy.control.clock

    assert clock.freeze(NOON) == clock.now() == NOON
    assert clock.advance(90).isoformat() == "2025-06-01T12:01:30+00:00"
    assert clock.freeze("2025-01-01T00:00:00Z").year == 2025
    assert clock.resume().year > 2025


def test_latency_leaves_the_other_conditions_as_they_are(understudy: Understudy) -> None:
    understudy.control.network(failure_rate=1, failure_status=502)

    understudy.control.latency(0.01)

    assert understudy.client("participant-kit").get("/v1/projects").status_code == 502
    assert understudy.control("GET", "network")["latency"] == 0.01


def test_an_expected_request_is_returned_and_a_missing_one_explained(understudy: Understudy) -> None:
    client = understudy.client("participant-kit")
    client.post("/v1/studies", json={"name": "Diary"})
    control = understudy.control

    assert control.expect_request(method="POST", request_body={"name": "Diary"})["status"] == 400
    control.expect_no_request(method="DELETE")
    with pytest.raises(AssertionError, match=r'body\.name: expected "Diary study", was "Diary"'):
        control.expect_request(method="POST", request_body={"name": "Diary study"})
    with pytest.raises(AssertionError, match="1 request fits, expected 0"):
        control.expect_no_request(method="POST")
    with pytest.raises(ValueError, match="use expect_no_request"):
        control.expect_request(times=0)


def test_a_request_that_is_still_to_come_is_waited_for(understudy: Understudy) -> None:
    client = understudy.client("participant-kit")
    later = threading.Timer(0.1, lambda: client.get("/v1/panels"))
    later.start()

    assert understudy.control.expect_request(operation="list_panels", within=20)["status"] == 200
    later.join()
