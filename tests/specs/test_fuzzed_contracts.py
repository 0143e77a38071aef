"""A contract with one place changed is loaded or refused by a ContractError, whatever the change is."""

from __future__ import annotations

import asyncio
import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sixth import lending

from understudy.mock_server.app import create_app
from understudy.specs import Contract, ContractError, load_folder
from understudy.specs.reading import cache

LENDING = Path(__file__).parents[1] / "sixth"
FILES = {
    name: yaml.safe_load((LENDING / name).read_text("utf-8")) for name in ("openapi.yaml", "clauses.yaml", "seed.yaml")
}

Steps = tuple[Any, ...]
GONE = "(deleted)"


def places(node: Any, steps: Steps = ()) -> Iterator[Steps]:
    """The way to every value below a node."""
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, part in parts:
        yield (*steps, name)
        yield from places(part, (*steps, name))


PLACES = [(file, steps) for file, content in FILES.items() for steps in places(content)]
VALUES = st.one_of(
    st.sampled_from([GONE, None, True, 0, -1, 7, 2.5, 10**30, "", "x", "{items}", "#/components/schemas/Book", [], {}]),
    st.sampled_from([["x"], [[]], [{}], {"x": 1}, {"$ref": "#/components/schemas/Book"}, {"$ref": 1}, {"$ref": "#"}]),
    st.text(max_size=5),
    st.recursive(st.none() | st.integers() | st.text(max_size=3), lambda below: st.lists(below, max_size=2)),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("fuzzed") / "lending"
    path.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        # Nothing that is loaded here is worth keeping.
        patch.setattr(cache, "cache_folder", lambda kind: None)
        yield path


def changed(file: str, steps: Steps, value: Any) -> dict[str, Any]:
    files = copy.deepcopy(FILES)
    holder = files[file]
    for step in steps[:-1]:
        holder = holder[step]
    if value == GONE:
        del holder[steps[-1]]
    else:
        holder[steps[-1]] = value
    return files


ANY_CHANGE = given(place=st.sampled_from(PLACES), value=VALUES)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@ANY_CHANGE
@example(place=("openapi.yaml", ("paths", "/books", "post", "responses", "201", "content")), value=GONE)
@example(place=("openapi.yaml", ("components", "securitySchemes", "card")), value={"$ref": "#/components/schemas/Book"})
@example(place=("openapi.yaml", ("components", "securitySchemes")), value={"$ref": "#/components/schemas/Book"})
@example(place=("openapi.yaml", ("components", "schemas", "Book")), value={"$ref": "#/components/schemas/Book"})
@example(
    place=("openapi.yaml", ("components", "schemas", "Book")), value={"allOf": [{"$ref": "#/components/schemas/Book"}]}
)
@example(place=("openapi.yaml", ("paths", "/books")), value={"$ref": "#/paths/~1books~1{book_id}"})
@example(place=("openapi.yaml", ("paths", "/books", "post", "responses")), value={"2XX": {"description": "Fine."}})
def test_a_contract_with_one_place_changed_is_loaded_or_refused(
    folder: Path, place: tuple[str, Steps], value: Any
) -> None:
    load_changed(folder, *place, value)


@pytest.mark.long
@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@ANY_CHANGE
def test_a_contract_with_any_place_changed_is_loaded_or_refused(
    folder: Path, place: tuple[str, Steps], value: Any
) -> None:
    load_changed(folder, *place, value)


def load_changed(folder: Path, file: str, steps: Steps, value: Any) -> None:
    """Load a contract with one place changed, and serve it if it can be loaded."""
    for name, content in changed(file, steps, value).items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")

    try:
        outcome: Contract | str = load_folder(folder)
    except ContractError as error:
        outcome = str(error)
        assert "\n" not in outcome

    if isinstance(outcome, Contract):
        outcome = served(outcome)
    assert outcome.startswith(("served", str(folder))), outcome


def served(contract: Contract) -> str:
    """Starts the application of a contract and reads every list; why it does not start, if that is so."""
    try:
        app = create_app(contracts=[contract], behaviours={contract.api: lending})
    except ContractError as error:
        return str(error)
    assert max(asyncio.run(statuses(app, contract)), default=0) < 500
    return "served"


async def statuses(app: Any, contract: Contract) -> set[int]:
    scheme = next(iter(contract.schemes.values()), ("Bearer",))[0]
    # A scheme may have become any text.
    headers = {"Authorization": f"{scheme} {contract.seed['callers'][0]['token']}".encode()}
    found = set()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://mock", headers=headers) as client:
        for operation in contract.operations.values():
            if operation.method == "GET":
                reply = await client.get(re.sub(r"\{[^}]*\}", "1", operation.path))
                found.add(reply.status_code)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "a: 2025-99-99",
        "a: &a [*a]",
        "a: !!binary x",
        "a: !!float x",
        "a: .nan",
        "? [1, 2]\n: 3",
        "a: !!python/object:os.system x",
        "\x00",
        "[" * 5000,
        "",
        "7",
        "- 1",
    ],
)
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_holds_something_else_is_refused(folder: Path, name: str, text: str) -> None:
    for other, content in FILES.items():
        (folder / other).write_text(json.dumps(content), encoding="utf-8")
    (folder / name).write_text(text, encoding="utf-8")

    with pytest.raises(ContractError, match=f"{folder}/{name}: "):
        load_folder(folder)


def test_a_file_that_is_not_text_is_refused(folder: Path) -> None:
    (folder / "openapi.yaml").write_bytes(b"\xff\xfe\xfa")

    with pytest.raises(ContractError, match=f"{folder}/openapi.yaml: line 1, column "):
        load_folder(folder)
