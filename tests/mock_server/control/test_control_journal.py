"""The journal as an assertion: a typo is refused, it does not count as nothing asked."""

from __future__ import annotations

import pytest
from live import Serve


@pytest.mark.parametrize("path", ["requests", "requests/count"])
@pytest.mark.parametrize(
    "query", ["operation=creat_study", "api=nope", "method=GTE", "api=participant-kit&operation=x"]
)
def test_what_nobody_serves_is_refused(serve: Serve, path: str, query: str) -> None:
    reply = serve("participant-kit").get(f"/_mock/{path}?{query}")

    assert reply.status_code == 400
    assert query.rpartition("=")[2] in reply.json()["error"]["message"]


@pytest.mark.parametrize("query", ["operation=create_study", "api=participant-kit", "method=get", "method=PATCH"])
def test_what_is_served_and_was_not_asked_counts_as_nothing(serve: Serve, query: str) -> None:
    assert serve("participant-kit").get(f"/_mock/requests/count?{query}&exactly=0").json() == {"count": 0}


def test_the_default_session_can_be_named(serve: Serve) -> None:
    assert serve("participant-kit").get("/_mock/requests?session=").status_code == 200


def test_a_session_that_nobody_has_used_is_not_there(serve: Serve) -> None:
    client = serve("participant-kit")

    assert client.get("/_mock/requests?session=nobody").status_code == 404
    assert "nobody" not in [each["name"] for each in client.get("/_mock/sessions").json()["sessions"]]
