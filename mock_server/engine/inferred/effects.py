"""Operations of their own kind that change the record in their path, or copy it: `POST /orders/{id}/cancel`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from understudy.mock_server.data.generators import Generator, RecordDraft, compile_generator, fill
from understudy.mock_server.data.resource_types import Record, ResourceType
from understudy.specs.contract import Effect


class CompiledEffect:
    """What an operation does to a record."""

    def __init__(self, effect: Effect, resource_type: ResourceType) -> None:
        self.copies = effect.copy
        self._values: Mapping[str, Generator] = {
            name: compile_generator(value, name, resource_type.source) for name, value in effect.set.items()
        }

    def applied(self, record: Record, sent: Mapping[str, Any], now: str) -> Record:
        """The record afterwards."""
        rest = {name: value for name, value in record.items() if name not in self._values}
        filled = fill(self._values, RecordDraft(0, rest, now, sent))
        return {**record, **{name: filled[name] for name in self._values if name in filled}}
