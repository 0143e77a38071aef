"""understudy: a contract-first mock server and conformance kit.

`understudy.specs` holds the contracts, `understudy.mock_server` answers them, `understudy.conformance` judges a target by
them. The three lie at the top of the repository and are linked into this folder.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from understudy.mock_server.app import create_app

#: Imported when first asked for: pytest imports this package in every run, whether or not it needs a mock.
_HOMES = {"create_app": "understudy.mock_server.app"}

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
