"""The mock server: answers the contracts in `specs` with state, real data and real rules."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from understudy.mock_server.app import create_app
    from understudy.mock_server.client import Control, Records, Understudy
    from understudy.mock_server.engine.call import Call, Reply
    from understudy.mock_server.http.security.tokens import Caller
    from understudy.mock_server.in_process import serve

#: Imported at first use: pytest imports this package in every run, whether or not it needs a mock.
_HOMES = {
    "Call": "understudy.mock_server.engine.call",
    "Caller": "understudy.mock_server.http.security.tokens",
    "Control": "understudy.mock_server.client",
    "Records": "understudy.mock_server.client",
    "Reply": "understudy.mock_server.engine.call",
    "Understudy": "understudy.mock_server.client",
    "create_app": "understudy.mock_server.app",
    "serve": "understudy.mock_server.in_process",
}

__all__ = ["Call", "Caller", "Control", "Records", "Reply", "Understudy", "create_app", "serve"]

if not TYPE_CHECKING:  # a type checker reads the imports above, and reports a name that is not among them

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOMES[name]), name)
