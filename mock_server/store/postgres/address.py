"""The address of a database, and what of it may be shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from understudy.mock_server.store.interface import StoreError

#: Where the tables are, unless the address names another schema (`?schema=NAME`).
SCHEMA = "understudy"

_INVALID = (
    "postgresql://… is not a valid address; use postgresql://USER:PASSWORD@HOST:PORT/DATABASE?NAME=VALUE, with special "
    "characters percent-encoded (@ as %40, / as %2F)"
)

#: Where a password with unescaped characters might end up in another part, the address is not valid.
_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[\w.%-]+)(?::[0-9]{1,5})?"
_ADDRESS = re.compile(
    r"postgres(?:ql)?://(?P<user>[^/?#@]*@)?"
    rf"(?P<place>(?:{_HOST}(?:,{_HOST})*)?(?:/[\w.%~+-]*)?)"
    r"(?:\?(?P<query>[^?#@]*))?"
)


@dataclass(frozen=True, slots=True)
class Address:
    """An address of PostgreSQL: for the driver, for people, and the schema."""

    dsn: str
    #: Without credentials and parameters.
    shown: str
    schema: str

    @classmethod
    def parse(cls, address: str) -> Address:
        """Raises StoreError for an address that is not valid; the message repeats nothing of it."""
        found = _ADDRESS.fullmatch(address)
        if found is None:
            raise StoreError(_INVALID)
        try:
            query = dict(parse_qsl(found["query"] or "", keep_blank_values=True, strict_parsing=bool(found["query"])))
        except ValueError:
            raise StoreError(_INVALID) from None
        schema = query.pop("schema", "") or SCHEMA
        # A user or a password may contain brackets, which would be taken for those of an IPv6 address.
        user = (found["user"] or "").replace("[", "%5B").replace("]", "%5D")
        parameters = f"?{urlencode(query)}" if query else ""
        return cls(f"postgresql://{user}{found['place']}{parameters}", f"postgresql://{found['place']}", schema)
