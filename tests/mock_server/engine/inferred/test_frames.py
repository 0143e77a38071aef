"""What stands around the records of a page: it is that of its own request, and few are remembered."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from live import running

from understudy.mock_server.app import create_app

SHOP = Path(__file__).parent / "shop.yaml"


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with running(create_app(str(SHOP), journal_bytes=0)) as address, httpx.Client(base_url=address) as found:
        yield found


def page(client: httpx.Client, host: str = "", **query: Any) -> dict[str, Any]:
    reply = client.get("/crates", params=query, headers={"Host": host} if host else {})
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


def growth(send: Callable[[int], Any], times: int) -> int:
    """The bytes that remain in this process, which is the server's too, after many requests."""
    gc.collect()
    tracemalloc.start()
    try:
        for number in range(times):
            send(number)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def test_links_are_those_of_the_address_and_the_query_of_their_own_request(client: httpx.Client) -> None:
    for host, other in [("localhost", "a"), ("example.localhost", "a"), ("localhost", "b"), ("localhost", "a")]:
        assert page(client, host, size=2, other=other)["next"] == f"http://{host}/crates?size=2&other={other}&page=1"


def test_counts_and_links_are_those_of_now(client: httpx.Client) -> None:
    before = page(client, size=100)["total"]
    made = client.post("/crates", json={"colour": "red"}).json()

    assert page(client, size=100)["total"] == before + 1
    assert client.delete(f"/crates/{made['id']}").status_code == 204
    assert page(client, size=100)["total"] == before


def test_long_queries_are_not_remembered(client: httpx.Client) -> None:
    # The client's own libraries remember some 40 kB of each address.
    assert growth(lambda number: page(client, size=2, other=f"{number:02}" * 10_000), 60) < 5_000_000


def test_long_records_that_are_gone_are_not_remembered(client: httpx.Client) -> None:
    id = client.post("/crates", json={"colour": "red"}).json()["id"]

    assert growth(lambda number: client.put(f"/crates/{id}", json={"colour": f"{number:02}" * 50_000}), 40) < 2_000_000
    assert client.get(f"/crates/{id}").json()["colour"] == "39" * 50_000


@pytest.mark.parametrize("number", [2**62, 2**63 - 1])
@pytest.mark.parametrize("size", [50, 2**63 - 1])
def test_a_page_far_behind_the_last_one_is_empty(client: httpx.Client, number: int, size: int) -> None:
    assert page(client, page=number, size=size)["content"] == []
