"""Deliveries end with the state that they belong to, and with the process that was to make them."""

from __future__ import annotations

import itertools
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from live import Served, running, served
from postgresql import Postgres
from postgresql import running as database
from prolific_play import events, ok, published, settled, subscribe, transition
from receiver import Receiver

from understudy.mock_server import create_app

STUDY_EVENT = "study.status.change"
TOKEN = {"Authorization": "Token mock-token"}

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with database() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store that processes can share."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.address(f"deliveries{next(_NUMBERS)}")


@pytest.fixture
def other() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def _reset(client: httpx.Client) -> None:
    assert client.post("/_mock/reset").status_code == 204


def _restore(client: httpx.Client) -> None:
    assert client.post("/_mock/snapshots/before/restore").status_code == 204


def _play(client: httpx.Client) -> None:
    assert client.put("/_mock/scenario", json={"name": ""}).status_code == 200


def _restart(client: httpx.Client) -> None:
    assert client.put(f"/_mock/sessions/{client.headers['X-Mock-Session']}").status_code == 200


def _delete(client: httpx.Client) -> None:
    assert client.delete(f"/_mock/sessions/{client.headers['X-Mock-Session']}").status_code == 204


def _check_that_nothing_survives(
    client: httpx.Client, end: Callable[[httpx.Client], None], last: Receiver, following: Receiver
) -> None:
    """One event is at the slow receiver and one waits for it when the state ends; the next test gets its own only."""
    last.delay, last.status = 0.4, 500
    client.put("/_mock/snapshots/before")
    subscribe(client, last.url, STUDY_EVENT)
    ok(transition(client, published(client), "PAUSE"))
    last.wait_for_arrivals(1)

    end(client)
    subscription = subscribe(client, following.url, STUDY_EVENT)
    published(client)

    assert [event["status"] for event in settled(client, subscription, 1)] == ["SUCCEEDED"]
    last.wait(1)
    time.sleep(0.1)  # as long as the second event would take to leave
    assert (last.arrived, following.arrived) == (1, 1)
    assert [event["status"] for event in events(client, subscription)] == ["SUCCEEDED"]


#: Ways to end a state in one kind of store that the other kind shows.
DOUBLES = (("sqlite", _delete), ("postgresql", _reset), ("postgresql", _restore))


@pytest.mark.parametrize("end", [_reset, _restore, _play, _restart, _delete])
def test_what_replaces_the_state_ends_its_deliveries(
    client: httpx.Client, receiver: Receiver, other: Receiver, end: Callable[[httpx.Client], None]
) -> None:
    _check_that_nothing_survives(client, end, receiver, other)


@pytest.mark.parametrize(
    ("store", "end"),
    [
        ("sqlite", _reset),
        ("sqlite", _restore),
        ("postgresql", _delete),
        *(pytest.param(*each, marks=pytest.mark.long) for each in DOUBLES),
    ],
    indirect=["store"],
)
def test_what_replaces_the_state_of_a_lasting_store_ends_its_deliveries(
    store: str, receiver: Receiver, other: Receiver, end: Callable[[httpx.Client], None]
) -> None:
    headers = {**TOKEN, "X-Mock-Session": "a"}
    app = create_app(["prolific"], store=store)
    with running(app) as url, httpx.Client(base_url=url, headers=headers, timeout=30) as client:
        _check_that_nothing_survives(client, end, receiver, other)


def test_an_expired_session_sends_nothing_more(receiver: Receiver) -> None:
    receiver.delay = 1.0
    headers = {**TOKEN, "X-Mock-Session": "a"}
    app = create_app(["prolific"])
    with running(app) as url, httpx.Client(base_url=url, headers=headers) as client:
        subscribe(client, receiver.url, STUDY_EVENT)
        ok(transition(client, published(client), "PAUSE"))
        receiver.wait_for_arrivals(1)
        app.sessions.idle = 0.01  # only now: on a busy machine any two requests may be far apart
        time.sleep(0.05)
        assert client.get("/_mock/sessions").json()["sessions"][0]["name"] == ""
        receiver.wait(1)
        time.sleep(0.1)

        assert receiver.arrived == 1


def test_a_refused_restore_lets_deliveries_go_on(client: httpx.Client, receiver: Receiver) -> None:
    receiver.delay = 0.1
    subscription = subscribe(client, receiver.url, STUDY_EVENT)
    ok(transition(client, published(client), "PAUSE"))

    assert client.post("/_mock/snapshots/none/restore").status_code == 404
    assert [event["status"] for event in settled(client, subscription, 2)] == ["SUCCEEDED"] * 2


def test_another_process_settles_no_event_of_the_new_state(store: str, receiver: Receiver, other: Receiver) -> None:
    receiver.delay, receiver.status, other.delay = 0.3, 500, 0.6
    with ThreadPoolExecutor() as pool:
        first, second = pool.map(lambda _: Served("prolific", "--store", store), range(2))
    try:
        with _client(first) as one, _client(second) as two:
            old = subscribe(one, receiver.url, STUDY_EVENT)
            published(one)
            receiver.wait_for_arrivals(1)
            _reset(two)
            new = subscribe(two, other.url, STUDY_EVENT)
            published(two)
            receiver.wait(1)

            assert old["id"] == new["id"]
            assert [event["status"] for event in settled(two, new, 1)] == ["SUCCEEDED"]
            assert receiver.arrived == other.arrived == 1
    finally:
        first.end()
        second.end()


