"""Connexion as it comes: its own nine middlewares and validators, over the same document and the same answers.

What is ours here is `StatefulResolver`, which is public: it answers each operation by an ordinary Connexion handler.
Everything else, from the router to the check of the reply, is Connexion's.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from datetime import datetime
from typing import Any

from understudy.connexion import StatefulResolver
from understudy.specs import Contract

with warnings.catch_warnings():
    # Connexion imports what its makers have deprecated.
    warnings.simplefilter("ignore")
    import connexion

# It logs every refusal as a warning.
logging.getLogger("connexion").setLevel(logging.CRITICAL)


class Stock(StatefulResolver):
    """The answers of a contract, over the state and the clock of a session of ours."""

    def __init__(self, contract: Contract, session: Callable[[], Any]) -> None:
        super().__init__(contract, mock_all=True)
        self._session = session

    def session_name(self) -> str:
        """The name of our session."""
        return str(self._session().name)

    def now(self) -> datetime:
        """The time of our session."""
        moment: datetime = self._session().clock.now()
        return moment


def application(contract: Contract, session: Callable[[], Any]) -> Any:
    """Connexion's application for a contract; `session` returns the session whose name and clock are used."""
    resolver = Stock(contract, session)
    app = connexion.AsyncApp(__name__)
    app.add_api(resolver.document, resolver=resolver, security_map=resolver.security_map, validate_responses=True)
    return app
