"""What HTTP says of requests that are unusual: expectations, transfer codings, old versions, the address of everything."""

from __future__ import annotations

import email.utils
import re
import socket
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

HOST = b"Host: 127.0.0.1\r\n"
TOKEN = b"Authorization: Bearer mock-token\r\n"
CLOSE = b"Connection: close\r\n"
NEW = b'{"name":"x","project_id":"prj_m07wbpskb2ml"}'
JSON = b"Content-Type: application/json\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(NEW)
CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(NEW), NEW)

Ask = Callable[..., bytes]


@pytest.fixture
def ask(addresses: Callable[[str], str]) -> Ask:
    """Send a request to an API as it stands, and read until the server hangs up."""

    def asking(*pieces: bytes, api: str = "participant-kit") -> bytes:
        address = urlsplit(addresses(api))
        with socket.create_connection((address.hostname, address.port), timeout=20) as opened:
            for piece in pieces:
                opened.sendall(piece)
                time.sleep(0.01)
            return b"".join(iter(lambda: opened.recv(65536), b""))

    return asking


def post(*lines: bytes, version: bytes = b"1.1") -> bytes:
    """The head of a request that makes a study in a session of its own."""
    start = b"POST /_session/refusals/v1/studies HTTP/%s\r\n" % version
    return b"".join([start, HOST, TOKEN, CLOSE, JSON, *lines, b"\r\n"])


def status(raw: bytes) -> int:
    """The status of the last reply."""
    return int(re.findall(rb"HTTP/1\.1 (\d+)", raw)[-1])


def test_every_reply_is_dated(ask: Ask) -> None:
    for path in (b"/v1/projects", b"/nothing", b"/_mock/health"):
        (date,) = re.findall(rb"date: ([^\r]*)\r\n", ask(b"GET %s HTTP/1.1\r\n" % path + HOST + CLOSE + b"\r\n"))
        assert abs(email.utils.parsedate_to_datetime(date.decode()).timestamp() - time.time()) < 20


def test_a_client_that_waits_is_told_to_go_on(ask: Ask) -> None:
    raw = ask(post(b"Expect: 100-continue\r\n", LENGTH), NEW)

    assert raw.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 ")


def test_a_client_that_waits_and_is_refused_need_not_send_its_body(ask: Ask) -> None:
    head = b"POST /v1/studies HTTP/1.1\r\n" + HOST + JSON + LENGTH + b"Expect: 100-continue\r\n\r\n"

    raw = ask(head)

    assert raw.startswith(b"HTTP/1.1 401 ")
    assert b"\r\nconnection: close\r\n" in raw


def test_another_expectation_cannot_be_met(ask: Ask) -> None:
    assert status(ask(post(b"Expect: 200-ok\r\n", LENGTH), NEW)) == 417


def test_an_expectation_in_http_1_0_is_ignored(ask: Ask) -> None:
    raw = ask(post(b"Expect: 100-continue\r\n", LENGTH, version=b"1.0"), NEW)

    assert raw.startswith(b"HTTP/1.1 201 ")


@pytest.mark.parametrize(
    ("codings", "version", "expected"),
    [
        (b"chunked", b"1.1", 201),
        (b"Chunked", b"1.1", 201),
        (b"gzip, chunked", b"1.1", 501),
        (b"gzip", b"1.1", 400),
        (b"chunked", b"1.0", 400),
    ],
)
def test_only_chunks_are_a_transfer_coding(ask: Ask, codings: bytes, version: bytes, expected: int) -> None:
    raw = ask(post(b"Transfer-Encoding: %s\r\n" % codings, version=version), CHUNKS)

    assert status(raw) == expected
    assert raw.count(b"HTTP/1.1") == 1


def test_the_server_as_a_whole_has_options_and_nothing_else(ask: Ask) -> None:
    options = ask(b"OPTIONS * HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n")
    get = ask(b"GET * HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n")

    assert options.startswith(b"HTTP/1.1 204 ")
    assert b"\r\nallow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n" in options
    assert status(get) == 400


