"""The start screen of `understudy serve`: where to go, with which token, and a first request that works."""

import json
import re
import subprocess

import pytest
from live import served

from understudy.specs import apis, load


@pytest.mark.parametrize("names", [["consent-kit"], ["participant-kit", "lookit"], []], ids=["one", "two", "all"])
def test_the_start_screen_names_every_address_and_token_and_its_example_works(names: list[str]) -> None:
    with served(*names) as server:
        shown = server.logged("curl ")
        run = subprocess.run(
            re.findall(r"curl .*", shown)[0] + " -s -f",
            shell=True,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    for api in names or apis():
        prefix = "" if len(names) == 1 else f"/{api}"
        assert f"{server.address}{prefix} " in shown
        for raw in load(api).seed["callers"]:
            assert raw["token"] in shown
    assert run.returncode == 0, run.stderr
    assert isinstance(json.loads(run.stdout), dict)


def test_an_address_of_the_sixth_internet_protocol_is_written_as_such() -> None:
    with served("consent-kit", "--host", "::1") as server, server.client() as client:
        assert server.address.startswith("http://[::1]:")
        assert client.get("/v1/projects").status_code == 200


def test_two_locales_take_turns() -> None:
    with served("consent-kit", "--locale", "ja_JP", "--locale", "de_DE") as server, server.client() as client:
        names = [each["first_name"] for each in client.get("/v1/participants?limit=100").json()["data"]]

    assert {any(ord(letter) > 0x3000 for letter in name) for name in names} == {True, False}


def test_the_size_multiplies_what_is_seeded() -> None:
    with served("consent-kit", "--size", "3") as server, server.client() as client:
        assert len(client.get("/v1/participants?limit=1000").json()["data"]) == 390
