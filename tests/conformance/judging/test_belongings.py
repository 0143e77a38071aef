"""What a run with writes has changed although it did not make it is listed as left on the target."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from aimed import FULL, begun, judged, target
from live import running

from understudy.conformance import Profile
from understudy.conformance.judging.belongings import Belongings, changed, held
from understudy.conformance.judging.scenario_runner import Progress
from understudy.mock_server import create_app
from understudy.specs import load

KIT = load("participant-kit")
HEADERS = {"Authorization": "Bearer mock-token"}


def belongings(*resources: str, **objects: object) -> Belongings:
    return Belongings({("study", name): item for name, item in objects.items()}, set(resources))


def test_what_is_as_it_was_is_not_listed() -> None:
    before = belongings("study", one={"id": "one", "name": "x"})

    assert changed(KIT, before, belongings("study", one={"id": "one", "name": "x"}, two={"id": "two"})) == []


def test_a_changed_object_is_listed_with_what_differs() -> None:
    before = belongings("study", one={"id": "one", "deep": {"a": 1, "b": 2}, "tags": []})
    after = belongings("study", one={"id": "one", "deep": {"a": 1, "b": 3}, "tags": [], "new": None})

    assert changed(KIT, before, after) == [
        "study one, which the kit did not make, differs from before the run: deep.b, new"
    ]


def test_an_object_that_is_gone_is_listed_if_the_whole_list_was_read() -> None:
    before = belongings("study", one={"id": "one"})

    assert changed(KIT, before, belongings("study")) == ["study one, which the kit did not make, is no longer listed"]
    assert changed(KIT, before, belongings()) == []


def test_everything_in_a_list_is_held_whatever_its_pages(addresses: Callable[[str], str]) -> None:
    run = begun("participant-kit", addresses("participant-kit"))
    found = held(run.context("test"))
    run.client.close()

    assert len([name for resource, name in found.objects if resource == "study"]) == 130
    assert {"study", "project", "panel", "participant"} <= found.whole
    assert run.judgements == {}


def test_what_shares_its_id_with_others_is_not_compared(addresses: Callable[[str], str]) -> None:
    # Messages have no id of their own, only that of their sender.
    run = begun("prolific", addresses("prolific"))
    before = held(run.context("test"))
    run.context("test").make("send_message")
    after = held(run.context("test"))
    run.finish()

    sender = next(name for kind, name in before.shared if kind == "message")
    assert before.objects["message", sender] != after.objects["message", sender]
    assert [each for each in changed(run.contract, before, after) if each.startswith("message")] == []


def test_a_run_that_loses_what_it_did_not_make_says_so() -> None:
    with running(create_app(["participant-kit"])) as address:
        aim = target("participant-kit", address)
        headers = {**HEADERS, **aim.headers}
        lost = httpx.get(f"{address}/v1/studies", headers=headers).json()["data"][3]["id"]

        def lose(name: str, number: int, total: int) -> None:
            if number == total:
                httpx.delete(f"{address}/v1/studies/{lost}", headers=headers)

        report = judged("participant-kit", address, FULL, "PK-094", "PK-096", target=aim, progress=Progress(lose))

    assert f"study {lost}, which the kit did not make, is no longer listed" in report.leftovers


def test_a_run_that_only_reads_compares_nothing(addresses: Callable[[str], str]) -> None:
    few = judged("participant-kit", addresses("participant-kit"), Profile(), "PK-095")

    assert few.requests < 10
