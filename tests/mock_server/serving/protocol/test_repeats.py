"""A request that repeats an earlier one gets the reply that it would get without that one."""

from __future__ import annotations

import gc
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from live import TLS, running, served

from understudy.mock_server import create_app
from understudy.mock_server.serving.protocol.repeats import BUDGET, LARGEST, ONCE, Repeat, Repeats
from understudy.mock_server.serving.server import Server
from understudy.mock_server.sessions.journal import JournalEntry
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

_NUMBERS = itertools.count(1)


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

    assert not [each for each in gc.get_objects() if isinstance(each, Session) and each.name == "forgotten"]


def test_replies_that_no_longer_hold_are_forgotten() -> None:
    repeats, holds = Repeats(), [True]
    repeats.keep(b"request", Repeat(b"line", b"rest", lambda: holds[0]))

    assert repeats.find(b"request") is not None
    holds[0] = False
    assert repeats.find(b"request") is None
    holds[0] = True
    assert repeats.find(b"request") is None


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, LARGEST + 10)), max_size=80))
def test_they_take_no_more_memory_than_they_may(kept: list[tuple[int, int]]) -> None:
    repeats = Repeats()
    for number, size in kept:
        repeats.keep(b"%d" % number, Repeat(b"", bytes(size), lambda: True))

    found = [repeat for number in range(41) if (repeat := repeats.find(b"%d" % number)) is not None]
    assert all(len(repeat.rest) <= LARGEST for repeat in found)
    assert sum(len(repeat.rest) for repeat in found) <= BUDGET


def test_a_request_is_known_to_repeat_while_few_others_came() -> None:
    repeats = Repeats()

    assert not repeats.is_repeated(b"request")
    assert repeats.is_repeated(b"request")
    assert not any(repeats.is_repeated(b"%d" % number) for number in range(ONCE))
    assert not repeats.is_repeated(b"request")


def test_the_oldest_make_room_for_new_ones() -> None:
    repeats, large = Repeats(), bytes(LARGEST - 2_000)
    numbers = range(BUDGET // LARGEST + 3)
    for number in numbers:
        repeats.keep(b"%d" % number, Repeat(b"", large, lambda: True))

    kept = [number for number in numbers if repeats.find(b"%d" % number) is not None]
    assert kept == list(numbers)[-len(kept) :]
    assert len(kept) >= BUDGET // LARGEST
