"""What studies cost: worked out beforehand, up to now, and when all places are filled."""

from __future__ import annotations

from typing import Any

from understudy.mock_server.behaviours.prolific import money
from understudy.mock_server.behaviours.prolific.access import me, study_at, workspace_named
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.engine.state import State


@operation
async def get_study_cost(call: Call) -> Reply:
    """What a study has cost up to now, or what it will have cost when all its places are filled."""
    state = call.state
    study = await study_at(state, call.path["id"])
    submissions = await state.find("submission", {"study_id": study["id"]})
    if call.query["is_projected"]:
        rewards = study["reward"] * study["total_available_places"]
    else:
        rewards = sum(money.earned(study, submission) for submission in submissions)
    bonuses = sum(sum(submission["bonus_payments"]) for submission in submissions)
    workspace = await state.get("workspace", study["workspace"])
    assert workspace is not None, "a study belongs to a workspace"
    href = f"{call.base}/api/v1/studies/{study['id']}/cost/"
    return Reply(
        200,
        {
            "rewards": _parts(workspace, rewards),
            "bonuses": _parts(workspace, bonuses),
            "_links": {"self": {"href": href}},
        },
    )


@operation
async def calculate_study_cost(call: Call) -> Reply:
    """What a study would cost in the caller's current workspace."""
    workspace = await _current_workspace(call.state)
    cost = money.Rates.of(workspace).cost(call.body["reward"], call.body["total_available_places"])
    return Reply(200, {"total_cost": money.shown(cost)})


async def _current_workspace(state: State) -> Record:
    return await workspace_named(state, (await me(state))["current_workspace_id"])


def _parts(workspace: Record, amount: float) -> dict[str, Any]:
    """An amount that participants get, with the fees and the tax on it."""
    fees, vat = money.Rates.of(workspace).surcharges(round(amount * money.CENT))
    amounts = {"rewards": money.plain(amount), "fees": money.shown(fees), "tax": money.shown(vat)}
    return {name: {"amount": each, "currency": workspace["currency_code"]} for name, each in amounts.items()}
