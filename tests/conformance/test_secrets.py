"""Credentials stay out of what is shown."""

from __future__ import annotations

import pytest

from conformance.secrets import Secrets, variable

SECRETS = Secrets({"default": "tok-1", "other": "tok-1-longer"})


def test_a_token_is_shown_as_its_variable() -> None:
    assert SECRETS.text("Bearer tok-1") == "Bearer $TOKEN"


def test_a_token_that_holds_another_one_is_replaced_whole() -> None:
    assert SECRETS.text("tok-1-longer") == "$TOKEN_OTHER"


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ('{"access_token": "abc", "b": 1}', '{"access_token": "[hidden]", "b": 1}'),
        ('{"password":"a\\"b"}', '{"password":"[hidden]"}'),
        ("grant_type=x&client_secret=abc&y=1", "grant_type=x&client_secret=[hidden]&y=1"),
    ],
)
def test_members_that_are_credentials_are_hidden(told: str, shown: str) -> None:
    assert SECRETS.text(told) == shown


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Authorization", "Bearer tok-1", "Bearer $TOKEN"),
        ("Authorization", "Bearer somebody-elses", "Bearer [hidden]"),
        ("Set-Cookie", "session=1", "[hidden]"),
        ("Accept", "*/*", "*/*"),
    ],
)
def test_headers_that_are_credentials_are_hidden_whosever_they_are(name: str, value: str, shown: str) -> None:
    assert SECRETS.header(name, value) == shown


def test_a_text_is_known_to_hold_a_credential() -> None:
    assert SECRETS.known("x tok-1 y")
    assert not SECRETS.known("tok-2")


def test_variables_are_named_after_roles() -> None:
    assert (variable("default"), variable("other")) == ("TOKEN", "TOKEN_OTHER")
