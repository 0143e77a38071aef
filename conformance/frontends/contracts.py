"""The contract that a user names: an API that is prepared, or the file or address of any OpenAPI document."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from understudy.conformance.evidence.errors import UsageError
from understudy.conformance.evidence.words import no_such
from understudy.conformance.judging.unprepared.register import registered
from understudy.specs import Contract, ContractError, apis, load
from understudy.specs.documents.fetching import is_remote
from understudy.specs.unprepared.any_contract import any_contract, name_of


@cache
def named(api: str, overlays: tuple[str, ...] = ()) -> Contract:
    """The contract of that name; raises UsageError if there is none, or none that can be read."""
    try:
        if api in apis():
            return load(api, later=True)
        if is_document(api):
            return registered(any_contract(name_of(api), api, overlays))
    except ContractError as error:
        raise UsageError(str(error)) from error
    if Path(api).suffix:
        raise UsageError(f"there is no file {api!r}")
    raise UsageError(no_such("API", [api], apis()))


def is_document(name: str) -> bool:
    """Whether a name is that of a document, and not of an API."""
    return name not in apis() and (is_remote(name) or Path(name).is_file())
