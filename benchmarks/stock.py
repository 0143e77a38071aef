"""Stock Connexion: the Participant Kit's document, Connexion's own middlewares, response validation, a dict as store.

Run: `python benchmarks/stock.py PORT`.
"""

from __future__ import annotations

import copy
import itertools
import logging
import sys
import warnings
from typing import Any

import uvicorn

from understudy.specs import load

warnings.simplefilter("ignore")
logging.disable(logging.ERROR)

import connexion  # noqa: E402 - importing it emits warnings
from connexion.resolver import Resolution, Resolver  # noqa: E402

STUDY = {
    "id": "stu_000000000000",
    "object": "study",
    "name": "Study 1",
    "start_date": None,
    "end_date": None,
    "tags": ["pilot", "remote"],
    "created_at": "2025-01-06T09:00:00.000Z",
    "updated_at": "2025-01-06T09:00:00.000Z",
    "app_url": "https://app.participantkit.example/studies/stu_000000000000",
}
NUMBERS = itertools.count()
RECORDS: dict[str, dict[str, Any]] = {}


def participant() -> dict[str, Any]:
    """A participant with the same members as the mock's."""
    number = next(NUMBERS)
    made = {
        "id": f"par_{number:012}",
        "object": "participant",
        "anonymous_id": "RKPTTB",
        "created_at": "2025-01-06T09:00:00.000Z",
        "updated_at": "2025-01-06T09:00:00.000Z",
        "app_url": f"https://app.participantkit.example/participants/par_{number:012}",
        "study": STUDY,
    }
    if len(RECORDS) < 5_000:
        RECORDS[made["id"]] = made
    return made


async def list_participants(**query: Any) -> Any:
    """The first page."""
    limit = int(query.get("limit", 20))
    return {"object": "list", "data": list(itertools.islice(RECORDS.values(), limit))}


async def get_participant(participant_id: str, **query: Any) -> Any:
    """One record."""
    return RECORDS[participant_id]


async def create_participant(body: Any, **query: Any) -> Any:
    """A new record."""
    return participant(), 201


class OperationHandlers(Resolver):
    """Resolves operations to the functions above; no other operations are requested."""

    def resolve(self, operation: Any) -> Resolution:
        """The function of an operation."""
        operation_spec = load("participant-kit").operations[operation.operation_id]
        by_action = {"list": list_participants, "read": get_participant, "create": create_participant}
        return Resolution(by_action.get(operation_spec.action, list_participants), operation.operation_id)


def main() -> None:
    """Serve until killed."""
    for _ in range(130):
        participant()
    app = connexion.AsyncApp(__name__, security_map={"bearer": connexion.security.BearerSecurityHandler})
    document = copy.deepcopy(load("participant-kit").document)
    document["components"]["securitySchemes"] = {
        name: {"type": "http", "scheme": "bearer", "x-bearerInfoFunc": "stock.known"}
        for name in document["components"]["securitySchemes"]
    }
    # Connexion's own parser of addresses knows only parameters of one type.
    document["components"]["schemas"]["NumberOrText"] = {"type": "string"}
    app.add_api(document, resolver=OperationHandlers(), validate_responses=True)
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
    )


def known(token: str) -> dict[str, str] | None:
    """The owner of a token."""
    return {"sub": "somebody"} if token == "mock-token" else None


if __name__ == "__main__":
    main()
