"""A request that repeats an earlier one gets the reply that it would get without that one."""

from __future__ import annotations

import gc
import itertools
import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from live import TLS, running, served

from understudy.mock_server import create_app
from understudy.mock_server.serving.protocol.exchange import Exchange
from understudy.mock_server.serving.protocol.repeats import BUDGET, LARGEST, ONCE, Repeat, Repeats
from understudy.mock_server.serving.server import Server
from understudy.mock_server.sessions.journal import JournalEntry
from understudy.mock_server.sessions.repetition import Repetition
from understudy.mock_server.sessions.sessions import Session

READS = (
    "/v1/studies?limit=2",
    "/v1/participants?limit=3",
    "/v1/participants?limit=3&page=2",
    "/v1/participants/{participant}",
    "/v1/participants/{participant}?include=study",
    "/v1/studies/{study}",
)
#: What may change the reply to a read, in one line each: a method, a path and a body.
CHANGES: dict[str, tuple[str, str, Any]] = {
    "created": ("POST", "/v1/participants", {"name": "Ada", "email": "ada@example.org", "study_id": "{study}"}),
    "deleted": ("DELETE", "/v1/studies/{study}", None),
    "refused": ("POST", "/v1/participants", {"name": 7}),
    "edited": ("PATCH", "/_mock/resources/participant-kit/study/{study}", {"name": "Edited"}),
    "removed": ("DELETE", "/_mock/resources/participant-kit/participant/{participant}", None),
    "saved": ("PUT", "/_mock/snapshots/kept", None),
    "restored": ("POST", "/_mock/snapshots/kept/restore", None),
    "reset": ("POST", "/_mock/reset", None),
    "emptied": ("PUT", "/_mock/scenario", {"name": "empty"}),
    "filled": ("PUT", "/_mock/scenario", {"name": "one-of-everything"}),
    "forced": ("POST", "/_mock/replies", {"path": "/v1/*", "status": 503, "times": None}),
    "freed": ("DELETE", "/_mock/replies", None),
    "preferred": ("PUT", "/_mock/preferences", {"prefer": "code=404"}),
    "not preferred": ("DELETE", "/_mock/preferences", None),
    "failing": ("PUT", "/_mock/network", {"failure_rate": 1}),
    "not failing": ("DELETE", "/_mock/network", None),
    "later": ("POST", "/_mock/clock/advance", {"seconds": 3600}),
    "frozen": ("POST", "/_mock/clock/freeze", {}),
    "dropped": ("DELETE", "/_mock/sessions/{session}", None),
}

#: Scenarios with other records.
OTHER_SEEDS = ("emptied", "filled")

