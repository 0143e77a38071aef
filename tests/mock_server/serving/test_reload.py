"""An edited contract is taken up without losing state; a broken edit leaves the last good one."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import httpx
import pytest
from live import TLS, running

from understudy.mock_server import create_app
from understudy.mock_server.serving.reload import Reloader
from understudy.specs.loading import HERE

Edit = Callable[[str, str, str], str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HERE / "consent_kit", tmp_path / "consent_kit"))


@pytest.fixture
def client(folder: Path) -> Iterator[httpx.Client]:
    headers = {"Authorization": "Bearer mock-token", "X-Mock-Session": "edited"}
    with (
        running(create_app(folders=[folder], watch=True)) as address,
        httpx.Client(base_url=address, headers=headers, timeout=30, verify=TLS) as client,
    ):
        while "watch" not in client.get("/_mock/health").json():
            time.sleep(0.01)
        yield client


@pytest.fixture
def edit(folder: Path, client: httpx.Client) -> Edit:
    """Replace a text in a file; what the mock says of it."""

    def change(name: str, before: str, after: str) -> str:
        report = client.get("/_mock/health").json()["watch"]
        text = (folder / name).read_text()
        assert before in text
        (folder / "edited").write_text(text.replace(before, after))
        (folder / "edited").replace(folder / name)
        deadline = time.monotonic() + 20
        while (now := client.get("/_mock/health").json()["watch"]) == report and time.monotonic() < deadline:
            time.sleep(0.05)
        return str(now)

    return change


def test_an_edited_document_is_taken_up(client: httpx.Client, edit: Edit) -> None:
    edit("openapi.yaml", "default: 20", "default: 7")

    assert len(client.get("/v1/projects").json()["data"]) == 7


def test_records_snapshots_and_clock_stay(client: httpx.Client, edit: Edit) -> None:
    event = _event(client)
    client.put("/_mock/snapshots/before")
    client.post("/_mock/clock/freeze")

    edit("openapi.yaml", "default: 20", "default: 7")

    outcome = client.get(f"/v1/events/{event}").status_code, client.get("/_mock/snapshots").json()["snapshots"]
    assert (*outcome, client.get("/_mock/clock").json()["frozen"]) == (200, ["before"], True)


def test_an_edited_token_is_known_at_once(client: httpx.Client, edit: Edit) -> None:
    edit("seed.yaml", "mock-other-token", "fresh-token")

    assert client.get("/v1/projects", headers={"Authorization": "Bearer fresh-token"}).status_code == 200


def test_an_edited_seed_is_what_new_sessions_begin_with(client: httpx.Client, edit: Edit) -> None:
    before = client.get("/v1/projects").json()["data"]
    edit("seed.yaml", "resource: project\n    count: 45", "resource: project\n    count: 3")

    fresh = client.get("/v1/projects", headers={"X-Mock-Session": "fresh"}).json()["data"]
    assert client.get("/v1/projects").json()["data"] == before
    assert len(fresh) == 3


@pytest.mark.parametrize(
    ("name", "before", "after", "reason"),
    [
        ("openapi.yaml", "default: 20", "default: [20", "while parsing"),
        ("openapi.yaml", "x-pagination:", "x-paginatoin:", "x-paginatoin"),
        ("seed.yaml", "resource: project", "resource: projekt", "projekt"),
        ("seed.yaml", "{pool: first_name}", "{pool: frist_name}", "frist_name"),
    ],
)
def test_a_broken_edit_is_reported_and_the_last_good_one_serves(
    client: httpx.Client, edit: Edit, name: str, before: str, after: str, reason: str
) -> None:
    report = edit(name, before, after)

    assert reason in report
    assert "was not reloaded" in report
    assert client.get("/v1/projects").status_code == 200


def test_an_emptied_document_is_told_by_name(folder: Path, client: httpx.Client, edit: Edit) -> None:
    whole = (folder / "openapi.yaml").read_text()

    assert "consent_kit/openapi.yaml: an OpenAPI document is an object" in edit("openapi.yaml", whole, "")


def test_a_file_that_is_still_being_written_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text("before")
    writing = iter(["", "half", "half of it", "half of it", "half of it"])
    read = []

    async def sleep(seconds: float) -> None:
        text = next(writing, None)
        if text is None:
            raise asyncio.CancelledError
        if text != file.read_text():
            file.write_text(text)

    class Server:
        def report_reload(self, text: str) -> None:
            """Nobody asks for it here."""

    def assemble() -> NoReturn:
        read.append(file.read_text())
        raise ValueError("enough")

    watch = Reloader([tmp_path], assemble, sleep)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(watch.run(Server()))

    assert read == ["half of it"]


def test_a_mended_edit_is_taken_up_after_all(client: httpx.Client, edit: Edit) -> None:
    edit("openapi.yaml", "default: 20", "default: [20")
    edit("openapi.yaml", "default: [20", "default: 9")

    assert len(client.get("/v1/projects").json()["data"]) == 9


def test_records_that_do_not_fit_any_more_are_told(client: httpx.Client, edit: Edit) -> None:
    event = _event(client)

    report = edit("openapi.yaml", "name: {type: string, ", "name: {type: string, maxLength: 3, ")

    assert "was reset" in report or "was not reloaded" in report
    assert event != ""


def test_a_lasting_store_is_not_watched(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="--watch"):
        create_app(["consent-kit"], store=f"sqlite:///{tmp_path}/state.db", watch=True)


def _event(client: httpx.Client) -> str:
    project = client.get("/v1/projects").json()["data"][0]["id"]
    return str(client.post("/v1/events", json={"name": "Kept", "project_id": project}).json()["id"])
