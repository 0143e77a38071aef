"""Opens a document that a user names: read, overlaid, in one piece; whatever is wrong ends in one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from understudy.specs.documents.bundle import Bundle
from understudy.specs.documents.fetching import FetchError, address_of, fetch, is_remote, path_of, shown
from understudy.specs.documents.overlay import Overlay, OverlayError, overlaid, read_overlay
from understudy.specs.documents.text import TextError
from understudy.specs.reading.errors import ContractError
from understudy.specs.reading.wording import quoted

VERSIONS = ("3.0", "3.1", "3.2")


@dataclass(frozen=True, slots=True)
class Opened:
    """A document in one piece, the address that it came from, and one line for each thing that cannot be honoured."""

    address: str
    document: dict[str, Any]
    warnings: tuple[str, ...]
    #: Address -> text, of everything that was read.
    texts: Mapping[str, bytes]
    #: The files that it was read from, overlays included, and those that it refers to in vain.
    files: tuple[Path, ...]

    @property
    def title(self) -> str:
        """What it calls itself."""
        info = self.document.get("info")
        return str(info.get("title") or "this API") if isinstance(info, Mapping) else "this API"


def open_document(name: str, overlays: Sequence[str] = (), *, outside: bool = False) -> Opened:
    """Open a file or an address, with overlays laid over it in their order.

    `outside` allows references to files outside of the document's folder. Raises ContractError.
    """
    address = address_of(name)
    asked = [address, *map(address_of, overlays)]
    try:
        bundle = Bundle(address, outside=outside, asked=asked)
        _check(bundle.value, shown(address))
        outline = bundle.outline()
        for each in overlays:
            overlay = read_overlay(shown(address_of(each)), fetch(address_of(each)))
            _check_extends(overlay, address, bundle)
            outline = overlaid(outline, overlay, bundle.warnings)
        document = bundle.whole(outline)
    except (FetchError, TextError, OverlayError) as error:
        raise ContractError(str(error), _files(asked)) from error
    except RecursionError as error:
        raise ContractError(f"{shown(address)}: it is nested too deeply") from error
    return Opened(address, document, tuple(bundle.warnings.lines()), bundle.texts, _files(asked))


def _files(addresses: Sequence[str]) -> tuple[Path, ...]:
    return tuple(path_of(each) for each in dict.fromkeys(addresses) if not is_remote(each))


def _check(value: Any, name: str) -> None:
    """Raises ContractError for what is not OpenAPI 3."""
    if not isinstance(value, Mapping):
        raise ContractError(f"{name}: an OpenAPI document is an object, not {quoted(value)}")
    if "swagger" in value:
        raise ContractError(
            f"{name}: this is Swagger {value['swagger']}, which is not read here; convert it to OpenAPI 3 first, for "
            "instance with swagger2openapi or https://converter.swagger.io"
        )
    if "openapi" not in value:
        raise ContractError(f"{name}: this is not an OpenAPI document: the member 'openapi' with a version is missing")
    version = str(value["openapi"])
    if not version.startswith(VERSIONS):
        raise ContractError(f"{name}: /openapi: {version} is not a version that is read here; use 3.0, 3.1 or 3.2")
    if not isinstance(value.get("paths", {}), Mapping):
        raise ContractError(f"{name}: /paths: {quoted(value['paths'])} is not an object")


def _check_extends(overlay: Overlay, address: str, bundle: Bundle) -> None:
    if overlay.extends:
        aim = urljoin(address, overlay.extends)
        same = aim == address or _stem(aim) == _stem(address)
        if not same:
            bundle.warnings.add(overlay.name, f"it extends {overlay.extends}, and is laid over {shown(address)}")


def _stem(address: str) -> str:
    return path_of(address).name if urlsplit(address).scheme == "file" else address
