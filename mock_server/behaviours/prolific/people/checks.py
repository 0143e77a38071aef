"""Checks of records that are written by hand, for what no view of this API shows."""

from __future__ import annotations

from understudy.mock_server.behaviours.prolific.people.filters import checked, readable
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.registration import check_record
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import BadRequestError, FieldError
from understudy.mock_server.http.validation_errors import one_of


@check_record("study")
async def check_study(state: State, record: Record) -> None:
    """The filters of a study are valid, as in a request that sets them."""
    await checked(state, record["filters"])


@check_record("filter_set")
async def check_filter_set(state: State, record: Record) -> None:
    """The filters of every version of a set are valid."""
    for filters in (record["filters"], *record["earlier"]):
        await checked(state, filters)


@check_record("filter")
async def check_filter(state: State, record: Record) -> None:
    """The bounds of a range filter have the filter's data type."""
    if record["type"] == "range":
        wrong = [name for name in ("min", "max") if not readable(record["data_type"], record.get(name))]
        if wrong:
            raise BadRequestError(
                field_errors=[FieldError(name, f"is not a valid bound of type {record['data_type']}") for name in wrong]
            )


@check_record("participant")
async def check_participant(state: State, record: Record) -> None:
    """The answers of a participant are among those that the filters define."""
    field_errors = []
    for definition in await state.find("filter"):
        name = definition["filter_id"]
        if name not in record:
            continue
        if definition["data_type"] == "ChoiceID" and record[name] not in definition["choices"]:
            field_errors.append(FieldError(name, one_of(definition["choices"])))
        elif definition["type"] == "range" and not readable(
            definition["data_type"], record[name], definition["min"], definition["max"]
        ):
            field_errors.append(FieldError(name, f"must be between {definition['min']} and {definition['max']}"))
    if field_errors:
        raise BadRequestError(field_errors=field_errors)
