"""Records are found by a text and by any property, a stretch at a time."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from live import Serve, running

from understudy.mock_server import create_app
from understudy.mock_server.control.resources.finding import STRETCH


def found(client: httpx.Client, query: str) -> Any:
    return client.get(f"/_mock/search/participant-kit/study?{query}").json()


def test_every_word_is_in_the_record(serve: Serve) -> None:
    reply = found(serve("participant-kit"), "text=MEAL interviews")

    assert reply["records"]
    assert {each["name"] for each in reply["records"]} == {"Meal kit: interviews"}
    assert reply["next"] is None


@pytest.mark.parametrize(
    ("where", "holds"),
    [
        ("organisation:org_other", lambda each: each["organisation"] == "org_other"),
        ("tags:pilot", lambda each: "pilot" in each["tags"]),
        ("end_date:null", lambda each: each["end_date"] is None),
        ("name.first:x", lambda each: False),
    ],
)
def test_a_property_has_a_value(serve: Serve, where: str, holds: Any) -> None:
    client = serve("participant-kit")
    everything = found(client, "limit=1000")["records"]

    reply = found(client, f"where={where}&limit=1000")

    assert reply["records"] == [each for each in everything if holds(each)]


def test_a_search_goes_on_where_it_stopped(serve: Serve) -> None:
    client = serve("participant-kit")
    whole = found(client, "text=meal&limit=1000")["records"]

    first = found(client, "text=meal&limit=2")
    rest = found(client, f"text=meal&limit=1000&start={first['next']}")

    assert first["records"] + rest["records"] == whole


def test_one_call_looks_through_a_stretch_of_a_large_resource() -> None:
    with running(create_app(["participant-kit"], size=30)) as address, httpx.Client(base_url=address) as client:
        reply = found(client, "text=nothing-has-this")

        assert (reply["records"], reply["next"]) == ([], STRETCH)
        assert reply["count"] > STRETCH
