"""Which replies may be given again."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import httpx
import pytest
from live import running
from sixth import lending

from understudy.mock_server import create_app
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.crud import target_record
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.serving.protocol.repeats import Repeats
from understudy.specs import load_folder

LENDING = load_folder(Path(__file__).parents[2] / "sixth")


@operation
async def read_shelf(call: Call) -> Reply:
    """A shelf; `?late` asks for the time as well."""
    shelf = await target_record(call, "shelf")
    if b"late" in call.query_string:
        call.state.now()
    return Reply(200, await call.state.shown("shelf", shelf))


@pytest.mark.parametrize(("query", "depends_on_records_alone"), [("", True), ("?late", False)])
def test_a_reply_that_depends_on_the_time_holds_for_no_further_request(
    query: str, depends_on_records_alone: bool
) -> None:
    functions = ModuleType("timed")
    functions.__dict__.update(lend_book=lending.lend_book, read_shelf=read_shelf)
    app = create_app(contracts=[LENDING], behaviours={"sixth": functions})
    # As if the functions were ours, which are not called again either.
    app.at_once, app.repeats = True, Repeats()
    with running(app) as address, httpx.Client(base_url=address, headers={"Authorization": "Card card-1"}) as client:
        shelf = client.get("/_mock/resources/sixth/shelf").json()["records"][0]["id"]
        replies = [client.get(f"/shelves/{shelf}{query}") for _ in range(3)]
        session = app.sessions.known("")

    assert {reply.status_code for reply in replies} == {200}
    assert session is not None
    _, second, third = session.journal
    assert (third.headers is second.headers) is depends_on_records_alone


def test_functions_of_others_are_called_for_each_request() -> None:
    assert create_app(["consent-kit"]).repeats is not None
    assert create_app(contracts=[LENDING], behaviours={"sixth": lending}).repeats is None
