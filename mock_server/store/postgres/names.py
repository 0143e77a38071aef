"""How tables, columns, labels and rows are written in PostgreSQL."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import orjson

from understudy.mock_server.store.columns import plain, text_key
from understudy.mock_server.store.interface import Row

#: The columns of every table of records besides the number of the session and the look-up columns.
MATERIAL = ("seq", "id", "document", "body", "columns")

#: The columns from which a row is read.
ROW = "seq, document, body, columns"


def material(row: Row) -> tuple[int, bytes, bytes, bytes, bytes]:
    """The values of a row besides the look-up columns; `columns` begins with the full id, since keys are cut."""
    columns = orjson.dumps([row.id, *map(plain, row.columns)])
    return row.seq, text_key(row.id), row.document, row.body, columns


def row_of(found: Any) -> Row:
    seq, document, body, columns = found
    id, *values = orjson.loads(columns)
    return Row(seq, id, document, body, tuple(values))


def written(text: str) -> bytes:
    """A name as bytes, since text in PostgreSQL cannot contain every character."""
    return text.encode("utf-8", "surrogatepass")


def read(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogatepass")


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def short(name: str) -> str:
    """A name of at most 63 bytes, where PostgreSQL cuts; longer ones end in a digest so that they stay different."""
    if len(name.encode()) <= 63:
        return name
    return f"{name[:50]}~{blake2b(name.encode(), digest_size=6).hexdigest()}"
