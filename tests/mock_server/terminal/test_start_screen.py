"""The start screen of `understudy serve`: where to go, with which token, and a first request that works."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from live import served

from understudy.specs import apis, load

#: As many as fit on a screen beside what a shell says.
DOZEN, COLUMNS = 12, 80
SHOP = Path(__file__).parents[1] / "engine/inferred/shop.yaml"

DOCUMENT = """
openapi: 3.0.3
info: {title: Pets, version: "1"}
security: [{key: []}]
paths:
  /pets:
    get: {operationId: listPets, responses: {"200": {description: Pets}}}
components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}
"""


@pytest.fixture
def documents(tmp_path: Path) -> list[str]:
    """Nine documents with names of one length."""
    files = [tmp_path / f"document-{number}.yaml" for number in range(9)]
    for file in files:
        file.write_text(DOCUMENT)
    return [str(file) for file in files]


def screen(*arguments: str) -> tuple[str, str]:
    """What is shown before the server is ready, and the reply to the request that it suggests."""
    with served(*arguments) as server:
        shown = server.logged("curl ")
        command = shown[shown.index("curl ") :].replace("curl ", "curl -s -f ", 1)
        run = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60, check=False)
        assert run.returncode == 0, command
        return shown.replace(server.address, "http://127.0.0.1:12345"), run.stdout


@pytest.mark.parametrize("names", [[], *([api] for api in apis()), ["participant-kit", "lookit"]], ids=str)
def test_it_fits_a_small_terminal_and_its_example_works(names: list[str]) -> None:
    shown, reply = screen(*names)

    assert len(shown.splitlines()) <= DOZEN
    assert max(map(len, shown.splitlines())) <= COLUMNS
    assert isinstance(json.loads(reply), dict | list)
    for api in names or apis():
        prefix = "" if len(names) == 1 else f"/{api}"
        assert f"http://127.0.0.1:12345{prefix} " in shown
        assert load(api).seed["callers"][0]["token"] in shown


@pytest.mark.parametrize("api", apis())
def test_one_api_shows_every_token_with_its_role(api: str) -> None:
    shown, _ = screen(api)

    for raw in load(api).seed["callers"]:
        assert f"{raw['token']} ({raw['role']})" in shown


def test_a_path_of_a_document_is_an_address_to_a_shell_and_to_a_terminal(tmp_path: Path) -> None:
    file = tmp_path / "pets.yaml"
    file.write_text(DOCUMENT.replace("/pets:", r'"/pets \e[31m$(touch taken)\"' "'" 'é":'))
    with served(str(file)) as server:
        shown = server.logged("curl ")
        subprocess.run(shown[shown.index("curl ") :], shell=True, cwd=tmp_path, capture_output=True, check=False)

    assert "\x1b" not in shown
    assert "/pets%20%1B%5B31m$(touch%20taken)%22" in shown
    assert [each.name for each in tmp_path.iterdir()] == ["pets.yaml"]


def test_many_documents_are_counted(documents: list[str]) -> None:
    shown, _ = screen(*documents)

    assert len(shown.splitlines()) <= DOZEN
    assert "and 4 more, which the dashboard lists" in shown
    assert "0 of 9 operations keep state, the others answer examples" in shown
    assert "any token" in shown


def test_an_operation_that_changes_a_record_keeps_state() -> None:
    shown, _ = screen(str(SHOP))

    assert "understood all operations keep state" in shown


def test_a_document_without_operations_is_said_to_have_none(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("openapi: 3.0.0\n", "utf-8")
    shown, _ = screen(str(tmp_path / "empty.yaml"))

    assert "understood no operations, so that every address is unknown" in shown


def test_what_follows_the_live_api_is_counted_and_can_be_listed() -> None:
    shown, _ = screen("prolific", "--later")

    assert re.search(r"later +prolific in \d+ points; see understudy apis --later", shown)
