"""What Prolific's scenarios start from: the caller, a workspace, a project, filters, and studies made for a check."""

from __future__ import annotations

from typing import Any

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import Matcher, answers
from understudy.conformance.judging.context import CheckContext, remedy_for
from understudy.conformance.judging.finder import finder
from understudy.conformance.judging.generated_cases import risky
from understudy.conformance.judging.samples import sample

Body = dict[str, Any]
#: A member with this value is left out of a body.
GONE = object()
CODE = {"code": "ABC123", "code_type": "COMPLETED", "actions": [{"action": "MANUALLY_REVIEW"}]}
STUDY: Body = {
    "description": "Tell us what you would call twelve colours.",
    "external_study_url": "https://survey.example.com/?pid={{%PROLIFIC_PID%}}",
    "prolific_id_option": "url_parameters",
    "completion_option": "url",
    "completion_codes": [CODE],
    "estimated_completion_time": 5,
    "reward": 100,
    "total_available_places": 2,
}
QUESTION = {
    "title": "Which root do you like best?",
    "type": "single",
    "answers": [{"value": "Potato"}, {"value": "Parsnip"}],
}
NOBODY = "0123456789abcdef01234567"
#: The researcher of a survey in the source's samples.
RESEARCHER = "7172727272"


def refused(exchange: Exchange) -> Any:
    """The request is refused with 400 or 422."""
    return answers(400, 422)(exchange)


def without(body: Body, /, **changes: Any) -> Body:
    """A body with some members changed; GONE leaves one out."""
    return {name: value for name, value in {**body, **changes}.items() if value is not GONE}


def judge_each(
    ctx: CheckContext,
    clause: str | tuple[str, ...],
    operation: str,
    base: Body,
    *changes: Body,
    how: Matcher = refused,
    **more: Any,
) -> None:
    """Judge that an operation refuses a body with each of some changes; `how` is another matcher for the replies."""
    for change in changes:
        ctx.judge(clause, ctx.call(operation, body=without(base, **change), **more), how)


def may_spend(ctx: CheckContext) -> None:
    """Leave the check out unless it may move money and publish studies on the target."""
    ctx.reach(
        ctx.local or ctx.run.settings.get("spend") == "yes",
        "publishes studies, approves or rejects submissions, or moves money; allowed with --set spend=yes",
    )


def caller_id(ctx: CheckContext) -> str:
    """The caller's id."""
    return str(ctx.recall("me", lambda: ctx.call("get_current_user").at("id")))


def workspace(ctx: CheckContext) -> str:
    """The workspace that the scenarios use: the caller's current one."""

    def find() -> str:
        current = ctx.call("get_current_user").find("current_workspace_id")
        listed = [str(each["id"]) for each in ctx.listed("list_workspaces")]
        ctx.need(listed, "the caller is in no workspace", remedy="name one with --set workspace_id=VALUE")
        return str(current) if current in listed else listed[0]

    return ctx.run.settings.get("workspace_id") or str(ctx.recall("workspace", find))


def project(ctx: CheckContext) -> str:
    """A project of that workspace."""

    def find() -> str:
        listed = ctx.listed("list_workspace_projects", path={"workspace_id": workspace(ctx)})
        mine = [each for each in listed if each["id"] not in ctx.run.cleanup.made]
        ctx.need(mine, "the workspace has no project", remedy=remedy_for("project", "project_id"))
        return str(mine[0]["id"])

    return ctx.run.settings.get("project_id") or str(ctx.recall("project", find))


def filters(ctx: CheckContext) -> list[Body]:
    """The filters that the target lists."""
    found: list[Body] = ctx.recall("filters", lambda: ctx.listed("list_filters"))
    ctx.need(found, "the target lists no filters")
    return found


def filter_with_choices(ctx: CheckContext) -> Body:
    """A filter whose values are choices, at least two."""
    found = [each for each in filters(ctx) if each.get("data_type") == "ChoiceID" and len(each.get("choices", {})) > 1]
    ctx.need(found, "there is no filter with choices")
    return found[0]


