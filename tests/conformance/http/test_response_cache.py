"""A reading is made once, until something is written or it is old."""

from __future__ import annotations

import pytest

from understudy.conformance.evidence.exchange import Exchange, Reply, Request
from understudy.conformance.http import response_cache as response_cache
from understudy.conformance.http.response_cache import ResponseCache


def exchange(method: str = "GET", url: str = "http://h/x", status: int = 200) -> Exchange:
    return Exchange(1, Request(method, url, ()), Reply(status, (), b""))


def test_a_reading_is_kept() -> None:
    kept, seen = ResponseCache(), exchange()
    kept.record(seen)

    assert kept.get(Request("GET", "http://h/x", ())) is seen


def test_another_request_is_another_reading() -> None:
    kept = ResponseCache()
    kept.record(exchange())

    assert kept.get(Request("GET", "http://h/x", (("Accept", "text/html"),))) is None


def test_a_write_makes_all_readings_old() -> None:
    kept = ResponseCache()
    kept.record(exchange())
    kept.record(exchange("POST", "http://h/y"))

    assert kept.get(exchange().request) is None


def test_a_failure_of_the_server_is_no_reading() -> None:
    kept = ResponseCache()
    kept.record(exchange(status=503))

    assert kept.get(exchange().request) is None


def test_a_reading_gets_old(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = ResponseCache()
    kept.record(exchange())
    monkeypatch.setattr(response_cache, "LASTS", 0.0)

    assert kept.get(exchange().request) is None
