"""understudy: a contract-first mock server and conformance kit.

`understudy.specs` holds the contracts, `understudy.mock_server` answers them, `understudy.conformance` judges a target by
them. The three packages lie at the top of the repository and are linked into this folder.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from understudy import conformance, mock_server, specs
    from understudy.mock_server.app import create_app
    from understudy.mock_server.client import Control, Records, Understudy
    from understudy.mock_server.engine.state import State
    from understudy.mock_server.in_process import serve

#: Imported at first use: pytest imports this package in every run, whether or not it needs a mock.
_HOMES = {
    "Control": "understudy.mock_server.client",
    "Records": "understudy.mock_server.client",
    "State": "understudy.mock_server.engine.state",
    "Understudy": "understudy.mock_server.client",
    "create_app": "understudy.mock_server.app",
    "serve": "understudy.mock_server.in_process",
}
_PACKAGES = {"conformance", "mock_server", "specs"}

__all__ = ["Control", "Records", "State", "Understudy", "conformance", "create_app", "mock_server", "serve", "specs"]

if not TYPE_CHECKING:  # a type checker reads the imports above, and reports a name that is not among them

    def __getattr__(name: str) -> Any:
        if name in _PACKAGES:
            return import_module(f"{__name__}.{name}")
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOMES[name]), name)
