"""The way to a real server: certificates are checked, proxies of the environment stay away from this machine."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from real import Mock, RealServer, Reply, client_of

from understudy.mock_server.app import create_app
from understudy.mock_server.upstream.server import Limits, Upstream, end_to_end
from understudy.specs import Contract

BOOK = Reply(200, (b'{"id": 7, "title": "Emma"}',))


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of this machine that nobody knows, and its key."""
    if shutil.which("openssl") is None:
        pytest.fail("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    command = ["openssl", "req", *kind, *subject, "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


@contextmanager
def over_tls(real: RealServer, certificate: tuple[Path, Path]) -> Iterator[str]:
    """The address of a server over TLS."""
    cert, key = map(str, certificate)
    config = uvicorn.Config(real, port=0, ssl_certfile=cert, ssl_keyfile=key, log_level="critical", lifespan="off")
    listening = config.bind_socket()
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])))
    thread.start()
    try:
        yield f"https://localhost:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def test_a_certificate_that_nobody_knows_is_refused(
    real: RealServer, mock: Mock, certificate: tuple[Path, Path]
) -> None:
    with over_tls(real, certificate) as address:
        reply = mock(url=address).get("/v2/books/7")

    assert (reply.status_code, "certificate" in reply.json()["error"]["message"].lower()) == (502, True)
    assert real.asked == []


def test_a_certificate_that_the_environment_knows_is_accepted(
    real: RealServer, contract: Contract, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    real.reply = BOOK
    with over_tls(real, certificate) as address, client_of(contract, upstream=Upstream(address)) as client:
        assert client.get("/v2/books/7").json()["title"] == "Emma"


def test_what_does_not_speak_tls_is_refused(real: RealServer, mock: Mock) -> None:
    reply = mock(url=real.address.replace("http:", "https:"), limits=Limits(connect=0.5)).get("/v2/books/7")

    assert reply.status_code == 502


def test_proxies_of_the_environment_are_not_asked_for_this_machine(
    real: RealServer, mock: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    real.reply = BOOK

    assert mock().get("/v2/books/7").status_code == 200
    # A named host is reached through the proxy, where nobody answers.
    assert mock(url="http://staging.invalid").get("/v2/books/7").status_code == 502


def test_a_name_that_leads_nowhere_is_said(mock: Mock) -> None:
    reply = mock(url="http://nobody.invalid").get("/v2/books/7")

    message = reply.json()["error"]["message"]
    assert message.startswith("The upstream http://nobody.invalid cannot be reached: ")
    assert message.count(". ") == 0


def test_fields_that_concern_one_connection_are_those_that_it_names() -> None:
    sent = [(b"Connection", b"close, X-Own"), (b"X-Own", b"1"), (b"Keep-Alive", b"5"), (b"X-Kept", b"1")]

    assert end_to_end(sent) == [(b"x-kept", b"1")]


def test_an_operation_that_the_contract_does_not_have_is_refused(contract: Contract) -> None:
    with pytest.raises(ValueError, match="--pass: there is no operation 'getBok'; did you mean getBook"):
        create_app(contracts=[contract], upstream=Upstream("http://localhost:1", ["getBok"]))


def test_one_api_is_needed(contract: Contract) -> None:
    with pytest.raises(ValueError, match="--upstream takes one API"):
        create_app(["prolific"], contracts=[contract], upstream=Upstream("http://localhost:1"))


@pytest.mark.parametrize(
    ("reply", "status", "said"),
    [
        (b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n", 502, "the status 999, which HTTP does not have"),
        (b"HTTP/1.1 200 OK\r\nX-Own: a\x01b\r\nContent-Length: 0\r\n\r\n", 502, "a header that is not valid in HTTP"),
        (b"not HTTP\r\n\r\n", 502, "did not answer as it should"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"3\r\na,b\r\n0\r\n\r\n",
            200,
            "a,b",
        ),
    ],
)
def test_a_reply_that_a_server_should_not_send_is_answered_whole(
    mock: Mock, reply: bytes, status: int, said: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        answering = threading.Thread(target=_answer, args=(listening, reply), daemon=True)
        answering.start()
        received = mock(url=f"http://127.0.0.1:{listening.getsockname()[1]}").get("/v2/export")
        answering.join(10)

    assert (received.status_code, said in received.text) == (status, True)


def test_an_address_that_is_too_long_to_be_sent_on_is_answered(real: RealServer, mock: Mock) -> None:
    reply = mock(url=f"{real.address}/{'deep' * 300}").get(f"/v2/books?q={'x' * 65_000}")

    assert reply.status_code == 502
    assert real.asked == []


def _answer(listening: socket.socket, reply: bytes) -> None:
    """Answer one request with these bytes."""
    connection, _ = listening.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(reply)
