"""What helps to plan: recommended rewards, distributions, times to recruit, costs of a workspace, places by address."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from understudy.mock_server.behaviours.prolific import money
from understudy.mock_server.behaviours.prolific.access import my_projects, study_at, workspace_at, workspace_named
from understudy.mock_server.behaviours.prolific.people.filters import checked, how_many
from understudy.mock_server.behaviours.prolific.studies.studies import places_taken
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.crud import missing
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import field_error

#: Hours above which a prediction is not made any finer.
LIMIT = 48
#: Of the people who are eligible, the part that comes within an hour.
HOURLY = 0.05


@operation
async def list_reward_recommendations(call: Call) -> Reply:
    """What an hour should pay, in the smaller unit."""
    await workspace_at(call.state, call.query["workspace_id"])
    currency = call.query["currency"]
    least, recommended = call.state.resources.contract.settings["hourly_rewards"][currency]
    amounts = {"min_reward_per_hour": least, "recommended_reward_per_hour": recommended}
    return Reply(200, [{"currency": currency, **amounts}])


@operation
async def get_filter_distribution(call: Call) -> Reply:
    """How many participants gave each answer to some filters; null where they are few."""
    state = call.state
    await workspace_at(state, call.query["workspace_id"])
    if await state.get("filter", call.path["id"]) is None:
        raise missing("filter")
    few = state.resources.contract.settings["smallest_count"]
    out: dict[str, dict[str, int | None]] = {}
    for filter_id in dict.fromkeys(filter(None, map(str.strip, call.query["distribution_filters"].split(",")))):
        definition = await state.get("filter", filter_id)
        if definition is None or definition.get("data_type") != "ChoiceID":
            raise field_error("distribution_filters", f"must name filters with choices; {filter_id} is not one")
        tally = await state.tally("participant", [filter_id], {})
        counts = {choice: tally.get((choice,), 0) for choice in definition["choices"]}
        out[filter_id] = {choice: count if count >= few else None for choice, count in counts.items()}
    return Reply(200, {"distribution": out})


@operation
async def get_predicted_recruitment_time(call: Call) -> Reply:
    """How long the places of a study that are left take to fill."""
    state = call.state
    study = await study_at(state, call.path["id"])
    workspace = await state.get("workspace", study["workspace"])
    left = study["total_available_places"] - await places_taken(state, study)
    return Reply(200, _predicted(await how_many(state, study["filters"], workspace), max(0, left)))


@operation
async def predict_recruitment_time(call: Call) -> Reply:
    """How long a study that is planned would take to fill."""
    state, body = call.state, call.body
    workspace = await workspace_named(state, body["workspace_id"])
    filters = await checked(state, body["filters"])
    return Reply(200, _predicted(await how_many(state, filters, workspace), body["total_available_places"]))


def _predicted(people: int, places: int) -> dict[str, Any]:
    hours = round(places / max(people * HOURLY, 0.1), 2)
    shown = f"{LIMIT}+ hours" if hours > LIMIT else f"about {max(1, round(hours))} hours"
    return {
        "precise_recruitment_time_hours": hours,
        "lower_bound_hours": round(hours / 2, 2),
        "upper_bound_hours": round(hours * 2, 2),
        "display_string": shown,
        "limit_at": LIMIT,
    }


@operation
async def get_access_details_progress(call: Call) -> Reply:
    """How many participants went to each address of a study that has several."""
    study = await study_at(call.state, call.path["id"])
    if not study.get("access_details"):
        raise missing("list of addresses")
    left = await places_taken(call.state, study)
    progress = []
    for each in study["access_details"]:
        allocated = min(left, each["total_allocation"])
        left -= allocated
        progress.append({**each, "allocated": allocated, "capacity_increments": 0})
    return Reply(200, {"id": study["id"], "progress": progress})


@operation
async def get_workspace_cost(call: Call) -> Reply:
    """What the studies that were published in a period have cost."""
    state, query = call.state, call.query
    workspace = await workspace_at(state, call.path["id"])
    start, end = (date.fromisoformat(query[f"reporting_period_{name}"]) for name in ("start", "end"))
    if end < start:
        raise field_error("reporting_period_end", "must not be before reporting_period_start")
    projects = {project["id"]: project for project in await my_projects(state, workspace["id"])}
    users = {user["id"]: user["email"] for user in await state.find("user")}
    rows = []
    for study in await state.find("study", {"project": list(projects)}):
        if study["published_at"] is None or not start <= datetime.fromisoformat(study["published_at"]).date() <= end:
            continue
        row = {
            "study_id": study["id"],
            "name": study["name"],
            "status": study["status"],
            "project_name": projects[study["project"]]["title"],
            "published_by_email": users.get(study["researcher"]),
            "cost": {"amount": await _spent(state, study), "currency": workspace["currency_code"]},
        }
        if all(_wanted(query.get(name), row[name]) for name in ("project_name", "status", "published_by_email")):
            rows.append(row)
    total = sum(row["cost"]["amount"] for row in rows)
    shown = rows[query["offset"] :]
    return Reply(
        200,
        {
            "current_study_cost": {"amount": total, "currency": workspace["currency_code"]},
            "results": shown[: query["limit"]] if query["limit"] else shown,
            "meta": {"count": len(rows)},
        },
    )


def _wanted(listed: str | None, value: Any) -> bool:
    return not listed or str(value) in [part.strip() for part in listed.split(",")]


async def _spent(state: State, study: Record) -> int | float:
    """The rewards and bonuses of a study up to now, with fees and tax."""
    submissions = await state.find("submission", {"study_id": study["id"]})
    paid = sum(money.earned(study, each) + sum(each["bonus_payments"]) for each in submissions)
    amount = round(paid * money.CENT)
    return money.shown(amount + sum((await money.rates_of(state, study)).surcharges(amount)))
