"""CPU time of whole operations inside the application, without a network: each of them called in a loop.

Run: `python benchmarks/operations.py`. The operations take turns, and the best of the turns of each counts. To compare
two versions, run both in turns as well: what else runs on a machine changes within minutes.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import sys
from collections.abc import Iterator

import orjson
from inside import Mock, Send, took

from understudy.mock_server.serving.uvicorn_server import GC_THRESHOLDS

TURNS, RUNS = 10, 300

KIT = "/participant-kit/v1/participants"
PROLIFIC = "/prolific/api/v1"
LOOKIT = "/lookit/api/v1"
TOKEN, ADMIN = "Token mock-token", "Token mock-admin-token"
JSON_API = "application/vnd.api+json"


def main() -> None:
    """Print a line for each operation; with the argument `json`, one object for another program."""
    found = asyncio.run(operations())
    if sys.argv[1:] == ["json"]:
        sys.stdout.buffer.write(orjson.dumps(found))
        return
    for name, micros in found.items():
        print(f"{name:32}{micros:8.1f}")


async def operations() -> dict[str, float]:
    """Microseconds of CPU by operation; in a loop, since timers need one, though nothing waits."""
    sends = dict(_sends(Mock(["participant-kit", "lookit", "prolific"])))
    sends |= {
        f"{name}, size 100": send for name, send in _pages(Mock(["participant-kit"], size=100), "/v1/participants")
    }
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    best = dict.fromkeys(sends, float("inf"))
    for name in [*sends] * TURNS:
        best[name] = min(best[name], took(sends[name], RUNS))
    return best


def _sends(mock: Mock) -> Iterator[tuple[str, Send]]:
    person = mock.read(f"{KIT}?limit=1")["data"][0]
    yield "GET item", mock.request("GET", f"{KIT}/{person['id']}")
    yield from _pages(mock, KIT)
    new = {"name": "Ada Lovelace", "email": "ada@example.org", "event_id": person["study"]["id"]}
    yield "POST", mock.request("POST", KIT, body=new)
    feedback = mock.read(f"{LOOKIT}/feedback/", ADMIN)["data"][0]
    comment = {"data": {"type": "feedback", "id": feedback["id"], "attributes": {"comment": "Thank you."}}}
    yield "PATCH (JSON:API)", mock.request("PATCH", f"{LOOKIT}/feedback/{feedback['id']}/", ADMIN, comment, JSON_API)
    yield "page of 10 (JSON:API)", mock.request("GET", f"{LOOKIT}/children/", ADMIN)
    yield "list of studies", mock.request("GET", f"{PROLIFIC}/studies/?page_size=20", TOKEN)
    yield "transition", _transition(mock)


def _pages(mock: Mock, path: str) -> Iterator[tuple[str, Send]]:
    yield "list 20", mock.request("GET", f"{path}?limit=20")
    yield "list 100", mock.request("GET", f"{path}?limit=100")
    count = min(400, _count(mock, path) // 20)
    several = itertools.cycle([mock.request("GET", f"{path}?limit=20&page={page}") for page in range(1, count + 1)])
    yield "list 20, every page in turn", lambda: next(several)()


def _count(mock: Mock, path: str) -> int:
    """A number of records that is no more than those there are."""
    for count in (10_000, 1_000, 100):
        if mock.read(f"{path}?limit=1&page={count}")["data"]:
            return count
    return 20


def _transition(mock: Mock) -> Send:
    studies = mock.read(f"{PROLIFIC}/studies/", TOKEN)["results"]
    study = next(study for study in studies if study["status"] == "ACTIVE")
    waiting = mock.read(f"{PROLIFIC}/studies/{study['id']}/submissions/", TOKEN)["results"]
    id = next(each["id"] for each in waiting if each["status"] == "AWAITING REVIEW")
    return mock.request("POST", f"{PROLIFIC}/submissions/{id}/transition/", TOKEN, {"action": "APPROVE"})


if __name__ == "__main__":
    main()
