"""Credentials are not shown."""

from __future__ import annotations

import pytest

from understudy.conformance.evidence.secrets import Secrets, variable

SECRETS = Secrets({"default": "tok-1", "other": "tok-1-longer"})


def test_a_token_is_shown_as_its_variable() -> None:
    assert SECRETS.text("Bearer tok-1") == "Bearer $TOKEN"


def test_a_token_that_contains_another_is_replaced_as_a_whole() -> None:
    assert SECRETS.text("tok-1-longer") == "$TOKEN_OTHER"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"access_token": "abc", "b": 1}', '{"access_token": "[hidden]", "b": 1}'),
        ('{"password":"a\\"b"}', '{"password":"[hidden]"}'),
        ("grant_type=x&client_secret=abc&y=1", "grant_type=x&client_secret=[hidden]&y=1"),
    ],
)
def test_members_that_are_credentials_are_hidden(text: str, shown: str) -> None:
    assert SECRETS.text(text) == shown


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Authorization", "Bearer tok-1", "Bearer $TOKEN"),
        ("Authorization", "Bearer somebody-elses", "Bearer [hidden]"),
        ("Set-Cookie", "session=1", "[hidden]"),
        ("Accept", "*/*", "*/*"),
    ],
)
def test_headers_that_are_credentials_are_always_hidden(name: str, value: str, shown: str) -> None:
    assert SECRETS.header(name, value) == shown


@pytest.mark.parametrize("text", ["created_at", "the state", "tt", "t1", "1t", "té", "étage"])
def test_a_short_token_is_not_replaced_within_a_word(text: str) -> None:
    assert Secrets({"default": "t"}).text(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Bearer t", "Bearer $TOKEN"),
        ('{"a":"t"}', '{"a":"$TOKEN"}'),
        ("?a=t&b=%20t", "?a=$TOKEN&b=%20$TOKEN"),
        ("\\nt \\u00e9t", "\\n$TOKEN \\u00e9$TOKEN"),
    ],
)
def test_a_short_token_is_replaced_as_a_whole_word(text: str, shown: str) -> None:
    assert Secrets({"default": "t"}).text(text) == shown


def test_a_long_token_is_replaced_within_a_word_too() -> None:
    assert Secrets({"default": "s3cr3t-8"}).text("xs3cr3t-8y") == "x$TOKENy"


def test_variables_are_named_after_roles() -> None:
    assert (variable("default"), variable("other")) == ("TOKEN", "TOKEN_OTHER")
