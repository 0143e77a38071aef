"""Measures inference on the development documents and writes `docs/contracts.md`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import yaml
from generated import MEASURE, REQUESTS, generated
from labels import FOLDER, Pair, measures, misses, pairs
from served import Measured, measured

PAGE = Path(__file__).parents[2] / "docs" / "contracts.md"
HEAD = """# Contracts that nobody prepared

`make contracts` writes this page. It compares what `understudy infer` reads off ten public OpenAPI documents with labels
made by eye: 479 operations. The rules were written with these documents at hand, so the figures are a floor that tests
hold, not a promise for documents never seen. [Public documents](public-contracts.md) are measured apart, and
[other mock servers](beside.md) are given the same requests.
"""
SERVED = f"""
## Served

Each document is served, and tried over HTTP. Then it gets {REQUESTS:,} generated requests: of four in five Schemathesis makes
valid and invalid ones of each operation, with ids that exist in half of them; the rest is rough, with methods, ids, queries,
headers, types and bodies that no document has in mind. They are the same each time. A reply that takes a minute, and a
connection that is cut, count as a 5xx.
"""
#: Measure of a served document -> the share that it must have.
WANTED = {
    "no 5xx": 1.0,
    MEASURE: 1.0,
    "GET fits": 0.95,
    "GET of a record fits": 0.95,
    "cycle": 0.95,
    "pages": 0.95,
    "unknown id 404": 0.95,
    "unknown parent 404": 0.90,
    "missing credential 401": 0.95,
    "wrong body refused": 0.95,
}

#: Measures that are shown of each document, too.
BY_DOCUMENT = ("GET fits", "GET of a record fits", "cycle", "pages", MEASURE)


def lines(found: list[Pair]) -> Iterator[str]:
    """The page."""
    yield HEAD
    yield "| measure | right |\n|---|---|"
    yield from (f"| {name} | {rate} |" for name, rate in measures(found).items())
    yield "\n## Read otherwise than labelled\n"
    yield from (f"- {miss}" for miss in misses(found))
    yield SERVED
    yield from served({path.name: whole(str(path)) for path in documents()})


def whole(document: str) -> Measured:
    """All measures of one document, generated requests included."""
    found, more = measured(document), generated(document)
    return Measured(found.right + more.right, found.tried + more.tried, found.wrong + more.wrong)


def documents() -> list[Path]:
    """The development documents."""
    labels = [yaml.safe_load(file.read_text("utf-8")) for file in sorted((FOLDER / "labels").glob("*.yaml"))]
    return [FOLDER / each["document"] for each in labels]


def served(found: dict[str, Measured]) -> Iterator[str]:
    """The table of what served documents do, and what goes wrong."""
    right: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for each in found.values():
        right.update(each.right)
        tried.update(each.tried)
    yield "| measure | right | wanted |\n|---|---|---|"
    for name, share in WANTED.items():
        if tried[name]:
            rate = f"{right[name]} of {tried[name]} ({right[name] / tried[name]:.1%})"
            yield f"| {name} | {rate} | {share:.0%} |"
    yield "\n| document | " + " | ".join(BY_DOCUMENT) + " |\n|---|" + "---|" * len(BY_DOCUMENT)
    for name, each in found.items():
        yield f"| {name} | " + " | ".join(f"{each.right[one]} of {each.tried[one]}" for one in BY_DOCUMENT) + " |"
    wrong = [f"- {name}: {line}" for name, each in found.items() for line in each.wrong]
    if wrong:
        yield "\n## What goes wrong when they are served\n"
        yield from (line.replace("\n", " ")[:250] for line in wrong)


if __name__ == "__main__":
    text = "\n".join(lines(list(pairs()))) + "\n"
    PAGE.write_text(text, "utf-8")
    print(text)
