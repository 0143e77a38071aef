"""The ground that Prolific's scenarios stand on: the caller, a workspace, a project, filters, and studies of one's own."""

from __future__ import annotations

from typing import Any

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import Matcher, answers
from understudy.conformance.judging.context import Trial, made_there
from understudy.conformance.judging.finder import place
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
#: Whom the source's own samples name as the researcher of a survey.
RESEARCHER = "7172727272"


def refused(exchange: Exchange) -> Any:
    """The request is refused as wrong: 400, or 422."""
    return answers(400, 422)(exchange)


def without(body: Body, /, **changes: Any) -> Body:
    """A body with some members changed; GONE leaves one out."""
    return {name: value for name, value in {**body, **changes}.items() if value is not GONE}


def tried(
    t: Trial,
    clause: str | tuple[str, ...],
    operation: str,
    base: Body,
    *changes: Body,
    how: Matcher = refused,
    **more: Any,
) -> None:
    """Judge that an operation refuses (or whatever `how` says) a body with each of some changes."""
    for change in changes:
        t.judge(clause, t.call(operation, body=without(base, **change), **more), how)


def may_spend(t: Trial) -> None:
    """Leave the check out unless money may be moved and studies published on the target."""
    t.reach(
        t.local or t.run.settings.get("spend") == "yes",
        "publishes studies, judges submissions or moves money; allowed with --set spend=yes",
    )


def me(t: Trial) -> str:
    """The caller's id."""
    return str(t.recall("me", lambda: t.call("get_current_user").at("id")))


def workspace(t: Trial) -> str:
    """The workspace that the scenarios work in: the caller's current one."""

    def find() -> str:
        current = t.call("get_current_user").find("current_workspace_id")
        listed = [str(each["id"]) for each in t.listed("list_workspaces")]
        t.need(listed, "the caller is in no workspace", remedy="name one with --set workspace_id=VALUE")
        return str(current) if current in listed else listed[0]

    return t.run.settings.get("workspace_id") or str(t.recall("workspace", find))


def project(t: Trial) -> str:
    """A project of that workspace."""

    def find() -> str:
        listed = t.listed("list_workspace_projects", path={"workspace_id": workspace(t)})
        mine = [each for each in listed if each["id"] not in t.run.ledger.made]
        t.need(mine, "the workspace has no project", remedy=made_there("project", "project_id"))
        return str(mine[0]["id"])

    return t.run.settings.get("project_id") or str(t.recall("project", find))


def filters(t: Trial) -> list[Body]:
    """The filters that there are."""
    found: list[Body] = t.recall("filters", lambda: t.listed("list_filters"))
    t.need(found, "the target lists no filters")
    return found


def choice(t: Trial) -> Body:
    """A filter whose values are choices, at least two."""
    found = [each for each in filters(t) if each.get("data_type") == "ChoiceID" and len(each.get("choices", {})) > 1]
    t.need(found, "there is no filter with choices")
    return found[0]


def span(t: Trial) -> Body:
    """A filter over a range of whole numbers."""
    found = [each for each in filters(t) if each.get("type") == "range" and each.get("data_type") == "integer"]
    t.need(found, "there is no filter over whole numbers")
    return found[0]


def picked(t: Trial, at: int = 0) -> Body:
    """One value of the filter with choices, as a study would have it."""
    told = choice(t)
    return {"filter_id": told["filter_id"], "selected_values": [sorted(told["choices"])[at]]}


def ranged(t: Trial) -> Body:
    """A part of the filter over numbers."""
    told = span(t)
    return {"filter_id": told["filter_id"], "selected_range": {"lower": told["min"], "upper": told["min"] + 1}}


def study_body(t: Trial, **changes: Any) -> Body:
    """The body of a study in the scenarios' project."""
    return without({"name": t.mark("Colours"), "project": project(t), **STUDY}, **changes)


def draft(t: Trial, **changes: Any) -> Exchange:
    """A draft of one's own."""
    made = t.call("create_study", body=study_body(t, **changes))
    t.rely(made.succeeded, f"no draft could be made: {made.shortly}", made)
    return made


def shared_draft(t: Trial) -> str:
    """A draft made once for the check."""
    return str(t.once("draft", lambda: draft(t).at("id")))


def act(t: Trial, study: str, action: str) -> Exchange:
    """A transition of a study."""
    return t.call("transition_study", path={"id": study}, body={"action": action})


