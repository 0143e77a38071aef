"""What Prolific's scenarios start from: the caller, a workspace, a project, filters, and studies made for a check."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import Matcher, differ, integer, number, refuses_somehow, succeeds
from understudy.conformance.http.cleanup import reader
from understudy.conformance.judging.context import CheckContext, remedy_for
from understudy.conformance.judging.finder import finder
from understudy.conformance.judging.generated_cases import risky
from understudy.conformance.judging.samples import sample
from understudy.conformance.rules.prolific.support import participation

Body = dict[str, Any]
#: A member with this value is left out of a body.
GONE = object()
CODE: Body = {"code": "ABC123", "code_type": "COMPLETED", "actions": [{"action": "MANUALLY_REVIEW"}]}
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


#: With which 4xx a request is refused is left open, save for the bonuses of strangers.
refused = refuses_somehow


def shown(
    ctx: CheckContext,
    clause: str | tuple[str, ...],
    exchange: Exchange,
    *others: Exchange,
    **members: Any,
) -> None:
    """Judge those members of a successful reply that are there: none of them is promised, only what it is.

    A function given as a value is a predicate. Without any of the members the clauses are not shown.
    """
    value = exchange.json if isinstance(exchange.json, Mapping) else {}
    found = {name: wanted for name, wanted in members.items() if name in value}
    if not exchange.succeeded:
        ctx.judge(clause, exchange, succeeds, *others)
    elif not found:
        ctx.lacks(clause, f"a reply that shows {' or '.join(members)}", *others, exchange)
    else:
        ctx.judge(clause, exchange, lambda _: differ(found, value), *others)


def named(value: Any, *names: str) -> str:
    """The id of an object, under the first of some names that it has; empty if it shows none."""
    found = (value[name] for name in names or ("id",) if isinstance(value, Mapping) and name in value)
    return next((str(each) for each in found), "")


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
        listed = [name for name in map(named, ctx.listed("list_workspaces")) if name not in ctx.run.cleanup.made]
        if not listed and ctx.run.profile.writes:
            return str(ctx.call("create_workspace", body={"title": ctx.mark("Lab")}).at("id"))
        ctx.need(listed, "the caller is in no workspace", remedy="name one with --set workspace_id=VALUE")
        return str(current) if current in listed else listed[0]

    return ctx.run.settings.get("workspace_id") or str(ctx.recall("workspace", find))


def project(ctx: CheckContext) -> str:
    """A project of that workspace."""

    def find() -> str:
        listed = ctx.listed("list_workspace_projects", path={"workspace_id": workspace(ctx)})
        mine = [each for each in listed if each["id"] not in ctx.run.cleanup.made]
        if not mine and ctx.run.profile.writes:
            made = ctx.call("create_project", path={"workspace_id": workspace(ctx)}, body={"title": ctx.mark("Shades")})
            return str(made.at("id"))
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

    def fits(each: Body) -> bool:
        # The text calls the type integer, the list ChoiceID.
        typed = each.get("data_type") in {"ChoiceID", "integer"}
        return typed and "filter_id" in each and len(each.get("choices") or {}) > 1

    found = [each for each in filters(ctx) if fits(each)]
    ctx.need(found, "there is no filter with choices")
    return found[0]


def filter_with_range(ctx: CheckContext) -> Body:
    """A filter over a range of whole numbers."""

    def fits(each: Body) -> bool:
        bounds = integer(each.get("min")) and integer(each.get("max"))
        return "filter_id" in each and bounds and each.get("data_type", "integer") == "integer"

    found = [each for each in filters(ctx) if fits(each)]
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
    home = lab(ctx)[1]
    own = str(draft(ctx, **{"reward": 100, "total_available_places": 1, "project": home, **changes}).at("id"))
    done = transition(ctx, own, "PUBLISH")
    ctx.rely(done.succeeded, f"the study could not be published: {done.summary}", done)
    return own


def lab(ctx: CheckContext) -> tuple[str, str]:
    """A workspace and a project in which a check may spend money: its own on a mock of ours, else the scenarios'."""

    def make() -> tuple[str, str]:
        may_spend(ctx)
        if participation.control(ctx) is None:
            return workspace(ctx), project(ctx)
        home = own_workspace(ctx)
        participation.act(ctx, f"workspaces/{home}/funds", {"amount": participation.FUNDS})
        return home, own_project(ctx)

    found: tuple[str, str] = ctx.once("lab", make)
    return found


