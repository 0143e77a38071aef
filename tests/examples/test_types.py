"""TypeScript types are made from the documents that the mock serves."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml
from packages import PATIENCE, Tool

from understudy.specs import apis

pytestmark = pytest.mark.long

#: What is served beside the APIs: the mock's own control operations.
CONTROL = "control"


@pytest.fixture(scope="module")
def types(packages: Path, mock_address: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the types of every served document, all made by one run: starting one takes longer."""
    folder = tmp_path_factory.mktemp("types")
    documents = {CONTROL: "openapi.json", **{api: f"openapi/{api}.json" for api in apis()}}
    settings = {
        name: {"root": f"{mock_address}/_mock/{path}", "x-openapi-ts": {"output": f"{name}.d.ts"}}
        for name, path in documents.items()
    }
    (folder / "redocly.yaml").write_text(yaml.safe_dump({"apis": settings}))
    command = [packages / "node_modules" / ".bin" / "openapi-typescript", "--redocly", folder / "redocly.yaml"]
    subprocess.run(command, cwd=packages, capture_output=True, timeout=PATIENCE, check=True)
    return folder


@pytest.mark.parametrize("api", apis())
def test_every_served_document_has_types(types: Path, api: str) -> None:
    assert "export interface paths" in (types / f"{api}.d.ts").read_text()


def test_the_control_operations_have_types(types: Path) -> None:
    assert "force_reply" in (types / f"{CONTROL}.d.ts").read_text()


def test_a_typed_front_end_compiles_and_a_wrong_one_does_not(tool: Tool, mock_address: str, packages: Path) -> None:
    document = f"{mock_address}/_mock/openapi/participant-kit.json"
    tool("openapi-typescript", document, "--output", str(packages / "types" / "participant-kit.d.ts"))

    run = tool("tsc")

    assert run.returncode == 0, run.stdout
