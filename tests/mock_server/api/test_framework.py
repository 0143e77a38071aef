"""Connexion is imported without what a server has no use for, and finds it once it is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest


def python(code: str) -> str:
    """What a fresh interpreter prints."""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    return run.stdout.strip()


def test_a_server_loads_neither_a_client_nor_the_kit() -> None:
    unneeded = "{'httpx', 'requests', 'urllib3', 'pygments', 'starlette.testclient', 'schemathesis'}"

    assert python(f"import understudy.mock_server.api.build, sys; print({unneeded} & set(sys.modules))") == "set()"


@pytest.mark.parametrize(
    ("module", "name", "wanted"),
    [("json_schema.requests", "get", "requests.api"), ("security.httpx", "AsyncClient", "httpx")],
)
def test_connexion_finds_its_clients_once_it_asks_for_them(module: str, name: str, wanted: str) -> None:
    code = f"import understudy.mock_server.api.build, connexion; print(connexion.{module}.{name}.__module__)"

    assert python(code) == wanted


@pytest.mark.parametrize("name", ["httpx", "requests", "starlette.testclient"])
def test_what_was_loaded_before_stays(name: str) -> None:
    code = (
        f"import {name}, sys; was = sys.modules['{name}']; "
        f"import understudy.mock_server.api.build; print(sys.modules['{name}'] is was)"
    )

    assert python(code) == "True"


@pytest.mark.parametrize("name", ["httpx", "requests", "starlette.testclient"])
def test_whoever_wants_one_afterwards_gets_the_real_one(name: str) -> None:
    code = f"import understudy.mock_server.api.build; import {name} as found; print(bool(found.__file__))"

    assert python(code) == "True"
