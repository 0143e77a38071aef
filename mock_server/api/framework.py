"""What we use of Connexion, imported without what a server has no use for.

Connexion imports two HTTP clients, to read documents from other servers and to ask them about tokens, and with Starlette's
test client a command line: half of what a start costs, and twenty megabytes, for what nothing here calls. Stand-ins take
their places while Connexion is imported. Whoever wants the real ones afterwards gets them, Connexion included.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

#: Imported by Connexion, used by it only when it is asked to call somebody.
_CLIENTS = ("httpx", "requests")
_TEST_CLIENT = "starlette.testclient"


class _Later(ModuleType):
    """A module that is imported once something of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


@contextmanager
def _instead(stand_in: ModuleType) -> Iterator[None]:
    name = stand_in.__name__
    if name in sys.modules:
        yield
        return
    sys.modules[name] = stand_in
    try:
        yield
    finally:
        if sys.modules.get(name) is stand_in:
            del sys.modules[name]


def _test_client() -> ModuleType:
    """The test client is named when a class is made, so this one cannot come later."""
    stand_in = ModuleType(_TEST_CLIENT)
    stand_in.TestClient = object  # type: ignore[attr-defined]
    return stand_in


with ExitStack() as _stack, warnings.catch_warnings():
    for _module in (_test_client(), *map(_Later, _CLIENTS)):
        _stack.enter_context(_instead(_module))
    # Connexion's reference resolver warns of itself; whoever starts the server can do nothing about it.
    warnings.simplefilter("ignore")
    from connexion.http_facts import METHODS
    from connexion.middleware.abstract import SpecMiddleware
    from connexion.middleware.main import API, ConnexionMiddleware
    from connexion.resolver import Resolution, Resolver
    from connexion.spec import OpenAPISpecification, Specification

__all__ = [
    "API",
    "METHODS",
    "ConnexionMiddleware",
    "OpenAPISpecification",
    "Resolution",
    "Resolver",
    "SpecMiddleware",
    "Specification",
]
