"""The yardstick: an ASGI application without routing tables, validation, state or rules.

It keeps 130 participants as Python objects, writes them with orjson on every request, and appends what is posted.
Run: `python benchmarks/bare.py PORT`.
"""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import parse_qsl

import orjson
import uvicorn

STUDY = {
    "id": "stu_8bkj6rw9i2q4",
    "object": "study",
    "name": "Study 1",
    "start_date": None,
    "end_date": None,
    "tags": ["diary", "remote"],
    "created_at": "2025-01-06T09:00:00.000Z",
    "updated_at": "2025-01-06T09:00:00.000Z",
    "app_url": "https://app.participantkit.example/studies/stu_8bkj6rw9i2q4",
}


def participant(number: int) -> dict[str, Any]:
    """A participant of the same shape and length as the mock's."""
    return {
        "id": f"par_{number:012}",
        "object": "participant",
        "anonymous_id": "RKPTTB",
        "created_at": "2025-01-06T09:00:00.000Z",
        "updated_at": "2025-01-06T09:00:00.000Z",
        "app_url": f"https://app.participantkit.example/participants/par_{number:012}",
        "study": STUDY,
    }


RECORDS = {f"par_{number:012}": participant(number) for number in range(130)}


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer without asking questions."""
    if scope["type"] != "http":
        return
    path = scope["path"]
    status = 200
    if scope["method"] == "POST":
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        sent = orjson.loads(body)
        made = {**participant(len(RECORDS)), "first_name": sent["name"].split()[0]}
        if len(RECORDS) < 5000:
            RECORDS[made["id"]] = made
        status, out = 201, orjson.dumps(made)
    elif path == "/v1/participants":
        limit = int(dict(parse_qsl(scope["query_string"].decode())).get("limit", 20))
        out = orjson.dumps({"object": "list", "data": list(RECORDS.values())[:limit]})
    else:
        out = orjson.dumps(RECORDS[path.rsplit("/", 1)[1]])
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(out))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": out})


if __name__ == "__main__":
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        lifespan="off",
    )
