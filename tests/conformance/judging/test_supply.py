"""Where the target holds too little, a run with writes makes what its checks need, and removes it at its end."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from aimed import FULL, begun, judged
from defects.catalogue import defects
from defects.spoiler import Spoiler
from live import running

from understudy.conformance import Profile, Target, Verdict
from understudy.conformance.judging import supply
from understudy.conformance.judging.lists import whole
from understudy.conformance.rules.kits import pages
from understudy.mock_server import create_app
from understudy.specs import load

KIT = load("participant-kit")
LISTING = KIT.operations["list_studies"]
TOKENS = {"default": "mock-token"}


@pytest.fixture
def scarce() -> Iterator[str]:
    """A correct server that holds one object of each kind."""
    with running(create_app(["participant-kit"], scenario="one-of-everything")) as address:
        yield address


def studies(address: str, session: str = "") -> int:
    headers = {"Authorization": "Bearer mock-token", **({"X-Mock-Session": session} if session else {})}
    return len(httpx.get(f"{address}/v1/studies?limit=100", headers=headers).json()["data"])


def test_a_cap_is_shown_by_objects_that_the_kit_makes_and_removes(scarce: str) -> None:
    aim = Target(scarce, TOKENS)
    report = judged("participant-kit", scarce, FULL, "PK-027", target=aim)

    assert report.results[0].verdict is Verdict.PASS
    assert report.requests > 100
    assert (report.leftovers, studies(scarce)) == ((), 1)


def test_without_writes_it_is_not_shown(scarce: str) -> None:
    report = judged("participant-kit", scarce, Profile(), "PK-027")

    assert (report.results[0].verdict, report.exit_code) == (Verdict.NOT_SHOWN, 4)


def test_a_wrong_cap_is_found_on_a_server_that_holds_little() -> None:
    defect = next(each for each in defects("participant-kit") if each.name == "cap-off-by-one")
    spoiler = Spoiler(create_app(["participant-kit"], scenario="one-of-everything"), KIT)
    spoiler.plant("wrong", defect)
    with running(spoiler) as address:
        aim = Target(address, TOKENS, {"X-Mock-Session": "wrong"})
        report = judged("participant-kit", address, FULL, "PK-027", target=aim)

        assert (report.results[0].verdict, report.exit_code) == (Verdict.FAIL, 1)
        assert studies(address, "wrong") == 1


def test_what_was_made_stays_until_the_end_of_the_run_and_goes_then(scarce: str) -> None:
    run = begun("participant-kit", scarce)
    ctx = run.context("test")

    assert supply.supply(ctx, LISTING, 5)
    run.tidy()
    assert len(whole(ctx, LISTING).items) == 5
    run.finish()
    assert run.leftovers == []


def test_what_was_made_is_removed_when_a_check_breaks_off(scarce: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pages, "_capped", interrupted)
    report = judged("participant-kit", scarce, FULL, "PK-027", target=Target(scarce, TOKENS))

    assert report.incomplete == "interrupted"
    assert studies(scarce) == 1


def test_no_more_is_made_than_a_run_may_make(scarce: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supply, "MOST", 3)
    run = begun("participant-kit", scarce)

    assert not supply.supply(run.context("test"), LISTING, 50)
    assert len(run.cleanup.kept) == 3
    run.finish()


def test_nothing_is_made_that_could_not_be_removed() -> None:
    run = begun("prolific", "http://127.0.0.1:9")
    removable = {
        each.id: run.cleanup.removable(each) for each in run.contract.operations.values() if each.action == "create"
    }
    run.client.close()

    assert removable["create_study"]
    assert not removable["create_workspace"]


@pytest.mark.parametrize(("listing", "create"), [("list_studies", "create_study"), ("list_panels", None)])
def test_what_a_list_shows_is_made_by_the_creation_beside_it(listing: str, create: str | None) -> None:
    found = supply.maker(KIT, KIT.operations[listing])

    assert (found.id if found else None) == create


def test_a_target_without_any_study_has_those_that_the_kit_makes(scarce: str) -> None:
    headers = {"Authorization": "Bearer mock-token"}
    only = httpx.get(f"{scarce}/v1/studies", headers=headers).json()["data"][0]["id"]
    httpx.delete(f"{scarce}/v1/studies/{only}", headers=headers)
    reading, writing = (
        judged("participant-kit", scarce, profile, "PK-094", target=Target(scarce, TOKENS))
        for profile in (Profile(), FULL)
    )

    assert reading.results[0].verdict is Verdict.NOT_SHOWN
    assert writing.results[0].verdict is Verdict.PASS
    assert studies(scarce) == 0
