"""The pages about tests in JavaScript: their code is in examples that are run, their versions are those of the examples."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Page -> the example whose code it shows.
PAGES = {"playwright": "studies", "vitest": "javascript", "jest": "javascript"}


def _page(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_every_piece_of_code_is_in_an_example_that_is_run(name: str) -> None:
    examples = [
        path.read_text()
        for path in (ROOT / "examples" / PAGES[name]).rglob("*.*js")
        if "node_modules" not in path.parts
    ]
    pieces = re.findall(r"^```js\n(.*?)^```$", _page(name), re.MULTILINE | re.DOTALL)

    assert len(pieces) >= 4
    assert [piece for piece in pieces if not any(piece in example for example in examples)] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_pins_the_versions_with_which_its_example_is_tested(name: str) -> None:
    pinned = dict(re.findall(r"((?:@[a-z]+/)?[a-z-]+)@([0-9.]+)", _page(name)))
    installed = json.loads((ROOT / "examples" / PAGES[name] / "package.json").read_text())["devDependencies"]

    assert pinned
    assert pinned.items() <= installed.items()


def test_every_operation_of_the_page_is_in_the_types() -> None:
    types = (ROOT / "clients" / "js" / "types" / "index.d.ts").read_text(encoding="utf-8")
    table = _page("javascript").partition("| `mock.control.…` | |")[2].partition("\n\n")[0]
    words = set(re.findall(r"`(?:clock\.)?([a-zA-Z]+)(?:<\w+>)?\(", table))

    assert words
    assert [word for word in words if not re.search(rf"^  {word}(<.*?>)?\(", types, re.MULTILINE)] == []


def test_every_exported_name_has_a_type() -> None:
    types = (ROOT / "clients" / "js" / "types" / "index.d.ts").read_text(encoding="utf-8")
    index = (ROOT / "clients" / "js" / "src" / "index.js").read_text(encoding="utf-8")
    exported = re.findall(r"^  (\w+),$", index.partition("module.exports")[2], re.MULTILINE)
    typed = set(re.findall(r"^export (?:class|function) (\w+)|^export \{ (\w+) \}", types, re.MULTILINE))

    assert set(exported) == {first or second for first, second in typed}
