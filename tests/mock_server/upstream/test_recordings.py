"""Recordings hold no credential, have stable names, and are whole or not there."""

from __future__ import annotations

import base64
import json
import logging
import threading
from pathlib import Path
from typing import Any

import pytest
from real import Mock, RealServer, Reply

from understudy.mock_server.upstream.recordings import Recorder

JSON = {"content-type": "application/json"}
SECRET = "s3same-0pen-w1de"
SIGNED = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcDEF-123"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where recordings go; it does not exist yet."""
    return tmp_path / "kept" / "here"


def kept(folder: Path) -> list[dict[str, Any]]:
    """All recordings."""
    return [json.loads(path.read_text()) for path in sorted(folder.iterdir())]


def test_an_exchange_is_one_readable_file_in_the_form_of_a_forced_reply(
    real: RealServer, mock: Mock, folder: Path
) -> None:
    real.reply = Reply(201, (b'{"id":7,"title":"Emma"}',), {**JSON, "x-total": "1", "date": "today", "server": "own"})
    client = mock(recorder=Recorder(folder))
    client.post("/v2/books?draft=1", json={"title": "Emma"})

    [path] = folder.iterdir()
    assert path.name.startswith("addBook-")
    assert path.read_text().startswith('{\n  "operation": "addBook",\n  "method": "POST",\n')
    assert json.loads(path.read_text()) == {
        "operation": "addBook",
        "method": "POST",
        "path": "/books",
        "query": {"draft": "1"},
        "request_body": {"title": "Emma"},
        "status": 201,
        "headers": {"content-type": "application/json", "x-total": "1"},
        "body": {"id": 7, "title": "Emma"},
        "times": None,
    }
    client.post("/_mock/replies", json=json.loads(path.read_text())).raise_for_status()


def test_the_same_request_has_the_same_file_with_the_last_reply(real: RealServer, mock: Mock, folder: Path) -> None:
    client = mock(recorder=Recorder(folder))
    for number, token in enumerate(["first-credential", "other-credential"]):
        real.reply = Reply(200, (b'{"id":%d,"title":"x"}' % number,))
        client.get("/v2/books/7?q=a&page=1", headers={"X-Shelf": token})
    client.get("/v2/books/7?q=b")

    assert sorted(each["body"]["id"] for each in kept(folder)) == [1, 1]


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        ({"headers": {"X-Shelf": SECRET}}, Reply(200, (b'{"id":7,"title":"%s"}' % SECRET.encode(),))),
        ({"headers": {"Authorization": f"Bearer {SECRET}"}}, Reply(200, (b'{"echo":["x %s y"]}' % SECRET.encode(),))),
        (
            {"headers": {"Authorization": "Basic " + base64.b64encode(f"me:{SECRET}".encode()).decode()}},
            Reply(200, (b'{"echo":"%s"}' % SECRET.encode(),)),
        ),
        ({"headers": {"Cookie": f"sid={SECRET}"}}, Reply(200, (b'{"%s":1}' % SECRET.encode(),))),
        ({"params": {"api_key": SECRET, "page": "1"}}, Reply(200, (b"{}",), {**JSON, "x-echo": SECRET})),
        ({}, Reply(200, (b"{}",), {**JSON, "set-cookie": f"sid={SECRET}", "x-auth-token": SECRET})),
        ({}, Reply(200, (b"{}",), {**JSON, "location": f"https://a.example/?x=1&token={SECRET}"})),
        ({"headers": {"X-Shelf": f"{SECRET} /+="}}, Reply(200, (b"{}",), {**JSON, "x-echo": f"{SECRET}%20%2F%2B%3D"})),
        ({}, Reply(200, (json.dumps({"credentials": {"deep": [SECRET]}, "password": SECRET}).encode(),))),
        ({}, Reply(200, (json.dumps({"next": f"/x?access_token={SECRET}&a=b"}).encode(),))),
        ({}, Reply(200, (json.dumps({"see": f"https://me:{SECRET}@a.example/"}).encode(),))),
        ({}, Reply(200, (json.dumps({"text": f"use {SIGNED} now"}).encode(),))),
        ({}, Reply(200, (f'<a href="?a=1">password: "{SECRET}"</a>'.encode(),), {"content-type": "text/html"})),
    ],
)
def test_no_credential_is_written_wherever_it_stands(
    real: RealServer, mock: Mock, folder: Path, request_: dict[str, Any], reply: Reply
) -> None:
    real.reply = reply
    mock(recorder=Recorder(folder)).get("/v2/books/7", **request_)

    [path] = folder.iterdir()
    assert SECRET not in path.read_text()
    assert SIGNED not in path.read_text()
    assert SECRET not in path.name
    assert "[redacted]" in path.read_text() or "set-cookie" in reply.headers


