"""A module of a user's, imported anew after an edit."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType


def imported_anew(module: ModuleType | None) -> ModuleType | None:
    """The module as its files are now, with all that belongs to its package.

    Whatever is wrong with them is raised, and leaves the module that there was.
    """
    if module is None or source_of(module) is None:
        return module
    before = _package(module)
    for name in before:
        del sys.modules[name]
    importlib.invalidate_caches()
    try:
        return importlib.import_module(module.__name__)
    except BaseException:
        for name in _package(module):
            del sys.modules[name]
        sys.modules.update(before)
        raise


def source_of(module: ModuleType) -> Path | None:
    """The file of a module, or the folder of a package; None for one that was made in memory."""
    file = getattr(module, "__file__", None)
    if file is None or module.__spec__ is None:
        return None
    return Path(file).parent if hasattr(module, "__path__") else Path(file)


def _package(module: ModuleType) -> dict[str, ModuleType]:
    root = module.__name__
    return {name: each for name, each in sys.modules.items() if name == root or name.startswith(f"{root}.")}
