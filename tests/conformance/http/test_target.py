"""The target as described by options, the environment and a file."""

from __future__ import annotations

import pytest

from understudy.conformance import Target
from understudy.conformance.evidence.errors import UsageError
from understudy.conformance.http.target import pairs, roles, tokens
from understudy.specs import load

KIT = roles(load("consent-kit"))


@pytest.mark.parametrize("url", ["example.com", "ftp://example.com", "http://", "http://h/?a=1", "http://h/#x"])
def test_an_invalid_base_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        Target(url)


def test_a_slash_at_the_end_makes_no_difference() -> None:
    assert Target("http://h/api/").url == "http://h/api"


@pytest.mark.parametrize("url", ["http://[::1", "http://h:99999", "http://h:port"])
def test_an_invalid_host_or_port_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="its host or port cannot be used"):
        Target(url)


@pytest.mark.parametrize("who", ["me", "me:secret", ":secret"])
def test_a_password_in_the_address_is_refused_without_being_shown(who: str) -> None:
    with pytest.raises(UsageError, match="--header 'Authorization=Basic …'") as refused:
        Target(f"https://{who}@h:8/x")

    assert "secret" not in str(refused.value)


def test_an_unknown_role_is_refused_by_name() -> None:
    aim = Target("http://h", tokens={"boss": "x", "admin": "y"})

    with pytest.raises(UsageError, match=r"There is no role 'admin' or 'boss'. The roles are default, other\."):
        aim.for_api(load("consent-kit"))


@pytest.mark.parametrize(
    ("url", "local"),
    [("http://localhost:1", True), ("http://127.0.0.2", True), ("http://[::1]:1", True), ("http://h.example", False)],
)
def test_this_machine_is_distinguished_from_others(url: str, local: bool) -> None:
    assert Target(url).local is local


def test_a_token_without_a_role_is_that_of_the_first_role() -> None:
    assert Target("http://h", tokens={"default": "x"}).for_api(load("lookit")).tokens == {"default": "x", "admin": "x"}


@pytest.mark.parametrize(
    ("api", "names"),
    [
        ("consent-kit", "default other"),
        ("participant-kit", "default other"),
        ("prolific", "default collaborator"),
        ("forsta", "default other"),
        ("lookit", "default admin researcher participant outsider other collaborator"),
    ],
)
def test_the_roles_of_an_api_are_those_of_its_contract(api: str, names: str) -> None:
    assert roles(load(api)) == names.split()


def test_the_environment_may_hold_tokens_for_other_apis() -> None:
    assert tokens([], KIT, {"UNDERSTUDY_TOKEN_OTHER": "x", "UNDERSTUDY_TOKEN_ADMIN": "y"}) == {"other": "x"}


def test_a_token_may_hold_an_equals_sign() -> None:
    assert tokens(["other=a=b", "c1=d"], KIT, {}) == {"other": "a=b", "default": "c1=d"}


@pytest.mark.parametrize("role", ["colaborator", "second-org", "Other", "admin", "x"])
def test_a_misspelled_role_is_not_taken_for_a_token(role: str) -> None:
    with pytest.raises(UsageError, match=rf"There is no role '{role}'. The roles are default, other\.") as refused:
        tokens([f"{role}=s3cret"], KIT, {})

    assert "s3cret" not in str(refused.value)


def test_what_is_too_long_for_a_role_may_be_a_token_and_is_not_shown() -> None:
    with pytest.raises(UsageError, match="There is no role that --token number 2 begins with") as refused:
        tokens(["one", "abcdefghijklmnopqrst="], KIT, {})

    assert "abcdef" not in str(refused.value)


def test_a_token_that_begins_like_a_role_can_be_given_as_the_default_one() -> None:
    assert tokens(["default=colaborator=x"], KIT, {}) == {"default": "colaborator=x"}


def test_options_override_the_environment() -> None:
    environment = {"UNDERSTUDY_TOKEN": "env", "UNDERSTUDY_TOKEN_OTHER": "env-other"}

    assert tokens(["mine"], KIT, environment) == {"default": "mine", "other": "env-other"}


def test_pairs_need_a_name() -> None:
    with pytest.raises(UsageError, match="--set 'x' is not of the form NAME=VALUE"):
        pairs(["x"], "--set")
