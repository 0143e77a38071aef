"""What must hold of records that are written by hand, though no view of this API shows it."""

from __future__ import annotations

from understudy.mock_server.behaviours.prolific.people.filters import checked, readable
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.registration import check_record
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import BadRequestError, FieldError


@check_record("study")
async def check_study(state: State, record: Record) -> None:
    """Its filters are written as a client would have to write them."""
    await checked(state, record["filters"])


@check_record("filter_set")
async def check_filter_set(state: State, record: Record) -> None:
    """All its versions are."""
    for filters in (record["filters"], *record["earlier"]):
        await checked(state, filters)


@check_record("filter")
async def check_filter(state: State, record: Record) -> None:
    """The bounds of a range can be read as what it is a range of."""
    if record["type"] == "range":
        wrong = [name for name in ("min", "max") if not readable(record["data_type"], record.get(name))]
        if wrong:
            raise BadRequestError(
                field_errors=[FieldError(name, f"is no bound of type {record['data_type']}") for name in wrong]
            )


@check_record("participant")
async def check_participant(state: State, record: Record) -> None:
    """Answers are among those that the filters know."""
    field_errors = []
    for definition in await state.find("filter"):
        name = definition["filter_id"]
        if name not in record:
            continue
        if definition["data_type"] == "ChoiceID" and record[name] not in definition["choices"]:
            field_errors.append(FieldError(name, f"must be among {', '.join(definition['choices'])}"))
        elif definition["type"] == "range" and not readable(
            definition["data_type"], record[name], definition["min"], definition["max"]
        ):
            field_errors.append(FieldError(name, f"must lie in {definition['min']} to {definition['max']}"))
    if field_errors:
        raise BadRequestError(field_errors=field_errors)
