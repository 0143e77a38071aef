"""Obtaining and renewing an access token."""

from __future__ import annotations

import httpx
import pytest
from forsta_client import Forsta

FORM = {"grant_type": "api-user", "scope": "pub.surveys"}


def login(forsta: Forsta, form: dict[str, str], **options: object) -> httpx.Response:
    return forsta.as_(None).post("/identity/connect/token", data=form, **options)  # type: ignore[arg-type]


@pytest.mark.clauses("FO-163", "FO-165")
def test_a_client_logs_in_with_its_id_and_secret_and_uses_the_token(forsta: Forsta) -> None:
    reply = login(forsta, {**FORM, "client_id": "my-client", "client_secret": "my-secret"})

    assert reply.status_code == 200
    assert reply.json() == {"access_token": "mock-token", "expires_in": 3600, "token_type": "Bearer"}
    read = forsta.as_(reply.json()["access_token"]).get("/v1/surveys/p1231234/respondents/data/1")
    assert read.status_code == 200


@pytest.mark.clauses("FO-164")
def test_id_and_secret_may_come_as_basic_authentication(forsta: Forsta) -> None:
    reply = login(forsta, FORM, auth=("mock-other-client", "any-secret"))

    assert reply.status_code == 200
    assert reply.json()["access_token"] == "mock-other-token"


@pytest.mark.clauses("FO-163")
def test_a_client_renews_by_logging_in_again(forsta: Forsta) -> None:
    form = {**FORM, "client_id": "my-client", "client_secret": "my-secret"}

    assert login(forsta, form).json() == login(forsta, form).json()


@pytest.mark.clauses("FO-166")
def test_another_grant_is_refused(forsta: Forsta) -> None:
    reply = login(forsta, {"grant_type": "password", "client_id": "a", "client_secret": "b"})

    assert reply.status_code == 400
    assert "grant_type" in reply.json()["message"]


@pytest.mark.clauses("FO-166")
@pytest.mark.parametrize(
    "sent", [{}, {"client_id": "a"}, {"client_secret": "b"}, {"client_id": "", "client_secret": ""}]
)
def test_a_client_that_does_not_say_who_it_is_is_refused(forsta: Forsta, sent: dict[str, str]) -> None:
    reply = login(forsta, {**FORM, **sent})

    assert reply.status_code == 401
    assert reply.headers["www-authenticate"] == "Basic"


@pytest.mark.parametrize("credentials", ["!", "QQ==", "/////w=="])
def test_basic_authentication_that_cannot_be_read_counts_as_none(forsta: Forsta, credentials: str) -> None:
    assert login(forsta, FORM, headers={"Authorization": f"Basic {credentials}"}).status_code == 401


def test_a_login_in_json_is_of_the_wrong_type(forsta: Forsta) -> None:
    assert forsta.as_(None).post("/identity/connect/token", json=FORM).status_code == 415
