"""A new record of a contract whose meaning was inferred: its id, its key, and what nobody says of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from understudy.mock_server.data.generators import RecordDraft, fill
from understudy.mock_server.data.inferred import ATTEMPTS, InferredRecords
from understudy.mock_server.data.resource_types import Record, ResourceType
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import ConflictError


async def place_new(
    records: InferredRecords,
    resource_type: ResourceType,
    state: State,
    sent: Mapping[str, Any],
    id: Any = None,
    bodies: Iterable[Mapping[str, Any]] = (),
) -> Record:
    """Stores a new record of what was sent in a body of some schema.

    Raises ConflictError for an id, or other values, that another one has.
    """
    resource, prop, key = resource_type.name, resource_type.id_property, resource_type.spec.key
    what = resource.replace("_", " ")
    if id is not None and await state.get(resource, id) is not None:
        raise ConflictError(f"There is a {what} with the id {str(id)!r} already.")
    seq, drawn = await state.number(resource)
    for attempt in range(0 if key else ATTEMPTS):
        if id is None or await state.get(resource, id) is not None:
            id = records.fitting_id(resource, drawn, f"{seq}/{attempt}")
    if id is None or await state.get(resource, id) is not None:
        id = drawn  # the form that is declared has no other
    known = fill(resource_type.values, RecordDraft(seq, {**sent, prop: id}, state.now(), sent))
    known = {**records.defaults(resource, known, bodies), **known}
    record = records.made(resource, known, state.now(), str(seq))
    if key:
        record = records.keyed(resource, record, drawn)
        if await state.get(resource, record[prop]) is not None:
            raise ConflictError(f"There is a {what} with this {' and '.join(key)} already.")
    elif record[prop] != id and await state.get(resource, record[prop]) is not None:
        record[prop] = id  # it does not fit, but names this record alone
    await state.refuse_second(resource, record)
    await state.place(resource, (seq, record))
    return record
