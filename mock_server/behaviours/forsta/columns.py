"""The respondent data schema: what columns there are, and new ones that a user adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from understudy.mock_server.behaviours.forsta.surveys import survey_of
from understudy.mock_server.behaviours.forsta.variables import DEFAULT_LENGTH, MAX_COLUMNS
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.http.errors import ConflictError, field_error


@operation
async def list_variables(call: Call) -> Reply:
    """The columns of the respondent table in their order."""
    survey = await survey_of(call)
    columns = await call.state.find("variable", {"survey_id": survey.id})
    shown = [await call.state.shown("variable", each) for each in columns if each["level"] == "respondent"]
    return Reply(200, shown)


@operation
async def add_user_variable(call: Call) -> Reply:
    """Add a column. Raises ConflictError when its name is taken or the table is full."""
    survey = await survey_of(call)
    name = call.body["name"]
    if any(variable.name.lower() == name.lower() for variable in survey.variables):
        raise ConflictError(f"The survey already has a variable named '{name}'.")
    if sum(variable.level == "respondent" for variable in survey.variables) >= MAX_COLUMNS:
        raise ConflictError(f"The respondent table has reached its limit of {MAX_COLUMNS} columns.")
    values = {
        "survey_id": survey.id,
        "level": "respondent",
        "name": name,
        **_type(call.body),
        "isUserVariable": "true",
    }
    record = await call.state.make("variable", values)
    return Reply(200, await call.state.shown("variable", record))


def _type(body: Mapping[str, Any]) -> dict[str, Any]:
    """The type of a new variable with the bounds that apply to it; others are ignored."""
    kind = body["dataType"]
    members: dict[str, Any] = {"variableType": kind}
    if kind == "text":
        members["length"] = int(body.get("length", DEFAULT_LENGTH))
    if kind == "numeric":
        members |= {bound: int(body[bound]) for bound in ("precision", "scale") if bound in body}
        if members.get("scale", 0) > members.get("precision", members.get("scale", 0)):
            raise field_error("scale", "must not be larger than precision")
    return members
