"""What a reset drops goes back to the system."""

from __future__ import annotations

import asyncio
import ctypes
import sys
from pathlib import Path

import pytest
from stores import TABLES, THINGS, Seeds, row

from understudy.mock_server.store.memory import MemoryStore

ROWS = 20_000

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="this C library keeps memory"
)


def resident() -> int:
    """The bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


async def written_and_reset() -> int:
    """How many bytes less are in memory after a reset than before."""
    session = await MemoryStore(TABLES, Seeds()).session("")
    async with session.transaction(True) as tx:
        await tx.put(THINGS, [row(n, f"id{n}", body=b"%d" % n * 200) for n in range(100, 100 + ROWS)])
    full = resident()
    await session.reset()
    return full - resident()


def test_memory_is_given_back_after_a_reset() -> None:
    assert asyncio.run(written_and_reset()) > 10 * 2**20
