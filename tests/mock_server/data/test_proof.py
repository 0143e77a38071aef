"""What would be a status 500 in the middle of a client's work stops the start, with file and place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from sixth import lending

from understudy.mock_server.app import create_app
from understudy.specs import ContractError, load_folder

LENDING = Path(__file__).parents[2] / "sixth"


def started(folder: Path, file: str, old: str, new: str) -> None:
    """Starts the throw-away contract with one text replaced by another."""
    (folder / "lending").mkdir()
    for name in ("openapi.yaml", "clauses.yaml", "seed.yaml"):
        text = (LENDING / name).read_text("utf-8")
        if name == file:
            assert old in text
            text = text.replace(old, new, 1)
        (folder / "lending" / name).write_text(json.dumps(yaml.safe_load(text), default=str), encoding="utf-8")
    create_app(contracts=[load_folder(folder / "lending")], behaviours={"lending": lending})


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        ("openapi.yaml", 'total: "{count}"', "total: many", ["~1books/get: the envelope", "/total"]),
        ("openapi.yaml", 'total: "{count}"', 'total: "{next}"', ["~1books/get: the envelope", "/total"]),
        ("openapi.yaml", 'code: "{status}"', 'code: "{message}"', ["/responses/404: the body of x-errors", "/code"]),
        ("openapi.yaml", 'why: "{message}", ', "", ["the body of x-errors", '"why"']),
        (
            "seed.yaml",
            "shelf_id: {reference",
            'id: {template: "{number}"}\n      shelf_id: {reference',
            ["/1 (books): a record"],
        ),
        ("seed.yaml", 'template: "Volume {number}"', "pool: nosuch", ["/populations/1", "no provider 'nosuch'"]),
        ("seed.yaml", "by: block, run: 7", "by: index, at: 9", ["/populations/1/values/shelf_id", "no record at 9"]),
    ],
)
def test_what_cannot_be_served_stops_the_start(tmp_path: Path, file: str, old: str, new: str, named: list[str]) -> None:
    with pytest.raises(ContractError) as refusal:
        started(tmp_path, file, old, new)

    assert str(refusal.value).startswith(f"{tmp_path}/lending/{file}: /")
    for part in named:
        assert part in str(refusal.value)


def test_a_schema_that_holds_itself_is_served(tmp_path: Path) -> None:
    member = 'sub: {$ref: "#/components/schemas/NewBook"}'

    started(
        tmp_path, "openapi.yaml", "title: {type: string, minLength: 1}", f"title: {{type: string}}\n        {member}"
    )
