"""The mock server: answers the contracts in `specs` with state, real data and real rules."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mock_server.app import create_app
    from mock_server.call import Call, Reply
    from mock_server.caller import Caller

#: Imported when first asked for: pytest imports this package in every run, whether or not it needs a mock.
_HOMES = {
    "Call": "mock_server.call",
    "Caller": "mock_server.caller",
    "Reply": "mock_server.call",
    "create_app": "mock_server.app",
}

__all__ = ["Call", "Caller", "Reply", "create_app"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
