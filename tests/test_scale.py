"""Several processes on one store: workers behind one socket, and servers on several hosts with one PostgreSQL."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from live import TLS, Served, served, understudy
from postgresql import Postgres, running

from understudy.mock_server import create_app
from understudy.mock_server.store import StoreError

DATA = "/forsta/v1/surveys/p1231234/respondents/data"
GROUPS = "/prolific/api/v1/participant-groups/"
TOKEN = {"prolific": "Token", "forsta": "Bearer"}

CLIENTS = 16
ROUNDS = 4
#: Respondents in one call, of which a reader sees all or none.
TOGETHER = 10

CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'understudy'"

_NUMBERS = itertools.count(1)


class Cutting:
    """A proxy that forwards everything until `word` is set: whoever sends it is cut off, before or after it was delivered."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.word: bytes | None = None
        self.delivered = True
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Accept no more connections."""
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._target)) as server:
            back = threading.Thread(target=self._forward, args=(server, client, False), daemon=True)
            back.start()
            self._forward(client, server, True)
            back.join()

    def _forward(self, source: socket.socket, target: socket.socket, watched: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                cut = watched and self.word is not None and self.word in data
                if cut:
                    # The server may get the message, but nobody hears the answer.
                    source.shutdown(socket.SHUT_RDWR)
                if not cut or self.delivered:
                    target.sendall(data)
                if cut:
                    break
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def cutting(port: int) -> Iterator[Cutting]:
    """A proxy in front of a port of this machine."""
    proxy = Cutting(port)
    try:
        yield proxy
    finally:
        proxy.close()


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running() as server:
        yield server


@pytest.fixture(params=["file", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store that processes can share."""
    if request.param == "file":
        return f"sqlite:///{tmp_path / 'state.db'}"
    database: Postgres = request.getfixturevalue("postgres")
    return database.address(f"scale{next(_NUMBERS)}")


def client(server: Served, api: str = "forsta", **headers: str) -> httpx.Client:
    """A client that opens a connection for each request, so that any worker may answer."""
    return httpx.Client(
        base_url=server.address,
        headers={"Authorization": f"{TOKEN[api]} mock-token", "Connection": "close", **headers},
        timeout=60,
        verify=TLS,
    )


@contextlib.contextmanager
def several(*arguments: str, count: int = 2) -> Iterator[list[Served]]:
    """Servers on one store, all started at the same moment."""
    with ThreadPoolExecutor(count) as pool:
        servers = list(pool.map(lambda _: Served(*arguments), range(count)))
    try:
        yield servers
    finally:
        for server in servers:
            server.end()


