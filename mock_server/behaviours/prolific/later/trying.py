"""Participants and studies for tests, messages to groups, campaigns, and exports with filters."""

from __future__ import annotations

from functools import partial

from understudy.mock_server.behaviours.prolific.access import my_id, owned, study_at, study_named, workspace_at
from understudy.mock_server.behaviours.prolific.lists import page_of
from understudy.mock_server.behaviours.prolific.people.filters import checked
from understudy.mock_server.behaviours.prolific.studies import drafting
from understudy.mock_server.behaviours.prolific.studies.exports import table
from understudy.mock_server.behaviours.prolific.studies.studies import made
from understudy.mock_server.behaviours.prolific.submissions.arrivals import PERSON
from understudy.mock_server.behaviours.prolific.submissions.messages import clean, send
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.http.errors import BadRequestError, field_error

#: Different combinations of filters with which the data of one study may be exported.
EXPORTS = 2


@operation
async def create_test_participant(call: Call) -> Reply:
    """A participant for tests, whose answers are those of the first participant."""
    state, email = call.state, call.body["email"]
    if await state.count("test_participant", {"email": email}):
        raise field_error("email", "is already registered")
    first = await state.find("participant", limit=1)
    if not first:
        raise BadRequestError("There is no participant whose answers could be taken over.")
    person = await state.make("participant", {name: first[0][name] for name in PERSON["properties"]})
    await state.make("test_participant", {"email": email, "participant_id": person["id"]})
    return Reply(201, {"participant_id": person["id"]})


@operation
async def create_test_study(call: Call) -> Reply:
    """A published copy of a draft that only test participants can enter and that reserves no money."""
    state = call.state
    draft = await study_at(state, call.path["id"])
    if draft["status"] != "UNPUBLISHED":
        raise BadRequestError(f"Only a draft can be tried out; the study is {draft['status']}.")
    if not await state.count("test_participant"):
        raise BadRequestError("There is no test participant yet; register one first.")
    copy = await made(state, {name: draft[name] for name in (*drafting.SENT, "workspace") if name in draft})
    copy |= {"status": "ACTIVE", "published_at": state.now(), "is_test": True}
    await state.save("study", copy)
    address = state.resources.contract.settings["study_url"].replace("{id}", copy["id"])
    return Reply(200, {"study_id": copy["id"], "study_url": address})


@operation
async def send_group_message(call: Call) -> Reply:
    """The same message to every member of a participant group."""
    state, body = call.state, call.body
    group = await owned(state, "participant_group", body["participant_group_id"])
    if group is None or group["is_deleted"]:
        raise field_error("participant_group_id", "does not name a participant group of yours")
    study = await study_named(state, body["study_id"]) if body.get("study_id") else None
    text = clean(body["body"])
    for member in await state.find("membership", {"group_id": group["id"]}):
        await send(state, my_id(state), member["participant_id"], text, None if study is None else study["id"])
    return Reply(204)


@operation
async def list_campaigns(call: Call) -> Reply:
    """The campaigns of a workspace."""
    workspace = await workspace_at(call.state, call.query["workspace_id"])
    return await page_of(call, "campaign", {"workspace_id": workspace["id"]}, partial(call.state.shown, "campaign"))


@operation
async def export_demographic_data(call: Call) -> Reply:
    """The demographic data of a study as a table, with a column for each filter that is asked for."""
    state = call.state
    study = await study_at(state, call.path["id"])
    filters = await checked(state, (call.body or {}).get("filters") or [])
    exported: list[list[Record]] = study.get("demographic_exports", [])
    if filters not in exported:
        if len(exported) >= EXPORTS:
            raise field_error("filters", f"must be one of the {EXPORTS} combinations that this study was exported with")
        study["demographic_exports"] = [*exported, filters]
        await state.save("study", study)
    names = [each["filter_id"] for each in [*study["filters"], *filters]]
    return Reply(200, await table(state, study, names), media_type="text/csv")


@operation
async def get_demographic_export_history(call: Call) -> Reply:
    """With how many combinations of filters a study was exported, and the last of them."""
    study = await study_at(call.state, call.path["id"])
    exported = study.get("demographic_exports", [])
    return Reply(200, {"count": len(exported), "filters": exported[-1] if exported else []})
