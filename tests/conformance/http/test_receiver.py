"""The receiver keeps webhooks that a target sends."""

from __future__ import annotations

import threading

import httpx
import pytest

from understudy.conformance.http.receiver import listening


def test_a_delivery_is_kept_with_its_headers_and_body() -> None:
    with listening() as receiver:
        httpx.post(f"{receiver.address}/hook/1", content=b"{}", headers={"X-Sign": "a"})
        delivery = receiver.wait("/hook/")[0]

    assert (delivery.path, delivery.headers["x-sign"], delivery.body) == ("/hook/1", "a", b"{}")


@pytest.mark.parametrize(("path", "status"), [("/hook", 200), ("/500/hook", 500), ("/302/hook", 302)])
def test_the_path_chooses_the_answer(path: str, status: int) -> None:
    with listening() as receiver:
        assert httpx.post(f"{receiver.address}{path}").status_code == status


def test_waiting_ends_as_soon_as_all_have_arrived() -> None:
    with listening() as receiver:
        sender = threading.Thread(target=lambda: [httpx.post(f"{receiver.address}/a/{n}") for n in range(2)])
        sender.start()
        found = receiver.wait("/a/", 2, seconds=30)
        sender.join()

    assert sorted(each.path for each in found) == ["/a/0", "/a/1"]


def test_waiting_for_nothing_ends_with_nothing() -> None:
    with listening() as receiver:
        assert receiver.wait("/a/", seconds=0.05) == []


def test_what_arrived_elsewhere_is_not_mixed_in() -> None:
    with listening() as receiver:
        httpx.post(f"{receiver.address}/b/1")

        assert receiver.below("/a/") == []
