"""A bulk call is written whole or not at all, also when the process is killed in the middle of it."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import httpx
import pytest
from live import Served, served

DATA = "/v1/surveys/p1231234/respondents/data"
ROWS = 10_000


def over(store: Path) -> tuple[str, ...]:
    return "forsta", "--store", f"sqlite:///{store}"


def count(server: Served) -> int:
    with server.client() as client:
        return int(client.get(DATA, params={"pageSize": 1}).json()["totalCount"])


@pytest.mark.clauses("FO-086")
@pytest.mark.parametrize("delay", [0.05, 0.25, 0.45])
def test_a_killed_process_leaves_all_of_a_call_or_nothing(tmp_path: Path, delay: float) -> None:
    store = tmp_path / "state.db"
    body = {"data": [{"email": f"many{i}@example.com", "city": "oslo"} for i in range(ROWS)]}
    acknowledged: list[int] = []

    with served(*over(store)) as server:
        before = count(server)

        def send() -> None:
            with server.client() as client:
                try:
                    acknowledged.append(client.post(DATA, json=body).status_code)
                except httpx.HTTPError:
                    return

        sending = threading.Thread(target=send)
        sending.start()
        time.sleep(delay)
        server.end(signal.SIGKILL)
        sending.join()

    with served(*over(store)) as server:
        after = count(server)

    assert after in {before, before + ROWS}
    if acknowledged:
        assert after == before + ROWS


def test_what_was_acknowledged_is_there_after_a_restart(tmp_path: Path) -> None:
    store = tmp_path / "state.db"
    deletion = {"dataSchema": {"keys": ["respid"]}, "data": [{"respid": 201}]}
    with served(*over(store)) as server, server.client() as client:
        first = client.post(DATA, json={"data": [{"city": "oslo"}]}).json()["insertedIds"]
        client.request("DELETE", DATA, json=deletion)

    with served(*over(store)) as server, server.client() as client:
        second = client.post(DATA, json={"data": [{"city": "oslo"}]}).json()["insertedIds"]

    assert (first, second) == ([201], [202])