@pytest.mark.parametrize(
    "body",
    [
        {"json": {"title": "x", "login": {"Password": SECRET, "clientSecret": SECRET, "api-key": [SECRET]}}},
        {"data": {"user": "me", "password": SECRET}},
        {"files": {"token": (None, SECRET), "text": (None, "hello")}},
        {"content": f"password={SECRET}", "headers": {"content-type": "text/plain"}},
    ],
)
def test_no_credential_of_a_body_is_written(real: RealServer, mock: Mock, folder: Path, body: dict[str, Any]) -> None:
    mock(recorder=Recorder(folder)).post("/v2/books", **body)

    [path] = folder.iterdir()
    assert SECRET not in path.read_text()
    assert "[redacted]" in path.read_text()


def test_the_address_is_left_open_where_it_is_that_of_the_api(real: RealServer, mock: Mock, folder: Path) -> None:
    real.reply = Reply(200, (json.dumps([f"{real.address}/v2/books.", f"{real.address}/v20"]).encode(),))
    mock(recorder=Recorder(folder)).get("/v2/books")

    assert kept(folder)[0]["body"] == ["{base}/books.", f"{real.address}/v20"]


def test_a_credential_in_the_path_is_not_written(real: RealServer, mock: Mock, folder: Path) -> None:
    mock(recorder=Recorder(folder)).post(f"/v2/resets/{SECRET}", data={"new": "x"})

    assert [each["path"] for each in kept(folder)] == ["/resets/[redacted]"]


def test_numbers_and_lists_stay_what_they_are_and_other_words_are_left_alone(
    real: RealServer, mock: Mock, folder: Path
) -> None:
    value = {
        "token": 7,
        "has_token": True,
        "secret": None,
        "author": "Jane",
        "passage": "x",
        "pinned": 3,
        "design": "y",
    }
    real.reply = Reply(200, (json.dumps(value).encode(),))
    mock(recorder=Recorder(folder)).get("/v2/books/7")

    assert kept(folder)[0]["body"] == {**value, "token": 0}


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(401, (b'{"error": {"message": "no"}}',)), ""),
        (Reply(200, (b"\xff\xfe",), {"content-type": "image/png"}), "its body is not text"),
        (Reply(200, (b'{"id": 12345678901234567890123}',)), "its body has an integer of more than 64 bits"),
        (Reply(200, (b"[" * 300 + b"]" * 300,)), "its body is nested too deeply"),
    ],
)
def test_what_cannot_be_kept_is_said_and_passed_on(
    real: RealServer, mock: Mock, folder: Path, caplog: pytest.LogCaptureFixture, reply: Reply, reason: str
) -> None:
    real.reply = reply
    with caplog.at_level(logging.WARNING, "understudy"):
        received = mock(recorder=Recorder(folder)).get("/v2/books/7")

    assert (received.status_code, received.content) == (reply.status, b"".join(reply.pieces))
    assert list(folder.iterdir()) == []
    assert reason in caplog.text


def test_what_the_mock_answers_is_not_kept(real: RealServer, mock: Mock, folder: Path) -> None:
    real.reply = Reply(501)
    client = mock(recorder=Recorder(folder))
    client.get("/v2/books/1")
    client.get("/v2/books", headers={"Prefer": "code=503"})

    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ValueError, match="recordings cannot be written there"):
        Recorder(tmp_path / "file" / "below")


def test_a_reader_never_sees_half_a_recording(folder: Path) -> None:
    recorder, seen, ended = Recorder(folder), set(), threading.Event()
    asked = {"operation": "getBook", "method": "GET", "path": "/books/7"}

    def read() -> None:
        while not ended.is_set():
            seen.update(len(json.loads(path.read_text())["body"]) for path in folder.glob("*.json"))

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(40):
        recorder.keep(asked, {"status": 200, "headers": {}, "body": "x" * 300_000})
    ended.set()
    reader.join()

    assert seen <= {300_000}
    assert [path.suffix for path in folder.iterdir()] == [".json"]
