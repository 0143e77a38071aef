"""Moments: how records name them, and what becomes of a record at one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from understudy.mock_server.clock import timestamp
from understudy.mock_server.data.generators import Generator, RecordDraft, fill
from understudy.mock_server.data.periodic import fits
from understudy.specs.contract import Due

_LOCAL = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?) ([A-Za-z0-9_+/-]{1,64})")

#: The generators of the present.
_TIMES: tuple[Any, ...] = ({"now": {}}, {"changed": {}})


@dataclass(frozen=True, slots=True)
class DueChange:
    """What a contract says of a moment, with the values that a record gets then compiled."""

    spec: Due
    values: Mapping[str, Generator]

    def moment(self, record: Mapping[str, Any]) -> str | None:
        """When it happens to a record, as a timestamp; None if it does not."""
        if not all(fits(record.get(name), wanted) for name, wanted in self.spec.where.items()):
            return None
        at = record.get(self.spec.at)
        moment = instant(at) if isinstance(at, str) else None
        return None if moment is None else timestamp(moment)

    def applied(self, record: Mapping[str, Any], now: str) -> dict[str, Any]:
        """The values that a record gets."""
        # A time that the record has already would be kept.
        rest = {name: value for name, value in record.items() if self.spec.set.get(name) not in _TIMES}
        filled = fill(self.values, RecordDraft(0, rest, now))
        return {name: filled[name] for name in self.values if name in filled}


@lru_cache(1024)
def instant(text: str) -> datetime | None:
    """The moment that a text names: an ISO 8601 time with an offset, or a local time, a space and the name of a zone.

    None for any other text, and for a moment that cannot be written in UTC.
    """
    local = _LOCAL.fullmatch(text)
    try:
        if local is not None:
            return _aware(datetime.fromisoformat(local[1]).replace(tzinfo=ZoneInfo(local[2])))
        return _aware(datetime.fromisoformat(text))
    except (ValueError, OSError, LookupError, OverflowError):
        return None


def _aware(moment: datetime) -> datetime | None:
    """The moment if it has a zone and lies within the years that datetime can express in UTC."""
    return moment if moment.tzinfo is not None and 1 < moment.year < 9999 else None