def filter_with_range(ctx: CheckContext) -> Body:
    """A filter over a range of whole numbers."""
    found = [each for each in filters(ctx) if each.get("type") == "range" and each.get("data_type") == "integer"]
    ctx.need(found, "there is no filter over whole numbers")
    return found[0]


def choice_filter(ctx: CheckContext, at: int = 0) -> Body:
    """The filter with choices and one of its values, as a study has it."""
    chosen = filter_with_choices(ctx)
    return {"filter_id": chosen["filter_id"], "selected_values": [sorted(chosen["choices"])[at]]}


def range_filter(ctx: CheckContext) -> Body:
    """The filter over numbers with a part of its range, as a study has it."""
    chosen = filter_with_range(ctx)
    return {"filter_id": chosen["filter_id"], "selected_range": {"lower": chosen["min"], "upper": chosen["min"] + 1}}


def study_body(ctx: CheckContext, **changes: Any) -> Body:
    """The body of a study in the scenarios' project."""
    return without({"name": ctx.mark("Colours"), "project": project(ctx), **STUDY}, **changes)


def draft(ctx: CheckContext, **changes: Any) -> Exchange:
    """A new draft."""
    made = ctx.call("create_study", body=study_body(ctx, **changes))
    ctx.rely(made.succeeded, f"no draft could be created: {made.summary}", made)
    return made


def shared_draft(ctx: CheckContext) -> str:
    """A draft made once for the check."""
    return str(ctx.once("draft", lambda: draft(ctx).at("id")))


def transition(ctx: CheckContext, study: str, action: str) -> Exchange:
    """Send a transition of a study."""
    return ctx.call("transition_study", path={"id": study}, body={"action": action})


def published(ctx: CheckContext, **changes: Any) -> str:
    """A new published study; costs money on a real target."""
    may_spend(ctx)
    own = str(draft(ctx, reward=100, total_available_places=1, **changes).at("id"))
    done = transition(ctx, own, "PUBLISH")
    ctx.rely(done.succeeded, f"the study could not be published: {done.summary}", done)
    return own


def submissions(ctx: CheckContext, status: str, study: str | None = None) -> list[Body]:
    """The target's submissions with a status; the API has no way to make one."""
    may_spend(ctx)
    query = {"study": study} if study else {}
    found = ctx.listed("list_submissions", query=query)
    return [each for each in found if each.get("status") == status]


def busiest_study(ctx: CheckContext) -> str:
    """The study with the most submissions awaiting review."""

    def find() -> str:
        may_spend(ctx)
        best, most = "", 0
        for each in ctx.listed("list_studies"):
            if each.get("status") in {"ACTIVE", "PAUSED", "AWAITING REVIEW"} and each.get("places_taken"):
                waiting = len(submissions(ctx, "AWAITING REVIEW", each["id"]))
                if waiting > most:
                    best, most = str(each["id"]), waiting
        ctx.need(best, "no study has submissions awaiting review")
        return best

    return str(ctx.recall("busy", find))


def participants(ctx: CheckContext, count: int = 2) -> list[str]:
    """Participants of the caller's studies, each once."""

    def find() -> list[str]:
        return list(dict.fromkeys(str(each["participant_id"]) for each in ctx.listed("list_submissions")))

    known: list[str] = ctx.recall("participants", find)
    ctx.need(len(known) >= count, f"the caller's studies have too few participants: {len(known)} of {count}")
    return known[-count:]


def group_body(ctx: CheckContext, **changes: Any) -> Body:
    """The body of a participant group."""
    return without({"name": ctx.mark("Painters"), "workspace_id": workspace(ctx)}, **changes)


def shared_group(ctx: CheckContext) -> str:
    """A group with two members, made once for the check."""

    def make() -> str:
        return str(
            ctx.call("create_participant_group", body=group_body(ctx, participant_ids=participants(ctx))).at("id")
        )

    return str(ctx.once("group", make))


def set_body(ctx: CheckContext, **changes: Any) -> Body:
    """The body of a filter set."""
    return without(
        {"name": ctx.mark("Right-handed"), "workspace_id": workspace(ctx), "filters": [choice_filter(ctx)]}, **changes
    )