def together(work: Callable[[int], Any], count: int = CLIENTS) -> list[Any]:
    """The results of work that several clients do at the same time."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


def total(on: httpx.Client, path: str = DATA) -> int:
    """The number of respondents."""
    return int(on.get(path, params={"pageSize": 1}).json()["totalCount"])


def children(server: Served) -> list[int]:
    """The workers of a server."""
    pid = server.process.pid
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def until(true: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether a condition becomes true in time."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.parametrize("store", [pytest.param("file", marks=pytest.mark.long), "postgres"], indirect=True)
def test_nothing_is_lost_doubled_or_half_seen(store: str) -> None:
    """16 clients write and read through two servers, one of them with two workers if the store is a file."""
    workers = "2" if store.startswith("sqlite") else "1"
    with several("forsta", "prolific", "--store", store, "--workers", workers) as servers:
        with client(servers[0]) as one:
            before = total(one)
        with client(servers[0], "prolific") as one:
            group = one.post(GROUPS, json={"name": "Everybody", "workspace_id": "644aaabfaf6bbc363b9d47c6"}).json()[
                "id"
            ]
        people = [f"{n:024x}" for n in range(ROUNDS)]

        def work(number: int) -> tuple[list[str], list[int]]:
            ids: list[str] = []
            totals: list[int] = []
            with client(servers[number % 2]) as forsta, client(servers[number % 2], "prolific") as prolific:
                for n in range(ROUNDS):
                    rows = [{"email": f"{number}-{n}-{m}@example.com", "city": "oslo"} for m in range(TOGETHER)]
                    reply = forsta.post(DATA, json={"data": rows})
                    assert reply.status_code in {200, 201}, reply.text
                    ids += reply.json()["insertedIds"]
                    totals.append(total(forsta))
                    joined = prolific.post(f"{GROUPS}{group}/participants/", json={"participant_ids": people[: n + 1]})
                    assert joined.status_code == 200, joined.text
            return ids, totals

        results = together(work)
        ids = [id for made, _ in results for id in made]
        with client(servers[0], "prolific") as one:
            members = one.get(f"{GROUPS}{group}/participants/").json()["results"]
        counts = []
        for server in servers:
            with client(server) as one:
                counts.append(total(one))

    made = CLIENTS * ROUNDS * TOGETHER
    assert len(set(ids)) == len(ids) == made
    assert {(seen - before) % TOGETHER for _, totals in results for seen in totals} == {0}
    assert counts == [before + made] * 2
    assert sorted(member["participant_id"] for member in members) == people


def test_processes_that_start_together_make_the_store_once(store: str) -> None:
    with several("forsta", "--store", store, count=3) as servers:
        replies = []
        for server in servers:
            with client(server) as one:
                replies.append(str(one.get(DATA.removeprefix("/forsta"), params={"pageSize": 100}).json()["items"]))
        assert [server.stdout.count("ready ") for server in servers] == [1, 1, 1]

    assert len(set(replies)) == 1


def test_control_operations_hold_whichever_worker_answers(store: str) -> None:
    path = DATA.removeprefix("/forsta")
    with served("forsta", "--store", store, "--workers", "2") as server:
        inside = client(server, **{"X-Mock-Session": "ci"})
        outside = client(server)
        with inside, outside:
            for _ in range(6):
                assert inside.post(path, json={"data": [{"city": "oslo"}]}).status_code in {200, 201}
                inside.put("/_mock/snapshots/one")
                inside.post("/_mock/reset")
                assert {inside.get(path).json()["totalCount"] for _ in range(4)} == {200}
                inside.post("/_mock/snapshots/one/restore")
                assert {inside.get(path).json()["totalCount"] for _ in range(4)} == {201}
                assert outside.delete("/_mock/sessions/ci").status_code < 300
                assert {inside.get(path).json()["totalCount"] for _ in range(4)} == {200}
            assert {outside.get(path).json()["totalCount"] for _ in range(4)} == {200}


@pytest.mark.parametrize("store", ["file", pytest.param("postgres", marks=pytest.mark.long)], indirect=True)
def test_snapshots_are_read_and_uploaded_beside_the_writers(store: str) -> None:
    """Four clients write and read through two servers while two others read and upload snapshots."""
    path = DATA.removeprefix("/forsta")
    bare = {"understudy": 1, "apis": {"forsta": {"respondent": {"next": 0, "records": {}}}}}
    with several("forsta", "--store", store) as servers:
        with client(servers[0]) as one:
            assert one.put("/_mock/snapshots/full").status_code == 204
            before = one.get("/_mock/snapshots/full").json()

        def work(number: int) -> list[Any]:
            with client(servers[number % 2]) as one:
                if number >= 4:
                    for _ in range(6):
                        assert one.get("/_mock/snapshots/full").json() == before
                        assert one.put(f"/_mock/snapshots/bare{number}", json=bare).status_code == 204
                    return []
                results = []
                for _ in range(25):
                    reply = one.post(path, json={"data": [{"city": "oslo"}]})
                    assert reply.status_code in {200, 201}, reply.text
                    results.append((reply.json()["insertedIds"][0], total(one, path)))
                return results

        results = [each for done in together(work, 6) for each in done]
        counts = []
        for server in servers:
            with client(server) as one:
                counts.append(total(one, path))
        with client(servers[0]) as one:
            one.post("/_mock/snapshots/bare4/restore")
            restored = total(one, path)

    assert len({id for id, _ in results}) == 100
    assert min(seen for _, seen in results) > 200
    assert (counts, restored) == ([300, 300], 0)


def test_sessions_that_come_and_go_never_fill_a_worker(store: str) -> None:
    path = DATA.removeprefix("/forsta")
    with served("forsta", "--store", store, "--workers", "2", "--max-sessions", "3") as server, client(server) as one:
        for number in range(12):
            reply = one.get(path, params={"pageSize": 1}, headers={"X-Mock-Session": f"s{number}"})
            assert reply.status_code == 200, reply.text
            assert one.delete(f"/_mock/sessions/s{number}").status_code < 300


def test_what_one_worker_alone_would_do_is_refused(tmp_path: Path) -> None:
    with served("forsta", "--store", f"sqlite:///{tmp_path}/s.db", "--workers", "2") as server, client(server) as one:
        reply = one.post("/_mock/clock/freeze", json={})

    assert reply.status_code == 409
    assert "--workers" in reply.json()["error"]["message"]


# Workers.


def test_ready_is_said_once_for_all_and_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    with served("forsta", "--store", f"sqlite:///{tmp_path}/state.db", "--workers", "2") as server:
        before = children(server)
        for pid in before:
            os.kill(pid, signal.SIGKILL)

        assert len(before) == 2
        assert until(lambda: len(children(server)) == 2 and not set(before) & set(children(server)))
        with client(server) as one:
            assert one.get("/_mock/health").status_code == 200
    assert server.stderr.count("ended with signal 9") == 2
    assert server.stdout == f"ready {server.address}\n"


@pytest.mark.parametrize("terminal", [False, True], ids=["SIGTERM", "Ctrl-C"])
def test_workers_end_with_their_server(tmp_path: Path, terminal: bool) -> None:
    server = Served("forsta", "--store", f"sqlite:///{tmp_path}/state.db", "--workers", "2")
    workers = children(server)
    if terminal:  # which tells everybody in front of it
        for pid in [*workers, server.process.pid]:
            os.kill(pid, signal.SIGINT)

    assert server.end() == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
    assert "Traceback" not in server.stderr


def test_workers_do_not_outlive_a_killed_server(tmp_path: Path) -> None:
    server = Served("forsta", "--store", f"sqlite:///{tmp_path}/state.db", "--workers", "2")
    workers = children(server)
    os.kill(server.process.pid, signal.SIGKILL)

    try:
        assert until(lambda: not any(_runs(pid) for pid in workers))
    finally:
        server.end(signal.SIGKILL)


def test_workers_need_a_store_that_they_can_share() -> None:
    refused = understudy("serve", "--port", "0", "forsta", "--workers", "2")

    assert refused.returncode == 2
    assert "--store" in refused.stderr


# PostgreSQL.


def test_a_lost_database_is_answered_by_503_and_found_again(postgres: Postgres) -> None:
    path = DATA.removeprefix("/forsta")
    with served("forsta", "--store", postgres.address("lost")) as server, client(server) as one:
        assert one.post(path, json={"data": [{"city": "oslo"}]}).status_code in {200, 201}
        postgres.stop()
        try:
            refused = [one.get(path), one.post(path, json={"data": [{"city": "oslo"}]})]
            refused.append(one.get(path, headers={"X-Mock-Session": "new"}))
            control = one.post("/_mock/reset")
        finally:
            postgres.start()
        healed = one.get(path)

    assert [reply.status_code for reply in refused] == [503, 503, 503]
    assert all(reply.json()["message"].startswith("The store is not available") for reply in refused)
    assert control.status_code == 503
    assert healed.status_code == 200
    assert healed.json()["totalCount"] == 201
    assert "Traceback" not in server.stderr


def test_a_connection_that_was_cut_while_idle_is_replaced_unseen(postgres: Postgres) -> None:
    path = DATA.removeprefix("/forsta")
    with served("forsta", "--store", postgres.address("cut")) as server, client(server) as one:
        for _ in range(10):
            assert one.get(path).status_code == 200
            postgres.run(CUT)


def test_connections_cut_in_the_middle_lose_nothing_that_was_acknowledged(postgres: Postgres) -> None:
    path = DATA.removeprefix("/forsta")
    with served("forsta", "--store", postgres.address("middle")) as server:

        def write(number: int) -> tuple[set[int], list[str]]:
            statuses: set[int] = set()
            made: list[str] = []
            with client(server) as one:
                for _ in range(25):
                    reply = one.post(path, json={"data": [{"city": f"{number}"}] * TOGETHER})
                    statuses.add(reply.status_code)
                    made += reply.json()["insertedIds"] if reply.status_code < 300 else []
            return statuses, made

        with ThreadPoolExecutor(6) as pool:
            writing = [pool.submit(write, number) for number in range(6)]
            while not all(each.done() for each in writing):
                postgres.run(CUT)
                time.sleep(0.2)
        results = [each.result() for each in writing]
        with client(server) as one:
            kept = total(one, path)

    made = [id for _, ids in results for id in ids]
    assert {status for statuses, _ in results for status in statuses} <= {200, 201, 503}
    assert len(set(made)) == len(made)
    assert kept >= 200 + len(made)
    assert (kept - 200) % TOGETHER == 0
    assert "Traceback" not in server.stderr


@pytest.mark.parametrize("delivered", [True, False])
def test_a_commit_that_lost_its_connection_is_said_to_be_unknown(postgres: Postgres, delivered: bool) -> None:
    path = DATA.removeprefix("/forsta")
    address = postgres.address(f"unknown{delivered}")
    with (
        cutting(postgres.port) as proxy,
        served("forsta", "--store", address.replace(str(postgres.port), str(proxy.port))) as server,
        client(server) as one,
    ):
        proxy.delivered = delivered
        proxy.word = b"COMMIT\0"
        unknown = one.post(path, json={"data": [{"city": "oslo"}]})
        proxy.word = b"INSERT INTO"
        refused = one.post(path, json={"data": [{"city": "oslo"}]})
        proxy.word = None
        kept = total(one, path)

    assert unknown.status_code == 503
    assert "retry-after" not in unknown.headers
    assert "may or may not have been made" in unknown.json()["message"]
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert kept == 200 + delivered


def test_a_writer_that_vanished_holds_nobody_up_for_long(postgres: Postgres) -> None:
    path = DATA.removeprefix("/forsta")
    with several("forsta", "--store", postgres.address("vanished")) as servers:
        with client(servers[0]) as one:
            one.post(path, json={"data": [{"city": "oslo"}]})
        servers[0].end(signal.SIGKILL)
        with client(servers[1]) as other:
            assert other.post(path, json={"data": [{"city": "oslo"}]}).status_code in {200, 201}
            assert other.get(path).json()["totalCount"] == 202


def test_a_database_that_is_not_there_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("understudy.mock_server.store.postgres.store.START", 0.0)

    with pytest.raises(StoreError, match=r"^postgresql://127\.0\.0\.1:1/nothing cannot be used as a store: "):
        create_app(["forsta"], store="postgresql://nobody:secret@127.0.0.1:1/nothing")


def test_another_seed_is_refused_in_the_same_schema_and_has_room_in_another(postgres: Postgres) -> None:
    create_app(["forsta"], store=postgres.address("seeds"))

    with pytest.raises(StoreError, match=r"\?schema=NAME"):
        create_app(["forsta"], seed=7, store=postgres.address("seeds"))
    create_app(["forsta"], seed=7, store=postgres.address("others"))


def _runs(pid: int) -> bool:
    """Whether a process is running, and not a zombie that has not been waited for."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