def test_the_host_of_the_address_beats_the_header(ask: Ask) -> None:
    request = b"GET http://mock.example:81/api/v1/children/ HTTP/1.1\r\n" + HOST + CLOSE

    raw = ask(request + b"Authorization: Token mock-admin-token\r\n\r\n", api="lookit")

    assert b'"first":"http://mock.example:81/api/v1/children/?page=1"' in raw


@pytest.mark.parametrize(
    ("hosts", "reason"),
    [
        (b"", b"The request has no Host header; it must have one."),
        (HOST + HOST, b"The request has 2 Host headers; it can have only one."),
        (b"Host: a b\r\n", b"The Host header is not a host name or an address with or without a port."),
    ],
    ids=["none", "two", "none that is valid"],
)
def test_a_request_has_one_valid_host(ask: Ask, hosts: bytes, reason: bytes) -> None:
    raw = ask(b"GET /v1/projects HTTP/1.1\r\n" + TOKEN + CLOSE + hosts + b"\r\n")

    assert status(raw) == 400
    assert b'{"error":{"type":"invalid_request","message":"%s"}}' % reason in raw


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_a_stream_ends_with_the_connection_where_there_are_no_chunks(ask: Ask, version: bytes) -> None:
    path = b"/v1/surveys/p1231234/respondents/data"
    request = b"GET %s HTTP/%s\r\n" % (path, version) + HOST + TOKEN + CLOSE + b"Accept: application/x-ndjson\r\n\r\n"

    head, _, body = ask(request, api="forsta").partition(b"\r\n\r\n")

    assert (b"transfer-encoding" in head) == (version == b"1.1")
    if version == b"1.0":
        lines = body.splitlines()
        assert len(lines) == 200
        assert all(line.startswith(b'{"respid":') for line in lines)


@pytest.mark.parametrize("method", [b"patch", b"BREW", b"get"])
def test_a_method_that_is_not_known_is_refused_and_recorded(ask: Ask, method: bytes) -> None:
    session = b"methods-" + method

    raw = ask(method + b" /_session/%s/v1/projects HTTP/1.1\r\n" % session + HOST + b"\r\n")
    journal = ask(b"GET /_session/%s/_mock/requests HTTP/1.1\r\n" % session + HOST + CLOSE + b"\r\n")

    assert status(raw) == 405
    assert b"\r\nallow: GET, HEAD, OPTIONS\r\n" in raw
    assert b'{"error":{"type":"method_not_allowed","message":"The method ' in raw
    assert b'"method":"%s"' % method in journal


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        (b"Content-Encoding: gzip\r\n" + JSON, b"accept-encoding: identity"),
        (b"Content-Type: text/plain\r\n", b"accept: application/json, application/x-www-form-urlencoded"),
    ],
    ids=["coding", "media type"],
)
def test_a_body_that_is_not_taken_is_refused_with_what_is(ask: Ask, lines: bytes, field: bytes) -> None:
    raw = ask(b"POST /v1/studies HTTP/1.1\r\n" + HOST + TOKEN + CLOSE + lines + LENGTH + b"\r\n" + NEW)

    assert status(raw) == 415
    assert b"\r\n%s\r\n" % field in raw


@pytest.mark.parametrize(
    ("extra", "expected"),
    [(b"", 200), (b"Accept: image/png\r\n", 406), (b"Prefer: code=503\r\n", 503)],
    ids=["a list", "an error", "a forced error"],
)
def test_a_list_in_two_forms_varies_with_what_is_accepted(ask: Ask, extra: bytes, expected: int) -> None:
    path = b"/v1/surveys/p1231234/respondents/data"

    raw = ask(b"GET %s HTTP/1.1\r\n" % path + HOST + TOKEN + CLOSE + extra + b"\r\n", api="forsta")

    assert status(raw) == expected
    assert b"\r\nvary: Accept, Origin, Prefer, X-Mock-Session\r\n" in raw
    assert raw.count(b"\r\nvary:") == 1