def shared_set(ctx: CheckContext) -> str:
    """A filter set made once for the check."""
    return str(ctx.once("set", lambda: ctx.call("create_filter_set", body=set_body(ctx)).at("id")))


def survey_body(ctx: CheckContext, **changes: Any) -> Body:
    """The body of a survey with one question."""
    return without({"researcher_id": caller_id(ctx), "title": ctx.mark("Roots"), "questions": [QUESTION]}, **changes)


def shared_survey(ctx: CheckContext) -> Body:
    """A survey made once for the check."""
    found: Body = ctx.once("survey", lambda: ctx.call("create_survey", body=survey_body(ctx)).json)
    ctx.need(isinstance(found, dict) and "_id" in found, "no survey could be created", ctx.exchanges[-1])
    return found


def answer_to(ctx: CheckContext, survey: Body, at: int = 0, **changes: Any) -> Body:
    """A response to the first question of a survey, for a new submission id."""
    question = survey["questions"][0]
    chosen = question["answers"][at]
    reply = {
        "question_id": question["id"],
        "question_title": question["title"],
        "answers": [{"answer_id": chosen["id"], "value": chosen["value"]}],
    }
    return without(
        {
            "participant_id": participants(ctx, 1)[0],
            "submission_id": f"{ctx.random.getrandbits(96):024x}",
            "questions": [reply],
        },
        **changes,
    )


def workspace_with_secret(ctx: CheckContext) -> str:
    """A workspace with a secret, made once for the check."""

    def make() -> str:
        own = str(ctx.call("create_workspace", body={"title": ctx.mark("Hooks")}).at("id"))
        ctx.need(
            ctx.call("create_secret", body={"workspace_id": own}).succeeded,
            "no secret could be created",
            ctx.exchanges[-1],
        )
        return own

    return str(ctx.once("hooked", make))


def subscription_body(ctx: CheckContext, **changes: Any) -> Body:
    """The body of a subscription whose address is reserved for documentation, so that no call is made."""
    body = {
        "event_type": "study.status.change",
        "target_url": "https://hooks.example.com/here",
        "is_enabled": False,
        "workspace_id": workspace_with_secret(ctx),
    }
    return without(body, **changes)


def shared_subscription(ctx: CheckContext) -> str:
    """A subscription made once for the check."""
    return str(ctx.once("subscription", lambda: ctx.call("create_subscription", body=subscription_body(ctx)).at("id")))


def collection_body(ctx: CheckContext, **changes: Any) -> Body:
    """The body of an empty collection."""
    return without({"name": ctx.mark("One each"), "project_id": project(ctx), "study_ids": []}, **changes)


def shared_collection(ctx: CheckContext, full: bool = False) -> str:
    """A collection made once for the check, empty or with one study."""

    def make() -> str:
        studies = [draft(ctx).at("id")] if full else []
        return str(ctx.call("create_collection", body=collection_body(ctx, study_ids=studies)).at("id"))

    return str(ctx.once(f"collection {full}", make))


def own_workspace(ctx: CheckContext) -> str:
    """A workspace made once for the check."""
    return str(
        ctx.once("own workspace", lambda: ctx.call("create_workspace", body={"title": ctx.mark("Lab")}).at("id"))
    )


def own_project(ctx: CheckContext) -> str:
    """A project made once for the check, in a workspace made for the check."""
    return str(
        ctx.once(
            "own project",
            lambda: ctx.call(
                "create_project", path={"workspace_id": own_workspace(ctx)}, body={"title": ctx.mark("Shades")}
            ).at("id"),
        )
    )


# Publishing, approving and paying cost money; messages and invitations reach people.
risky(
    "prolific",
    "transition_study",
    "transition_collection",
    "transition_submission",
    "request_submission_return",
    "bulk_approve_submissions",
    "create_bonus_payments",
    "pay_bonus_payments",
    "send_message",
    "send_bulk_message",
    "create_invitations",
)

