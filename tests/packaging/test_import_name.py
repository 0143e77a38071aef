"""The names that `understudy` gives, the mock for scripts among them, and the version of the command."""

from __future__ import annotations

import subprocess
import sys
import threading
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest
from live import understudy as command

import understudy
from understudy import serve


def test_every_public_name_is_there() -> None:
    assert [name for name in understudy.__all__ if not hasattr(understudy, name)] == []


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = understudy.nothing  # type: ignore[attr-defined]


def test_the_packages_are_attributes_without_an_import_of_their_own() -> None:
    code = (
        "import understudy; print(understudy.specs.apis()[0], understudy.mock_server.serve, understudy.conformance.run)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)

    assert run.stdout.startswith("consent-kit <function serve")


def test_the_version_is_that_of_the_distribution() -> None:
    assert command("--version").stdout == f"understudy {version('understudy')}\n"


def test_serve_gives_clients_addresses_and_control() -> None:
    with serve("lookit") as mock:
        statuses = [mock.client(role=role).get("/api/v1/users/").status_code for role in ("admin", "")]
        httpx.get(f"{mock.url('lookit')}/api/v1/users/", trust_env=False)
        mock.control.assert_requests(3)

    assert statuses == [200, 401]
    assert mock.url() == mock.root


def test_serve_takes_the_options_of_the_application(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/state.db"
    with serve("participant-kit", seed=7, scenario="one-of-everything", store=store) as mock:
        study = mock.client().get("/v1/studies").json()["data"][0]["id"]
        mock.client().delete(f"/v1/studies/{study}")
    with serve("participant-kit", seed=7, scenario="one-of-everything", store=store) as mock:
        assert mock.client().get("/v1/studies").json()["data"] == []


def test_serve_without_names_serves_every_api() -> None:
    with serve() as mock:
        assert {api: mock.client(api).base_url.path for api in understudy.specs.apis()} == {
            api: f"/{api}/" for api in understudy.specs.apis()
        }


def test_nothing_is_left_when_the_block_ends() -> None:
    before = threading.active_count()
    with serve("consent-kit") as mock:
        client = mock.client()

    assert client.is_closed
    assert threading.active_count() == before
    with pytest.raises(httpx.ConnectError):
        httpx.get(mock.root, trust_env=False)


def test_an_unknown_api_is_refused_before_anything_starts() -> None:
    with pytest.raises(understudy.specs.ContractError, match="nothing"), serve("nothing"):
        pass


@pytest.mark.parametrize(
    ("line", "word", "offered"),
    [
        ("understudy s", 1, {"serve"}),
        ("understudy serve p", 2, {"participant-kit", "prolific"}),
        ("understudy serve --lo", 2, {"--locale", "--log"}),
        ("understudy serve --log ", 3, {"auto", "text", "json", "off"}),
    ],
)
def test_a_shell_completes_commands_options_and_names(
    line: str, word: int, offered: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"_UNDERSTUDY_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(word)}
    for name, value in asked.items():
        monkeypatch.setenv(name, value)

    assert set(command().stdout.split()) == offered


def test_the_apis_are_listed_with_what_later_changes() -> None:
    plain, later = (command("apis", *options).stdout.splitlines() for options in ((), ("--later",)))

    assert len(plain) == len(understudy.specs.apis())
    assert set(plain) < set(later)