#: What is sent at once, and how many replies it gets.
READ = b"GET /v1/studies?limit=1 HTTP/1.1\r\nHost: mock\r\nAuthorization: Bearer mock-token\r\n"
SENT = {
    "whole": (READ + b"\r\n", 1),
    "an empty line after it": (READ + b"\r\n\r\n", 1),
    "an empty line before it": (b"\r\n" + READ + b"\r\n", 1),
    "half an empty line after it": (READ + b"\r\n\r", 1),
    "two together": (2 * (READ + b"\r\n"), 2),
    "a body": (READ + b"Content-Length: 2\r\n\r\nno", 1),
    "a body in chunks": (READ + b"Transfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n", 1),
    "another protocol": (READ + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", 1),
    "a whole address": (READ.replace(b"/v1", b"http://mock/v1", 1) + b"\r\n", 1),
    "no body wanted": (READ.replace(b"GET", b"HEAD", 1) + b"\r\n", 1),
    "a page's": (READ + b"Origin: http://page\r\n\r\n", 1),
    "nothing but the methods": (READ.replace(b"GET", b"OPTIONS", 1) + b"\r\n", 1),
    "a write after it": (READ + b"\r\n" + READ.replace(b"GET", b"DELETE", 1) + b"\r\n", 2),
}

_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Held:
    """Says whether a reply holds, as something that takes memory."""

    size: int = 0
    session: str = ""
    says: Callable[[], bool] = lambda: True

    def __call__(self) -> bool:
        return self.says()


@pytest.fixture(scope="module", params=["memory", "file"])
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Server:
    file = tmp_path_factory.mktemp("repeats") / "state.db"
    return create_app(["participant-kit"], store=f"sqlite:///{file}" if request.param == "file" else None)


@pytest.fixture(scope="module")
def address(app: Server) -> Iterator[str]:
    with running(app) as address:
        yield address


def client_of(address: str, session: str) -> httpx.Client:
    fields = {"X-Mock-Session": session, "Authorization": "Bearer mock-token"}
    return httpx.Client(base_url=address, headers=fields, verify=TLS, trust_env=False)


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with client_of(address, f"repeats-{next(_NUMBERS)}") as client:
        yield client


def entries(app: Server, client: httpx.Client) -> list[JournalEntry]:
    session = app.sessions.known(client.headers["X-Mock-Session"])
    assert session is not None
    return list(session.journal)


def shown(reply: httpx.Response) -> Any:
    return reply.status_code, reply.content, {name: value for name, value in reply.headers.items() if name != "date"}


def test_a_request_that_came_twice_is_not_read_again_and_recorded_like_the_first(
    app: Server, client: httpx.Client
) -> None:
    first, second, third = (client.get("/v1/studies") for _ in range(3))

    assert shown(first) == shown(second) == shown(third)
    assert "date" in third.headers
    once, before, after = entries(app, client)
    assert once.headers is not before.headers is after.headers
    assert (before.number, after.number) == (once.number + 1, once.number + 2)
    assert after.serial > before.serial
    assert before.ended is not None
    assert after.ended is not None
    assert before.ended <= after.started <= after.ended


def test_another_request_in_between_changes_nothing(app: Server, client: httpx.Client) -> None:
    for path in ("/v1/studies", "/v1/studies", "/v1/participants", "/v1/studies"):
        client.get(path)

    _, before, _, after = entries(app, client)
    assert after.headers is before.headers


@pytest.mark.parametrize(
    "fields",
    [{"Prefer": "wait=0"}, {"X-Forwarded-Proto": "https"}, {"Connection": "close"}],
    ids=lambda fields: next(iter(fields)),
)
def test_what_depends_on_more_than_the_request_is_read_each_time(
    app: Server, client: httpx.Client, fields: dict[str, str]
) -> None:
    for _ in range(4):
        client.get("/v1/studies", headers=fields)

    assert len({id(each.headers) for each in entries(app, client)}) == 4


def test_an_error_is_answered_anew(app: Server, client: httpx.Client) -> None:
    for _ in range(3):
        assert client.get("/v1/studies/none").status_code == 404

    assert len({id(each.headers) for each in entries(app, client)}) == 3


class Changing:
    """A session in which something happens between two looks at the same replies."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        first = client.get("/v1/participants?limit=1").json()["data"][0]
        self._known = {
            "{participant}": first["id"],
            "{study}": first["study"]["id"],
            "{session}": client.headers["X-Mock-Session"],
        }

    def _named(self, text: str) -> str:
        for name, value in self._known.items():
            text = text.replace(name, value)
        return text

    def change(self, name: str) -> httpx.Response:
        method, path, body = CHANGES[name]
        content = None if body is None else json.loads(self._named(json.dumps(body)))
        return self._client.request(method, self._named(path), json=content)

    def look(self) -> None:
        for path in map(self._named, READS):
            # A field that nobody looks at makes the request another one.
            anew = self._client.get(path, headers={"X-Unlike": str(next(_NUMBERS))})
            assert [shown(self._client.get(path)) for _ in range(3)] == [shown(anew)] * 3, path


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen_at_once(client: httpx.Client, change: str) -> None:
    changing = Changing(client)
    client.put("/_mock/snapshots/kept").raise_for_status()
    changing.change("edited").raise_for_status()
    changing.look()

    changed = changing.change(change)
    # A file has the records of one seed, which those scenarios do not share.
    assert changed.status_code < 300 or change == "refused" or (changed.status_code == 409 and change in OTHER_SEEDS)
    changing.look()


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(sorted(CHANGES)), min_size=2, max_size=5))
def test_whatever_happens_a_repeated_request_gets_the_reply_of_a_new_one(address: str, changes: list[str]) -> None:
    with client_of(address, f"repeats-{next(_NUMBERS)}") as client:
        changing = Changing(client)
        for change in changes:
            changing.change(change)
            changing.look()
        changing.change("dropped")


def test_time_that_passes_is_noticed() -> None:
    with running(create_app(["prolific"])) as prolific, client_of(prolific, "") as client:
        client.headers["Authorization"] = "Token mock-token"
        study = client.get("/api/v1/studies/", params={"state": "ACTIVE"}).json()["results"][0]["id"]
        submission = client.post(f"/_mock/prolific/studies/{study}/participants").raise_for_status().json()
        path = f"/api/v1/submissions/{submission['id']}/"
        before = [client.get(path).json()["status"] for _ in range(3)]
        client.post("/_mock/clock/advance", json={"seconds": 1_000_000}).raise_for_status()
        after = [client.get(path).json()["status"] for _ in range(3)]

    assert (before, after) == (["ACTIVE"] * 3, ["TIMED-OUT"] * 3)


def test_what_another_process_writes_is_seen_at_once(tmp_path: Path) -> None:
    store = ("--store", f"sqlite:///{tmp_path / 'state.db'}")
    with (
        served("participant-kit", *store) as first,
        served("participant-kit", *store) as second,
        client_of(first.address, "shared") as reader,
        client_of(second.address, "shared") as writer,
    ):
        study = reader.get("/v1/studies").json()["data"][0]["id"]
        for number in range(5):
            edited = writer.patch(f"/_mock/resources/participant-kit/study/{study}", json={"name": f"Study {number}"})
            edited.raise_for_status()
            assert {reader.get(f"/v1/studies/{study}").json()["name"] for _ in range(4)} == {f"Study {number}"}


def test_a_session_that_was_deleted_does_not_stay_in_memory(address: str) -> None:
    with client_of(address, "forgotten") as client:
        for _ in range(3):
            client.get("/v1/studies")
        client.delete("/_mock/sessions/forgotten").raise_for_status()
    gc.collect()

    left = [each for each in gc.get_objects() if isinstance(each, Session | Repetition)]
    assert "forgotten" not in {each.name if isinstance(each, Session) else each.session for each in left}


def test_the_replies_of_a_session_make_room_when_they_are_forgotten() -> None:
    repeats, large = Repeats(), bytes(LARGEST - 2_000)
    numbers = range(BUDGET // LARGEST)
    repeats.keep(b"other", Repeat(b"", b"", Held()))
    for session in ("gone", "next"):
        for number in numbers:
            repeats.keep(b"%s %d" % (session.encode(), number), Repeat(b"", large, Held(session=session)))
        repeats.forget("gone")

    assert repeats.find(b"gone 0") is None
    assert all(repeats.find(request) for request in [b"other", *(b"next %d" % number for number in numbers)])


def test_replies_that_no_longer_hold_are_forgotten() -> None:
    repeats, holds = Repeats(), [True]
    repeats.keep(b"request", Repeat(b"line", b"rest", Held(says=lambda: holds[0])))

    assert repeats.find(b"request") is not None
    holds[0] = False
    assert repeats.find(b"request") is None
    holds[0] = True
    assert repeats.find(b"request") is None


@given(st.lists(st.tuples(st.integers(0, 40), *2 * [st.integers(0, LARGEST + 10)]), max_size=80))
def test_they_take_no_more_memory_than_they_may(kept: list[tuple[int, int, int]]) -> None:
    repeats = Repeats()
    for number, size, besides in kept:
        repeats.keep(b"%d" % number, Repeat(b"", bytes(size), Held(besides)))

    sizes = [
        len(repeat.rest) + repeat.holds.size
        for number in range(41)
        if (repeat := repeats.find(b"%d" % number)) is not None
    ]
    assert all(size <= LARGEST for size in sizes)
    assert sum(sizes) <= BUDGET


@pytest.mark.parametrize("times", [1, 2])
def test_an_idle_connection_keeps_no_reply(address: str, client: httpx.Client, times: int) -> None:
    for _ in range(times):
        client.get("/v1/studies")
    with client_of(address, "") as other:
        other.get("/_mock/health")  # answered once the server is done with the first connection

    assert not [each for each in gc.get_objects() if isinstance(each, Exchange) and each.written]


def reply_on(opened: socket.socket, has_body: bool) -> bytes:
    """The next reply without the time that it tells."""
    read = b""
    while not (head := re.match(rb".*?\r\n\r\n", read, re.DOTALL)):
        read += opened.recv(1)
    length = re.search(rb"content-length: (\d+)", head[0])
    due = int(length[1]) if length and has_body else 0
    while due:
        read += (piece := opened.recv(due))
        due -= len(piece)
    return re.sub(rb"date: [^\r]*\r\n", b"", read)


@contextmanager
def wire(address: str) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), timeout=20) as opened:
        yield opened


def test_the_record_of_a_request_that_is_kept_counts_as_memory(app: Server, address: str) -> None:
    """Most of it is the reply once more."""
    raw = READ.replace(b"limit=1", b"limit=20") + b"\r\n"
    with wire(address) as opened:
        for _ in range(3):
            opened.sendall(raw)
            reply_on(opened, has_body=True)

    assert app.repeats is not None
    repeat = app.repeats.find(raw)
    assert repeat is not None
    assert repeat.holds.size > len(repeat.rest)


@pytest.mark.parametrize("sent", SENT)
def test_however_a_request_is_sent_it_is_answered_and_recorded_each_time(sent: str) -> None:
    raw, replies = SENT[sent]
    app = create_app(["participant-kit"])
    with running(app) as address, wire(address) as opened:
        answered = []
        for _ in range(4):
            opened.sendall(raw)
            answered.append([reply_on(opened, not raw.startswith(b"HEAD")) for _ in range(replies)])
        session = app.sessions.known("")

    assert answered == [answered[0]] * 4
    assert session is not None
    assert [entry.number for entry in session.journal] == list(range(1, 4 * replies + 1))
    assert app.sessions.journal_budget.used == sum(entry.size for entry in session.journal)


def test_a_request_is_known_to_repeat_while_few_others_came() -> None:
    repeats = Repeats()

    assert not repeats.came_before(b"request")
    assert repeats.came_before(b"request")
    assert not any(repeats.came_before(b"%d" % number) for number in range(ONCE))
    assert not repeats.came_before(b"request")


def test_the_oldest_make_room_for_new_ones() -> None:
    repeats, large = Repeats(), bytes(LARGEST - 2_000)
    numbers = range(BUDGET // LARGEST + 3)
    for number in numbers:
        repeats.keep(b"%d" % number, Repeat(b"", large, Held()))

    kept = [number for number in numbers if repeats.find(b"%d" % number) is not None]
    assert kept == list(numbers)[-len(kept) :]
    assert len(kept) >= BUDGET // LARGEST
