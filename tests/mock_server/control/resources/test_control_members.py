"""Members that no view shows: what the annotations and the seed say of them."""

from __future__ import annotations

import pytest
from engine import Engine

from understudy.mock_server.control.resources.members import Members
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import FieldError
from understudy.specs import apis, load


@pytest.mark.parametrize("api", apis())
def test_every_record_of_the_seed_passes_the_checks_of_one_written_by_hand(api: str) -> None:
    contract = load(api)

    async def wrong(state: State) -> list[tuple[str, FieldError]]:
        return [
            (kept.name, field_error)
            for kept in state.resources
            for record in await state.find(kept.name)
            for field_error in await Members(contract, kept).field_errors(state, record, record)
        ]

    assert Engine(contract).run(wrong) == []


@pytest.mark.parametrize(
    ("api", "resource", "change", "message"),
    [
        ("lookit", "user", {"permissions": None}, "permissions: may not be null"),
        ("lookit", "user", {"views": 0}, "views: must be a list"),
        ("lookit", "user", {"edits": ["nope"]}, "edits: does not name an existing study"),
        ("prolific", "workspace", {"users": "nope"}, "users: must be a list"),
        ("prolific", "workspace", {"fee_rate": "nope"}, "fee_rate: must be a whole number or a fraction such as 1/3"),
        ("prolific", "study", {"workspace": "nope"}, "workspace: does not name an existing workspace"),
        ("prolific", "participant", {"date_joined": "nope"}, "date_joined: is not a valid date"),
        ("prolific", "study", {"filters": [0]}, "filters.0: must be an object"),
        ("prolific", "filter_set", {"earlier": [0]}, "earlier.0: must be a list"),
        ("prolific", "message", {"recipient_id": 0}, "recipient_id: does not name an existing participant or user"),
        ("prolific", "submission", {"study_id": "x"}, "study_id: does not name an existing study"),
        (
            "participant-kit",
            "project",
            {"organisation": "nope"},
            "organisation: must be one of ",
        ),
        ("participant-kit", "project", {"nmae": "x"}, "nmae: is not a member that is accepted here"),
        ("participant-kit", "participant", {"study": {}}, "study: is not a member that is accepted here"),
    ],
)
def test_a_member_that_cannot_be_is_named(api: str, resource: str, change: Record, message: str) -> None:
    async def wrong(state: State) -> str:
        [record] = await state.find(resource, limit=1)
        found = await Members(load(api), state.resources[resource]).field_errors(state, record | change, change)
        return "; ".join(f"{field_error.name}: {field_error.message}" for field_error in found)

    assert Engine(load(api)).run(wrong).startswith(message)


def test_what_the_api_itself_keeps_is_known() -> None:
    async def wrong(state: State) -> list[FieldError]:
        [record] = await state.find("survey", limit=1)
        return await Members(load("forsta"), state.resources["survey"]).field_errors(
            state, {**record, "last_respid": 7}
        )

    assert Engine(load("forsta")).run(wrong) == []


def test_what_was_only_mentioned_may_be_gone() -> None:
    async def wrong(state: State) -> list[FieldError]:
        [record] = await state.find("message", limit=1)
        await state.remove("study", record["study_id"])
        return await Members(load("prolific"), state.resources["message"]).field_errors(state, record)

    assert Engine(load("prolific")).run(wrong) == []