def published(t: Trial, **changes: Any) -> str:
    """A published study of one's own; costs money on a real target."""
    may_spend(t)
    own = str(draft(t, reward=100, total_available_places=1, **changes).at("id"))
    done = act(t, own, "PUBLISH")
    t.rely(done.succeeded, f"the study could not be published: {done.shortly}", done)
    return own


def submissions(t: Trial, status: str, study: str | None = None) -> list[Body]:
    """Submissions of a status, those that the target holds: none can be made."""
    may_spend(t)
    query = {"study": study} if study else {}
    found = t.listed("list_submissions", query=query)
    return [each for each in found if each.get("status") == status]


def busy(t: Trial) -> str:
    """The study with the most submissions that wait for review."""

    def find() -> str:
        may_spend(t)
        best, most = "", 0
        for each in t.listed("list_studies"):
            if each.get("status") in {"ACTIVE", "PAUSED", "AWAITING REVIEW"} and each.get("places_taken"):
                waiting = len(submissions(t, "AWAITING REVIEW", each["id"]))
                if waiting > most:
                    best, most = str(each["id"]), waiting
        t.need(best, "no study has submissions that wait for review")
        return best

    return str(t.recall("busy", find))


def participants(t: Trial, count: int = 2) -> list[str]:
    """Participants whom the caller's studies had, each once."""

    def find() -> list[str]:
        return list(dict.fromkeys(str(each["participant_id"]) for each in t.listed("list_submissions")))

    known: list[str] = t.recall("participants", find)
    t.need(len(known) >= count, f"the caller's studies had too few participants: {len(known)} of {count}")
    return known[-count:]


def group_body(t: Trial, **changes: Any) -> Body:
    """The body of a participant group."""
    return without({"name": t.mark("Painters"), "workspace_id": workspace(t)}, **changes)


def shared_group(t: Trial) -> str:
    """A group with two members, made once for the check."""

    def make() -> str:
        return str(t.call("create_participant_group", body=group_body(t, participant_ids=participants(t))).at("id"))

    return str(t.once("group", make))


def set_body(t: Trial, **changes: Any) -> Body:
    """The body of a filter set."""
    return without({"name": t.mark("Right-handed"), "workspace_id": workspace(t), "filters": [picked(t)]}, **changes)


def shared_set(t: Trial) -> str:
    """A filter set made once for the check."""
    return str(t.once("set", lambda: t.call("create_filter_set", body=set_body(t)).at("id")))


def survey_body(t: Trial, **changes: Any) -> Body:
    """The body of a survey with one question."""
    return without({"researcher_id": me(t), "title": t.mark("Roots"), "questions": [QUESTION]}, **changes)


def shared_survey(t: Trial) -> Body:
    """A survey made once for the check."""
    found: Body = t.once("survey", lambda: t.call("create_survey", body=survey_body(t)).json)
    t.need(isinstance(found, dict) and "_id" in found, "no survey could be made", t.exchanges[-1])
    return found


def answer_to(t: Trial, survey: Body, at: int = 0, **changes: Any) -> Body:
    """A response to the first question of a survey, for a submission of its own."""
    question = survey["questions"][0]
    chosen = question["answers"][at]
    told = {
        "question_id": question["id"],
        "question_title": question["title"],
        "answers": [{"answer_id": chosen["id"], "value": chosen["value"]}],
    }
    return without(
        {
            "participant_id": participants(t, 1)[0],
            "submission_id": f"{t.random.getrandbits(96):024x}",
            "questions": [told],
        },
        **changes,
    )


def hooked(t: Trial) -> str:
    """A workspace of one's own with a secret, made once for the check."""

    def make() -> str:
        own = str(t.call("create_workspace", body={"title": t.mark("Hooks")}).at("id"))
        t.need(
            t.call("create_secret", body={"workspace_id": own}).succeeded, "no secret could be made", t.exchanges[-1]
        )
        return own

    return str(t.once("hooked", make))


def subscription_body(t: Trial, **changes: Any) -> Body:
    """The body of a subscription that calls nobody: the address is reserved for documentation."""
    told = {
        "event_type": "study.status.change",
        "target_url": "https://hooks.example.com/here",
        "is_enabled": False,
        "workspace_id": hooked(t),
    }
    return without(told, **changes)


