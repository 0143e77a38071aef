"""Sessions that many requests create at once: never more than the limit, and one for each name."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from live import TLS, running, served
from postgresql import Postgres
from postgresql import running as database

from understudy.mock_server import create_app

TOKEN = {"Authorization": "Bearer mock-token"}
LIMIT, NAMES = 20, 60

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with database() as server:
        yield server


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    """The address of an empty store; None for the memory."""
    if request.param == "memory":
        return None
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.address(f"concurrent{next(_NUMBERS)}")


def _at_once(url: str, *requests: tuple[str, str, str]) -> list[httpx.Response]:
    """The replies to requests that are sent at the same time: each a method, a path and the name of a session."""

    async def main() -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=len(requests))
        async with httpx.AsyncClient(base_url=url, headers=TOKEN, timeout=30, limits=limits, verify=TLS) as client:
            return await asyncio.gather(
                *(
                    client.request(method, path, headers={"X-Mock-Session": name} if name else {})
                    for method, path, name in requests
                )
            )

    return asyncio.run(main())


def _names(url: str) -> set[str]:
    return {each["name"] for each in httpx.get(f"{url}/_mock/sessions", verify=TLS).json()["sessions"]}


def test_the_limit_holds_when_sixty_names_are_used_at_once(store: str | None) -> None:
    with running(create_app(["participant-kit"], store=store, max_sessions=LIMIT)) as url:
        names = [f"s{number}" for number in range(NAMES)]
        replies = _at_once(url, *(("GET", "/v1/projects", name) for name in names))

        assert Counter(each.status_code for each in replies) == {200: LIMIT, 503: NAMES - LIMIT}
        let_in = {name for name, each in zip(names, replies, strict=True) if each.status_code == 200}
        assert _names(url) == {"", *let_in}
        # Those that exist are served, and each deletion makes room for one.
        again = _at_once(url, *(("GET", "/v1/projects", name) for name in let_in))
        assert {each.status_code for each in again} == {200}
        httpx.delete(f"{url}/_mock/sessions/{min(let_in)}").raise_for_status()
        more = _at_once(url, *(("PUT", f"/_mock/sessions/t{number}", "") for number in range(5)))
        assert Counter(each.status_code for each in more) == {200: 1, 503: 4}


def test_requests_that_create_a_session_at_once_share_it(store: str | None) -> None:
    with running(create_app(["participant-kit"], store=store)) as url:
        replies = _at_once(url, *[("GET", "/v1/projects", "shared")] * 30)

        assert {each.status_code for each in replies} == {200}
        assert _names(url) == {"", "shared"}
        journal = httpx.get(f"{url}/_mock/requests", headers={"X-Mock-Session": "shared"}).json()
        assert (journal["total"], len(journal["requests"])) == (30, 30)


def test_a_session_that_is_created_and_deleted_at_once_is_whole_afterwards(store: str | None) -> None:
    with running(create_app(["participant-kit"], store=store)) as url:
        requests = [("GET", "/v1/projects", "a"), ("DELETE", "/_mock/sessions/a", "")] * 15
        replies = _at_once(url, *requests)
        before = httpx.get(f"{url}/v1/studies", headers={**TOKEN, "X-Mock-Session": "a"})
        after = httpx.get(f"{url}/v1/studies", headers=TOKEN)

        assert {each.status_code for each in replies} <= {200, 204, 404}
        assert before.json() == after.json()


@pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
def test_the_limit_holds_over_several_processes(store: str) -> None:
    arguments = ("participant-kit", "--store", store, "--max-sessions", str(LIMIT))
    with served(*arguments, "--workers", "3") as server:
        replies = _at_once(server.address, *(("GET", "/v1/projects", f"s{number}") for number in range(NAMES)))

        assert Counter(each.status_code for each in replies) == {200: LIMIT, 503: NAMES - LIMIT}
        assert len(_names(server.address) - {""}) == LIMIT
