"""What differs from the seed, and between two sessions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from live import Serve, running

from understudy.mock_server import create_app


def changes(client: httpx.Client, query: str = "") -> dict[str, str]:
    """Id -> kind, from every stretch."""
    out: dict[str, str] = {}
    start: Any = 0
    while start is not None:
        reply = client.get(f"/_mock/changes/participant-kit/study?start={start}{query}").json()
        out |= {each["id"]: each["kind"] for each in reply["changes"]}
        start = reply["next"]
    return out


def write(client: httpx.Client) -> dict[str, str]:
    """Make, change and remove a study; what `changes` has to find."""
    removed, changed = (each["id"] for each in client.get("/v1/studies?limit=2").json()["data"])
    project = client.get("/v1/projects?limit=1").json()["data"][0]["id"]
    client.delete(f"/v1/studies/{removed}")
    client.patch(f"/_mock/resources/participant-kit/study/{changed}", json={"name": "Another"})
    made = client.post("/v1/studies", json={"project_id": project, "name": "New"}).json()["id"]
    return {made: "made", changed: "changed", removed: "removed"}


def test_nothing_differs_at_the_beginning(serve: Serve) -> None:
    assert changes(serve("participant-kit")) == {}


@pytest.mark.parametrize("store", [None, "sqlite"])
@pytest.mark.parametrize("size", [1, 20])
def test_what_was_made_changed_and_removed_is_found_in_every_store(
    tmp_path: Path, store: str | None, size: int
) -> None:
    address = f"sqlite:///{tmp_path}/store.db" if store else None
    with running(create_app(["participant-kit"], store=address, size=size)) as url:
        headers = {"Authorization": "Bearer mock-token"}
        with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
            expected = write(client)

            assert changes(client) == expected


def test_what_was_changed_and_put_back_does_not_differ(serve: Serve) -> None:
    client = serve("participant-kit")
    study = client.get("/v1/studies?limit=1").json()["data"][0]["id"]
    path = f"/_mock/resources/participant-kit/study/{study}"
    client.patch(path, json={"name": "Another"})
    assert changes(client) == {study: "changed"}

    client.put(path, json=client.get(f"/_mock/seed/participant-kit/study/{study}").json()["record"])

    assert changes(client) == {}


def test_the_seed_of_a_scenario_is_what_its_session_began_with(serve: Serve) -> None:
    client = serve("participant-kit")
    client.put("/_mock/scenario", json={"name": "empty"})

    assert changes(client) == {}


def test_two_sessions_are_compared_in_both_directions(serve: Serve) -> None:
    client = serve("participant-kit")
    name = client.headers["X-Mock-Session"]
    client.put("/_mock/sessions/beside")
    expected = write(client)
    opposite = {"made": "removed", "removed": "made", "changed": "changed"}

    assert changes(client, "&against=beside") == expected
    client.headers["X-Mock-Session"] = "beside"
    assert changes(client, f"&against={name}") == {id: opposite[kind] for id, kind in expected.items()}
    client.delete("/_mock/sessions/beside")
    client.headers["X-Mock-Session"] = name


def test_a_record_that_was_made_is_not_in_the_seed(serve: Serve) -> None:
    client = serve("participant-kit")
    made = next(id for id, kind in write(client).items() if kind == "made")

    assert client.get(f"/_mock/seed/participant-kit/study/{made}").status_code == 404