# Parameters whose values are in no list.
finder("prolific", "workspace_id")(workspace)
finder("prolific", "project_id")(project)
finder("prolific", "researcher_id")(caller_id)


@finder("prolific", "survey_id")
def _survey(ctx: CheckContext) -> str:
    """The survey with the most responses, of the caller or of the researcher in the contract's samples."""
    best, most = "", -1
    for researcher in (caller_id(ctx), RESEARCHER):
        for each in ctx.listed("list_surveys", query={"researcher_id": researcher}):
            count = len(ctx.listed("list_survey_responses", path={"survey_id": each["_id"]}))
            if count > most and each["_id"] not in ctx.run.cleanup.made:
                best, most = str(each["_id"]), count
    ctx.need(best, "there is no survey")
    return best


@finder("prolific", "response_id")
def _response(ctx: CheckContext) -> str:
    listed = ctx.listed("list_survey_responses")
    ctx.need(listed, "the survey has no response")
    return str(listed[0]["id"])


@finder("prolific", "subscription_id")
def _subscription(ctx: CheckContext) -> str:
    listed = ctx.listed("list_subscriptions")
    mine = [each for each in listed if each["id"] not in ctx.run.cleanup.made]
    ctx.need(mine, "there is no subscription")
    return str(mine[0]["id"])


@finder("prolific", "get_collection.id")
def _collection(ctx: CheckContext) -> str:
    for each in ctx.listed("list_workspace_projects", path={"workspace_id": workspace(ctx)}):
        listed = ctx.listed("list_collections", query={"project_id": each["id"]})
        if listed:
            return str(listed[0]["id"])
    ctx.need(False, "there is no study collection")
    return ""


@finder("prolific", "list_group_participants.id")
def _group(ctx: CheckContext) -> str:
    listed = [each for each in ctx.listed("list_participant_groups") if each["id"] not in ctx.run.cleanup.made]
    ctx.need(listed, "there is no participant group")
    return str(max(listed, key=lambda each: each.get("participant_count", 0))["id"])


@finder("prolific", "list_study_submissions.id", "export_study.id")
def _study(ctx: CheckContext) -> str:
    listed = [each for each in ctx.listed("list_studies") if each["id"] not in ctx.run.cleanup.made]
    ctx.need(listed, "there is no study")
    return str(max(listed, key=lambda each: each.get("places_taken") or 0)["id"])


