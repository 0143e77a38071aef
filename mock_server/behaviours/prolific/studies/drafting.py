"""Drafts of studies: the checks of creating and changing one that a schema cannot express."""

from __future__ import annotations

import math
from typing import Any

from understudy.mock_server.behaviours.prolific.access import me, owned, project_named
from understudy.mock_server.behaviours.prolific.later import credentials
from understudy.mock_server.behaviours.prolific.money import plain
from understudy.mock_server.behaviours.prolific.people.filter_sets import applied
from understudy.mock_server.behaviours.prolific.people.filters import checked
from understudy.mock_server.behaviours.prolific.webhooks import is_address
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import BadRequestError, FieldError, field_error

#: What a client may send, with what a study has where nothing was sent; required members have no default.
DEFAULTS: dict[str, Any] = {
    # The source requires these two, so that the values are those of an API that does not.
    "prolific_id_option": "question",
    "completion_option": "url",
    "internal_name": None,
    "filters": [],
    "filter_set_id": None,
    "filter_set_version": None,
    "metadata": None,
    "access_details": None,
    "credential_pool_id": None,
    "study_labels": [],
    "content_warnings": [],
    "content_warning_details": "",
    "device_compatibility": [],
    "peripheral_requirements": [],
    "submissions_config": {},
    "naivety_distribution_rate": None,
}
REQUIRED = (
    "name",
    "description",
    "external_study_url",
    "completion_codes",
    "estimated_completion_time",
    "reward",
    "total_available_places",
)
SENT = (*REQUIRED, *DEFAULTS, "project", "maximum_allowed_time")

#: Numbers that are shown without a decimal point where they are whole.
NUMBERS = ("reward", "total_available_places", "estimated_completion_time", "maximum_allowed_time")

ONE_SUBMISSION = {"max_submissions_per_participant": 1, "max_concurrent_submissions": -1}

_GROUP_ACTIONS = frozenset({"ADD_TO_PARTICIPANT_GROUP", "REMOVE_FROM_PARTICIPANT_GROUP"})


def sent(body: Record) -> Record:
    """The members of a study that a body has. Clients write an empty text for an id that they do not set."""
    values = {name: body[name] for name in SENT if name in body}
    for name in ("project", "filter_set_id"):
        if values.get(name) == "":
            del values[name]
    for name in NUMBERS:
        if name in values:
            values[name] = plain(values[name])
    return values


async def drafted(state: State, body: Record) -> Record:
    """A new study as it is kept, before it has an id. Raises BadRequestError."""
    values = sent(body)
    longest = state.resources.contract.settings["longest_allowed_time"]
    whole = {**DEFAULTS, "maximum_allowed_time": longest, "project": (await me(state))["default_project"], **values}
    return await _settled(state, whole, values)


async def redrafted(state: State, study: Record, values: Record) -> Record:
    """A draft with changes. Values that are sent unchanged count as not sent: clients send back all that they read.

    Raises BadRequestError.
    """
    values = {name: value for name, value in values.items() if value != study.get(name)}
    if values.get("filters") and study["filter_set_id"] is not None and "filter_set_id" not in values:
        raise field_error("filters", "cannot be combined with the study's filter_set_id; set that to null first")
    whole = {**study, **values}
    if "filter_set_id" in values and not values.get("filters"):
        whole["filters"] = []
    if "filter_set_id" in values and "filter_set_version" not in values:
        whole["filter_set_version"] = None
    return await _settled(state, whole, values)


async def _settled(state: State, whole: Record, values: Record) -> Record:
    """Check the complete study and put in what follows from what was sent."""
    project = await project_named(state, whole["project"], "project")
    whole["workspace"] = project["workspace"]
    field_errors = [*_code_faults(whole["completion_codes"]), *_payment_faults(whole), *_time_faults(whole)]
    if not is_address(whole["external_study_url"]):
        field_errors.append(FieldError("external_study_url", "must be an absolute http or https address"))
    field_errors += await _group_faults(state, whole)
    if values.get("credential_pool_id") is not None:
        field_errors += await credentials.faults(state, whole)
    if field_errors:
        raise BadRequestError(field_errors=field_errors)
    if "submissions_config" in values or not whole["submissions_config"]:
        whole["submissions_config"] = {**ONE_SUBMISSION, **whole["submissions_config"]}
    await _filter(state, whole, values)
    return whole


async def _filter(state: State, whole: Record, values: Record) -> None:
    """Filters of the study's own, or those of a set in one version."""
    if whole["filter_set_id"] is None:
        whole["filter_set_version"] = None
        if "filters" in values or "filter_set_id" in values:
            whole["filters"] = await checked(state, whole["filters"] or [])
        return
    if values.get("filters"):
        raise field_error("filter_set_id", "cannot be combined with filters")
    if "filter_set_id" in values or "filter_set_version" in values:
        version = whole["filter_set_version"]
        whole["filters"], whole["filter_set_version"] = await applied(state, whole["filter_set_id"], version)


def _code_faults(codes: list[Record]) -> list[FieldError]:
    field_errors = []
    seen: set[str] = set()
    for place, code in enumerate(codes):
        if code["code"] in seen:
            field_errors.append(FieldError("completion_codes", f"contains the code {code['code']} twice"))
        seen.add(code["code"])
        actions = {action["action"] for action in code["actions"]}
        if {"AUTOMATICALLY_APPROVE", "MANUALLY_REVIEW"} <= actions:
            name = f"completion_codes.{place}.actions"
            field_errors.append(FieldError(name, "cannot contain both AUTOMATICALLY_APPROVE and MANUALLY_REVIEW"))
    return field_errors


def _payment_faults(study: Record) -> list[FieldError]:
    """Errors for codes that pay a part of the reward."""
    field_errors = []
    fixed = 0
    for place, code in enumerate(study["completion_codes"]):
        for number, action in enumerate(code["actions"]):
            name = f"completion_codes.{place}.actions.{number}"
            if action["action"] == "DYNAMIC_PAYMENT" and code.get("actor") != "researcher":
                field_errors.append(FieldError(name, "is only for a code whose actor is researcher"))
            if action["action"] == "FIXED_SCREEN_OUT_PAYMENT":
                fixed += 1
                if action["fixed_screen_out_reward"] >= study["reward"]:
                    field_errors.append(FieldError(f"{name}.fixed_screen_out_reward", "must be below the reward"))
                if fixed > 1:
                    field_errors.append(FieldError(name, "can stand in one code of a study only"))
    return field_errors


def _time_faults(study: Record) -> list[FieldError]:
    estimate, longest = study["estimated_completion_time"], study["maximum_allowed_time"]
    shortest = 2 + 2 * estimate + 2 * math.sqrt(estimate)
    if longest >= shortest:
        return []
    return [
        FieldError("maximum_allowed_time", f"must be at least {math.ceil(shortest)} for {estimate} minutes of work")
    ]


async def _group_faults(state: State, study: Record) -> list[FieldError]:
    """Errors for the groups of completion codes that the study's workspace does not have."""
    field_errors = []
    for place, code in enumerate(study["completion_codes"]):
        for number, action in enumerate(code["actions"]):
            if action["action"] not in _GROUP_ACTIONS:
                continue
            group = await owned(state, "participant_group", action["participant_group"])
            if group is None or group["is_deleted"] or group["workspace_id"] not in (None, study["workspace"]):
                name = f"completion_codes.{place}.actions.{number}.participant_group"
                field_errors.append(FieldError(name, "does not name a participant group of the study's workspace"))
    return field_errors