def busy_study(ctx: CheckContext) -> str:
    """A study whose submissions a check may approve, reject and pay; their ids come from `waiting_submission`."""

    def make() -> str:
        may_spend(ctx)
        if participation.control(ctx) is not None:
            return published(ctx, total_available_places=participation.PLACES)
        found = participation.named(ctx, participation.WAITING)
        ctx.need(found, "no submission may be used up", remedy=participation.NAME_SOME)
        return str(found[0]["study_id"])

    return str(ctx.once("busy", make))


def waiting_submission(ctx: CheckContext) -> str:
    """A submission of that study which awaits review and which this check has not used yet."""
    study = busy_study(ctx)
    if participation.control(ctx) is not None:
        return participation.complete(ctx, participation.enter(ctx, study), CODE["code"])
    return _use_up(ctx, participation.WAITING, study)


def active_submission(ctx: CheckContext) -> str:
    """A submission that is not completed yet."""
    study = busy_study(ctx)
    if participation.control(ctx) is not None:
        return participation.enter(ctx, study)
    return _use_up(ctx, "ACTIVE")


def _use_up(ctx: CheckContext, status: str, study: str | None = None) -> str:
    found = [each for each in participation.named(ctx, status) if study in {None, each.get("study_id")}]
    ctx.need(found, f"no further submission may be used up that is {status}", remedy=participation.NAME_SOME)
    used: set[str] = ctx.once("used", set)
    used.add(str(found[0]["id"]))
    return str(found[0]["id"])


def participant_of(ctx: CheckContext, submission: str) -> str:
    """The participant of a submission."""
    return str(ctx.call("get_submission", path={"id": submission}).at("participant"))


def participants(ctx: CheckContext, count: int = 2) -> list[str]:
    """Participants of the caller's studies, each once."""

    def find() -> list[str]:
        return list(dict.fromkeys(str(each["participant_id"]) for each in ctx.listed("list_submissions")))

    known: list[str] = ctx.recall("participants", find)
    while len(known) < count and ctx.run.profile.writes and participation.control(ctx) is not None:
        known.append(str(participation.act(ctx, "participants")["id"]))
    ctx.need(len(known) >= count, f"the caller's studies have too few participants: {len(known)} of {count}")
    return known[-count:]


def balance_of(ctx: CheckContext, home: str, name: str = "available_balance") -> int:
    """The available balance of a workspace, or its total one."""
    money = ctx.call("get_workspace_balance", path={"workspace_id": home}, fresh=True)
    amount = money.at(name)
    ctx.rely(number(amount) and math.isfinite(amount), f"{name} is not a number: {money.summary}", money)
    return int(amount)


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
    ctx.rely(survey_id(found), "the reply to the creation of a survey shows no id", ctx.exchanges[-1])
    return found


def survey_id(shown: Any) -> str:
    """The id of a survey or a response, which the source calls _id in one place and id in another; empty without one."""
    return named(shown, "_id", "id")


def answer_to(ctx: CheckContext, survey: Body, at: int = 0, **changes: Any) -> Body:
    """A response to the first question of a survey, for a new submission id."""
    question: Body = next(iter(survey.get("questions") or ()), {})
    chosen: Body = next(iter(question.get("answers", ())[at:]), {})
    ctx.rely(
        "id" in question and "id" in chosen, "the survey shows no ids of its questions and answers", *ctx.exchanges[-1:]
    )
    reply = {
        "question_id": question["id"],
        "question_title": question["title"],
        "answers": [{"answer_id": chosen["id"], "value": chosen["value"]}],
    }
    return without({**_answering(ctx), "questions": [reply]}, **changes)


def _answering(ctx: CheckContext) -> Body:
    """The participant and the id of a submission, another one each time, as long as there are some."""
    known: list[Body] = ctx.recall("submissions", lambda: ctx.listed("list_submissions"))
    turn = next(ctx.once("answers", itertools.count))
    if turn < len(known):
        return {"participant_id": known[turn]["participant_id"], "submission_id": known[turn]["id"]}
    made_up = f"{ctx.random.getrandbits(96):024x}"
    return {"participant_id": participants(ctx, 1)[0], "submission_id": made_up}


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


