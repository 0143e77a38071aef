"""Sparse fieldsets of JSON:API: `fields[children]=given_name` leaves that attribute alone."""

from __future__ import annotations

from typing import Any

import orjson

from understudy.mock_server.engine.call import Call, Reply

#: What of an object a fieldset picks from.
PARTS = ("attributes", "relationships")


def sparse(call: Call, reply: Reply) -> Reply:
    """The reply with the attributes and relationships that the caller asks for; with all of them when not asked."""
    name = next((each.name for each in call.operation.parameters if each.name.startswith("fields[")), "")
    sent = call.query.get(name)
    if sent is None or reply.raw is None:
        return reply
    wanted = {each.strip() for each in str(sent).split(",")}
    document = orjson.loads(reply.raw)
    data = document["data"]
    document["data"] = [_picked(each, wanted) for each in data] if isinstance(data, list) else _picked(data, wanted)
    return reply._replace(raw=orjson.dumps(document))


def _picked(shown: dict[str, Any], wanted: set[str]) -> dict[str, Any]:
    out = dict(shown)
    for part in PARTS:
        if part in out:
            out[part] = {name: value for name, value in out[part].items() if name in wanted}
    if not out.get("relationships", True):
        del out["relationships"]
    return out
