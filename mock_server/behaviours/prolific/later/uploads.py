"""Addresses to which files are uploaded; nobody serves them."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from understudy.mock_server.behaviours.prolific.access import workspace_at
from understudy.mock_server.clock import timestamp
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.engine.state import State


@operation
async def get_feedback_upload_address(call: Call) -> Reply:
    """Where a file with feedback on submissions is to be uploaded."""
    await workspace_at(call.state, call.query["workspace_id"])
    return Reply(201, address(call.state, "signals", call.path["filename"]))


def address(state: State, folder: str, name: str) -> dict[str, str]:
    """The address for a file in a folder, with the method and the moment until which it is good."""
    settings = state.resources.contract.settings
    return {
        "upload_url": settings["upload_url"].replace("{path}", f"{folder}/{quote(name, safe='')}"),
        "http_method": "PUT",
        "expires_at": timestamp(state.moment() + timedelta(minutes=settings["upload_minutes"])),
    }
