"""The seed of a contract that nobody prepared, drawn once and kept: drawing a thousand resources takes seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from understudy.mock_server.data.inferred import InferredRecords
from understudy.mock_server.data.seed_options import SeedOptions
from understudy.mock_server.data.written import written
from understudy.specs import Contract
from understudy.specs.reading.cache import cached, program

#: The kind of what is kept.
KIND = "seeds-2"
#: What the records are made with.
MAKERS = (*(Path(__file__).parents[1] / room for room in ("data", "values")), Path(__file__).parents[2] / "specs")


def kept_seed(contract: Contract, records: InferredRecords, seeding: SeedOptions, count: int) -> list[dict[str, Any]]:
    """The populations that `records` draws of a contract: those of its seed, and `count` records of any other resource."""

    def drawn() -> list[dict[str, Any]]:
        described = written(contract, seeding.seed, seeding.size, seeding.locales)
        seed = records.seed(count * seeding.size, described)
        # Those of a thousand resources take a hundred megabytes, and a server is asked for few of them.
        records.shaping.forget_validators()
        return seed

    try:
        parts = [contract.api, contract.document, contract.seed, seeding.seed, seeding.locales, seeding.size, count]
        key = orjson.dumps(parts) + program(*MAKERS, distributions=("faker",))
        kept: list[dict[str, Any]] = cached(KIND, key, drawn)
    except TypeError:  # JSON as others read it cannot hold an integer of more than 64 bits
        return drawn()
    return kept
