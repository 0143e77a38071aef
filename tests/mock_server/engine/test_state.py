"""What an operation works with: records under the contract's rules, and nothing half done."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from engine import Engine, caller
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import BadRequestError
from understudy.mock_server.http.security.tokens import Caller
from understudy.specs import load

KIT = load("participant-kit")
MINE = caller(KIT)
THEIRS = caller(KIT, "other")
_ENGINE = Engine(KIT)
_SESSIONS = iter(range(10**9))


class ControlContext:
    """The engine in a session of its own."""

    def __init__(self, engine: Engine) -> None:
        self.session = f"s{next(_SESSIONS)}"
        self.engine = engine

    def run(self, work: Callable[[State], Any], who: Caller = MINE) -> Any:
        return self.engine.run(work, who, self.session)

    def find(self, resource: str, who: Caller = MINE, **where: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.run(lambda state: state.find(resource, where), who)
        return found

    def make(self, resource: str, who: Caller = MINE, **inputs: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.run(lambda state: state.make(resource, inputs), who)
        return made

    def body(self, resource: str, id: str) -> Any:
        found = self.run(lambda state: state.body(resource, id))
        return None if found is None else json.loads(found)

    def study(self) -> dict[str, Any]:
        return self.make("study", project_id=self.find("project")[0]["id"], name="Walks")

    def person(self, study: str) -> dict[str, Any]:
        return self.make("participant", name="Ada King", email="ada@example.org", event_id=study)


@pytest.fixture
def engine() -> ControlContext:
    return ControlContext(_ENGINE)


def test_a_record_is_made_with_what_was_sent_and_what_the_contract_sets(engine: ControlContext) -> None:
    study = engine.study()
    person = engine.person(study["id"])

    assert person["study_id"] == study["id"]
    assert person["first_name"] == "Ada"
    assert person["name"] == "Ada King"
    assert person["organisation"] == "org_main"
    assert person["created_at"] == person["updated_at"] == "2026-03-01T12:00:00.000Z"
    assert person["app_url"].endswith(person["id"])


def test_a_reference_to_nothing_is_named_as_the_body_calls_it(engine: ControlContext) -> None:
    with pytest.raises(BadRequestError) as refusal:
        engine.person("stu_nothing")

    assert [each.name for each in refusal.value.field_errors] == ["event_id"]
    assert engine.find("participant") == _ENGINE.every("participant", organisation="org_main")


def test_somebody_elses_record_is_none(engine: ControlContext) -> None:
    study = engine.study()["id"]

    assert engine.run(lambda state: state.get("study", study)) is not None
    assert engine.run(lambda state: state.get("study", study), THEIRS) is None
    assert engine.run(lambda state: state.body("study", study), THEIRS) is None
    assert study not in {each["id"] for each in engine.find("study", THEIRS)}
    assert engine.run(lambda state: state.count("study"), THEIRS) == 5


def test_a_change_is_kept_by_saving_alone(engine: ControlContext) -> None:
    study = engine.study()
    engine.run(lambda state: state.get("study", study["id"]))

    assert engine.body("study", study["id"])["name"] == "Walks"
    engine.run(lambda state: state.save("study", {**study, "name": "Runs"}))
    assert engine.body("study", study["id"])["name"] == "Runs"


def test_whatever_shows_a_changed_record_shows_the_change(engine: ControlContext) -> None:
    consent = engine.find("consent")[0]
    person = engine.run(lambda state: state.get("participant", consent["participant_id"]))
    study = engine.run(lambda state: state.get("study", person["study_id"]))

    engine.run(lambda state: state.save("study", {**study, "name": "Renamed"}))

    assert engine.body("participant", person["id"])["study"]["name"] == "Renamed"
    assert engine.body("consent", consent["id"])["participant"]["study"]["name"] == "Renamed"


def test_a_record_that_is_not_kept_cannot_be_saved(engine: ControlContext) -> None:
    with pytest.raises(KeyError, match="study stu_x is not stored"):
        engine.run(lambda state: state.save("study", {"id": "stu_x"}))


def test_counts_follow_whatever_happens_to_those_who_are_counted(engine: ControlContext) -> None:
    first, second = (each["id"] for each in engine.find("panel")[:2])
    counted = {"panel": first}

    def count() -> int:
        return int(engine.body("panel", counted["panel"])["panellist_count"])

    before = count()
    someone = engine.find("panellist", panel_id=first, subscribed=True)[0]
    engine.run(lambda state: state.save("panellist", {**someone, "subscribed": False}))
    assert count() == before - 1
    engine.run(lambda state: state.save("panellist", {**someone, "panel_id": second}))
    assert count() == before - 1
    engine.run(lambda state: state.remove("panellist", someone["id"]))
    counted["panel"] = second
    assert count() == engine.run(lambda state: state.count("panellist", {"panel_id": second, "subscribed": True}))


def test_removing_takes_along_what_cannot_be_without(engine: ControlContext) -> None:
    study = engine.study()["id"]
    person = engine.person(study)["id"]
    link = engine.make("data_link", url="https://example.org/1", recorded_at="2025-01-01", participant_id=person)["id"]

    engine.run(lambda state: state.remove("study", study))

    for resource, id in (("study", study), ("participant", person), ("data_link", link)):
        assert engine.run(lambda state, r=resource, i=id: state.get(r, i)) is None


def test_removing_nothing_changes_nothing(engine: ControlContext) -> None:
    before = engine.find("study")

    engine.run(lambda state: state.remove("study", "stu_nothing"))
    engine.run(lambda state: state.remove("study"))

    assert engine.find("study") == before


def test_an_exception_undoes_everything(engine: ControlContext) -> None:
    before = engine.find("study"), engine.find("participant"), engine.find("data_link")

    async def half(state: State) -> None:
        studies = await state.find("study")
        await state.remove("study", *(each["id"] for each in studies[:10]))
        await state.make("study", {"project_id": (await state.find("project"))[0]["id"], "name": "X"})
        raise RuntimeError

    with pytest.raises(RuntimeError):
        engine.run(half)

    assert (engine.find("study"), engine.find("participant"), engine.find("data_link")) == before


def test_records_made_at_the_same_moment_stand_in_the_order_of_making(engine: ControlContext) -> None:
    made = [engine.study()["id"] for _ in range(20)]

    listed = [each["id"] for each in engine.find("study")]

    assert listed[-20:] == made


def test_looking_up_takes_several_values_an_order_and_a_page(engine: ControlContext) -> None:
    projects = [each["id"] for each in engine.find("project")[:2]]

    def look(**options: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = engine.run(lambda state: state.find("study", {"project_id": projects}, **options))
        return found

    assert {each["project_id"] for each in look()} == set(projects)
    assert look(order="-created") == look()[::-1]
    assert look(limit=2, offset=1) == look()[1:3]
    assert engine.run(lambda state: state.distinct("consent", "status")) == ["agreed", "refused"]


def test_sessions_do_not_see_each_other() -> None:
    one, other = ControlContext(_ENGINE), ControlContext(_ENGINE)
    before = other.find("study")

    one.study()

    assert other.find("study") == before


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=15)
@given(
    st.lists(st.sampled_from(["study", "person", "link", "drop study", "drop link", "rename"]), max_size=12), st.data()
)
def test_whatever_is_done_every_reference_resolves_and_every_view_is_up_to_date(
    steps: list[str], data: st.DataObject
) -> None:
    engine = ControlContext(_ENGINE)

    def some(resource: str) -> dict[str, Any]:
        return data.draw(st.sampled_from(engine.find(resource)[:6]), label=resource)

    for step in steps:
        if step == "study":
            engine.make("study", project_id=some("project")["id"], name="Walks")
        elif step == "person":
            engine.person(some("study")["id"])
        elif step == "link":
            person = some("participant")["id"]
            engine.make("data_link", url="https://example.org", recorded_at="2025-01-01", participant_id=person)
        elif step == "rename":
            chosen = some("study")
            engine.run(lambda state, chosen=chosen: state.save("study", {**chosen, "name": "Renamed"}))
        else:
            resource = "study" if step == "drop study" else "data_link"
            id = some(resource)["id"]
            engine.run(lambda state, r=resource, i=id: state.remove(r, i))

    studies = {each["id"]: each for each in engine.find("study")}
    people = {each["id"]: each for each in engine.find("participant")}
    assert {each["study_id"] for each in people.values()} <= set(studies)
    assert {each["participant_id"] for each in [*engine.find("consent"), *engine.find("data_link")]} <= set(people)
    for consent in engine.find("consent")[:10]:
        shown = engine.body("consent", consent["id"])["participant"]["study"]
        assert shown["name"] == studies[shown["id"]]["name"]


@pytest.mark.parametrize("mode", ["reading", "writing"])
def test_what_waits_for_a_further_transaction_is_done_once_that_is_committed(engine: ControlContext, mode: str) -> None:
    done: list[str] = []

    async def append(state: State, text: str) -> None:
        async with getattr(state, mode)() as fresh:
            fresh.after_commit.append(lambda: done.append(text))
            assert done == []
            if text == "rolled back":
                raise ZeroDivisionError

    async def work(state: State) -> None:
        with pytest.raises(ZeroDivisionError):
            await append(state, "rolled back")
        await append(state, "committed")

    engine.run(work)

    assert done == ["committed"]
