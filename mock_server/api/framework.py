"""What we use of Connexion, all of it public: the application, the middleware protocol, the resolver, the errors."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    # Connexion imports a reference resolver and a test client that their makers have deprecated; nobody who starts a
    # server can change that.
    warnings.simplefilter("ignore")
    from connexion import ConnexionMiddleware, NoContent, ProblemException, Resolution, Resolver, request
    from connexion.decorators.parameter import pythonic, sanitized
    from connexion.exceptions import InvalidSpecification, ResolverError
    from connexion.middleware import SpecMiddleware
    from connexion.spec import Specification

__all__ = [
    "ConnexionMiddleware",
    "InvalidSpecification",
    "NoContent",
    "ProblemException",
    "Resolution",
    "Resolver",
    "ResolverError",
    "SpecMiddleware",
    "Specification",
    "pythonic",
    "request",
    "sanitized",
]