@reader("prolific")
def _copies(exchange: Exchange) -> list[tuple[str, str]]:
    """Copies are objects too, although no creation made them."""
    resource = {"clone_study": "study", "clone_filter_set": "filter_set"}.get(exchange.request.operation or "")
    name = named(exchange.json)
    return [(resource, name)] if resource and name else []


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
            name = survey_id(each)
            if not name or name in ctx.run.cleanup.made:
                continue
            count = len(ctx.listed("list_survey_responses", path={"survey_id": name}))
            if count > most:
                best, most = name, count
    ctx.need(best, "there is no survey")
    return best


@finder("prolific", "response_id")
def _response(ctx: CheckContext) -> str:
    listed = ctx.listed("list_survey_responses")
    ctx.need(listed, "the survey has no response")
    return survey_id(listed[0])


@finder("prolific", "subscription_id")
def _subscription(ctx: CheckContext) -> str:
    listed = ctx.listed("list_subscriptions")
    mine = [name for name in map(named, listed) if name and name not in ctx.run.cleanup.made]
    ctx.need(mine, "there is no subscription")
    return mine[0]


@finder("prolific", "get_collection.id")
def _collection(ctx: CheckContext) -> str:
    for each in ctx.listed("list_workspace_projects", path={"workspace_id": workspace(ctx)}):
        listed = ctx.listed("list_collections", query={"project_id": each["id"]})
        if listed and named(listed[0]):
            return named(listed[0])
    ctx.need(False, "there is no study collection")
    return ""


@finder("prolific", "list_group_participants.id")
def _group(ctx: CheckContext) -> str:
    listed = [each for each in ctx.listed("list_participant_groups") if named(each) not in {"", *ctx.run.cleanup.made}]
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
        lambda ctx: {
            "path": {"survey_id": survey_id(shared_survey(ctx))},
            "body": answer_to(ctx, shared_survey(ctx)),
        },
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
    known("bulk_approve_submissions", lambda ctx: {"body": {"submission_ids": [_approved(ctx)]}})
    known("create_bonus_payments", _bonus)
    known("send_message", _message)
    known("send_bulk_message", _bulk_message)


def _transition(ctx: CheckContext) -> Body:
    own = draft(ctx, reward=100, total_available_places=1, project=lab(ctx)[1])
    return {"path": {"id": str(own.at("id"))}, "body": {"action": "PUBLISH"}}


def _approved(ctx: CheckContext) -> str:
    """A submission that this check has approved: approving it again has no effect."""

    def make() -> str:
        own = waiting_submission(ctx)
        done = ctx.call("transition_submission", path={"id": own}, body={"action": "APPROVE"})
        ctx.rely(done.succeeded, f"the submission could not be approved: {done.summary}", done)
        return own

    return str(ctx.once("approved", make))


def _approval(ctx: CheckContext) -> Body:
    return {"path": {"id": _approved(ctx)}, "body": {"action": "APPROVE"}}


def _waiting(ctx: CheckContext) -> str:
    """One submission awaiting review for the whole check."""
    return str(ctx.once("waiting", lambda: waiting_submission(ctx)))


def _return(ctx: CheckContext) -> Body:
    return {"path": {"id": _waiting(ctx)}, "body": {"request_return_reasons": ["The code does not fit."]}}


def _bonus(ctx: CheckContext) -> Body:
    return {"body": {"study_id": busy_study(ctx), "csv_bonuses": f"{_waiting(ctx)},0.10"}}


def _message(ctx: CheckContext) -> Body:
    person = participant_of(ctx, _waiting(ctx))
    return {"body": {"recipient_id": person, "body": ctx.mark("Thank you"), "study_id": busy_study(ctx)}}


def _bulk_message(ctx: CheckContext) -> Body:
    single = _message(ctx)["body"]
    return {"body": {"ids": [single["recipient_id"]], "body": single["body"], "study_id": single["study_id"]}}


_samples()