def _samples() -> None:
    def known(operation: str, make: Any) -> None:
        sample("prolific", operation)(make)

    known("create_workspace", lambda ctx: {"body": {"title": ctx.mark("Lab")}})
    known(
        "update_workspace",
        lambda ctx: {"path": {"workspace_id": own_workspace(ctx)}, "body": {"description": "Perception"}},
    )
    known(
        "create_project",
        lambda ctx: {"path": {"workspace_id": own_workspace(ctx)}, "body": {"title": ctx.mark("Shades")}},
    )
    known("update_project", lambda ctx: {"path": {"project_id": own_project(ctx)}, "body": {"description": "Colours"}})
    known(
        "create_invitations",
        lambda ctx: {
            "body": {
                "association": own_workspace(ctx),
                "emails": [f"{ctx.word()}@example.com"],
                "role": "WORKSPACE_COLLABORATOR",
            }
        },
    )
    known("create_study", lambda ctx: {"body": study_body(ctx)})
    known("update_study", lambda ctx: {"path": {"id": shared_draft(ctx)}, "body": {"internal_name": "COL-8"}})
    known(
        "clone_study", lambda ctx: {"path": {"id": shared_draft(ctx)}, "body": {"block_previous_participants": False}}
    )
    known("calculate_study_cost", lambda ctx: {"body": {"reward": 500, "total_available_places": 1}})
    known("create_collection", lambda ctx: {"body": collection_body(ctx)})
    known(
        "update_collection",
        lambda ctx: {"path": {"id": shared_collection(ctx)}, "body": {"description": "Nobody judges two"}},
    )
    known("count_eligible_participants", lambda ctx: {"body": {"filters": []}})
    known("create_filter_set", lambda ctx: {"body": set_body(ctx)})
    known("update_filter_set", lambda ctx: {"path": {"id": shared_set(ctx)}, "body": {"name": ctx.mark("Left-handed")}})
    known("clone_filter_set", lambda ctx: {"path": {"id": shared_set(ctx)}, "body": {"new_name": ctx.mark("Copy")}})
    known("create_participant_group", lambda ctx: {"body": group_body(ctx)})
    known("update_participant_group", lambda ctx: {"path": {"id": shared_group(ctx)}, "body": {"description": "Some"}})
    known(
        "add_group_participants",
        lambda ctx: {"path": {"id": shared_group(ctx)}, "body": {"participant_ids": participants(ctx, 1)}},
    )
    known(
        "remove_group_participants",
        lambda ctx: {"path": {"id": shared_group(ctx)}, "body": {"participant_ids": [NOBODY]}},
    )
    known("create_survey", lambda ctx: {"body": survey_body(ctx)})
    known(
        "create_survey_response",
        lambda ctx: {"path": {"survey_id": shared_survey(ctx)["_id"]}, "body": answer_to(ctx, shared_survey(ctx))},
    )
    known("create_secret", lambda ctx: {"body": {"workspace_id": own_workspace(ctx)}})
    known("create_subscription", lambda ctx: {"body": subscription_body(ctx)})
    known(
        "update_subscription",
        lambda ctx: {
            "path": {"subscription_id": shared_subscription(ctx)},
            "body": subscription_body(ctx, workspace_id=GONE),
        },
    )
    known(
        "confirm_subscription",
        lambda ctx: {"path": {"subscription_id": shared_subscription(ctx)}, "body": subscription_body(ctx)},
    )
    known("transition_study", _transition)
    known(
        "transition_collection",
        lambda ctx: {
            "path": {"id": shared_collection(ctx, full=True)},
            "body": {"action": "SCHEDULE_PUBLISH", "publish_at": "2050-02-28T13:45:00 Europe/London"},
        },
    )
    known("transition_submission", _approval)
    known("request_submission_return", _return)
    known("bulk_approve_submissions", lambda ctx: {"body": {"submission_ids": _approved(ctx)}})
    known("create_bonus_payments", _bonus)
    known("send_message", _message)
    known("send_bulk_message", _bulk_message)


def _transition(ctx: CheckContext) -> Body:
    may_spend(ctx)
    return {
        "path": {"id": str(draft(ctx, reward=100, total_available_places=1).at("id"))},
        "body": {"action": "PUBLISH"},
    }


def _approved(ctx: CheckContext) -> list[str]:
    """A submission that is already approved: approving it again has no effect."""
    found = submissions(ctx, "APPROVED")
    ctx.need(found, "no submission is approved")
    return [str(found[0]["id"])]


def _approval(ctx: CheckContext) -> Body:
    return {"path": {"id": _approved(ctx)[0]}, "body": {"action": "APPROVE"}}


def _return(ctx: CheckContext) -> Body:
    waiting = submissions(ctx, "AWAITING REVIEW")
    ctx.need(waiting, "no submission is awaiting review")
    return {"path": {"id": str(waiting[-1]["id"])}, "body": {"request_return_reasons": ["The code does not fit."]}}


def _bonus(ctx: CheckContext) -> Body:
    own = busiest_study(ctx)
    some = ctx.listed("list_submissions", query={"study": own})
    return {"body": {"study_id": own, "csv_bonuses": f"{some[0]['participant_id']},0.10"}}


def _message(ctx: CheckContext) -> Body:
    own = busiest_study(ctx)
    some = ctx.listed("list_submissions", query={"study": own})
    return {"body": {"recipient_id": some[0]["participant_id"], "body": ctx.mark("Thank you"), "study_id": own}}


def _bulk_message(ctx: CheckContext) -> Body:
    single = _message(ctx)["body"]
    return {"body": {"ids": [single["recipient_id"]], "body": single["body"], "study_id": single["study_id"]}}


_samples()
