"""Measures inference on the development documents and writes `docs/contracts.md`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from labels import Pair, measures, misses, pairs

PAGE = Path(__file__).parents[2] / "docs" / "contracts.md"
HEAD = """# Contracts that nobody prepared

`make contracts` writes this page. It compares what `understudy infer` reads off ten public OpenAPI documents with labels
made by eye: 479 operations. The rules were written with these documents at hand, so the figures are a floor that tests
hold, not a promise for documents never seen.
"""


def lines(found: list[Pair]) -> Iterator[str]:
    """The page."""
    yield HEAD
    yield "| measure | right |\n|---|---|"
    yield from (f"| {name} | {rate} |" for name, rate in measures(found).items())
    yield "\n## Read otherwise than labelled\n"
    yield from (f"- {miss}" for miss in misses(found))


if __name__ == "__main__":
    text = "\n".join(lines(list(pairs()))) + "\n"
    PAGE.write_text(text, "utf-8")
    print(text)
