"""Requests are sent and replies received within limits, whatever the target does."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from nasty import Speech, drips, goes, packs_badly, reply, says, speaking

from understudy.conformance import Target
from understudy.conformance.evidence.errors import NoReplyError, UnreachableError, UnsendableError, UsageError
from understudy.conformance.evidence.exchange import Reply, Request
from understudy.conformance.http.transport import Transport


def sent(address: str, *headers: tuple[str, str], timeout: float = 5.0) -> Reply:
    wire = Transport(Target(address, timeout=timeout))
    try:
        return wire.send(Request("GET", f"{address}/x", headers))
    finally:
        wire.close()


def tells(heard: list[bytes]) -> Speech:
    """Keeps what it is asked."""

    def speech(connection: socket.socket, request: bytes) -> None:
        heard.append(request)
        connection.sendall(reply(b"{}"))

    return speech


def test_a_reply_is_taken_as_it_is() -> None:
    with speaking(says(reply(b"\xff\x00", b"X-Odd: 1", b"X-Odd: 2", status=b"299 Odd"))) as address:
        wire = Transport(Target(address))
        got = wire.send(Request("GET", f"{address}/x", ()))
        wire.close()

    assert (got.status, got.body) == (299, b"\xff\x00")
    assert [value for name, value in got.headers if name == "x-odd"] == ["1", "2"]


def test_a_reply_that_drips_is_given_up() -> None:
    with speaking(drips) as address, pytest.raises(NoReplyError, match=r"no complete reply within 0\.3 s"):
        sent(address, timeout=0.3)


def test_the_next_request_is_not_held_up_by_one_that_was_given_up() -> None:
    with speaking(drips) as slow, speaking(says(reply(b"{}"))) as quick:
        wire = Transport(Target(slow, timeout=0.3))
        with pytest.raises(NoReplyError):
            wire.send(Request("GET", f"{slow}/x", ()))

        assert wire.send(Request("GET", f"{quick}/x", ())).status == 200
        wire.close()


@pytest.mark.parametrize(("speech", "words"), [(goes, "the connection broke"), (packs_badly, "cannot be decoded")])
def test_no_reply_has_a_reason(speech: object, words: str) -> None:
    with speaking(speech) as address, pytest.raises(NoReplyError, match=words):  # type: ignore[arg-type]
        sent(address)


def test_a_refused_connection_has_a_reason() -> None:
    with pytest.raises(NoReplyError, match=r"^no connection to 127\.0\.0\.1:9: Connection refused$"):
        sent("http://127.0.0.1:9")


def test_what_http_cannot_carry_is_unsendable() -> None:
    with (
        speaking(says(reply(b"{}"))) as address,
        pytest.raises(UnsendableError, match="HTTP cannot carry this request"),
    ):
        sent(address, ("X-Odd", "a\nb"))


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    return monkeypatch


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY"])
def test_a_proxy_is_told_its_own_credential(variable: str, no_proxies: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []
    with speaking(tells(heard)) as address:
        no_proxies.setenv(variable, address.replace("://", "://me:p%40ss@"))
        got = sent("http://api.test")

    assert got.status == 200
    assert heard[0].startswith(b"GET http://api.test/x HTTP/1.1")
    assert b"Proxy-Authorization: Basic bWU6cEBzcw==" in heard[0]


@pytest.mark.parametrize("left", ["api.test", ".test", "api.test:9", "*"])
def test_no_proxy_is_used_for_a_name_that_the_environment_leaves_out(left: str, no_proxies: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []
    with speaking(tells(heard)) as address:
        no_proxies.setenv("ALL_PROXY", address)
        no_proxies.setenv("NO_PROXY", left)
        with pytest.raises(NoReplyError, match=r"^no connection to api\.test:9: [^(]+$"):
            sent("http://api.test:9")

    assert heard == []


def test_a_proxy_that_refuses_is_named_without_its_password(no_proxies: pytest.MonkeyPatch) -> None:
    with speaking(says(reply(b"", status=b"407 No"))) as address:
        no_proxies.setenv("HTTPS_PROXY", address.replace("://", "://me:s3cret@"))
        with pytest.raises(NoReplyError, match=r"407 No .*HTTPS_PROXY") as refused:
            sent("https://api.test")

    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("address", ["socks4://me:s3cret@127.0.0.1:9", "http://me:s3cret@127.0.0.1:none"])
def test_a_proxy_that_cannot_be_used_is_named_without_its_password(
    address: str, no_proxies: pytest.MonkeyPatch
) -> None:
    no_proxies.setenv("ALL_PROXY", address)
    with pytest.raises(UnreachableError, match=r"ALL_PROXY.*its address cannot be used") as refused:
        sent("http://api.test")

    assert "s3cret" not in str(refused.value)


def test_invalid_certificates_are_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")

    with pytest.raises(UsageError, match="cannot be used"):
        Transport(Target("https://h.example", ca=str(tmp_path / "ca.pem")))


# --- TLS --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key."""
    place = tmp_path_factory.mktemp("tls") / "own.pem"
    asked = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test -addext"
    command = ["openssl", *asked.split(), "subjectAltName=IP:127.0.0.1", "-keyout", str(place), "-out", "-"]
    made = subprocess.run(command, capture_output=True, check=True)
    place.write_bytes(place.read_bytes() + made.stdout)
    return place


@pytest.fixture
def encrypted(certificate: Path) -> Iterator[str]:
    """The address of a server that shows this certificate."""

    class Empty(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Keep quiet."""

    server = HTTPServer(("127.0.0.1", 0), Empty)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def status(target: Target) -> int:
    wire = Transport(target)
    try:
        return wire.send(Request("GET", f"{target.url}/x", ())).status
    finally:
        wire.close()


def test_a_self_signed_certificate_is_not_trusted(encrypted: str) -> None:
    with pytest.raises(NoReplyError, match="CERTIFICATE_VERIFY_FAILED"):
        status(Target(encrypted))


def test_an_address_in_capitals_is_not_trusted_either(encrypted: str) -> None:
    with pytest.raises(NoReplyError, match="CERTIFICATE_VERIFY_FAILED"):
        status(Target(encrypted.replace("https", "HTTPS")))


def test_a_certificate_is_trusted_when_it_is_named(encrypted: str, certificate: Path) -> None:
    assert status(Target(encrypted, ca=str(certificate))) == 204


def test_any_certificate_is_trusted_when_asked_to(encrypted: str) -> None:
    assert status(Target(encrypted, insecure=True)) == 204