def shared_subscription(t: Trial) -> str:
    """A subscription made once for the check."""
    return str(t.once("subscription", lambda: t.call("create_subscription", body=subscription_body(t)).at("id")))


def collection_body(t: Trial, **changes: Any) -> Body:
    """The body of an empty collection."""
    return without({"name": t.mark("One each"), "project_id": project(t), "study_ids": []}, **changes)


def shared_collection(t: Trial, full: bool = False) -> str:
    """A collection made once for the check, empty or with one study."""

    def make() -> str:
        studies = [draft(t).at("id")] if full else []
        return str(t.call("create_collection", body=collection_body(t, study_ids=studies)).at("id"))

    return str(t.once(f"collection {full}", make))


def own_workspace(t: Trial) -> str:
    """A workspace made once for the check."""
    return str(t.once("own workspace", lambda: t.call("create_workspace", body={"title": t.mark("Lab")}).at("id")))


def own_project(t: Trial) -> str:
    """A project made once for the check, in a workspace of its own."""
    return str(
        t.once(
            "own project",
            lambda: t.call(
                "create_project", path={"workspace_id": own_workspace(t)}, body={"title": t.mark("Shades")}
            ).at("id"),
        )
    )


# Publishing, judging and paying cost money; messages and invitations reach people.
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

# Parameters that no list leads to.
place("prolific", "workspace_id")(workspace)
place("prolific", "project_id")(project)
place("prolific", "researcher_id")(me)


@place("prolific", "survey_id")
def _survey(t: Trial) -> str:
    """The survey with the most responses, of the caller's or of the researcher in the contract's samples."""
    best, most = "", -1
    for researcher in (me(t), RESEARCHER):
        for each in t.listed("list_surveys", query={"researcher_id": researcher}):
            count = len(t.listed("list_survey_responses", path={"survey_id": each["_id"]}))
            if count > most and each["_id"] not in t.run.ledger.made:
                best, most = str(each["_id"]), count
    t.need(best, "there is no survey")
    return best


@place("prolific", "response_id")
def _response(t: Trial) -> str:
    listed = t.listed("list_survey_responses")
    t.need(listed, "the survey has no response")
    return str(listed[0]["id"])


@place("prolific", "subscription_id")
def _subscription(t: Trial) -> str:
    listed = t.listed("list_subscriptions")
    mine = [each for each in listed if each["id"] not in t.run.ledger.made]
    t.need(mine, "there is no subscription")
    return str(mine[0]["id"])


@place("prolific", "get_collection.id")
def _collection(t: Trial) -> str:
    for each in t.listed("list_workspace_projects", path={"workspace_id": workspace(t)}):
        listed = t.listed("list_collections", query={"project_id": each["id"]})
        if listed:
            return str(listed[0]["id"])
    t.need(False, "there is no study collection")
    return ""


@place("prolific", "list_group_participants.id")
def _group(t: Trial) -> str:
    listed = [each for each in t.listed("list_participant_groups") if each["id"] not in t.run.ledger.made]
    t.need(listed, "there is no participant group")
    return str(max(listed, key=lambda each: each.get("participant_count", 0))["id"])


@place("prolific", "list_study_submissions.id", "export_study.id")
def _study(t: Trial) -> str:
    listed = [each for each in t.listed("list_studies") if each["id"] not in t.run.ledger.made]
    t.need(listed, "there is no study")
    return str(max(listed, key=lambda each: each.get("places_taken") or 0)["id"])


