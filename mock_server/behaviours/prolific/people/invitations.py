"""Invitations: people become members of a workspace or editors of a project."""

from __future__ import annotations

from typing import Any

from understudy.mock_server.behaviours.prolific.access import ADMIN, EDITOR, member, my_id, roles
from understudy.mock_server.behaviours.prolific.control_replies import INVITATION
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.crud import missing
from understudy.mock_server.engine.registration import control, operation
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import BadRequestError, ForbiddenError, field_error


@operation
async def create_invitations(call: Call) -> Reply:
    """One invitation for each address; an address with a pending one keeps it."""
    state, body = call.state, call.body
    association, role = body["association"], body["role"]
    await _may_invite(state, association, role)
    known = {
        invitation["email"].lower(): invitation
        for invitation in await state.find("invitation", {"association": association})
    }
    users = {user["email"].lower(): user for user in await state.find("user")}
    views = []
    for email in {email.lower(): email for email in body["emails"]}.values():
        invitation = known.get(email.lower())
        if invitation is None:
            user = users.get(email.lower())
            invitation = await state.make(
                "invitation",
                {
                    "association": association,
                    "role": role,
                    "email": email,
                    "status": "INVITED",
                    "invited_by": my_id(state),
                    "user": user and user["id"],
                    "user_name": user and user["name"],
                },
            )
        views.append(_view(state, invitation))
    return Reply(201, {"invitations": views})


@control("POST", "/invitations/{id}/accept", reply=INVITATION)
async def accept_invitation(state: State, path: dict[str, str], body: Record) -> tuple[int, Any]:
    """The invited person accepts the invitation."""
    invitation = await state.get("invitation", path["id"])
    if invitation is None:
        raise missing("invitation")
    if invitation["status"] == "ACCEPTED":
        raise BadRequestError("The invitation has already been accepted.")
    users = await state.find("user", {"email": invitation["email"]})
    user = users[0] if users else await _newcomer(state, invitation["email"])
    kind = "project" if invitation["role"] == EDITOR else "workspace"
    place = await state.get(kind, invitation["association"])
    if place is None:
        raise missing(kind)
    others = [other for other in place["users"] if other["id"] != user["id"]]
    held = sorted(roles(place, user["id"]) | {invitation["role"]})
    await state.save(kind, {**place, "users": [*others, {**member(user, ""), "roles": held}]})
    invitation |= {"status": "ACCEPTED", "user": user["id"], "user_name": user["name"]}
    await state.save("invitation", invitation)
    return 200, _view(state, invitation)


async def _may_invite(state: State, association: str, role: str) -> None:
    """Raises BadRequestError when the association does not suit the role, ForbiddenError unless the caller is an admin."""
    if role == EDITOR:
        project = await state.get("project", association)
        if project is None:
            raise field_error("association", f"must be the id of a project for the role {role}")
        workspace = await state.get("workspace", project["workspace"])
    else:
        workspace = await state.get("workspace", association)
    if workspace is None:
        raise field_error("association", f"must be the id of a workspace for the role {role}")
    if ADMIN not in roles(workspace, my_id(state)):
        raise ForbiddenError("Only an admin of the workspace can invite people.")


async def _newcomer(state: State, email: str) -> Record:
    name = email.partition("@")[0].replace(".", " ").title()
    return await state.make("user", {"email": email, "name": name, "organisation_id": None})


def _view(state: State, invitation: Record) -> dict[str, Any]:
    link = state.resources.contract.settings["invitation_url"].format(id=invitation["id"])
    return {
        "association": invitation["association"],
        "invitee": {
            "id": invitation.get("user"),
            "name": invitation.get("user_name"),
            "email": invitation["email"],
        },
        "invited_by": invitation["invited_by"],
        "status": invitation["status"],
        "invite_link": link,
    }
