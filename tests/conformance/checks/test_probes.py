"""A list that fails on a page that makes no sense is caught in every API, also where no clause says so."""

from __future__ import annotations

from typing import Any

import pytest
from aimed import judged
from between import Answer, Between
from live import running

from understudy.conformance import Profile, Verdict
from understudy.conformance.checks.probes import HUGE

JSON = (b"content-type", b"application/json")


def failing(api: str, path: str, query: str) -> Between:
    """A target one of whose lists answers 500 to a query that holds this."""

    async def instead(scope: dict[str, Any]) -> Answer | None:
        hit = scope["path"] == path and query in f"&{scope['query_string'].decode()}&"
        return (500, [JSON], b'{"error": {"type": "api_error", "message": "Oops."}}') if hit else None

    return Between(api, instead=instead)


@pytest.mark.parametrize(
    "query", ["&page=0&", "&page=-1&", f"&page={HUGE}&", f"&limit={HUGE}&", "&limit=1&limit=2&", "&limit=0&"]
)
@pytest.mark.parametrize("path", ["/v1/projects", pytest.param("/v1/consents", marks=pytest.mark.long)])
def test_a_server_error_is_a_documented_failure(path: str, query: str) -> None:
    with running(failing("participant-kit", path, query)) as address:
        report = judged("participant-kit", address, Profile(), "PK-013", "PK-034")

    found = {each.clause: each.verdict for each in report.results}
    assert found["PK-034"] is Verdict.FAIL
    assert found["PK-013"] in {Verdict.FAIL, Verdict.WARNING}


@pytest.mark.parametrize(
    ("api", "path", "query"),
    [
        ("prolific", "/api/v1/studies", "&offset=-1&"),
        ("lookit", "/api/v1/labs/", f"&page={HUGE}&"),
        ("lookit", "/api/v1/labs/", "&page=1&page=2&"),
    ],
)
def test_a_server_error_that_no_clause_names_is_a_fault_as_well(api: str, path: str, query: str) -> None:
    with running(failing(api, path, query)) as address:
        report = judged(api, address, Profile())

    assert report.exit_code == 1
    named = {each.operation for each in report.breaches} | {
        operation for each in report.results if each.verdict is Verdict.FAIL for operation in each.operations
    }
    assert named
