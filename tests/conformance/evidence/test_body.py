"""Long bodies lie in files and are read back as they were; evidence keeps the beginning."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import json
import os

import pytest

from understudy.conformance.evidence.body import EXCERPT, LONG, BodyWriter, StoredBody
from understudy.conformance.evidence.exchange import NOTHING, Exchange, Reply, Request


def body(content: bytes) -> bytes | StoredBody:
    with BodyWriter() as writer:
        for at in range(0, len(content), 50_000):
            writer.write(content[at : at + 50_000])
        return writer.body()


def exchange(content: bytes) -> Exchange:
    return Exchange(1, Request("GET", "http://h/x", ()), Reply(200, (), body(content)))


@pytest.mark.parametrize("size", [0, 1, LONG, LONG + 1, 3 * LONG])
def test_a_body_is_read_as_it_was_written(size: int) -> None:
    content = os.urandom(size)

    assert exchange(content).reply.body == content
    assert isinstance(body(content), StoredBody) is (size > LONG)
    assert body(content) == body(content)
    assert len(body(content)) == size


def test_a_long_reply_is_json_like_a_short_one() -> None:
    value = {"data": ["é" * 1000] * 500}
    seen = exchange(json.dumps(value).encode())

    assert (seen.json, seen.problem) == (value, None)
    assert exchange(b"[" + b" " * LONG).json is NOTHING


def test_evidence_of_a_long_reply_is_its_beginning_with_size_and_digest() -> None:
    content = b"x" * (2 * LONG)
    kept = exchange(content).as_evidence()

    assert len(kept.reply.body) == EXCERPT
    assert kept.excerpt(5) == f"xxxxx\n… {2 * LONG} bytes in all, SHA-256 {hashlib.sha256(content).hexdigest()}"
    assert kept.summary == exchange(content).summary == f"200 {'x' * 299}…"
    assert exchange(b"{}").excerpt(5) == "{}"


def test_a_file_goes_with_its_body() -> None:
    def opened() -> int:
        """How many files without a name are open; the servers of other tests open and close sockets meanwhile."""
        found = 0
        for number in os.listdir("/proc/self/fd"):
            with contextlib.suppress(OSError):
                found += os.readlink(f"/proc/self/fd/{number}").endswith("(deleted)")
        return found

    gc.collect()
    before = opened()
    kept = [exchange(b"x" * 2 * LONG) for _ in range(20)]
    during = opened()
    evidence = [each.as_evidence() for each in kept]
    del kept

    assert (during - before, opened() - before, len(evidence)) == (20, 0, 20)
