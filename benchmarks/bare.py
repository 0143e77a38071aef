"""The yardstick: an ASGI application without routing tables, validation, state or rules.

It loads a file of recorded replies (`{"METHOD PATH?QUERY": {"status": …, "body": …}}`) as Python objects and writes
them with orjson on every request, line by line where the recorded body is a list. The body of a request is read,
decoded and stored.
Run: `python benchmarks/bare.py PORT FILE`.
"""

from __future__ import annotations

import sys
from collections import deque
from pathlib import Path
from typing import Any

import orjson
import uvicorn

REPLIES = {tuple(name.split(" ", 1)): reply for name, reply in orjson.loads(Path(sys.argv[2]).read_bytes()).items()}
STORED: deque[Any] = deque(maxlen=5_000)


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Send the recorded reply."""
    query = scope["query_string"]
    address = f"{scope['path']}?{query.decode()}" if query else scope["path"]
    reply = REPLIES[scope["method"], address]
    if scope["method"] != "GET":
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        STORED.append(orjson.loads(body))
    recorded = reply["body"]
    out = b"\n".join(map(orjson.dumps, recorded)) if isinstance(recorded, list) else orjson.dumps(recorded)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(out))]
    await send({"type": "http.response.start", "status": reply["status"], "headers": headers})
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
