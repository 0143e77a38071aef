"""What is checked of records that were written by hand, beyond what the engine checks of each that it keeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from understudy.mock_server.control.resources.members import Members
from understudy.mock_server.control.resources.read_back import Proof, UnansweredError
from understudy.mock_server.data.resource_types import Record, ResourceType
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import BadRequestError, ConflictError, FieldError
from understudy.mock_server.sessions.served_api import ServedApi
from understudy.mock_server.sessions.sessions import Session

#: Records of a resource that are tried one by one after an upload; those that look alike are tried once.
TRIED = 200


async def check_members(
    mounted: ServedApi, state: State, kept: ResourceType, record: Record, names: Iterable[str] | None = None
) -> None:
    """Raises BadRequestError for members that are unknown, of a wrong type or name nothing; for those of `names` alone."""
    field_errors = await Members(mounted.contract, kept).field_errors(state, record, names)
    if field_errors:
        raise BadRequestError(field_errors=field_errors)


async def check_written(mounted: ServedApi, session: Session, state: State, kept: ResourceType, record: Record) -> None:
    """Raises BadRequestError when a record that was written cannot be shown, or keeps something else from being shown."""
    await _check_views(state, kept, record)
    await _check_own(mounted, state, kept, record)
    proof = Proof(mounted, session, state.tx)
    try:
        await proof.lists()
        await proof.record(kept, record)
    except UnansweredError as error:
        raise BadRequestError(f"This does not fit: {error}.") from error


def check_deletable(mounted: ServedApi, kept: ResourceType, record: Record) -> None:
    """Raises ConflictError for a record that a caller of the seed is."""
    id = str(record[kept.id_property])
    for caller in mounted.contract.seed["callers"]:
        values = caller.get("values", {})
        if id in {str(values.get(kept.name)), str(values.get(f"{kept.name}_id"))}:
            raise ConflictError(f"This {_words(kept)} is who calls with the token {caller['token']}, and stays.")


async def check_deleted(mounted: ServedApi, session: Session, state: State, kept: ResourceType, record: Record) -> None:
    """Raises ConflictError when something cannot be answered without a record that was deleted."""
    proof = Proof(mounted, session, state.tx)
    try:
        await proof.lists()
        await proof.record(kept, record)
    except UnansweredError as error:
        raise ConflictError(f"This {_words(kept)} cannot be deleted: {error}.") from error


async def check_loaded(mounted: ServedApi, session: Session, state: State, told: Mapping[str, Any]) -> None:
    """Raises BadRequestError when records of a file do not fit, or leave something without what it needs."""
    records = {kept: told[kept.name]["records"] for kept in mounted.resources if kept.name in told}
    for kept, numbered in records.items():
        await _check_resource(mounted, state, kept, numbered)
    for kept in records:
        for referrer, prop in kept.referrers:
            if referrer not in records:
                await _check_referrer(state, kept, referrer, prop)
    proof = Proof(mounted, session, state.tx)
    for kept, numbered in records.items():
        for number, record in _unlike(numbered).items():
            try:
                await proof.item(kept, record)
            except UnansweredError as error:
                raise BadRequestError(f"{kept.name} {number}: {error}.") from error
    try:
        await proof.lists()
    except UnansweredError as error:
        raise BadRequestError(f"The records do not fit together: {error}.") from error


async def _check_resource(mounted: ServedApi, state: State, kept: ResourceType, records: Mapping[str, Record]) -> None:
    members = Members(mounted.contract, kept)
    for number, record in records.items():
        field_errors = await members.field_errors(state, record)
        try:
            if not field_errors:
                await _check_own(mounted, state, kept, record)
        except BadRequestError as error:
            field_errors = list(error.field_errors) or [FieldError("", error.message)]
        if field_errors:
            raise BadRequestError(
                field_errors=[
                    replace(field_error, name=f"{kept.name} {number} {field_error.name}")
                    for field_error in field_errors
                ]
            )
        await _check_views(state, kept, record, number)


def _unlike(records: Mapping[str, Record]) -> dict[str, Record]:
    """Records by number, of those that look alike only one: with the same members, of the same types."""
    found: dict[Any, tuple[str, Record]] = {}
    for number, record in records.items():
        shape = frozenset((name, type(value), bool(value)) for name, value in record.items())
        if len(found) < TRIED:
            found.setdefault(shape, (number, record))
    return dict(found.values())


async def _check_own(mounted: ServedApi, state: State, kept: ResourceType, record: Record) -> None:
    """What the API's own module says, if a function of it is registered for this resource. Raises ApiError."""
    own = mounted.behaviours.checks.get(kept.name)
    if own is not None:
        await own(state, record)


async def _check_views(state: State, kept: ResourceType, record: Record, number: str = "") -> None:
    """Every view that a token opens, and that of all of them together. Raises ContractViolationError."""
    tokens = frozenset(kept.spec.optional)
    for asked in {frozenset({token}) for token in tokens} | ({tokens} if tokens else set()):
        kept.check(await state.shown(kept.name, record, asked), number)


async def _check_referrer(state: State, kept: ResourceType, referrer: ResourceType, prop: str) -> None:
    """What a file does not hold may not refer to what it took away."""
    if referrer.spec.references[prop].on_delete == "keep":
        return
    for id in await state.distinct(referrer.name, prop):
        if await state.tx.get(kept.table, str(id)) is None:
            raise BadRequestError(
                f"The file holds no {kept.name} {id}, and a {referrer.name} that stays names it as its {prop}: "
                f"put every {referrer.name} that is to be left into the file as well."
            )


def _words(kept: ResourceType) -> str:
    return kept.name.replace("_", " ")
