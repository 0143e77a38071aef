"""A safe request is sent once, until the run writes or the reply is too old."""

from __future__ import annotations

import pytest

from understudy.conformance.evidence.exchange import Exchange, Reply, Request
from understudy.conformance.http import response_cache as response_cache
from understudy.conformance.http.response_cache import ResponseCache


def exchange(method: str = "GET", url: str = "http://h/x", status: int = 200) -> Exchange:
    return Exchange(1, Request(method, url, ()), Reply(status, (), b""))


def test_a_get_exchange_is_cached() -> None:
    kept, seen = ResponseCache(), exchange()
    kept.record(seen)

    assert kept.get(Request("GET", "http://h/x", ())) is seen


def test_another_request_is_not_cached() -> None:
    kept = ResponseCache()
    kept.record(exchange())

    assert kept.get(Request("GET", "http://h/x", (("Accept", "text/html"),))) is None


def test_a_write_clears_the_cache() -> None:
    kept = ResponseCache()
    kept.record(exchange())
    kept.record(exchange("POST", "http://h/y"))

    assert kept.get(exchange().request) is None


def test_a_server_error_is_not_cached() -> None:
    kept = ResponseCache()
    kept.record(exchange(status=503))

    assert kept.get(exchange().request) is None


def test_a_cached_exchange_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = ResponseCache()
    kept.record(exchange())
    monkeypatch.setattr(response_cache, "LASTS", 0.0)

    assert kept.get(exchange().request) is None


def test_the_oldest_replies_are_forgotten_when_there_are_too_many_bytes() -> None:
    kept = ResponseCache(budget=100)
    made = [Exchange(n, Request("GET", f"http://h/{n % 4}", ()), Reply(200, (), b"x" * 40)) for n in (0, 1, 1, 1, 2)]
    for each in made:
        kept.record(each)

    assert [kept.get(each.request) for each in made] == [None, made[3], made[3], made[3], made[4]]