def _samples() -> None:
    def known(operation: str, make: Any) -> None:
        sample("prolific", operation)(make)

    known("create_workspace", lambda t: {"body": {"title": t.mark("Lab")}})
    known(
        "update_workspace",
        lambda t: {"path": {"workspace_id": own_workspace(t)}, "body": {"description": "Perception"}},
    )
    known("create_project", lambda t: {"path": {"workspace_id": own_workspace(t)}, "body": {"title": t.mark("Shades")}})
    known("update_project", lambda t: {"path": {"project_id": own_project(t)}, "body": {"description": "Colours"}})
    known(
        "create_invitations",
        lambda t: {
            "body": {
                "association": own_workspace(t),
                "emails": [f"{t.word()}@example.com"],
                "role": "WORKSPACE_COLLABORATOR",
            }
        },
    )
    known("create_study", lambda t: {"body": study_body(t)})
    known("update_study", lambda t: {"path": {"id": shared_draft(t)}, "body": {"internal_name": "COL-8"}})
    known("clone_study", lambda t: {"path": {"id": shared_draft(t)}, "body": {"block_previous_participants": False}})
    known("calculate_study_cost", lambda t: {"body": {"reward": 500, "total_available_places": 1}})
    known("create_collection", lambda t: {"body": collection_body(t)})
    known(
        "update_collection",
        lambda t: {"path": {"id": shared_collection(t)}, "body": {"description": "Nobody judges two"}},
    )
    known("count_eligible_participants", lambda t: {"body": {"filters": []}})
    known("create_filter_set", lambda t: {"body": set_body(t)})
    known("update_filter_set", lambda t: {"path": {"id": shared_set(t)}, "body": {"name": t.mark("Left-handed")}})
    known("clone_filter_set", lambda t: {"path": {"id": shared_set(t)}, "body": {"new_name": t.mark("Copy")}})
    known("create_participant_group", lambda t: {"body": group_body(t)})
    known("update_participant_group", lambda t: {"path": {"id": shared_group(t)}, "body": {"description": "Some"}})
    known(
        "add_group_participants",
        lambda t: {"path": {"id": shared_group(t)}, "body": {"participant_ids": participants(t, 1)}},
    )
    known(
        "remove_group_participants", lambda t: {"path": {"id": shared_group(t)}, "body": {"participant_ids": [NOBODY]}}
    )
    known("create_survey", lambda t: {"body": survey_body(t)})
    known(
        "create_survey_response",
        lambda t: {"path": {"survey_id": shared_survey(t)["_id"]}, "body": answer_to(t, shared_survey(t))},
    )
    known("create_secret", lambda t: {"body": {"workspace_id": own_workspace(t)}})
    known("create_subscription", lambda t: {"body": subscription_body(t)})
    known(
        "update_subscription",
        lambda t: {
            "path": {"subscription_id": shared_subscription(t)},
            "body": subscription_body(t, workspace_id=GONE),
        },
    )
    known(
        "confirm_subscription",
        lambda t: {"path": {"subscription_id": shared_subscription(t)}, "body": subscription_body(t)},
    )
    known("transition_study", _transition)
    known(
        "transition_collection",
        lambda t: {
            "path": {"id": shared_collection(t, full=True)},
            "body": {"action": "SCHEDULE_PUBLISH", "publish_at": "2050-02-28T13:45:00 Europe/London"},
        },
    )
    known("transition_submission", _approval)
    known("request_submission_return", _return)
    known("bulk_approve_submissions", lambda t: {"body": {"submission_ids": _approved(t)}})
    known("create_bonus_payments", _bonus)
    known("send_message", _message)
    known("send_bulk_message", _bulk_message)


def _transition(t: Trial) -> Body:
    may_spend(t)
    return {"path": {"id": str(draft(t, reward=100, total_available_places=1).at("id"))}, "body": {"action": "PUBLISH"}}


def _approved(t: Trial) -> list[str]:
    """A submission that is approved already: approving it again is without effect."""
    found = submissions(t, "APPROVED")
    t.need(found, "no submission is approved")
    return [str(found[0]["id"])]


def _approval(t: Trial) -> Body:
    return {"path": {"id": _approved(t)[0]}, "body": {"action": "APPROVE"}}


def _return(t: Trial) -> Body:
    waiting = submissions(t, "AWAITING REVIEW")
    t.need(waiting, "no submission waits for review")
    return {"path": {"id": str(waiting[-1]["id"])}, "body": {"request_return_reasons": ["The code does not fit."]}}


def _bonus(t: Trial) -> Body:
    own = busy(t)
    some = t.listed("list_submissions", query={"study": own})
    return {"body": {"study_id": own, "csv_bonuses": f"{some[0]['participant_id']},0.10"}}


def _message(t: Trial) -> Body:
    own = busy(t)
    some = t.listed("list_submissions", query={"study": own})
    return {"body": {"recipient_id": some[0]["participant_id"], "body": t.mark("Thank you"), "study_id": own}}


def _bulk_message(t: Trial) -> Body:
    told = _message(t)["body"]
    return {"body": {"ids": [told["recipient_id"]], "body": told["body"], "study_id": told["study_id"]}}


_samples()
