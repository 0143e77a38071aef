"""Reading: single objects in their envelope, and the lists that do more than the generic one."""

from __future__ import annotations

from typing import Any

import orjson

from understudy.mock_server.behaviours.lookit.fieldsets import sparse
from understudy.mock_server.behaviours.lookit.rights import rights_of
from understudy.mock_server.behaviours.lookit.visibility import (
    SCOPES,
    scope_child,
    scope_response,
    scope_user,
    seen,
    seen_body,
)
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.conditions import conjoined
from understudy.mock_server.engine.crud import filters, missing, page
from understudy.mock_server.engine.pagination import Pager
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.store import Row, Where
from understudy.specs import load

_PAGINATION = load("lookit").operations["list_users"].pagination
assert _PAGINATION is not None, "every list of this API pages alike"
PAGER = Pager(_PAGINATION)

#: Where the attributes of an object begin; type and id, which stand before them, cannot hold a quotation mark.
_ATTRIBUTES = b'"attributes":{'

#: What `ordering` may name; anything else is ignored.
CHILD_ORDERS = {"birthday": "birthday", "-birthday": "-birthday"}


@operation
async def read_child(call: Call) -> Reply:
    """One child."""
    return await _read(call, "child", call.path["child_id"])


@operation
async def read_demographics(call: Call) -> Reply:
    """One piece of demographic data."""
    return await _read(call, "demographics", call.path["demographic_data_id"])


@operation
async def read_feedback(call: Call) -> Reply:
    """One piece of feedback."""
    return await _read(call, "feedback", call.path["feedback_id"])


@operation
async def read_lab(call: Call) -> Reply:
    """One lab."""
    return await _read(call, "lab", call.path["lab_id"])


@operation
async def read_response(call: Call) -> Reply:
    """One response."""
    return await _read(call, "response", call.path["response_id"])


@operation
async def read_study(call: Call) -> Reply:
    """One study."""
    return await _read(call, "study", call.path["study_id"])


@operation
async def read_user(call: Call) -> Reply:
    """One user, with the username for callers who may read it."""
    id = call.path["user_id"]
    if not (await rights_of(call)).reads_usernames:
        return await _read(call, "user", id)
    if await seen(call, "user", id) is None:
        raise missing("user")
    row = await call.state.tx.get(call.state.resources["user"].table, id)
    assert row is not None, "what is seen is kept"
    return sparse(call, Reply(200, raw=b'{"data":' + _named(row) + b"}"))


@operation
async def list_users(call: Call) -> Reply:
    """Users, with their usernames for callers who may read them."""
    where = await scope_user(call)
    if not (await rights_of(call)).reads_usernames:
        return await _page(call, "user", where)
    count = await call.state.count("user", where)
    part = PAGER.settle(PAGER.slice(call.query), count)
    table = call.state.resources["user"].table
    items = [_named(row) for row in await call.state.tx.rows(table, where, "created", part.limit, part.offset)]
    return sparse(call, Reply(200, raw=PAGER.wrap(call, items, part, count)))


@operation
async def list_children(call: Call) -> Reply:
    """Children, by birthday when asked for."""
    return await _children(call, await scope_child(call))


@operation
async def list_user_children(call: Call) -> Reply:
    """The children of one user as far as the caller may see them."""
    user_id = await _parent(call, "user", "user_id")
    return await _children(call, conjoined(await scope_child(call), {"user_id": user_id}))


@operation
async def list_user_demographics(call: Call) -> Reply:
    """The demographic data of one user; visible to everyone who sees the user."""
    user_id = await _parent(call, "user", "user_id")
    return await _page(call, "demographics", {"user_active": True, "user_id": user_id})


@operation
async def list_demographics(call: Call) -> Reply:
    """Demographic data, the latest form first."""
    return await _page(call, "demographics", await SCOPES["demographics"](call))


@operation
async def list_feedback(call: Call) -> Reply:
    """Feedback, the latest first."""
    return await _page(call, "feedback", await SCOPES["feedback"](call))


@operation
async def list_labs(call: Call) -> Reply:
    """Every lab, by name."""
    return await _page(call, "lab", {})


@operation
async def list_studies(call: Call) -> Reply:
    """Studies, the latest change first."""
    return await _page(call, "study", await SCOPES["study"](call))


@operation
async def list_responses(call: Call) -> Reply:
    """Responses, narrowed to a study or a child when asked for."""
    where = conjoined(await scope_response(call), filters(call))
    return await _page(call, "response", where)


@operation
async def list_study_responses(call: Call) -> Reply:
    """The responses to one study, for those who may see them; for everybody else those of their own children."""
    study_id = await _parent(call, "study", "study_id")
    rights = await rights_of(call)
    own = None if rights.may_view(study_id) else {"parent_id": rights.user_id}
    return await _page(call, "response", conjoined({"study_id": study_id}, own, filters(call)))


async def _read(call: Call, resource: str, id: Any) -> Reply:
    body = await seen_body(call, resource, id)
    if body is None:
        raise missing(resource)
    return sparse(call, Reply(200, raw=b'{"data":' + body + b"}"))


async def _page(call: Call, resource: str, where: Where, order: str | None = None) -> Reply:
    return sparse(call, await page(call, resource, where, order or call.operation.order, PAGER))


async def _parent(call: Call, resource: str, parameter: str) -> Any:
    id = call.path[parameter]
    if await seen(call, resource, id) is None:
        raise missing(resource)
    return id


async def _children(call: Call, where: Where) -> Reply:
    return await _page(call, "child", where, CHILD_ORDERS.get(call.query.get("ordering", "")))


def _named(row: Row) -> bytes:
    """A user with the username, which goes in front of the other attributes."""
    name = orjson.dumps(orjson.loads(row.document)["username"])
    return row.body.replace(_ATTRIBUTES, _ATTRIBUTES + b'"username":' + name + b",", 1)
