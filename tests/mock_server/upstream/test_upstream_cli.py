"""`--upstream`, `--pass`, `--replay` and `understudy record`: what they refuse, and that prepared APIs work with them."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from live import served, understudy

from understudy.mock_server.sessions.forced_reply import forced_reply_errors
from understudy.specs.loading import refuse


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["serve", "consent-kit", "--upstream", "localhost"], "--upstream takes an address such as"),
        (
            ["serve", "consent-kit", "--upstream", "https://a:b@c.example"],
            "--upstream takes an address without a credential",
        ),
        (["serve", "--upstream", "http://localhost:1"], "--upstream takes one API"),
        (["serve", "consent-kit", "--pass", "list_projects"], "--pass needs --upstream URL"),
        (
            ["serve", "consent-kit", "--upstream", "http://localhost:1", "--pass", "list_project"],
            "--pass: there is no operation 'list_project'; did you mean list_projects",
        ),
        (["serve", "consent-kit", "--replay", "nowhere"], "nowhere: there is no folder with recordings"),
        (
            ["record", "consent-kit", "--upstream", "ftp://a.example", "-o", "FOLDER"],
            "--upstream takes an address such as",
        ),
        (["record", "nothing", "--upstream", "http://localhost:1", "-o", "FOLDER"], "There is no API 'nothing'"),
        (
            ["record", "consent-kit", "--upstream", "http://localhost:1", "-o", "FOLDER", "--pass", "list_project"],
            "--pass: there is no operation 'list_project'; did you mean list_projects",
        ),
        (
            ["record", "consent-kit", "--upstream", "http://localhost:1", "-o", "/dev/null/below"],
            "/dev/null/below: recordings cannot be written there",
        ),
    ],
)
def test_wrong_usage_is_one_sentence(arguments: list[str], reason: str, tmp_path: Path) -> None:
    given = [each.replace("FOLDER", str(tmp_path)) for each in arguments]
    run = understudy(*given, "--port", "0")

    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith(f"understudy: {reason}")
    assert run.stderr.count("\n") == 1


def test_a_record_without_an_output_is_refused() -> None:
    assert understudy("record", "consent-kit", "--upstream", "http://localhost:1").returncode == 2


def test_a_prepared_api_is_passed_on_recorded_and_replayed(tmp_path: Path) -> None:
    path = "/v1/participants?limit=3"
    with served("consent-kit", "--seed", "7") as real:
        options = ("--upstream", real.address, "-o", str(tmp_path), "--pass", "list_participants")
        with served(*options, command=["record", "consent-kit"]) as mock:
            with mock.client() as client:
                kept = client.get(path)
                refused = client.get(path, headers={"Authorization": "Bearer wrong-credential"})
                client.get("/v1/projects")
                recorded = client.get("/_mock/requests").json()["requests"]
            assert real.address in mock.logged("which all sessions share")
        with (
            served("consent-kit", "--upstream", real.address, "--pass", "list_participants") as mock,
            mock.client() as client,
        ):
            assert client.get(path).json() == kept.json()
            client.get("/v1/projects")
            journal = client.get("/_mock/requests").json()["requests"]
    assert [each["answered_by"] for each in journal] == ["upstream", "mock"]
    assert refused.status_code == 401
    assert [(each["answered_by"], each["breaches"]) for each in recorded] == [("upstream", [])] * 3

    [recording] = tmp_path.iterdir()
    assert "mock-token" not in recording.read_text()
    with served("consent-kit", "--replay", str(tmp_path)) as mock, mock.client() as client:
        again = client.get(path)
        assert again.json() == kept.json() != client.get("/v1/participants?limit=4").json()
        assert client.get(path, headers={"Authorization": ""}).status_code == 401
        spec = json.loads(recording.read_text())
        httpx.post(f"{mock.address}/_mock/replies", json=spec, trust_env=False).raise_for_status()
    assert forced_reply_errors(spec) == []
    refuse("scenario", {"title": "As recorded", "about": "What staging answered.", "replies": [spec]})
