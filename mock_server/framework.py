"""What we use of Connexion, imported without what a server has no use for.

Connexion imports Starlette's test client, and with it an HTTP client and a command line, to offer a method that
nothing here calls: 0.2 CPU-seconds and ten megabytes at every start. A stand-in takes its place while Connexion is
imported; whoever wants the real one afterwards gets it.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

_UNUSED = "starlette.testclient"


@contextmanager
def _left_out(name: str) -> Iterator[None]:
    if name in sys.modules:
        yield
        return
    stand_in = ModuleType(name)
    stand_in.TestClient = object  # type: ignore[attr-defined]
    sys.modules[name] = stand_in
    try:
        yield
    finally:
        del sys.modules[name]


with _left_out(_UNUSED), warnings.catch_warnings():
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
