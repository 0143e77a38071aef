"""The client enforces the profile and the rate, and reports every exchange."""

from __future__ import annotations

import email.utils
import itertools
import math
import re
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nasty import reply, speaking

from understudy.conformance import Profile, Target
from understudy.conformance.evidence.errors import (
    GatewayError,
    KitError,
    NoReplyError,
    NotAllowedError,
    RunStoppedError,
)
from understudy.conformance.evidence.response_validator import ResponseValidator
from understudy.conformance.http.client import ATTEMPTS, PATIENCE, Client, Credential, as_body, as_json, encode, seconds
from understudy.conformance.http.preflight import preflight
from understudy.specs import load

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


def test_a_503_of_a_gateway_is_no_reply_of_the_api(answering: Any) -> None:
    address, seen = answering((503, {}))
    sender = client(address)

    with pytest.raises(GatewayError, match="GET /x: a gateway answered in place of the API: 503"):
        sender.send(sender.request("GET", "/x"))
    assert len(seen) == ATTEMPTS


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


# --- what a reply asks for --------------------------------------------------------------------------------------------


def at(later: float) -> str:
    """The point in time that many seconds from now, as HTTP writes it."""
    return email.utils.formatdate(time.time() + later, usegmt=True)


@pytest.mark.parametrize(("value", "least", "most"), [("0", 0, 0), ("120", 120, 120), ("9" * 400, math.inf, math.inf)])
def test_retry_after_is_a_number_of_seconds_or_a_date(value: str, least: float, most: float) -> None:
    found = seconds(value)

    assert found is not None
    assert least <= found <= most


def test_retry_after_may_be_a_date() -> None:
    assert seconds(at(-50)) == 0
    assert 90 <= (seconds(at(100)) or 0) <= 100


@pytest.mark.parametrize(
    "value",
    ["", "²", "٣", "-1", "1.5", "1e3", "1 2", "soon", "Fri, 99 Xyz 2020 00:00:00 GMT", "2030-01-02", "nan"],
)
def test_anything_else_is_no_retry_after(value: str) -> None:
    assert seconds(value) is None


NAMES = st.sampled_from(
    [
        "Retry-After",
        "Content-Type",
        "Content-Encoding",
        "Content-Language",
        "Location",
        "Set-Cookie",
        "Date",
        "Age",
        "Expires",
        "WWW-Authenticate",
        "Allow",
        "Link",
        "ETag",
        "Last-Modified",
        "X-Request-Id",
        "Vary",
        "Accept-Ranges",
    ]
)
#: What a header can hold, much of it numbers and dates that are none.
HEADER_VALUES = st.sampled_from(
    [
        "²",
        "0",
        "-1",
        "9" * 5000,
        "1e999",
        "nan",
        "Fri, 31 Feb 2020 25:61:61 GMT",
        "Fri, 01 Jan 9999999 00:00:00 GMT",
        "a=b; Max-Age=²; Expires=9",
        "text/html; charset=nonsense",
        "utf-16",
        "http://[",
        "//",
        ";;;",
        ",,,",
        '"',
        "=?x?q?=?=",
    ]
).map(lambda text: text.encode("latin-1")) | st.binary(max_size=12).map(
    lambda value: re.sub(rb"[\x00-\x08\x0a-\x1f\x7f]", b"", value)
)


def test_no_header_makes_the_kit_raise_anything_but_its_own_errors() -> None:
    contract = load("participant-kit")
    operation = contract.operations["list_projects"]
    validator = ResponseValidator(contract)
    answers = [b""]

    @given(st.lists(st.tuples(NAMES, HEADER_VALUES), max_size=4), st.sampled_from([200, 302, 401, 404, 429, 503]))
    @example([("Retry-After", "²".encode("latin-1"))], 429)
    @example([("Retry-After", "²".encode("latin-1"))], 503)
    def holds(headers: list[tuple[str, bytes]], status: int) -> None:
        answers[0] = reply(b"{}", *(b"%s: %s" % (n.encode(), value) for n, value in headers), status=b"%d X" % status)
        sender = client(address, tokens={"default": "t"})
        # No time is left to wait, whatever is asked for.
        sender.deadline = time.monotonic() + 0.9
        try:
            validator.examine(operation, sender.send(sender.request("GET", "/v1/projects")))
            preflight(contract, sender, None, {})
        except KitError:
            pass
        finally:
            sender.close()

    with speaking(lambda connection, _: connection.sendall(answers[0])) as address:
        holds()


# --- nothing but what is recorded -------------------------------------------------------------------------------------


def test_cookies_of_a_reply_are_never_sent(answering: Any) -> None:
    address, seen = answering((200, {"Set-Cookie": "session=1; Path=/"}))
    sender = client(address)
    sent = [sender.send(sender.request("GET", "/x")) for _ in range(3)]

    assert [sorted(each) for each in seen] == [sorted(dict(each.request.headers)) for each in sent]
    assert "Cookie" not in {name for each in seen for name in each}


def test_a_redirect_is_a_reply_like_any_other(answering: Any) -> None:
    elsewhere, asked = answering((200, {}))
    address, _ = answering((302, {"Location": elsewhere}))
    sender = client(address, tokens={"default": "t"})

    assert sender.send(sender.request("GET", "/x", credential=Credential("Token", "t"))).status == 302
    assert asked == []


@pytest.mark.parametrize("path", ["/a/../b", "/a b", "/é", "/a#b", "/%2e%2E/x", "/[1-3]{a}"])
def test_an_address_is_recorded_as_it_is_sent(path: str) -> None:
    lines: list[bytes] = []

    def speech(connection: Any, request: bytes) -> None:
        lines.append(request.split(b"\r\n")[0])
        connection.sendall(reply(b"{}"))

    with speaking(speech) as address:
        sender = client(address)
        sent = sender.send(sender.request("GET", path))
        sender.close()

    assert lines == [b"GET %s HTTP/1.1" % sent.request.url.removeprefix(address).encode()]


@pytest.mark.parametrize(("lists", "sent"), [({}, b"n=1&n=2&m=true"), ({"n": "|"}, b"n=1%7C2&m=true")])
def test_a_list_in_a_form_is_repeated_or_written_into_one_field_as_the_contract_says(
    lists: dict[str, str], sent: bytes
) -> None:
    assert as_body({"n": [1, 2], "m": True}, "application/x-www-form-urlencoded", lists) == sent
