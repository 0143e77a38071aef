"""Opens a document that a user names: read, overlaid, in one piece; whatever is wrong ends in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from understudy.specs.documents.bundle import Bundle, Warnings
from understudy.specs.documents.fetching import FetchError, address_of, fetch, is_remote, led_to, path_of, shown
from understudy.specs.documents.overlay import Overlay, OverlayError, overlaid, read_overlay
from understudy.specs.documents.swagger import Upgraded, upgraded
from understudy.specs.documents.text import TextError
from understudy.specs.reading.errors import ContractError
from understudy.specs.reading.wording import quoted

#: The member that tells the version -> how those begin that are read.
VERSIONS = {"openapi": ("3.0", "3.1", "3.2"), "swagger": ("2.0",)}


@dataclass(frozen=True, slots=True)
class Opened:
    """A document in one piece, the address that it came from, and what it was made of."""

    address: str
    document: dict[str, Any]
    bundle: Bundle
    #: Finds where a part of the document is written, before it had the form of OpenAPI 3: a pointer for a pointer.
    written: Callable[[str], str]
    #: The files that it was read from, overlays included, and those that it refers to in vain.
    files: tuple[Path, ...]

    def unhonoured(self, further: Iterable[tuple[str, str, int]] = ()) -> tuple[str, ...]:
        """One line for each thing that cannot be honoured; further ones have their pointers into the document."""
        found = Warnings()
        for place, problem, times in further:
            found.add(self.bundle.place(self.written(place)), problem, times)
        return (*self.bundle.warnings.lines(), *found.lines())

    @property
    def title(self) -> str:
        """What it calls itself."""
        info = self.document.get("info")
        return str(info.get("title") or "this API") if isinstance(info, Mapping) else "this API"


def open_document(name: str, overlays: Sequence[str] = (), *, outside: bool = False) -> Opened:
    """Open a file or an address, with overlays laid over it in their order.

    `outside` allows references to files outside of the document's folder. Raises ContractError.
    """
    asked: list[str] = []
    try:
        address = address_of(name)
        asked += [address, *map(address_of, overlays)]
        bundle = Bundle(address, outside=outside, asked=asked)
        _check(bundle, shown(address))
        outline = bundle.outline()
        for each in overlays:
            overlay = read_overlay(shown(address_of(each)), fetch(address_of(each)))
            _check_extends(overlay, address, bundle)
            outline = overlaid(outline, overlay, bundle.warnings)
        made = Upgraded(bundle.whole(outline), {})
        if "openapi" not in made.document:
            made = upgraded(made.document, lambda place, problem: bundle.warnings.add(bundle.place(place), problem))
    except (FetchError, TextError, OverlayError) as error:
        raise ContractError(str(error), _files(asked)) from error
    except RecursionError as error:
        raise ContractError(f"{shown(asked[0])}: it is nested too deeply") from error
    return Opened(address, made.document, bundle, made.written, _files(asked))


def _files(addresses: Sequence[str]) -> tuple[Path, ...]:
    return tuple(path_of(each) for each in dict.fromkeys(addresses) if not is_remote(each))


def _check(bundle: Bundle, name: str) -> None:
    """Raises ContractError for what is neither OpenAPI 3 nor Swagger 2.0."""
    value = bundle.value
    if not isinstance(value, Mapping):
        raise ContractError(f"{name}: an OpenAPI document is an object, not {quoted(value)}")
    member = next((name for name in ("openapi", "swagger") if name in value), "")
    if not member:
        raise ContractError(
            f"{name}: this is not an OpenAPI document: the member 'openapi', or 'swagger', with a version is missing"
        )
    version = str(value[member])
    if not version.startswith(VERSIONS[member]):
        raise ContractError(
            f"{bundle.place(f'/{member}')}: {version} is not a version that is read here; use OpenAPI 3.0, 3.1 or 3.2, "
            "or Swagger 2.0"
        )
    if not isinstance(value.get("paths", {}), Mapping):
        raise ContractError(f"{bundle.place('/paths')}: {quoted(value['paths'])} is not an object")


def _check_extends(overlay: Overlay, address: str, bundle: Bundle) -> None:
    if overlay.extends:
        aim, _ = led_to(address, overlay.extends)
        same = aim == address or _stem(aim) == _stem(address)
        if not same:
            bundle.warnings.add(overlay.name, f"it extends {overlay.extends}, and is laid over {shown(address)}")


def _stem(address: str) -> str:
    return address if is_remote(address) else unquote(address.rpartition("/")[2])
