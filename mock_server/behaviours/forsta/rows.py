"""Rows of a bulk call: what they hold once read, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from understudy.mock_server.behaviours.forsta.surveys import Datapoints
from understudy.mock_server.behaviours.forsta.values import BLANK, InvalidValueError, is_blank
from understudy.mock_server.behaviours.forsta.variables import Variable
from understudy.mock_server.http.errors import BadRequestError

ABORTED = "Change survey data operation is aborted. No data was changed."

EXISTS = "KeyValue already exists."
MISSING = "KeyValue is missing."
NOT_FOUND = "KeyValue could not be found."
NOT_UNIQUE = "KeyValue is not unique."

Key = tuple[Any, ...]


class Messages:
    """What is wrong with which rows; rows count from 1."""

    def __init__(self) -> None:
        self._rows: dict[int, list[dict[str, Any]]] = {}

    def __bool__(self) -> bool:
        return bool(self._rows)

    def add(self, row: int, fields: Sequence[str], message: str, value: Any) -> None:
        """Note one thing about a row."""
        entry = {"fields": list(fields), "message": message, "value": value, "severity": "Error"}
        self._rows.setdefault(row, []).append(entry)

    def body(self, level: str = "respondent") -> dict[str, Any]:
        """The member validationMessages, {} without messages."""
        if not self._rows:
            return {}
        results = [{"rowNumber": row, "messages": self._rows[row]} for row in sorted(self._rows)]
        return {"validationMessages": {"level": level, "rowResults": results}}

    def abort(self, **further: Any) -> BadRequestError:
        """The error that refuses the whole call."""
        return BadRequestError(ABORTED, extra={**further, **self.body()})


class Rows:
    """The records of a call, read by the types of the variables.

    `taken` are the variables that the call writes or looks for; everything else in a record is ignored, whatever
    it holds. Each record becomes an object of stored values, BLANK where the caller blanks one.
    """

    def __init__(self, data: Sequence[Mapping[str, Any]], taken: Iterable[Variable], keys: Sequence[Variable]) -> None:
        self.invalid = Messages()
        self._data = data
        self._fields = [key.name for key in keys]
        readers = {variable.name: variable.read() for variable in taken}
        self._rows = [self._read(number, record, readers) for number, record in enumerate(data, 1)]

    def __iter__(self) -> Any:
        """Row numbers with what the rows hold."""
        return iter(enumerate(self._rows, 1))

    def key(self, row: Datapoints) -> Key | None:
        """The key values of a row, None when one of them is missing or blank."""
        values = tuple(row.get(name, BLANK) for name in self._fields)
        return None if BLANK in values else values

    def keys(self) -> set[Key]:
        """All key values of the call."""
        return {key for row in self._rows if (key := self.key(row)) is not None}

    def complain(self, messages: Messages, number: int, message: str) -> None:
        """Note something about the key of a row, with the values as they were sent."""
        sent = [self._data[number - 1].get(name) for name in self._fields]
        value = sent[0] if len(sent) == 1 else ",".join("" if each is None else str(each) for each in sent)
        messages.add(number, self._fields, message, value)

    def _read(self, number: int, record: Mapping[str, Any], readers: Mapping[str, Any]) -> Datapoints:
        row: Datapoints = {}
        for name, value in record.items():
            reader = readers.get(name)
            if reader is None:
                continue
            if is_blank(value):
                row[name] = BLANK
                continue
            try:
                row[name] = reader(value)
            except InvalidValueError as error:
                self.invalid.add(number, [name], str(error), value)
        return row
