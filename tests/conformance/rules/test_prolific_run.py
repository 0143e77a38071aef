"""A run against Prolific: nothing that it did not make is changed, and what it may not use up is not shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from aimed import FULL, target
from live import running

from understudy.conformance import Report, Target, Verdict, run
from understudy.mock_server import create_app
from understudy.specs import load

PROLIFIC = load("prolific")
#: What acts on submissions, or replaces the secret of the workspace in which a study is published.
ON_SUBMISSIONS = {"PR-019", "PR-034", "PR-088", "PR-131", "PR-284", "PR-292", "PR-302", "PR-303", "PR-308", "PR-315"}
Records = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running(create_app(["prolific"])) as served:
        yield served


def _all(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        page = client.get(path, params={"limit": 1000, "offset": len(found)}).json()
        found += page["records"]
        if not page["records"] or len(found) >= page["count"]:
            return found


def records(address: str, aim: Target) -> Records:
    """Every record that a mock keeps in the session of a target, by resource and id."""
    kept: Records = {}
    with httpx.Client(base_url=f"{address}/_mock/resources", headers=aim.headers) as client:
        for resource in client.get("").json()["resources"]:
            for each in _all(client, f"prolific/{resource['resource']}"):
                kept[f"{resource['resource']} {each[resource['id']]}"] = each
    return kept


def judged(address: str, **more: Any) -> tuple[Report, Records, Records]:
    """The report of a run with writes, and the records before and after it."""
    aim = target("prolific", address, **more)
    before = records(address, aim)
    report = run(PROLIFIC, aim, FULL, generate=False)
    return report, before, records(address, aim)


@pytest.fixture(scope="module")
def seen(address: str) -> tuple[Report, Records, Records]:
    return judged(address)


@pytest.mark.long
def test_the_correct_mock_conforms(seen: tuple[Report, Records, Records]) -> None:
    report = seen[0]

    assert [f"{each.clause}: {each.actual}" for each in report.results if each.verdict is Verdict.NOT_SHOWN] == []
    assert report.exit_code == 0


@pytest.mark.long
def test_no_record_that_was_there_before_is_changed(seen: tuple[Report, Records, Records]) -> None:
    _, before, after = seen

    assert before
    assert {name for name, record in before.items() if after.get(name) != record} == set()


@pytest.mark.long
def test_generated_cases_change_nothing_either(address: str) -> None:
    aim = target("prolific", address)
    before = records(address, aim)
    run(PROLIFIC, aim, FULL)
    after = records(address, aim)

    assert {name for name, record in before.items() if after.get(name) != record} == set()


@pytest.mark.long
def test_what_is_new_belongs_to_what_the_report_says_is_left(seen: tuple[Report, Records, Records]) -> None:
    report, before, after = seen
    # A participant of the mock enters or is made by its control operations, and is nobody's record in the API; what was
    # deleted is kept with a mark.
    new = {name: record for name, record in after.items() if name not in before}
    fresh = {name: record for name, record in new.items() if not name.startswith("participant ")}
    removed = {name.rpartition(" ")[2] for name, record in fresh.items() if record.get("is_deleted")}
    own = removed | {each.rpartition(" ")[2] for each in report.leftovers}
    unexplained = dict(fresh)
    while True:
        mine = {
            name for name, record in unexplained.items() if own & {name.rpartition(" ")[2], *map(str, record.values())}
        }
        if not mine:
            break
        own |= {name.rpartition(" ")[2] for name in mine}
        unexplained = {name: record for name, record in unexplained.items() if name not in mine}

    assert fresh
    assert set(unexplained) == set()


class WithoutControl:
    """The mock as a vendor's server: its control operations cannot be reached."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or "/_mock" not in scope["path"]:
            await self._application(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 404, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"not here"})


@pytest.fixture(scope="module")
def vendor() -> Iterator[str]:
    with running(WithoutControl(create_app(["prolific"]))) as served:
        yield served


@pytest.mark.long
def test_without_submissions_of_its_own_what_acts_on_them_is_not_shown(vendor: str) -> None:
    report = run(PROLIFIC, target("prolific", vendor), FULL, generate=False)
    verdicts = {each.clause: each.verdict for each in report.results}

    assert {verdicts[name] for name in ON_SUBMISSIONS} == {Verdict.NOT_SHOWN}
    assert report.exit_code == 4
    assert [f"{each.clause}: {each.actual}" for each in report.results if each.verdict is Verdict.FAIL] == []


def test_a_setting_names_submissions_that_may_be_used_up(vendor: str) -> None:
    aim = target("prolific", vendor)
    token = {"Authorization": "Token mock-token", **aim.headers}
    listed = httpx.get(f"{vendor}/api/v1/submissions/", params={"page_size": 1000}, headers=token).json()["results"]
    waiting = [each for each in listed if each["status"] == "AWAITING REVIEW"]
    active = [each["id"] for each in listed if each["status"] == "ACTIVE"]
    study = {each["id"] for each in waiting}
    ids = ",".join([*sorted(study), *active])
    report = run(
        PROLIFIC,
        target("prolific", vendor, headers=aim.headers, settings={"submissions": ids}),
        FULL,
        only=["PR-302", "PR-303", "PR-314"],
        generate=False,
    )

    assert {each.clause: each.verdict for each in report.results} == dict.fromkeys(
        ("PR-302", "PR-303", "PR-314"), Verdict.PASS
    )
    after = httpx.get(f"{vendor}/api/v1/submissions/", params={"page_size": 1000}, headers=token).json()["results"]
    changed = {each["id"] for each in after if each not in listed}
    assert changed
    assert changed <= {*study, *active}
