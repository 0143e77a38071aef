"""The contract that a user names: an API that is prepared, a folder like those, or any OpenAPI document."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from understudy.conformance.evidence.errors import UsageError
from understudy.conformance.evidence.words import no_such
from understudy.conformance.judging.registry import ruled
from understudy.conformance.judging.unprepared.register import registered
from understudy.specs import Contract, ContractError, apis, load, load_folder
from understudy.specs.documents.fetching import is_remote
from understudy.specs.unprepared.any_contract import any_contract, name_of


@cache
def named(api: str, overlays: tuple[str, ...] = (), *, outside: bool = False) -> Contract:
    """The contract of that name; raises UsageError if there is none, or none that can be read."""
    try:
        if api in apis():
            return load(api, later=True)
        if is_remote(api) or Path(api).is_file():
            return registered(any_contract(name_of(api), api, overlays, outside=outside))
        if Path(api).is_dir():
            if overlays:
                raise UsageError(f"{api} has its overlay in overlay.yaml; --overlay is for documents")
            return ruled(load_folder(Path(api), later=True))
    except ContractError as error:
        raise UsageError(str(error)) from error
    if Path(api).suffix:
        raise UsageError(f"there is no file {api!r}")
    raise UsageError(no_such("API", [api], apis()))


def is_own(name: str) -> bool:
    """Whether a name is that of a document or a folder of a user's, and not of an API that is prepared."""
    return name not in apis() and (is_remote(name) or Path(name).exists())
