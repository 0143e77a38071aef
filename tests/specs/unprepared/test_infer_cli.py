"""`understudy infer`: a table, an Overlay, and clear errors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

SHOP = """
openapi: 3.1.0
info: {title: Shop, version: 1}
paths:
  /goods:
    get:
      operationId: listGoods
      parameters:
        - {name: page, in: query, schema: {type: integer}}
        - {name: colour, in: query, schema: {type: string}}
      responses:
        '200': {description: fine, content: {application/json: {schema: {$ref: '#/components/schemas/Goods'}}}}
  /goods/{id}:
    get:
      operationId: getGood
      responses: {'200': {description: fine, content: {application/json: {schema: {$ref: '#/components/schemas/Good'}}}}}
  /reindex: {post: {summary: "[bold]now\\x1b[31m", responses: {'202': {description: fine}}}}
components:
  schemas:
    Goods: {type: array, items: {$ref: '#/components/schemas/Good'}}
    Good: {type: object, properties: {id: {type: integer}, colour: {type: string}}}
"""


ODD = """openapi: 3.2.0
info: {title: Odd, version: 1}
paths:
  /a:
    get: {operationId: one, responses: {'200': {description: fine}}}
    query: {operationId: two, responses: {'200': {description: fine}}}
    additionalOperations: {COPY: {responses: {'200': {description: fine}}}}
  /b:
    get:
      operationId: one
      responses: {'200': {description: fine}}
"""


def understudy(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "understudy", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP, "utf-8")
    return path


def test_the_table_has_one_row_an_operation(shop: Path) -> None:
    done = understudy("infer", str(shop))
    lines = [line.split() for line in done.stdout.splitlines()]

    assert (done.returncode, done.stderr) == (0, "")
    assert lines[0] == ["operation", "action", "resource", "id", "paging", "filters", "rule"]
    assert lines[1] == ["listGoods", "list", "good", "id", "page", "colour", "R2"]
    assert lines[2] == ["getGood", "read", "good", "id", "R3"]
    assert lines[3][:3] == ["POST", "/reindex", "custom"]


def test_what_cannot_be_honoured_is_said_with_file_line_and_place(tmp_path: Path) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(ODD, "utf-8")
    done = understudy("infer", str(path))

    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        f"understudy: {path}: line 6: /paths/~1a/query: the method QUERY is not answered here",
        f"understudy: {path}: line 7: /paths/~1a/additionalOperations/COPY: the method COPY is not answered here",
        f"understudy: {path}: line 10: /paths/~1b/get/operationId: another operation before it is called 'one', "
        "so this one is 'GET /b'",
    ]


def test_the_overlay_can_be_given_back(shop: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "shop.overlay.yaml"
    written = understudy("infer", str(shop), "-o", str(overlay))
    again = understudy("infer", str(shop), "--overlay", str(overlay))

    assert written.returncode == again.returncode == 0
    assert "1 resource; 2 of 3 operations keep state" in written.stdout
    assert again.stderr == ""
    assert again.stdout == understudy("infer", str(shop)).stdout
    assert [action["target"] for action in yaml.safe_load(overlay.read_text("utf-8"))["actions"]] == [
        "$",
        "$.paths['/goods'].get",
        "$.paths['/goods/{id}'].get",
        "$.paths['/reindex'].post",
    ]


def test_what_cannot_be_read_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_text("swagger: '1.2'\n", "utf-8")
    done = understudy("infer", str(tmp_path / "old.yaml"))

    assert done.returncode == 2
    assert done.stderr.startswith("understudy: ")
    assert "old.yaml: line 1: /swagger: 1.2 is not a version" in done.stderr


def test_a_folder_that_does_not_exist_is_reported(shop: Path, tmp_path: Path) -> None:
    done = understudy("infer", str(shop), "-o", str(tmp_path / "no" / "o.yaml"))

    assert (done.returncode, done.stderr) == (2, f"understudy: {tmp_path}/no/o.yaml: No such file or directory\n")


def test_an_overlay_that_is_there_is_not_overwritten(shop: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "shop.overlay.yaml"
    overlay.write_text("edited: by hand\n", "utf-8")
    done = understudy("infer", str(shop), "-o", str(overlay))

    problem = "it exists already, and is not overwritten; remove it first, or name another file"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"understudy: {overlay}: {problem}\n")
    assert overlay.read_text("utf-8") == "edited: by hand\n"


def test_a_file_with_nothing_in_it_is_written(shop: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "made-by-mktemp"
    overlay.touch()

    assert understudy("infer", str(shop), "-o", str(overlay)).returncode == 0
    assert "actions" in yaml.safe_load(overlay.read_text("utf-8"))
