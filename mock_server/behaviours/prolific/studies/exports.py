"""The demographic data of a study's participants, as a table."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

from understudy.mock_server.behaviours.prolific.access import study_at
from understudy.mock_server.behaviours.prolific.studies.studies import seconds_taken
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import BadRequestError, FieldError

#: What the table has of each submission.
FACTS = (
    "Submission id",
    "Participant id",
    "Status",
    "Custom study tncs accepted at",
    "Started at",
    "Completed at",
    "Reviewed at",
    "Archived at",
    "Time taken",
    "Completion code",
    "Total approvals",
)
#: What it has of each participant -> the filter whose choices give the words, or None for a value as it is.
PERSON: dict[str, tuple[str, str | None]] = {
    "Age": ("age", None),
    "Sex": ("sex", "sex"),
    "Ethnicity simplified": ("ethnicity_simplified", None),
    "Country of birth": ("country_of_birth", None),
    "Country of residence": ("current_country_of_residence", "current_country_of_residence"),
    "Nationality": ("nationality", None),
    "Language": ("first_language", "first_language"),
    "Student status": ("student_status", "student_status"),
    "Employment status": ("employment_status", None),
}
#: In the place of an answer that was not given, and of one by a participant who took part no longer.
NOT_ANSWERED, WITHDRAWN = "DATA_EXPIRED", "CONSENT_REVOKED"


@operation
async def export_study(call: Call) -> Reply:
    """The demographic data of the participants, as a table or by email."""
    study = await study_at(call.state, call.path["id"])
    method = call.query.get("method")
    if method == "email":
        return Reply(200, {"status": "Your export should arrive shortly."}, media_type="application/json")
    if method is not None:
        raise BadRequestError(field_errors=[FieldError("method", "must be email, or be left out to get a table")])
    filters = [each["filter_id"] for each in study["filters"]]
    return Reply(200, await table(call.state, study, filters), media_type="text/csv")


async def table(state: State, study: Record, filters: list[str]) -> str:
    """A line for each submission, with a column for each of some filters among those of the person."""
    known = {each["filter_id"]: each for each in await state.find("filter")}
    words = {filter_id: each.get("choices", {}) for filter_id, each in known.items()}
    asked = {
        known[filter_id]["title"]: (filter_id, filter_id if words.get(filter_id) else None)
        for filter_id in dict.fromkeys(filters)
        if filter_id in known
    }
    columns = {**{name: how for name, how in asked.items() if name not in PERSON}, **PERSON}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*FACTS, *columns])
    for submission in await state.find("submission", {"study_id": study["id"]}):
        person = await state.get("participant", submission["participant"])
        withdrawn = submission["status"] == "RETURNED"
        answers = [WITHDRAWN if withdrawn else _answer(person, how, words) for how in columns.values()]
        writer.writerow([*_facts(submission, person), *answers])
    return out.getvalue()


def _facts(submission: Record, person: Record | None) -> list[Any]:
    taken = seconds_taken(submission["started_at"], submission["completed_at"])
    return [
        submission["id"],
        submission["participant"],
        submission["status"],
        "Not Applicable",
        _time(submission["started_at"]),
        _time(submission["completed_at"]),
        _time(submission.get("reviewed_at")),
        "",
        "" if taken is None else taken,
        submission["entered_code"] or "",
        "" if person is None else person.get("completed_studies", ""),
    ]


def _answer(person: Record | None, how: tuple[str, str | None], words: dict[str, Any]) -> Any:
    name, choices = how
    value = None if person is None else person.get(name)
    if choices is not None:
        value = words[choices].get(value)
    return NOT_ANSWERED if value is None else value


def _time(text: str | None) -> str:
    """A time with microseconds, as the vendor's file has it; empty where nothing happened."""
    if text is None:
        return ""
    return datetime.fromisoformat(text).astimezone(UTC).isoformat("T", "microseconds").replace("+00:00", "Z")
