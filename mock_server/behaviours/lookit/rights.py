"""What the caller may see and change. The rules are in `specs/lookit/README.md`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from understudy.mock_server.engine.call import Call
from understudy.mock_server.store import Where


@dataclass(frozen=True, slots=True)
class Rights:
    """One user's rights: over user data, over usernames, and over the responses to studies."""

    user_id: str
    reads_users: bool
    reads_usernames: bool
    all_studies: bool
    views: frozenset[str]
    edits: frozenset[str]

    def may_view(self, study_id: Any) -> bool:
        """Whether the user may see the responses to a study."""
        return self.all_studies or study_id in self.views

    def may_edit(self, study_id: Any) -> bool:
        """Whether the user may change the responses to a study and comment on them."""
        return self.all_studies or study_id in self.edits

    def to_viewed_studies(self) -> Where | None:
        """The condition of belonging to a study whose responses the user may see; None when there is no such study."""
        if self.all_studies:
            return {}
        return {"study_id": sorted(self.views)} if self.views else None


async def rights_of(call: Call) -> Rights:
    """The caller's rights, as kept with the caller's user."""
    state = call.state
    row = await state.tx.get(state.resources["user"].table, call.caller.values["user_id"])
    assert row is not None, "the seed has a user for each caller, and no operation deletes one"
    return _rights(row.document)


@lru_cache(256)
def _rights(document: bytes) -> Rights:
    """What a user's document says; the same few are asked on every request."""
    user = orjson.loads(document)
    edits = frozenset(user["edits"])
    return Rights(
        user_id=user["id"],
        reads_users="can_read_all_user_data" in user["permissions"],
        reads_usernames="can_read_usernames" in user["permissions"],
        all_studies=user["all_studies"],
        views=edits | frozenset(user["views"]),
        edits=edits,
    )
