"""The liberties, one module an API; what both Kits may do is in `kits`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec

from defects.catalogue import APIS as ALL

from liberties.liberty import Liberty, Printed

#: The APIs that have a catalogue.
APIS = tuple(api for api in ALL if find_spec(f"liberties.catalogue.{api.replace('-', '_')}"))


@cache
def liberties(api: str) -> tuple[Liberty | Printed, ...]:
    """The liberties of an API in the order of its catalogue; names are its own."""
    found: list[Liberty | Printed] = import_module(f"liberties.catalogue.{api.replace('-', '_')}").LIBERTIES
    names = [each.name for each in found]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"{api} has two liberties named {', '.join(sorted(twice))}")
    return tuple(found)
