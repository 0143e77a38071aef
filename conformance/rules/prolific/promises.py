"""What holds for objects of every kind: bodies that are needed, members that nobody knows, and what is in which list."""

from __future__ import annotations

from typing import Any

from understudy.conformance.evidence.matchers import succeeds
from understudy.conformance.evidence.words import several
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.lists import whole
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.prolific.support.fixtures import (
    Body,
    caller_id,
    collection_body,
    group_body,
    named,
    own_project,
    own_workspace,
    refused,
    set_body,
    shared_subscription,
    study_body,
    subscription_body,
    survey_body,
    survey_id,
    waiting_submission,
)


@check("PR-515", writes=True)
def open_bodies_take_further_members(ctx: CheckContext) -> None:
    """Bodies whose schema prints that further members are allowed are accepted with one."""
    more = {"understudy_unknown": "x"}
    own = {"path": {"subscription_id": shared_subscription(ctx)}}
    known = subscription_body(ctx)
    update = {name: value for name, value in known.items() if name != "workspace_id"}
    calls: tuple[tuple[str, Body, dict[str, Any]], ...] = (
        ("create_secret", {"workspace_id": own_workspace(ctx)}, {}),
        ("calculate_study_cost", {"reward": 500, "total_available_places": 1}, {}),
        ("create_subscription", known, {}),
        ("confirm_subscription", known, own),
        ("update_subscription", update, own),
    )
    for operation, body, arguments in calls:
        ctx.judge("PR-515", ctx.call(operation, body={**body, **more}, **arguments), succeeds)


@check("PR-532", writes=True)
def bodies_that_are_required_are_needed(ctx: CheckContext) -> None:
    """Where the source says that a body is required and lists required members, an empty or missing one is refused."""
    survey = survey_id(ctx.call("create_survey", body=survey_body(ctx)).json)
    calls: list[tuple[str, dict[str, Any]]] = [("create_participant_group", {}), ("create_survey", {})]
    if survey:
        calls.append(("create_survey_response", {"path": {"survey_id": survey}}))
    for operation, arguments in calls:
        ctx.judge("PR-532", ctx.call(operation, body={}, **arguments), refused)
        ctx.judge("PR-532", ctx.call(operation, raw=b"", **arguments), refused)


@check("PR-532", writes=True)
def a_request_for_a_return_needs_a_body(ctx: CheckContext) -> None:
    """A return is not requested without reasons."""
    path = {"id": waiting_submission(ctx)}
    ctx.judge("PR-532", ctx.call("request_submission_return", path=path, body={}), refused)
    ctx.judge("PR-532", ctx.call("request_submission_return", path=path, raw=b""), refused)


@check("PR-562", writes=True)
def what_was_made_is_made_once(ctx: CheckContext) -> None:
    """A creation makes one object."""
    home, inside = own_workspace(ctx), own_project(ctx)
    bodies: tuple[tuple[str, str, Body, dict[str, Any]], ...] = (
        ("create_workspace", "list_workspaces", {"title": ctx.mark("Lab")}, {}),
        ("create_project", "list_workspace_projects", {"title": ctx.mark("Shades")}, {"path": {"workspace_id": home}}),
        ("create_study", "list_project_studies", study_body(ctx, project=inside), {"path": {"project_id": inside}}),
        ("create_filter_set", "list_filter_sets", set_body(ctx), {}),
        ("create_participant_group", "list_participant_groups", group_body(ctx), {}),
    )
    for create, listing, body, more in bodies:
        path = more if create == "create_project" else {}
        made = ctx.call(create, body=body, **path)
        read = whole(ctx, ctx.contract.operations[listing], **more)
        name = body.get("name", body.get("title"))
        found = [each for each in read.part if name in {each.get("name"), each.get("title")}]
        unsure = not made.succeeded or not found
        count = several(len(found), "object")
        ctx.holds("PR-562", (made, *read.pages), len(found) < 2, f"one object called {name}", count, vacuous=unsure)


@check("PR-554", writes=True)
def what_was_made_is_listed(ctx: CheckContext) -> None:
    """A list holds everything of its kind that the caller has."""
    home, inside = own_workspace(ctx), own_project(ctx)
    study = named(ctx.call("create_study", body=study_body(ctx, project=inside)).json)
    collection = named(ctx.call("create_collection", body=collection_body(ctx, project_id=inside)).json)
    survey = survey_id(ctx.call("create_survey", body=survey_body(ctx)).json)
    subscription = named(ctx.call("create_subscription", body=subscription_body(ctx)).json)
    lists: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("list_workspaces", home, {}),
        ("list_project_studies", study, {"path": {"project_id": inside}}),
        ("list_collections", collection, {"query": {"project_id": inside}}),
        ("list_surveys", survey, {"query": {"researcher_id": caller_id(ctx)}}),
        ("list_subscriptions", subscription, {}),
    )
    for operation, name, more in lists:
        read = whole(ctx, ctx.contract.operations[operation], **more)
        ids = {named(each, "_id", "id") for each in read.part} | {named(each) for each in read.part}
        unsure = not name or not read.complete or (bool(read.part) and not any(ids))
        ctx.holds("PR-554", read.pages, name in ids or unsure, f"{name} in the list", "it is not there", vacuous=unsure)


@check("PR-523", writes=True)
def what_is_refused_is_not_made(ctx: CheckContext) -> None:
    """A failed request leaves no object behind."""
    home, inside = own_workspace(ctx), own_project(ctx)
    wrong: tuple[tuple[str, str, Body, dict[str, Any]], ...] = (
        (
            "create_study",
            "list_project_studies",
            study_body(ctx, project=inside, reward="much"),
            {"path": {"project_id": inside}},
        ),
        ("create_filter_set", "list_filter_sets", set_body(ctx, workspace_id=home, filters="none"), {}),
        ("create_participant_group", "list_participant_groups", group_body(ctx, participant_ids="one"), {}),
        ("create_workspace", "list_workspaces", {"title": ctx.mark("Lab"), "currency_code": "EUR"}, {}),
    )
    for create, listing, body, more in wrong:
        refusal = ctx.call(create, body=body)
        read = whole(ctx, ctx.contract.operations[listing], **more)
        there = [
            each for each in read.part if body.get("name", body.get("title")) in {each.get("name"), each.get("title")}
        ]
        ctx.holds(
            "PR-523", (refusal, *read.pages), not there, "no object of that name", there, vacuous=refusal.succeeded
        )
