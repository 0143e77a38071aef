"""How tables, columns and labels are written in PostgreSQL, and what its rows are made of."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import orjson

from understudy.mock_server.store.columns import plain, text_key
from understudy.mock_server.store.interface import Row

#: What every table of records has beside the number of the session and its columns for look-ups.
MATERIAL = ("seq", "id", "document", "body", "columns")

#: What a row is read from.
ROW = "seq, document, body, columns"


def material(row: Row) -> tuple[int, bytes, bytes, bytes, bytes]:
    """What is kept of a row beside the columns for look-ups; its id in front, since keys of long ids are cut."""
    columns = orjson.dumps([row.id, *map(plain, row.columns)])
    return row.seq, text_key(row.id), row.document, row.body, columns


def row_of(found: Any) -> Row:
    seq, document, body, columns = found
    id, *values = orjson.loads(columns)
    return Row(seq, id, document, body, tuple(values))


def written(text: str) -> bytes:
    """Names are kept as bytes: text of PostgreSQL cannot hold every character."""
    return text.encode("utf-8", "surrogatepass")


def read(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogatepass")


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def short(name: str) -> str:
    """PostgreSQL cuts names at 63 bytes; longer ones end in a digest so that they stay different."""
    if len(name.encode()) <= 63:
        return name
    return f"{name[:50]}~{blake2b(name.encode(), digest_size=6).hexdigest()}"
