"""The mock server: answers the contracts in `specs` with state, real data and real rules."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from understudy.mock_server.app import create_app
    from understudy.mock_server.engine.call import Call, Reply
    from understudy.mock_server.http.caller import Caller

#: Imported when first asked for: pytest imports this package in every run, whether or not it needs a mock.
_HOMES = {
    "Call": "understudy.mock_server.engine.call",
    "Caller": "understudy.mock_server.http.caller",
    "Reply": "understudy.mock_server.engine.call",
    "create_app": "understudy.mock_server.app",
}

__all__ = ["Call", "Caller", "Reply", "create_app"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