def test_events_that_were_pending_at_a_kill_fail_once_and_say_why(store: str, receiver: Receiver) -> None:
    receiver.delay = 2.0
    with served("prolific", "--store", store) as server, _client(server) as client:
        subscription = subscribe(client, receiver.url, STUDY_EVENT)
        ok(transition(client, published(client), "PAUSE"))
        receiver.wait_for_arrivals(1)
        server.end(signal.SIGKILL)

    with ThreadPoolExecutor() as pool:
        first, second = pool.map(lambda _: Served("prolific", "--store", store), range(2))
    try:
        with _client(first) as one, _client(second) as two:
            receiver.delay = 0.0
            assert [event["status"] for event in settled(one, subscription, 2)] == ["FAILED"] * 2
            before = events(two, subscription)
            # The processes work on: what is not abandoned is left to the one that has it.
            published(one)
            assert settled(two, subscription, 3)[0]["status"] == "SUCCEEDED"
            assert events(two, subscription)[1:] == before
            records = one.get("/_mock/resources/prolific/subscription_event?order=-created").json()["records"]
        reasons = [record.get("failure") for record in records[:3]]
        assert reasons == [None, *["the process that was to send it has ended"] * 2]
        assert receiver.arrived == 2
    finally:
        first.end()
        second.end()


def test_a_failed_event_says_why_and_shows_only_what_the_contract_declares(
    client: httpx.Client, receiver: Receiver
) -> None:
    receiver.status = 418
    subscription = subscribe(client, receiver.url, STUDY_EVENT)
    published(client)
    event = settled(client, subscription, 1)[0]

    records = client.get("/_mock/resources/prolific/subscription_event?order=-created").json()["records"]
    assert records[0]["failure"] == "the receiver answered with 418"
    assert not {"failure", "claim"} & set(event)


def _client(server: Served) -> httpx.Client:
    return httpx.Client(base_url=server.address, headers=TOKEN, timeout=30)


def test_an_event_is_sent_again_with_growing_pauses_until_the_receiver_accepts_it(
    client: httpx.Client, receiver: Receiver
) -> None:
    receiver.status = 503
    subscription = subscribe(client, receiver.url, STUDY_EVENT)
    _advance(client, freeze=True)
    published(client)
    receiver.wait(1)
    _waiting_for(client, 1)
    # Nothing is sent again while the clock stands still.
    time.sleep(0.4)
    assert receiver.arrived == 1
    _advance(client, 0.3)
    receiver.wait(2)
    _waiting_for(client, 2)
    _advance(client, 0.3)
    assert receiver.arrived == 2
    receiver.status = 204
    _advance(client, 0.3)

    assert [event["status"] for event in settled(client, subscription, 1)] == ["SUCCEEDED"]
    sent = [headers for headers, _ in receiver.wait(3)]
    assert len({headers["x-event-id"] for headers in sent}) == 1
    assert len({body for _, body in receiver.received}) == 1
    assert [headers["x-timestamp"] for headers in sent] == [headers["x-prolific-request-timestamp"] for headers in sent]


def test_an_event_that_is_never_accepted_fails_after_a_few_attempts(client: httpx.Client, receiver: Receiver) -> None:
    receiver.status = 500
    subscription = subscribe(client, receiver.url, STUDY_EVENT)
    published(client)

    assert [event["status"] for event in settled(client, subscription, 1)] == ["FAILED"]
    time.sleep(0.2)
    assert receiver.arrived == 4


def test_another_process_goes_on_with_what_one_was_to_send_again(store: str, receiver: Receiver) -> None:
    receiver.status = 500
    with served("prolific", "--store", store) as server, _client(server) as client:
        _advance(client, freeze=True)
        subscription = subscribe(client, receiver.url, STUDY_EVENT)
        published(client)
        _waiting_for(client, 1)
        server.end(signal.SIGKILL)
    receiver.status = 200
    with served("prolific", "--store", store) as server, _client(server) as client:
        assert [event["status"] for event in settled(client, subscription, 1)] == ["SUCCEEDED"]
    assert receiver.arrived == 2


def _advance(client: httpx.Client, seconds: float = 0.0, freeze: bool = False) -> None:
    if freeze:
        ok(client.post("/_mock/clock/freeze"))
    else:
        ok(client.post("/_mock/clock/advance", json={"seconds": seconds}))


def _waiting_for(client: httpx.Client, attempts: int) -> None:
    """Wait until so many attempts of the last event have failed."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        record = client.get("/_mock/resources/prolific/subscription_event?order=-created").json()["records"][0]
        if record.get("attempts") == attempts and record.get("retry_at"):
            return
        time.sleep(0.02)
    raise AssertionError(f"no {attempts} failed attempts: {record}")
