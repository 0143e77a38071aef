"""Checks of records written through the control API, beyond what the engine checks of every record that it stores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from understudy.mock_server.control.resources.members import Members
from understudy.mock_server.control.resources.read_back import ReadBack, UnansweredError
from understudy.mock_server.data.resource_types import Record, ResourceType
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import BadRequestError, ConflictError, FieldError
from understudy.mock_server.sessions.served_api import ServedApi
from understudy.mock_server.sessions.sessions import Session

#: Records of a resource that are read one by one after an upload; of those with the same shape only one is read.
SHAPES_READ = 200


async def check_members(
    served_api: ServedApi, state: State, resource_type: ResourceType, record: Record, names: Iterable[str] | None = None
) -> None:
    """Raises BadRequestError for members that are unknown, have a wrong type or refer to no record.

    With `names` only these members are checked.
    """
    field_errors = await Members(served_api.contract, resource_type).field_errors(state, record, names)
    if field_errors:
        raise BadRequestError(field_errors=field_errors)


async def check_written(
    served_api: ServedApi, session: Session, state: State, resource_type: ResourceType, record: Record
) -> None:
    """Raises BadRequestError when a written record cannot be shown, or prevents something else from being shown."""
    await _check_views(state, resource_type, record)
    await _check_behaviours(served_api, state, resource_type, record)
    read_back = ReadBack(served_api, session, state.tx)
    try:
        await read_back.check_lists()
        await read_back.check_record(resource_type, record)
    except UnansweredError as error:
        raise BadRequestError(f"The record cannot be used: {error}.") from error


def check_deletable(served_api: ServedApi, resource_type: ResourceType, record: Record) -> None:
    """Raises ConflictError for the record of a caller in the seed."""
    id = str(record[resource_type.id_property])
    for caller in served_api.contract.seed["callers"]:
        values = caller.get("values", {})
        if id in {str(values.get(resource_type.name)), str(values.get(f"{resource_type.name}_id"))}:
            raise ConflictError(
                f"This {_words(resource_type)} cannot be deleted: it is the caller with the token {caller['token']}."
            )


async def check_deleted(
    served_api: ServedApi, session: Session, state: State, resource_type: ResourceType, record: Record
) -> None:
    """Raises ConflictError when a read of the API fails without a deleted record."""
    read_back = ReadBack(served_api, session, state.tx)
    try:
        await read_back.check_lists()
        await read_back.check_record(resource_type, record)
    except UnansweredError as error:
        raise ConflictError(f"This {_words(resource_type)} cannot be deleted: {error}.") from error


async def check_loaded(served_api: ServedApi, session: Session, state: State, resources: Mapping[str, Any]) -> None:
    """Raises BadRequestError when records of a file do not fit their contract, or other records need missing ones."""
    records = {
        resource_type: resources[resource_type.name]["records"]
        for resource_type in served_api.resources
        if resource_type.name in resources
    }
    for resource_type, numbered in records.items():
        await _check_resource(served_api, state, resource_type, numbered)
    for resource_type in records:
        for referrer, prop in resource_type.referrers:
            if referrer not in records:
                await _check_referrer(state, resource_type, referrer, prop)
    read_back = ReadBack(served_api, session, state.tx)
    for resource_type, numbered in records.items():
        for number, record in _one_of_each_shape(numbered).items():
            try:
                await read_back.check_item(resource_type, record)
            except UnansweredError as error:
                raise BadRequestError(f"{resource_type.name} {number}: {error}.") from error
    try:
        await read_back.check_lists()
    except UnansweredError as error:
        raise BadRequestError(f"The records are inconsistent: {error}.") from error


async def _check_resource(
    served_api: ServedApi, state: State, resource_type: ResourceType, records: Mapping[str, Record]
) -> None:
    members = Members(served_api.contract, resource_type)
    for number, record in records.items():
        field_errors = await members.field_errors(state, record)
        try:
            if not field_errors:
                await _check_behaviours(served_api, state, resource_type, record)
        except BadRequestError as error:
            field_errors = list(error.field_errors) or [FieldError("", error.message)]
        if field_errors:
            raise BadRequestError(
                field_errors=[
                    replace(field_error, name=f"{resource_type.name} {number} {field_error.name}")
                    for field_error in field_errors
                ]
            )
        await _check_views(state, resource_type, record, number)


def _one_of_each_shape(records: Mapping[str, Record]) -> dict[str, Record]:
    """Records by number; of those with the same members of the same types only one."""
    by_shape: dict[Any, tuple[str, Record]] = {}
    for number, record in records.items():
        shape = frozenset((name, type(value), bool(value)) for name, value in record.items())
        if len(by_shape) < SHAPES_READ:
            by_shape.setdefault(shape, (number, record))
    return dict(by_shape.values())


async def _check_behaviours(served_api: ServedApi, state: State, resource_type: ResourceType, record: Record) -> None:
    """Run the check that the API's behaviours register for the resource, if there is one. Raises ApiError."""
    check = served_api.behaviours.checks.get(resource_type.name)
    if check is not None:
        await check(state, record)


async def _check_views(state: State, resource_type: ResourceType, record: Record, number: str = "") -> None:
    """Check the view with each optional part, and with all of them together. Raises ContractViolationError."""
    tokens = frozenset(resource_type.spec.optional)
    for included in {frozenset({token}) for token in tokens} | ({tokens} if tokens else set()):
        resource_type.check(await state.shown(resource_type.name, record, included), number)


async def _check_referrer(state: State, resource_type: ResourceType, referrer: ResourceType, prop: str) -> None:
    """Raises BadRequestError when a record that the file does not replace refers to one that the file removes."""
    if referrer.spec.references[prop].on_delete == "keep":
        return
    for id in await state.distinct(referrer.name, prop):
        if await state.tx.get(resource_type.table, str(id)) is None:
            raise BadRequestError(
                f"The file contains no {resource_type.name} {id}, but an existing {referrer.name} refers to it in "
                f"{prop}. Add the records of {referrer.name} that are to remain to the file as well."
            )


def _words(resource_type: ResourceType) -> str:
    return resource_type.name.replace("_", " ")
