"""TypeScript types are made from the documents that the mock serves."""

from __future__ import annotations

from pathlib import Path

import pytest
from npm import Npx

from specs import apis


@pytest.mark.parametrize("api", apis())
def test_every_served_document_has_types(npx: Npx, mock_address: str, tmp_path: Path, api: str) -> None:
    npx("openapi-typescript", f"{mock_address}/_mock/openapi/{api}.json", "--output", str(tmp_path / "types.d.ts"))

    assert "export interface paths" in (tmp_path / "types.d.ts").read_text()


def test_the_control_operations_have_types(npx: Npx, mock_address: str, tmp_path: Path) -> None:
    npx("openapi-typescript", f"{mock_address}/_mock/openapi.json", "--output", str(tmp_path / "types.d.ts"))

    assert "force_reply" in (tmp_path / "types.d.ts").read_text()


def test_a_typed_front_end_compiles_and_a_wrong_one_does_not(npx: Npx, mock_address: str, packages: Path) -> None:
    document = f"{mock_address}/_mock/openapi/participant-kit.json"
    npx("openapi-typescript", document, "--output", str(packages / "types" / "participant-kit.d.ts"))

    run = npx("tsc")

    assert run.returncode == 0, run.stdout
