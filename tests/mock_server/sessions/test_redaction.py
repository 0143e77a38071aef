"""Secrets are found by their names in every kind of body, however it is cut, in a time that grows with its size."""

from __future__ import annotations

import time
from typing import Any

import pytest

from understudy.mock_server.sessions.redaction import redacted_body, redacted_members

_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        ('{"password": "s3cret", "deep": [{"api_key": "s3cret"}]}', _JSON),
        ('{"password": 1531337, "deep": [{"token": ["s3cret", {"a": "s3cret"}]}]}', _JSON),
        ('{"secret": {"value": "s3cret"}, "Access-Token": 1531337.5, "apiKey": -1531337}', _JSON),
        ('[{"pass": 1, "x": {"client_secret": [1531337]}}]', "application/vnd.api+json"),
        ('{"password": "s3cret"', _JSON),
        ('{"password": "a \\" s3cret", "name": "x', _JSON),
        ('{"token":        ["a", ["s3cret", "]"], "s3cret"], "name": "x', _JSON),
        ('{"secret": {"a": [{"b": "}"}], "c": "s3cret"}, "name": "x', _JSON),
        ('{"secret": {"a": [{"b": "s3cret', _JSON),
        ('{"token": 1531337, "name": "x', _JSON),
        ('{"next": "https://a.example/?page=2&access_token=s3cret#top"}', _JSON),
        ('{"deep": ' + "[" * 251 + '{"password": {"a": "s3cret"}}' + "]" * 251 + "}", _JSON),
        ('{"token": "s3cret"}\n{"token": ["s3cret"]}\n', "application/x-ndjson"),
        ("password=s3cret&name=x", _FORM),
        ("user%5Bp%61ssword%5D=s3cret%20s3cret&name=x", _FORM),
        ("name=x&api-key=s3cret s3cret", _FORM),
        ("password = 's3cret s3cret'", "text/plain"),
        (
            '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\ns3cret\r\ns3cret\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        ),
    ],
)
def test_secrets_are_redacted(body: str, media_type: str) -> None:
    shown = str(redacted_body(body.encode(), media_type, complete=True))

    assert "s3cret" not in shown
    assert "1531337" not in shown
    assert "[redacted]" in shown


@pytest.mark.parametrize(
    ("body", "media_type", "shown"),
    [
        (b"", _JSON, None),
        (b'{"name": "token: x", "total": 3}', _JSON, {"name": "token: x", "total": 3}),
        (b'{"name": "token', _JSON, '{"name": "token'),
        (b'{"token": "x", "name": "y', _JSON, '{"token": [redacted], "name": "y'),
        (b"name=x&page=2&empty", _FORM, "name=x&page=2&empty"),
        (b"token=a&name=b", _FORM, "token=[redacted]&name=b"),
        (b"\xff\xfe", "text/plain", "\ufffd\ufffd"),
    ],
)
def test_everything_else_is_shown_as_it_was(body: bytes, media_type: str, shown: Any) -> None:
    assert redacted_body(body, media_type, complete=True) == shown


def test_a_credential_keeps_its_scheme_and_no_other_word() -> None:
    pairs = [("Authorization", "Bearer s3cret"), ("X-Api-Key", "two words"), ("a", "1"), ("a", "2")]

    assert redacted_members(pairs) == {"Authorization": "Bearer [redacted]", "X-Api-Key": "[redacted]", "a": "1, 2"}


@pytest.mark.parametrize(
    "text", ["token " * 3000, "token" * 3000, '"' * 15000, "token:" + "[" * 15000, "a:" * 8000, "&" * 15000]
)
@pytest.mark.parametrize("media_type", [_JSON, _FORM, "text/plain", "multipart/form-data"])
def test_the_time_to_redact_grows_with_the_text(text: str, media_type: str) -> None:
    started = time.thread_time()
    redacted_body(text.encode(), media_type, complete=True)

    assert time.thread_time() - started < 0.5
