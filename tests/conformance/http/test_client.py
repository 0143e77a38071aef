"""The client enforces the profile and the rate, and reports every exchange."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from understudy.conformance import Profile, Target
from understudy.conformance.evidence.errors import NoReplyError, NotAllowedError, RunStoppedError
from understudy.conformance.http.client import PATIENCE, Client, Credential, as_json, encode

#: What the server answers: a status and headers.
Answer = tuple[int, dict[str, str]]


@pytest.fixture
def answering() -> Iterator[Callable[..., tuple[str, list[Any]]]]:
    """A server that gives these answers in turn, the last one for ever; its address and the headers it was sent."""
    started = []

    def start(*answers: Answer) -> tuple[str, list[Any]]:
        seen: list[Any] = []
        turns = itertools.chain(answers, itertools.repeat(answers[-1]))

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                seen.append(dict(self.headers))
                status, headers = next(turns)
                self.send_response(status)
                for name, value in {"Content-Length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *arguments: Any) -> None:
                """Keep quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        started.append(server)
        return f"http://127.0.0.1:{server.server_port}", seen

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


def client(address: str, **more: Any) -> Client:
    return Client(Target(address, **more), Profile())


def test_every_exchange_is_numbered_and_passed_to_listeners(answering: Any) -> None:
    numbers: list[int] = []
    sender = client(answering((204, {}))[0])
    sender.listen(lambda exchange: numbers.append(exchange.number))
    for _ in range(3):
        sender.send(sender.request("GET", "/x"))

    assert numbers == [1, 2, 3]


def test_a_request_carries_the_credential_and_the_targets_headers(answering: Any) -> None:
    address, seen = answering((200, {}))
    sender = client(address, headers={"X-Tenant": "research"})
    sender.send(sender.request("GET", "/x", credential=Credential("Token", "t")))

    assert (seen[0]["Authorization"], seen[0]["X-Tenant"]) == ("Token t", "research")


def test_what_the_profile_does_not_allow_is_never_sent(answering: Any) -> None:
    address, seen = answering((200, {}))
    sender = client(address)
    with pytest.raises(NotAllowedError):
        sender.send(sender.request("DELETE", "/x"))

    assert seen == []


def test_a_target_that_asks_to_wait_is_asked_again(answering: Any) -> None:
    address, seen = answering((429, {"Retry-After": "0"}), (503, {"Retry-After": "0"}), (200, {}))
    sender = client(address)

    assert sender.send(sender.request("GET", "/x")).status == 200
    assert len(seen) == 3


def test_a_target_that_keeps_answering_429_counts_as_no_reply(answering: Any) -> None:
    sender = client(answering((429, {"Retry-After": "0"}))[0])

    with pytest.raises(NoReplyError, match="keeps answering 429"):
        sender.send(sender.request("GET", "/x"))


def test_a_503_without_retry_after_is_final(answering: Any) -> None:
    sender = client(answering((503, {}))[0])

    assert sender.send(sender.request("GET", "/x")).status == 503


def test_failures_in_a_row_end_the_run() -> None:
    sender = client("http://127.0.0.1:9")
    for _ in range(PATIENCE - 1):
        with pytest.raises(NoReplyError):
            sender.send(sender.request("GET", "/x"))

    with pytest.raises(RunStoppedError, match="exchanges in a row failed"):
        sender.send(sender.request("GET", "/x"))


def test_nothing_is_sent_after_the_deadline() -> None:
    with pytest.raises(RunStoppedError, match="time limit"):
        Client(Target("http://127.0.0.1:9"), Profile(), deadline=0.0).send(client("http://h").request("GET", "/x"))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({"a": 1, "b": None}, "a=1"),
        ({"a": [1, 2]}, "a=1&a=2"),
        ({"a": True}, "a=true"),
        ([("a", "x y"), ("a", "&/")], "a=x%20y&a=%26%2F"),
    ],
)
def test_a_query_is_written_as_the_contract_has_it(query: Any, text: str) -> None:
    assert encode(query) == text


def test_a_body_is_compact_and_not_escaped() -> None:
    assert as_json({"a": [1, "é"]}) == '{"a":[1,"é"]}'.encode()
