"""The defects, one module an API; what both Kits can have is in `kits`."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from defects.spoiler import Defect

APIS = ("participant-kit", "consent-kit", "prolific", "lookit", "forsta")


@cache
def defects(api: str) -> tuple[Defect, ...]:
    """The defects of an API in the order of its catalogue; names are its own."""
    found: list[Defect] = import_module(f"defects.catalogue.{api.replace('-', '_')}").DEFECTS
    names = [each.name for each in found]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"{api} has two defects named {', '.join(sorted(twice))}")
    return tuple(found)
