"""On a target that holds little, the Kits' lists are filled until their cap can be seen."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from aimed import FULL
from defects.catalogue import defects
from defects.proving import Bench
from defects.spoiler import Defect, Spoiler
from live import running

from understudy.conformance import Profile, Target, Verdict, run
from understudy.mock_server import create_app
from understudy.specs import load

API = "participant-kit"
CAP = "PK-027"
NO_CAP = next(each for each in defects(API) if each.name == "no-cap")


@pytest.fixture
def stand() -> Iterator[Bench]:
    """A mock with one object of everything."""
    contract = load(API)
    spoiler = Spoiler(create_app([API], scenario="one-of-everything"), contract)
    tokens = {caller["role"]: caller["token"] for caller in contract.seed["callers"]}
    with running(spoiler) as address:
        yield Bench(contract, spoiler, address, tokens)


def verdict(stand: Bench, defect: Defect | None, profile: Profile) -> Verdict:
    if defect is not None:
        stand.spoiler.plant("little", defect)
    target = Target(stand.address, stand.tokens, {"X-Mock-Session": "little"})
    return run(stand.contract, target, profile, only=[CAP], generate=False).results[0].verdict


def test_a_missing_cap_is_seen_though_the_target_holds_one_object(stand: Bench) -> None:
    assert verdict(stand, NO_CAP, FULL) is Verdict.FAIL


def test_a_cap_is_shown_by_objects_that_are_removed_again(stand: Bench) -> None:
    headers = {"Authorization": "Bearer mock-token", "X-Mock-Session": "little"}
    before = httpx.get(f"{stand.address}/v1/studies", headers=headers).json()

    assert verdict(stand, None, FULL) is Verdict.PASS
    assert httpx.get(f"{stand.address}/v1/studies", headers=headers).json() == before


def test_without_writes_a_cap_is_not_shown(stand: Bench) -> None:
    assert verdict(stand, None, Profile()) is Verdict.NOT_SHOWN
