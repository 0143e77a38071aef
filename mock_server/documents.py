"""What a user names to be served: an API that is prepared, a folder like those, or any OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from understudy.specs import Contract, ContractError, apis, load, load_folder
from understudy.specs.documents.fetching import is_remote

#: A name that is given to a document, as part of a path.
NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)=(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Documents:
    """How documents are opened: the overlays for them (`FILE`, or `NAME=FILE` for one of several), the token, strictness."""

    overlays: tuple[str, ...] = ()
    token: str | None = None
    strict: bool = False
    later: bool = False
    outside: bool = False

    def contracts(self, names: Iterable[str]) -> Iterator[Contract]:
        """The contracts that are named. Raises ContractError."""
        for name in names:
            yield load(name, self.later) if name in apis() else self._opened(name)

    def _opened(self, text: str) -> Contract:
        # Imported late: prepared APIs are served without what reads the documents of others.
        from understudy.specs.unprepared.any_contract import any_contract, name_of

        named = NAME.fullmatch(text) if not is_remote(text) and not Path(text).exists() else None
        name, document = named.groups() if named else (name_of(text), text)
        if not is_remote(document) and not Path(document).exists():
            raise ContractError(
                f"There is no API {text!r}, and no file of that name. The APIs are {', '.join(apis())}."
            )
        if not is_remote(document) and Path(document).is_dir():
            return self._folder(Path(document))
        return any_contract(
            name, document, list(self._laid_over(name)), token=self.token, strict=self.strict, outside=self.outside
        )

    def _folder(self, folder: Path) -> Contract:
        contract = load_folder(folder, self.later)
        if self.strict and contract.warnings:
            raise ContractError(contract.warnings[0])
        return contract

    def _laid_over(self, name: str) -> Iterator[str]:
        for overlay in self.overlays:
            aim = NAME.fullmatch(overlay) if not Path(overlay).exists() else None
            if aim is None:
                yield overlay
            elif aim[1] == name:
                yield aim[2]
