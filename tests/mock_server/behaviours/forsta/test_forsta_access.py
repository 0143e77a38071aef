"""Who may call what, and what is refused before an operation looks at its survey's data."""

from __future__ import annotations

from typing import Any

import pytest
from forsta_client import OPERATIONS, SOMEBODY_ELSES, Forsta

EACH = pytest.mark.parametrize(("method", "path", "body"), OPERATIONS)


@EACH
@pytest.mark.clauses("FO-001")
def test_a_bearer_token_opens_every_operation(forsta: Forsta, method: str, path: str, body: Any) -> None:
    assert forsta.call(method, path, json=body).status_code == 200


@EACH
@pytest.mark.clauses("FO-002", "FO-156")
def test_nothing_is_answered_without_a_token(forsta: Forsta, method: str, path: str, body: Any) -> None:
    reply = forsta.as_(None).request(method, f"/v1/surveys/p1231234/respondents/{path}", json=body)

    assert reply.status_code == 401
    assert reply.headers["www-authenticate"] == "Bearer"
    assert reply.json()["message"]


@pytest.mark.parametrize(
    ("token", "scheme"), [("nobody's", "Bearer"), ("mock-token", "Token"), ("mock-token", "Basic")]
)
@pytest.mark.clauses("FO-002")
def test_a_bad_token_or_scheme_is_refused(forsta: Forsta, token: str, scheme: str) -> None:
    reply = forsta.as_(token, scheme).get("/v1/surveys/p1231234/respondents/data")

    assert reply.status_code == 401
    assert reply.headers["www-authenticate"].startswith("Bearer")


@EACH
@pytest.mark.clauses("FO-003")
def test_a_known_token_without_rights_on_the_survey_is_forbidden(
    forsta: Forsta, method: str, path: str, body: Any
) -> None:
    other = forsta.as_("mock-other-token")

    assert other.request(method, f"/v1/surveys/p1231234/respondents/{path}", json=body).status_code == 403
    assert forsta.call(method, path, SOMEBODY_ELSES, json=body).status_code == 403
    assert other.request(method, f"/v1/surveys/{SOMEBODY_ELSES}/respondents/{path}", json=body).status_code == 200


@pytest.mark.clauses("FO-003")
def test_a_forbidden_change_changes_nothing(forsta: Forsta) -> None:
    forsta.as_("mock-other-token").post("/v1/surveys/p1231234/respondents/data", json={"data": [{"city": "oslo"}]})

    assert forsta.read(pageSize=1).json()["totalCount"] == 200


@EACH
@pytest.mark.parametrize("survey", ["p9", "x", "%00", "p1231234%2F..", "😀", "p" * 2000])
@pytest.mark.clauses("FO-004")
def test_an_unknown_survey_is_not_found(forsta: Forsta, method: str, path: str, body: Any, survey: str) -> None:
    reply = forsta.call(method, path, survey, json=body)

    assert reply.status_code == 404
    assert reply.json()["message"]


@EACH
@pytest.mark.clauses("FO-005", "FO-174")
def test_json_is_labelled_with_its_charset(forsta: Forsta, method: str, path: str, body: Any) -> None:
    assert forsta.call(method, path, json=body).headers["content-type"] == "application/json; charset=utf-8"
    assert forsta.call(method, path, "p9", json=body).headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.clauses("FO-014")
def test_the_collection_takes_its_five_methods_and_no_other(forsta: Forsta) -> None:
    refused = forsta.call("TRACE", "data")

    assert refused.status_code == 405
    assert set(refused.headers["allow"].split(", ")) == {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "data/1"), ("DELETE", "data/1"), ("GET", "uservariables"), ("PUT", "schema")]
)
def test_other_addresses_name_what_they_allow(forsta: Forsta, method: str, path: str) -> None:
    reply = forsta.call(method, path, json={})

    assert reply.status_code == 405
    assert method not in reply.headers["allow"].split(", ")


def test_an_unknown_token_is_reported_before_a_wrong_method(forsta: Forsta) -> None:
    assert forsta.as_("nobody's").post("/v1/surveys/p1231234/respondents/data/1").status_code == 401


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_body_of_another_type_is_refused(forsta: Forsta, method: str) -> None:
    reply = forsta.call(method, "data", content=b"email\n", headers={"Content-Type": "text/csv"})

    assert reply.status_code == 415
    assert reply.json()["message"]
