"""Sparse fieldsets of JSON:API: `fields[children]=given_name` leaves that attribute alone."""

from __future__ import annotations

from typing import Any

import orjson

from understudy.mock_server.engine.call import Call, Reply

#: What of an object a fieldset picks from.
PARTS = ("attributes", "relationships")


def sparse(call: Call, reply: Reply) -> Reply:
    """The reply with the attributes and relationships that the caller asks for; with all of them when not asked.

    The source does not name these parameters, and neither does the contract: by it an object has all its attributes.
    """
    sent = {name: value for name, value in call.others() if name.startswith("fields[")}
    if not sent or reply.raw is None:
        return reply
    document = orjson.loads(reply.raw)
    data = document["data"]
    shown = data if isinstance(data, list) else [data]
    picked = [_picked(each, sent.get(f"fields[{each['type']}]")) for each in shown]
    document["data"] = picked if isinstance(data, list) else picked[0]
    return reply._replace(raw=orjson.dumps(document))


def _picked(shown: dict[str, Any], sent: str | None) -> dict[str, Any]:
    if sent is None:
        return shown
    wanted = {name.strip() for name in sent.split(",")}
    out = dict(shown)
    for part in PARTS:
        if part in out:
            out[part] = {name: value for name, value in out[part].items() if name in wanted}
    if not out.get("relationships", True):
        del out["relationships"]
    return out
