"""Durability: acknowledged changes survive a kill, and an unusable store is reported in one line."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from live import Served, running, served, understudy

from understudy.mock_server import create_app
from understudy.mock_server.store import StoreError

HEADERS = {"Authorization": "Bearer mock-token"}


def everything(client: httpx.Client, name: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for page in range(1, 1000):
        part = client.get(f"/v1/{name}", params={"limit": 100, "page": page}).json()["data"]
        if not part:
            break
        found += part
    return found


def first(client: httpx.Client, name: str) -> str:
    return str(client.get(f"/v1/{name}", params={"limit": 1}).json()["data"][0]["id"])


def complaint(*arguments: str) -> str:
    """The message with which `understudy serve` refuses to start: exit code 2 and one line."""
    result = understudy("serve", "--port", "0", *arguments)
    assert result.returncode == 2, result.stderr
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("understudy: ")
    return lines[0]


class Writer(threading.Thread):
    """Creates studies, each with a participant and a data link, until the server is gone; records what was confirmed."""

    def __init__(self, server: Served, number: int) -> None:
        super().__init__(daemon=True)
        self.confirmed: dict[str, list[str]] = {"studies": [], "participants": [], "data_links": []}
        self._server = server
        self._number = number

    def run(self) -> None:
        with self._server.client() as client:
            project = first(client, "projects")
            try:
                for n in range(100_000):
                    study = self._make(client, "studies", project_id=project, name=f"{self._number}/{n}")
                    person = self._make(
                        client, "participants", name="Ada King", email="ada@example.org", event_id=study
                    )
                    self._make(
                        client,
                        "data_links",
                        url="https://files.example.com/1",
                        recorded_at="2025-03-04",
                        participant_id=person,
                    )
            except (httpx.TransportError, KeyError):
                return

    def _make(self, client: httpx.Client, name: str, /, **body: str) -> str:
        reply = client.post(f"/v1/{name}", json=body)
        if reply.status_code == 201:
            self.confirmed[name].append(reply.json()["id"])
        return str(reply.json()["id"])


def test_every_confirmed_write_survives_a_kill_and_nothing_is_half_written(tmp_path: Path) -> None:
    file = tmp_path / "mock.db"
    confirmed: dict[str, set[str]] = {"studies": set(), "participants": set(), "data_links": set()}

    for _ in range(2):
        server = Served("participant-kit", "--store", f"sqlite:///{file}")
        writers = [Writer(server, number) for number in range(3)]
        for writer in writers:
            writer.start()
        deadline = time.monotonic() + 20
        while sum(len(w.confirmed["studies"]) for w in writers) < 60 and time.monotonic() < deadline:
            time.sleep(0.01)
        server.end(signal.SIGKILL)
        for writer in writers:
            writer.join(20)
            for name, ids in writer.confirmed.items():
                confirmed[name] |= set(ids)

    with served("participant-kit", "--store", f"sqlite:///{file}") as server, server.client() as client:
        kept = {name: everything(client, name) for name in confirmed}
        for name, ids in confirmed.items():
            assert len(ids) >= 60
            assert ids <= {str(each["id"]) for each in kept[name]}
        studies = {each["id"] for each in kept["studies"]}
        for participant in kept["participants"]:
            assert isinstance(participant["study"], dict)
            assert participant["study"]["id"] in studies
            assert client.get(f"/v1/participants/{participant['id']}").json() == participant
        assert len(studies) == len(kept["studies"])


def make_study(client: httpx.Client, name: str = "New", **headers: str) -> str:
    reply = client.post("/v1/studies", json={"project_id": first(client, "projects"), "name": name}, headers=headers)
    assert reply.status_code == 201, reply.text
    return str(reply.json()["id"])


def studies(client: httpx.Client) -> list[str]:
    return [str(each["id"]) for each in everything(client, "studies")]


@contextmanager
def killed(file: Path) -> Iterator[list[str]]:
    """The seeded studies of a store to which a killed process wrote, and whose file is then removed."""
    server = Served("participant-kit", "--store", f"sqlite:///{file}")
    with server.client() as client:
        seeded = studies(client)
        for number in range(30):
            make_study(client, f"{number}")
        server.end(signal.SIGKILL)
    assert file.with_name(f"{file.name}-wal").stat().st_size > 0
    file.unlink()
    yield seeded


@pytest.mark.parametrize("seed", ["42", "7"])
def test_a_file_that_was_removed_after_a_kill_begins_with_the_seed(tmp_path: Path, seed: str) -> None:
    file = tmp_path / "mock.db"
    with (
        killed(file) as seeded,
        served("participant-kit", "--store", f"sqlite:///{file}", "--seed", seed) as server,
        server.client() as client,
    ):
        assert len(studies(client)) == len(seeded)
        assert (studies(client) == seeded) == (seed == "42")


def test_processes_that_start_together_after_a_kill_agree_on_the_new_file(tmp_path: Path) -> None:
    file = tmp_path / "mock.db"
    arguments = ("participant-kit", "--store", f"sqlite:///{file}")
    with killed(file) as seeded, ThreadPoolExecutor(3) as pool, contextlib.ExitStack() as stack:
        servers = list(pool.map(lambda _: Served(*arguments), range(3)))
        for server in servers:
            stack.callback(server.end)
        clients = [stack.enter_context(server.client()) for server in servers]
        made = [make_study(client) for client in clients]
        lists = [studies(client) for client in clients]

    assert [sorted(each) for each in lists] == [sorted([*seeded, *made])] * 3
    assert len(set(made)) == 3


@contextmanager
def pair(file: Path) -> Iterator[list[httpx.Client]]:
    """Clients of two servers on one file."""
    arguments = ("participant-kit", "--store", f"sqlite:///{file}")
    with served(*arguments) as one, served(*arguments) as two, one.client() as here, two.client() as there:
        yield [here, there]


def test_a_file_that_is_removed_under_running_servers_gives_way_to_the_seed_in_all_of_them(tmp_path: Path) -> None:
    file = tmp_path / "mock.db"
    inside = {"X-Mock-Session": "ci"}
    with pair(file) as clients:
        seeded = studies(clients[0])
        for client in clients:
            make_study(client, "Old")
            make_study(client, "Old", **inside)
        file.unlink()
        made = [make_study(client, f"{number}") for number in range(3) for client in clients]
        made_inside = [make_study(client, f"{number}", **inside) for number in range(3) for client in clients]
        lists = [studies(client) for client in clients]
        lists_inside = []
        for client in clients:
            client.headers.update(inside)
            lists_inside.append(studies(client))

    assert lists == [lists[0]] * 2
    assert sorted(lists[0]) == sorted({*seeded, *made})
    assert lists_inside == [lists_inside[0]] * 2
    assert sorted(lists_inside[0]) == sorted({*seeded, *made_inside})
    assert len(set(made)) == len(set(made_inside)) == 6


def test_a_file_that_is_replaced_under_running_servers_is_what_all_of_them_serve(tmp_path: Path) -> None:
    file, other = tmp_path / "mock.db", tmp_path / "other.db"
    with served("participant-kit", "--store", f"sqlite:///{other}") as server, server.client() as client:
        kept = make_study(client, "Kept")
    with pair(file) as clients:
        seeded = studies(clients[0])
        for client in clients:
            make_study(client, "Old")
        other.rename(file)
        made = [make_study(client) for client in clients]
        lists = [sorted(studies(client)) for client in clients]
    with served("participant-kit", "--store", f"sqlite:///{file}") as server, server.client() as client:
        lists.append(sorted(studies(client)))

    assert lists == [sorted({*seeded, kept, *made})] * 3
    assert len({kept, *made}) == 3


def test_a_file_that_was_replaced_unnoticed_keeps_no_log_of_the_one_before(tmp_path: Path) -> None:
    file, other = tmp_path / "mock.db", tmp_path / "other.db"
    with served("participant-kit", "--store", f"sqlite:///{other}") as server, server.client() as client:
        kept = make_study(client, "Kept")
        listed = studies(client)
    with served("participant-kit", "--store", f"sqlite:///{file}") as server, server.client() as client:
        for number in range(5):
            make_study(client, f"Old {number}")
        other.rename(file)
    with served("participant-kit", "--store", f"sqlite:///{file}") as server, server.client() as client:
        assert studies(client) == listed
        assert kept in listed


def test_control_operations_wait_for_a_writer_without_holding_up_anybody(tmp_path: Path) -> None:
    file = tmp_path / "mock.db"
    operations = [
        ("POST", "/_mock/reset"),
        ("PUT", "/_mock/snapshots/one"),
        ("PUT", "/_mock/snapshots/two"),
        ("POST", "/_mock/snapshots/one/restore"),
        ("DELETE", "/_mock/snapshots/two"),
        ("PUT", "/_mock/snapshots/one"),
        ("DELETE", "/_mock/sessions/known"),
    ]
    with (
        served("participant-kit", "--store", f"sqlite:///{file}") as server,
        server.client() as client,
        contextlib.closing(sqlite3.connect(file, isolation_level=None)) as somebody,
        ThreadPoolExecutor(len(operations) + 1) as pool,
    ):
        client.put("/_mock/snapshots/one")
        client.put("/_mock/snapshots/two")
        client.get("/v1/studies", headers={"X-Mock-Session": "known"})
        somebody.execute("BEGIN IMMEDIATE")
        waiting = [pool.submit(client.request, *operation) for operation in operations]
        waiting.append(pool.submit(client.get, "/v1/studies", headers={"X-Mock-Session": "new"}))
        time.sleep(0.2)
        took = []
        for _ in range(20):
            began = time.monotonic()
            assert client.get("/v1/studies").status_code == 200
            took.append(time.monotonic() - began)
        early = [each for each in waiting if each.done()]
        somebody.execute("ROLLBACK")
        statuses = [each.result().status_code for each in waiting]

    # One read may wait for a busy machine; the others wait for nobody.
    assert (sorted(took)[10] < 0.1, max(took) < 5) == (True, True)
    assert early == []
    assert all(status < 300 for status in statuses)


@contextmanager
def reopened(path: Path, session: str = "") -> Iterator[httpx.Client]:
    """A client of the Consent Kit over a store."""
    headers = {"Authorization": "Bearer mock-token", "X-Mock-Session": session} if session else HEADERS
    with (
        running(create_app(["consent-kit"], store=f"sqlite:///{path}")) as address,
        httpx.Client(base_url=address, headers=headers) as client,
    ):
        yield client


def test_what_was_written_is_there_after_a_restart_to_the_byte(tmp_path: Path) -> None:
    file = tmp_path / "mock.db"
    names = ("events", "consents", "data_links")
    with reopened(file) as client:
        made = client.post("/v1/events", json={"project_id": first(client, "projects"), "name": "Walk"}).json()
        gone = first(client, "data_links")
        client.delete(f"/v1/data_links/{gone}")
        before = [client.get(f"/v1/{name}?limit=1000").content for name in names]

    with reopened(file) as client:
        assert [client.get(f"/v1/{name}?limit=1000").content for name in names] == before
        assert client.get(f"/v1/events/{made['id']}").json() == made
        assert client.delete(f"/v1/data_links/{gone}").status_code == 404
        again = client.post("/v1/events", json={"project_id": first(client, "projects"), "name": "Walk"}).json()
        assert again["id"] != made["id"]


def test_a_named_session_lasts_as_well(tmp_path: Path) -> None:
    file = tmp_path / "mock.db"
    with reopened(file, session="ci") as client:
        client.delete(f"/v1/data_links/{first(client, 'data_links')}")
        inside = client.get("/v1/data_links").json()

    with reopened(file, session="ci") as client:
        assert client.get("/v1/data_links").json() == inside
    with reopened(file) as client:
        assert client.get("/v1/data_links").json() != inside


def test_a_store_is_only_created_under_its_name(tmp_path: Path) -> None:
    with reopened(tmp_path / "mock.db", session="..~..~etc"):
        assert all(file.name.lstrip(".").startswith("mock.db") for file in tmp_path.iterdir())


def refused(file: Path, api: str = "consent-kit", **options: Any) -> str:
    with pytest.raises(StoreError) as refusal:
        create_app([api], store=f"sqlite:///{file}", **options)
    assert str(file) in str(refusal.value)
    return str(refusal.value)


def test_a_store_of_another_seed_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "mock.db"
    with reopened(file):
        pass
    before = file.read_bytes()

    for options in ({"seed": 7}, {"size": 2}, {"locales": ["de_DE"]}, {"api": "participant-kit"}):
        refused(file, **options)
    assert file.read_bytes() == before
    assert str(file) in complaint("consent-kit", "--store", f"sqlite:///{file}", "--seed", "7")


@pytest.mark.parametrize("content", [b"not a database, but a letter\n" * 40, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_file_that_is_not_a_store_is_refused_and_left_as_it_was(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "letter.txt"
    file.write_bytes(content)

    refused(file)

    assert file.read_bytes() == content


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "accounts.db"
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE accounts (name TEXT)")

    refused(file)


@pytest.mark.parametrize("keep", [0.01, 0.3, 0.7, 0.95])
def test_a_torn_store_is_refused(tmp_path: Path, keep: float) -> None:
    file = tmp_path / "mock.db"
    with reopened(file):
        pass
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * keep)])

    refused(file)


def test_a_store_with_pages_overwritten_is_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "mock.db"
    with reopened(file):
        pass
    content = bytearray(file.read_bytes())
    content[4096 * 3 : 4096 * 6] = os.urandom(4096 * 3)
    file.write_bytes(content)

    assert str(file) in complaint("consent-kit", "--store", f"sqlite:///{file}")


@pytest.mark.parametrize(
    "address", ["sqlite:////nowhere/at/all/mock.db", "sqlite:///", "mysql://localhost/mock", "mock.db", ""]
)
def test_an_address_that_is_not_a_store_is_refused(address: str) -> None:
    with pytest.raises(StoreError):
        create_app(["consent-kit"], store=address)


def test_a_folder_is_not_a_store(tmp_path: Path) -> None:
    assert str(tmp_path) in complaint("consent-kit", "--store", f"sqlite:///{tmp_path}")


def test_a_port_that_is_taken_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert f"127.0.0.1:{port}" in complaint("consent-kit", "--port", str(port))


def test_an_unknown_api_is_refused_with_the_known_ones() -> None:
    said = complaint("participant_kit")

    assert "participant_kit" in said
    assert "participant-kit" in said


@pytest.mark.parametrize("arguments", [("--host", "256.256.256.256"), ("--locale", "xx_XX")])
def test_an_option_that_cannot_be_met_is_refused(arguments: tuple[str, str]) -> None:
    complaint("consent-kit", *arguments)


@pytest.mark.parametrize("arguments", [("--size", "0"), ("--sede", "1")])
def test_an_option_that_makes_no_sense_is_a_usage_error(arguments: tuple[str, str]) -> None:
    assert understudy("serve", "--port", "0", "consent-kit", *arguments).returncode == 2


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_when_asked_to(sent: signal.Signals) -> None:
    server = Served("consent-kit")
    with server.client() as client:
        assert client.get("/v1/projects").status_code == 200

    assert server.end(sent) == 0
    assert "Traceback" not in server.stderr


def test_it_ends_cleanly_while_a_client_holds_on(tmp_path: Path) -> None:
    server = Served("consent-kit", "--store", f"sqlite:///{tmp_path}/mock.db")
    with server.client() as client, socket.create_connection(("127.0.0.1", client.base_url.port)):
        client.get("/v1/projects")

        assert server.end(signal.SIGTERM) == 0


def test_ready_is_said_once_on_stdout_and_nothing_else() -> None:
    server = Served("consent-kit", "participant-kit")
    with server.client() as client:
        for _ in range(3):
            client.get("/consent-kit/v1/projects")
            client.get("/nowhere")
    server.end()

    assert server.stdout == f"ready {server.address}\n"
    assert server.address.startswith("http://127.0.0.1:")
