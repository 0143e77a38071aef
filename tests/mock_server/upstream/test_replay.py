"""What was recorded is answered again, without the real server; everything else by the mock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from real import Mock, RealServer, Reply, client_of, last

from understudy.mock_server.app import create_app
from understudy.mock_server.upstream.recordings import Recorder
from understudy.specs import Contract

JSON = {"content-type": "application/json"}


@pytest.fixture
def replayed(contract: Contract, real: RealServer, mock: Mock, tmp_path: Path) -> Iterator[httpx.Client]:
    """A client of a mock that replays three exchanges."""
    client = mock(recorder=Recorder(tmp_path / "kept"))
    address = real.address
    real.reply = lambda asked: Reply(
        200,
        (json.dumps({"id": 7, "title": asked.target, "next": f"{address}/v2/books?page=2"}).encode(),),
        {**JSON, "x-own": "1", "location": f"{address}/v2/books/7"},
    )
    client.get("/v2/books/7?q=a&page=1")
    client.post("/v2/books", json={"title": "Emma", "isbn_token": "x1234567"})
    real.reply = Reply(204, (), {})
    client.delete("/v2/books/7")
    with client_of(contract, replay=tmp_path / "kept") as again:
        yield again


def test_what_was_recorded_is_answered(replayed: httpx.Client, real: RealServer) -> None:
    count = len(real.asked)
    reply = replayed.get("/v2/books/7?page=1&q=a")

    assert (reply.json()["title"], reply.headers["x-own"]) == ("/v2/books/7?q=a&page=1", "1")
    assert last(replayed)["answered_by"] == "recording"
    assert replayed.delete("/v2/books/7").status_code == 204
    assert len(real.asked) == count


@pytest.mark.parametrize("status", [405, 501])
def test_what_the_server_does_not_have_is_said_to_the_method_and_path_that_asked_for_it(
    contract: Contract, real: RealServer, mock: Mock, tmp_path: Path, status: int
) -> None:
    client = mock(recorder=Recorder(tmp_path / "kept"), falls_back=False)
    real.reply = Reply(status)
    client.head("/v2/books/7")
    client.delete("/v2/books/7")
    with client_of(contract, replay=tmp_path / "kept") as again:
        for method, path, answered_by in (
            ("HEAD", "/v2/books/7", "recording"),
            ("DELETE", "/v2/books/7", "recording"),
            ("GET", "/v2/books/7", "mock"),
            ("DELETE", "/v2/books/8", "mock"),
        ):
            reply = again.request(method, path)
            assert last(again)["answered_by"] == answered_by
            assert (reply.status_code == status) == (answered_by == "recording")


def test_links_lead_to_the_mock(replayed: httpx.Client) -> None:
    reply = replayed.get("/_session/mine/v2/books/7?q=a&page=1")
    root = f"{str(replayed.base_url).rstrip('/')}/_session/mine/v2"

    assert reply.json()["next"] == f"{root}/books?page=2"
    assert reply.headers["location"] == f"{root}/books/7"


def test_bodies_are_compared_without_their_secrets(replayed: httpx.Client) -> None:
    same = {"isbn_token": "another-one", "title": "Emma"}

    assert replayed.post("/v2/books", json=same).json()["title"] == "/v2/books"
    assert replayed.post("/v2/books", json={**same, "title": "Persuasion"}).json()["title"] == "Persuasion"


@pytest.mark.parametrize("path", ["/v2/books/7?q=a", "/v2/books/7", "/v2/books/8?q=a&page=1", "/v2/books"])
def test_other_requests_are_answered_by_the_mock(replayed: httpx.Client, path: str) -> None:
    replayed.get(path)

    assert last(replayed)["answered_by"] == "mock"


def test_without_a_credential_nothing_recorded_is_given(replayed: httpx.Client) -> None:
    del replayed.headers["X-Shelf"]

    assert replayed.get("/v2/books/7?q=a&page=1").status_code == 401


def test_a_body_that_is_too_long_is_refused_in_the_form_of_the_apis_errors(replayed: httpx.Client) -> None:
    reply = replayed.post("/v2/books", content=b"x" * (4 * 1024 * 1024 + 1), headers=JSON)

    assert (reply.status_code, list(reply.json())) == (413, ["error"])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "this is not valid JSON"),
        ("[]", "a recording is an object"),
        ({"operation": "getBok", "status": 200}, "there is no operation 'getBok'; did you mean getBook"),
        ({"operation": "getBook", "status": "200"}, "the status is not one"),
        ({"operation": "getBook", "status": 99}, "the status is not one"),
        ({"operation": "getBook", "status": 200, "headers": {"a b": "c"}}, "the headers are not names"),
        ({"operation": "getBook", "status": 200, "headers": {"a": "c\r\nd: e"}}, "the headers are not names"),
        ({"operation": "getBook", "status": 200, "headers": {"a": 1}}, "the headers are not names"),
        ({"operation": "getBook", "status": 200, "headers": {"": "c"}}, "the headers are not names"),
        ({"operation": "getBook", "status": 200, "headers": {"a(b": "c"}}, "the headers are not names"),
        ({"operation": "getBook", "status": 200, "headers": {"a": "c\x01"}}, "the headers are not names"),
        ({"operation": ["getBook"], "status": 200}, "there is no operation"),
        ('{"operation": "getBook", "status": 200, "body": %s}' % ("[" * 300 + "]" * 300), "the recording is nested"),
        ('{"operation": "getBook", "status": 200, "path": %s}' % ("[" * 300 + "]" * 300), "the recording is nested"),
    ],
)
def test_a_file_that_is_not_a_recording_is_refused_by_name(
    contract: Contract, tmp_path: Path, text: Any, reason: str
) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "one.json").write_text(text if isinstance(text, str) else json.dumps(text))

    with pytest.raises(ValueError, match=rf"one\.json: {reason}"):
        create_app(contracts=[contract], replay=folder)


def test_a_folder_that_does_not_exist_is_refused(contract: Contract, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no folder with recordings"):
        create_app(contracts=[contract], replay=tmp_path / "nowhere")


def test_one_api_is_needed(contract: Contract, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="--replay takes one API"):
        create_app(["prolific"], contracts=[contract], replay=tmp_path)
