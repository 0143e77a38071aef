"""Bytes out and bytes in, whatever the other side does."""

from __future__ import annotations

from pathlib import Path

import pytest
from nasty import drips, goes, packs_badly, reply, says, speaking

from conformance import Target
from conformance.errors import Broken, Unsendable, UsageError
from conformance.exchange import Request
from conformance.wire import Wire


def sent(address: str, *headers: tuple[str, str], timeout: float = 5.0) -> object:
    wire = Wire(Target(address, timeout=timeout))
    try:
        return wire.send(Request("GET", f"{address}/x", headers))
    finally:
        wire.close()


def test_a_reply_is_taken_as_it_is() -> None:
    with speaking(says(reply(b"\xff\x00", b"X-Odd: 1", b"X-Odd: 2", status=b"299 Odd"))) as address:
        wire = Wire(Target(address))
        got = wire.send(Request("GET", f"{address}/x", ()))
        wire.close()

    assert (got.status, got.body) == (299, b"\xff\x00")
    assert [value for name, value in got.headers if name == "x-odd"] == ["1", "2"]


def test_a_reply_that_drips_is_given_up_as_a_whole() -> None:
    with speaking(drips) as address, pytest.raises(Broken, match=r"no complete reply within 0\.3 s"):
        sent(address, timeout=0.3)


def test_the_next_request_is_not_held_up_by_one_that_was_given_up() -> None:
    with speaking(drips) as slow, speaking(says(reply(b"{}"))) as quick:
        wire = Wire(Target(slow, timeout=0.3))
        with pytest.raises(Broken):
            wire.send(Request("GET", f"{slow}/x", ()))

        assert wire.send(Request("GET", f"{quick}/x", ())).status == 200
        wire.close()


@pytest.mark.parametrize(("speech", "words"), [(goes, "the connection broke"), (packs_badly, "cannot be decoded")])
def test_no_reply_has_a_reason(speech: object, words: str) -> None:
    with speaking(speech) as address, pytest.raises(Broken, match=words):  # type: ignore[arg-type]
        sent(address)


def test_nobody_there_has_a_reason() -> None:
    with pytest.raises(Broken, match="no connection"):
        sent("http://127.0.0.1:9")


def test_what_http_cannot_carry_is_told_apart() -> None:
    with speaking(says(reply(b"{}"))) as address, pytest.raises(Unsendable, match="HTTP has no way to say this"):
        sent(address, ("X-Odd", "a\nb"))


def test_certificates_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")

    with pytest.raises(UsageError, match="cannot be used"):
        Wire(Target("https://h.example", ca=str(tmp_path / "ca.pem")))
