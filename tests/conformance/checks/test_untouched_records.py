"""A run with writes changes no record of Lookit or Forsta that it did not make itself."""

from __future__ import annotations

from functools import cache
from typing import Any

import httpx
import pytest
from live import running

from understudy.conformance import Profile, Report, Target, run
from understudy.mock_server import create_app
from understudy.specs import load

LOOKIT = ("children", "demographics", "feedback", "labs", "responses", "studies", "users")


def lookit_records(url: str) -> dict[str, Any]:
    """Every object that the admin sees, with its place among the others of its type, the latest change first."""
    client = httpx.Client(base_url=url, headers={"Authorization": "Token mock-admin-token"})
    found: dict[str, Any] = {}
    with client:
        for kind in LOOKIT:
            page = 1
            while page:
                reply = (
                    client.get(f"/api/v1/{kind}/", params={"page": page, "page_size": 100}).raise_for_status().json()
                )
                found |= {f"{kind} {each['id']}": each for each in reply["data"]}
                page = page + 1 if reply["links"]["next"] else 0
    return found


def forsta_records(url: str) -> dict[str, Any]:
    """Every respondent of the survey that the kit uses."""
    reply = httpx.get(
        f"{url}/v1/surveys/p1231234/respondents/data",
        params={"pageSize": 10000},
        headers={"Authorization": "Bearer mock-token"},
    )
    return {str(each["respid"]): each for each in reply.raise_for_status().json()["items"]}


@cache
def watched(api: str) -> tuple[dict[str, Any], Report, dict[str, Any]]:
    """The report of a run with writes, and the records before and after it."""
    records = {"lookit": lookit_records, "forsta": forsta_records}[api]
    contract = load(api)
    tokens = {caller["role"]: caller["token"] for caller in contract.seed["callers"]}
    with running(create_app([api])) as url:
        before = records(url)
        report = run(contract, Target(url, tokens), Profile(writes=True), generate=False)
        return before, report, records(url)


@pytest.mark.parametrize("api", ["lookit", "forsta"])
def test_what_was_there_before_a_run_with_writes_is_there_as_it_was(api: str) -> None:
    before, report, after = watched(api)

    assert report.exit_code == 0
    assert {name: after.get(name) for name in before} == before


def test_responses_that_were_there_keep_their_order_and_so_their_time_of_change() -> None:
    before, _, after = watched("lookit")
    responses = [name for name in before if name.startswith("responses")]

    assert responses
    assert [name for name in after if name in responses] == responses
