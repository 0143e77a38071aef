"""The seed of a contract that nobody prepared, drawn once and kept: drawing a thousand resources takes seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from understudy.mock_server.data.inferred import InferredRecords
from understudy.specs import Contract
from understudy.specs.reading.cache import cached, program

#: The kind of what is kept.
KIND = "seeds-1"
#: What the records are made with.
MAKERS = (*(Path(__file__).parents[1] / room for room in ("data", "values")), Path(__file__).parents[2] / "specs")


def kept_seed(
    contract: Contract, records: InferredRecords, seed: int, locales: tuple[str, ...], count: int
) -> list[dict[str, Any]]:
    """The populations that `records` draws of a contract, `count` records each."""
    try:
        parts = [contract.api, contract.document, seed, locales, count]
        key = orjson.dumps(parts) + program(*MAKERS, distributions=("faker",))
        kept: list[dict[str, Any]] = cached(KIND, key, lambda: records.seed(count))
    except TypeError:  # JSON as others read it cannot hold an integer of more than 64 bits
        return records.seed(count)
    return kept
