"""Liberties of Prolific: what the capture of its API leaves open, and its samples as they are printed."""

from __future__ import annotations

import json
import re
from typing import Any

from defects.catalogue.prolific import (
    NOBODY,
    acting,
    dropped,
    failures,
    filters,
    loosened,
    once_only,
    refused,
    taken,
)
from defects.faults import (
    body,
    changed_request,
    every,
    extra,
    items,
    listed,
    members,
    put,
    replied,
    request_body,
    saying,
    status,
    without,
)
from defects.messages import Answer, Json, Sent
from defects.spoiler import Act, Mock

from liberties.choices import api_alone, at, bare, longer_ids, texts, together
from liberties.liberty import Liberty, Printed, allowing, printing

LIBERTIES: list[Liberty | Printed] = []
allow = allowing("prolific", LIBERTIES)
show = printing("prolific", LIBERTIES)

TIME = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?)Z")
SETS = "create_filter_set update_filter_set get_filter_set clone_filter_set lock_filter_set unlock_filter_set"
STUDIES = "create_study update_study get_study clone_study transition_study"
LISTS = "list_*"
COUNT = "eligible_participant_count"
RESPONSE = {"_id": NOBODY, "participant_id": NOBODY, "submission_id": NOBODY}
SUBSCRIPTION = {
    "id": NOBODY,
    "event_type": "study.status.change",
    "target_url": "https://hooks.example.com/",
    "workspace_id": NOBODY,
}


def failing(change: Any) -> Act:
    """Failures have another body; the function gets their error and returns the document."""

    def changed(_: Sent, answer: Answer) -> Answer:
        document = answer.json
        if answer.status < 400 or not isinstance(document, dict) or "error" not in document:
            return answer
        return answer.with_json(change(document["error"]))

    return api_alone(replied(changed))


def plain(_: Sent, answer: Answer) -> Answer:
    """A text that was quoted as JSON is plain."""
    value = answer.json
    if not answer.ok or not isinstance(value, str):
        return answer
    return Answer(answer.status, {"content-type": "text/plain; charset=utf-8"}, value.encode())


def strict(names: tuple[str, ...]) -> Act:
    """Members that only the server sets are refused."""
    return refused(400, lambda sent: isinstance(sent.json, dict) and bool(set(names) & set(sent.json)))


def default_time(minutes: int) -> Act:
    """A study that brings no maximum time gets this one."""

    def change(document: Json) -> None:
        if "estimated_completion_time" in document and document["estimated_completion_time"] == 5:
            document.setdefault("maximum_allowed_time", minutes)

    return request_body(change)


def in_full(made: Json) -> None:
    """The filters of a study have all their members."""
    for each in made.get("filters") or []:
        each.setdefault("weightings" if "selected_values" in each else "title", {} if "selected_values" in each else "")


def answered(document: Json) -> bool:
    """A response lacks nothing but questions that its survey has."""
    uuid = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

    def whole(part: Json) -> bool:
        answers = part.get("answers")
        named = uuid.fullmatch(str(part.get("question_id"))) and "question_title" in part
        return (
            bool(named) and isinstance(answers, list) and all({"answer_id", "value"} <= set(each) for each in answers)
        )

    if not isinstance(document, dict) or not {"participant_id", "submission_id"} <= set(document):
        return False
    held = document.get("sections") or [{"section_id": "", "questions": document.get("questions") or []}]
    return all(
        "section_id" in each and isinstance(each.get("questions"), list) and all(map(whole, each["questions"]))
        for each in held
    )


async def later_status(sent: Sent, mock: Mock) -> Answer:
    """A study that was published is PUBLISHING in the reply to that."""
    answer = await mock.ask(sent)
    if answer.ok and isinstance(sent.json, dict) and sent.json.get("action") == "PUBLISH":
        return answer.with_json({**answer.json, "status": "PUBLISHING"})
    return answer


async def a_moment_later(sent: Sent, mock: Mock) -> Answer:
    """The first reading of a submission after a bulk approval still shows it as it was."""
    answer = await mock.ask(sent)
    if sent.method == "POST":
        mock.memory["pending"] = mock.memory.get("pending", 0) + int(answer.ok)
    elif answer.ok and mock.memory.get("pending") and answer.json.get("status") == "APPROVED":
        mock.memory["pending"] = 0
        return answer.with_json({**answer.json, "status": "AWAITING REVIEW"})
    return answer


async def approved_apart(sent: Sent, mock: Mock) -> Answer:
    """Of a refused bulk approval those that can be approved are."""
    answer = await mock.ask(sent)
    ids = sent.json.get("submission_ids") if isinstance(sent.json, dict) else None
    if answer.status in {400, 404} and isinstance(ids, list) and len(ids) > 1:
        for each in ids:
            await mock.ask(sent.with_json({"submission_ids": [each]}))
    return answer


async def sent_to_some(sent: Sent, mock: Mock) -> Answer:
    """Of a refused bulk message those who are known get it."""
    answer = await mock.ask(sent)
    document = sent.json if isinstance(sent.json, dict) else {}
    if not answer.ok and isinstance(document.get("ids"), list) and len(document["ids"]) > 1:
        await mock.ask(sent.with_json({**document, "ids": document["ids"][:1]}))
    return answer


async def twice_answered(sent: Sent, mock: Mock) -> Answer:
    """A submission can answer twice."""
    answer = await mock.ask(sent)
    rows = listed(mock, sent, answer) if answer.ok and sent.method == "GET" else None
    return put(mock, sent, answer, [*rows, *rows]) if rows else answer


async def past_the_end(sent: Sent, mock: Mock) -> Answer:
    """A page past the end is an empty list."""
    answer = await mock.ask(sent)
    if answer.status == 404 and sent.parameter("page"):
        first = await mock.ask(sent.with_query(page="1"))
        return put(mock, sent, first, []) if first.ok else answer
    return answer


def slash_redirects(sent: Sent, answer: Answer) -> Answer:
    """A GET with a final slash is redirected."""
    reads = sent.method == "GET" and sent.path.endswith("/") and "/_mock" not in sent.path
    return Answer(301, {"location": sent.path.rstrip("/")}) if reads else answer


# --- what a reply need not hold ---------------------------------------------------------------------------------------

allow(
    "only-required-members",
    "objects have the members that the source requires, and an id",
    "required lists of all schemas",
    "*",
    bare("id", "_id", "results"),
    lacking=True,
)
allow(
    "barely-anything",
    "objects have the members that the source requires, not even an id where it is not among them",
    "required lists of all schemas",
    "*",
    bare(),
    lacking=True,
)
allow(
    "other-choices",
    "many things at once that the source leaves open are done otherwise",
    "all that this page lists",
    "*",
    together(
        at("transition_*", status(409, of=400)),
        api_alone(texts(lambda text: TIME.sub(r"\1+00:00", text))),
        at(
            "create_invitations",
            body(every(lambda each: each.update(id=NOBODY, name="Ada") if "email" in each else None)),
        ),
        at("*_participant_group", body(lambda made: made.update(project_id=NOBODY))),
        at("create_study", default_time(36)),
        at(STUDIES, body(in_full)),
        at("create_*", status(200, of=201)),
    ),
)
allow(
    "short-studies",
    "studies in lists have id and name",
    "StudyShort, required",
    "list_studies list_project_studies",
    items(lambda each: {name: each[name] for name in ("id", "name")}),
    lacking=True,
)
allow(
    "bare-bonus",
    "a bonus has its two required members",
    "BulkBonus, required",
    "create_bonus_payments",
    body(lambda made: {name: made[name] for name in ("id", "total_amount")}),
    lacking=True,
)
allow(
    "bonuses-not-shown",
    "a submission shows no bonuses",
    "SubmissionDetail.bonus_payments",
    "get_submission",
    without("bonus_payments"),
    lacking=True,
)
allow(
    "siblings-not-shown",
    "has_siblings is left out, as the sample does",
    "SubmissionShort, sample",
    "list_submissions list_study_submissions",
    without("has_siblings"),
    lacking=True,
)
allow(
    "option-gone",
    "studies show no completion_option, as the later version",
    "CreateStudy, required",
    STUDIES,
    without("completion_option"),
)
allow(
    "uncounted-sets",
    "filter sets show no count",
    "FilterSetParticipantCount.eligible_participant_count",
    SETS,
    without("eligible_participant_count"),
    lacking=True,
)
allow(
    "hidden-count-absent",
    "a count that is hidden is absent",
    "FilterSetParticipantCount.eligible_participant_count",
    SETS,
    body(lambda made: {name: value for name, value in made.items() if name != COUNT or value}),
    lacking=True,
)
allow(
    "locks-not-shown",
    "filter sets do not show whether they are locked",
    "FilterSet.is_locked",
    SETS,
    without("is_locked"),
)
allow(
    "uncounted-groups",
    "groups do not show how many they are",
    "ParticipantGroup.participant_count",
    "*participant_group",
    without("participant_count"),
)
allow(
    "nobody-in-the-workspace",
    "workspaces and projects list no users",
    "Workspace.users, Project.users",
    "*_workspace *_project",
    without("users"),
    lacking=True,
)
allow(
    "balance-in-one",
    "a balance is not broken down by name",
    "WorkspaceBalance.balance_breakdown",
    "get_workspace_balance",
    body(lambda made: made.update(balance_breakdown={}, available_balance_breakdown={})),
)
allow(
    "questions-without-ids",
    "questions and answers show no ids",
    "SurveyQuestion.id, SurveyAnswerOption.id",
    "*_survey",
    body(every(lambda each: each.pop("id", None) and None if {"answers", "value"} & set(each) else None)),
    lacking=True,
)
allow(
    "survey-id-alone",
    "a survey has no _id but an id",
    "SurveyOut._id against SurveysGetAllResponsesResponse.results",
    "*_survey *_surveys *_survey_response *_survey_responses",
    items(lambda each: each.pop("_id", None) and None),
)
allow(
    "user-without-workspace",
    "the user does not show the current workspace",
    "User",
    "get_current_user",
    without("current_workspace_id", "name"),
    lacking=True,
)
allow(
    "uncounted-places",
    "studies in lists show no places",
    "StudyShort.places_taken",
    "list_studies list_project_studies",
    without("places_taken", "number_of_submissions", "total_available_places"),
    lacking=True,
)
allow(
    "payload-null",
    "events have no payload",
    "SubscriptionEvent.payload",
    "list_subscription_events",
    items(lambda each: each.update(payload=None)),
)
allow(
    "summary-without-counts-of-zero",
    "a count of 0 is left out of a summary",
    "SurveySummaryAnswer.count, default",
    "get_survey_summary",
    body(every(lambda each: each.pop("count") and None if each.get("count") == 0 else None)),
)

# --- what a reply may hold besides ------------------------------------------------------------------------------------

allow(
    "more-members",
    "objects have members that no schema names",
    "additionalProperties",
    "get_* create_study create_workspace list_studies",
    extra(colour="blue"),
)
allow(
    "researcher-in-full",
    "a study shows its researcher as an object",
    "Study, additionalProperties",
    STUDIES,
    body(lambda made: made.update(researcher={"id": made["researcher"], "name": "Rosa"})),
)
allow(
    "errors-in-detail",
    "an error has traceback, interactive and additional_information",
    "ErrorDetail, optional members",
    "*",
    api_alone(failures(lambda error: error.update(traceback="none", interactive=False, additional_information="none"))),
)
allow(
    "filters-in-full",
    "filters of a study are shown with all their members",
    "BaseStudy.filters",
    STUDIES,
    body(in_full),
)
allow(
    "filters-always-detailed",
    "filters are listed in the detailed form always",
    "FilterList.results",
    "list_filters",
    changed_request(lambda sent: sent.with_query(detailed="true")),
)
allow(
    "known-guest",
    "an invited person is known by id and name",
    "Invitation.invitee",
    "create_invitations",
    body(every(lambda each: each.update(id=NOBODY, name="Ada Nowak") if "email" in each else None)),
)
allow(
    "group-with-project",
    "a group shows the project that it was made in",
    "ParticipantGroup.project_id",
    "*_participant_group",
    body(lambda made: made.update(project_id=NOBODY)),
)
allow(
    "code-in-both",
    "submissions in lists show entered_code too",
    "SubmissionShort, additionalProperties",
    "list_submissions list_study_submissions",
    items(lambda each: each.update(entered_code=each.get("study_code"))),
)

# --- how things are written -------------------------------------------------------------------------------------------

allow(
    "zone-as-offset",
    "times end in +00:00",
    "samples of times; date-time",
    "*",
    api_alone(texts(lambda text: TIME.sub(r"\1+00:00", text))),
)
allow(
    "whole-seconds",
    "times have no fraction",
    "date-time",
    "*",
    api_alone(texts(lambda text: re.sub(r"(T\d{2}:\d{2}:\d{2})\.\d+Z", r"\1Z", text))),
)
allow(
    "surveys-without-zone",
    "dates of surveys have no zone, as printed",
    "SurveyOut.date_created, sample",
    "*_survey *_surveys *_survey_response *_survey_responses",
    texts(lambda text: TIME.sub(r"\1", text)),
)
allow("ids-of-25-characters", "ids have another form, as in some samples", "ids in the samples", "*", longer_ids("x"))
allow(
    "timed-out-as-one-list-says",
    "lists say TIME-OUT",
    "SubmissionShort.status",
    "list_submissions list_study_submissions",
    texts(lambda text: "TIME-OUT" if text == "TIMED-OUT" else text),
)
allow(
    "timed-out-with-a-blank",
    "a submission is TIMED OUT",
    "SubmissionShort.status against Submission.status",
    "*_submission *_submissions",
    texts(lambda text: "TIMED OUT" if text == "TIMED-OUT" else text),
)
allow(
    "later-submission-statuses",
    "submissions can be SCREENED OUT, as in the later version",
    "SubmissionShort.status",
    "list_submissions list_study_submissions",
    texts(lambda text: "SCREENED OUT" if text == "RETURNED" else text),
    lacking=True,
)
allow(
    "publishing",
    "a study that was published is PUBLISHING at first, as in the later version",
    "Study.status",
    "transition_study",
    later_status,
)
allow(
    "uuid-in-capitals",
    "ids of surveys' parts are written in capitals",
    "SurveySection.id, format uuid",
    "create_survey get_survey",
    texts(lambda text: text.upper() if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text) else text),
    lacking=True,
)
allow(
    "short-secrets",
    "a secret has 15 characters, as a sample",
    "SecretList, sample",
    "create_secret list_secrets",
    members("value", lambda text: text[:15]),
)
allow(
    "secrets-in-an-array",
    "secrets are listed in a bare array, as the sample",
    "SecretList, sample",
    "list_secrets",
    body(lambda document: document["results"]),
    lacking=True,
)
allow(
    "amounts-with-a-point",
    "counts have a decimal point",
    "RequirementsCount.count, number",
    "count_eligible_participants",
    replied(
        lambda _, answer: Answer(answer.status, answer.headers, re.sub(rb'("count":\s*\d+)', rb"\1.0", answer.body))
    ),
)
allow(
    "numbered-choices",
    "choices of a filter are of the type integer, as the text says",
    "SelectFilterListAttributes.data_type",
    "list_filters",
    texts(lambda text: "integer" if text == "ChoiceID" else text),
)
allow(
    "bounds-as-text",
    "bounds of ranges are texts",
    "RangeFilterListAttributes.min",
    "list_filters",
    body(every(lambda each: each.update(min=str(each["min"]), max=str(each["max"])) if "min" in each else None)),
    lacking=True,
)
allow(
    "links-missing",
    "lists have results and no more",
    "…ListResponse, required",
    LISTS,
    body(lambda document: {"results": document["results"]} if "results" in document else None),
)
allow(
    "local-publication",
    "the time of a planned publication is shown with an offset",
    "MutuallyExclusiveStudyCollectionUpdate.publish_at",
    "*_collection",
    body(
        every(
            lambda each: each.update(publish_at=f"{each['publish_at'][:19]}+00:00") if each.get("publish_at") else None
        )
    ),
    lacking=True,
)
allow(
    "other-currencies",
    "workspaces may have currencies beside the two that are taken",
    "WorkspaceBalance.currency_code",
    "get_workspace_balance",
    replied(
        lambda sent, answer: (
            answer.with_json({**answer.json, "currency_code": "CHF"})
            if answer.ok and answer.json["currency_code"] != "USD"
            else answer
        )
    ),
)
allow(
    "escaped-messages",
    "markup in a message is escaped",
    "SendMessage.body",
    "list_messages",
    texts(
        lambda text: (
            re.sub(
                r"^(\S.*?) ?(?:<b>bold</b>)?$",
                lambda found: found[1] + (" &lt;b onclick=&#39;x()&#39;&gt;bold&lt;/b&gt;" if "<b>" in text else ""),
                text,
            )
            if "<b>" in text
            else text
        )
    ),
)
allow(
    "invitations-in-another-order",
    "invitations are listed in another order",
    "CreateInvitationResponse.invitations",
    "create_invitations",
    body(lambda made: made["invitations"].reverse()),
)
allow(
    "members-in-another-order",
    "members of a group are listed in another order",
    "ParticipantGroupMembershipListResponse.results",
    "list_group_participants add_group_participants",
    body(lambda document: document["results"].reverse()),
)
allow(
    "filters-in-another-order",
    "the filters of a set are shown in another order",
    "FilterSet.filters",
    SETS,
    body(lambda made: made["filters"].reverse()),
)

# --- codes and bodies -------------------------------------------------------------------------------------------------

allow(
    "refusals-are-422",
    "bodies are refused with 422",
    "no code but that of the bonuses",
    "create_[!b]* update_* send_* *transition_* request_* bulk_* add_* count_* calculate_*",
    status(422, of=400),
)
allow(
    "conflicts-are-409",
    "what does not fit the state is 409",
    "no code but that of the bonuses",
    "transition_* update_filter_set request_submission_return",
    status(409, of=400),
)
allow(
    "forbidden-is-404",
    "what a caller may not do is 404",
    "operation text of invitations",
    "create_invitations update_workspace update_project create_project",
    status(404, of=403),
)
allow("creations-are-200", "creations answer 200", "no code of success", "create_*", status(200, of=201))
allow(
    "payments-are-204",
    "a payment is answered without a body",
    "no code of success",
    "pay_bonus_payments",
    status(200, of=202),
)
allow(
    "messages-are-200",
    "sending a message is answered with an object",
    "no code of success",
    "send_message send_bulk_message",
    replied(lambda _, answer: Answer.of(200, {}) if answer.ok else answer),
)
allow("deletions-are-202", "a deletion is answered with 202", "no code of success", "delete_*", status(202))
allow(
    "plain-texts",
    "texts are plain, not quoted as JSON",
    "BonusesMakePaymentResponse, SubmissionsBulkApproveResponse",
    "pay_bonus_payments bulk_approve_submissions",
    replied(plain),
)
allow(
    "bare-errors",
    "a failure is an ErrorDetail without an Error around it",
    "Error, ErrorDetail",
    "*",
    failing(lambda error: error),
    lacking=True,
)
allow(
    "errors-as-problems",
    "failures are application/problem+json",
    "media types of replies",
    "*",
    api_alone(
        replied(
            lambda _, answer: (
                answer.with_headers(content_type="application/problem+json") if answer.status >= 400 else answer
            )
        )
    ),
)
allow(
    "detail-as-list",
    "the detail of an error is a list",
    "ErrorDetail.detail",
    "*",
    api_alone(failures(lambda error: error.update(detail=[json.dumps(error["detail"])]))),
)
allow(
    "detail-as-text",
    "the detail of an error is a text",
    "ErrorDetail.detail",
    "*",
    api_alone(failures(lambda error: error.update(detail=json.dumps(error["detail"])))),
)
allow(
    "detail-with-objects",
    "the detail of an error has objects inside",
    "ErrorDetail.detail, additionalProperties",
    "*",
    api_alone(failures(lambda error: error.update(detail={"fields": {"all": str(error["detail"])}}))),
)
allow(
    "anonymous-is-403",
    "no token is 403",
    "no passage on authentication",
    "*",
    together(
        api_alone(status(403, of=401)),
        api_alone(failures(lambda error: error.update(status=403) if error["status"] == 401 else None)),
    ),
)
allow("past-the-end-is-empty", "a page past the end is an empty list", "FilterList._links", LISTS, past_the_end)
allow(
    "slash-redirects",
    "a GET with a final slash is redirected",
    "headings against running text",
    "*",
    replied(slash_redirects),
)
allow(
    "export-as-plain-text",
    "the export is text/plain",
    "StudiesDownloadDemographicDataResponse",
    "export_study",
    replied(
        lambda _, answer: (
            answer.with_headers(content_type="text/plain")
            if "csv" in answer.headers.get("content-type", "")
            else answer
        )
    ),
)
allow(
    "read-only-refused",
    "members that only the server sets are refused",
    "readOnly",
    "create_study create_participant_group",
    strict(("id", "status", "is_deleted", "participant_count", "feeder_studies")),
)
allow(
    "guests-missing",
    "an invitation is answered without a list",
    "CreateInvitationResponse.invitations",
    "create_invitations",
    body(lambda made: {}),
    lacking=True,
)
allow(
    "subscription-in-a-list",
    "a new subscription is answered with a list, as in the later version",
    "SubscriptionDetail",
    "create_subscription",
    body(lambda made: [made]),
    lacking=True,
)

# --- what may happen --------------------------------------------------------------------------------------------------

allow(
    "bulk-approval-takes-a-moment",
    "a bulk approval is carried out afterwards",
    "SubmissionsBulkApproveResponse, example",
    "bulk_approve_submissions get_submission",
    a_moment_later,
)
allow(
    "time-of-36-minutes",
    "the longest time for five minutes of work is 36 minutes",
    "BaseStudy.maximum_allowed_time",
    "create_study",
    default_time(36),
)
allow(
    "cost-in-total",
    "the cost of a study is one number, as that of the calculator",
    "StudyCostResponse",
    "get_study_cost",
    body(lambda made: {"total_cost": 4200}),
)
allow(
    "update-without-event",
    "a subscription can be changed in part",
    "SubscriptionUpdateDetail, required",
    "update_subscription",
    taken(SUBSCRIPTION, lambda sent: isinstance(sent.json, dict), 200),
)
allow(
    "empty-message",
    "an empty message is sent",
    "SendMessage.body",
    "send_message",
    loosened(body=lambda text: text or "-"),
)
allow(
    "summary-empty-at-first",
    "a summary has no questions before the first response",
    "SurveySummary.questions",
    "get_survey_summary",
    body(
        lambda made: (
            made.update(questions=[]) if all(each["total_answers"] == 0 for each in made["questions"]) else None
        )
    ),
)
allow(
    "config-not-shown",
    "a study does not show submissions_config",
    "BaseStudy.submissions_config",
    STUDIES,
    without("submissions_config"),
    lacking=True,
)
allow(
    "config-closed",
    "submissions_config is not open to the caller",
    "BaseStudy.submissions_config, beta",
    "create_study",
    refused(403, saying("submissions_config")),
    lacking=True,
)

# --- other readings ---------------------------------------------------------------------------------------------------

allow(
    "description-taken",
    "a description is accepted at creation",
    "CreateProject against Project.description, CreateWorkspace against Workspace.description",
    "create_workspace create_project",
    body(lambda made: made.update(description="not taken")),
)
allow(
    "invited-twice",
    "inviting an address again makes another invitation",
    "operation text",
    "create_invitations",
    body(
        every(
            lambda each: each.update(invite_link=f"{each['invite_link']}-{id(each)}") if "invite_link" in each else None
        )
    ),
)
allow(
    "known-types-only",
    "other types of codes are refused",
    "BaseStudy.completion_codes, code_type",
    "create_study",
    refused(400, lambda sent: "SCREENED_OUT" in str(sent.json)),
)
allow(
    "copy-beside-a-set",
    "a copy has a filter set and a block list",
    "operation text against BaseStudy.filter_set_id",
    "clone_study",
    body(lambda made: made.update(filter_set_id=NOBODY)),
)
allow(
    "cost-without-vat",
    "the cost leaves VAT out",
    "samples of BulkBonus and WorkspaceBalance",
    "calculate_study_cost",
    body(lambda made: made.update(total_cost=made["total_cost"] * 20 // 21)),
)
allow(
    "set-beside-no-filters",
    "an empty list of filters beside a set is refused",
    "BaseStudy.filter_set_id",
    "create_study",
    refused(400, lambda sent: bool(sent.json.get("filter_set_id")) and sent.json.get("filters") == []),
)
allow(
    "set-of-both",
    "a set may belong to both a workspace and an organisation",
    "CreateFilterSet.workspace_id, CreateFilterSet.organisation_id",
    "create_filter_set",
    dropped("organisation_id"),
)
allow(
    "filters-by-id",
    "filters may have an id instead of a filter_id",
    "CreateFilterSet, example",
    "create_filter_set",
    filters(lambda each: {("filter_id" if name == "id" else name): value for name, value in each.items()}),
)
allow(
    "array-taken",
    "an array with one set is accepted",
    "CreateFilterSet, example",
    "create_filter_set",
    changed_request(lambda sent: sent.with_json(sent.json[0]) if isinstance(sent.json, list) and sent.json else sent),
)
allow("lock-twice-refused", "locking twice is refused", "operation text", "lock_filter_set", once_only)
allow(
    "copy-locked",
    "a copy of a locked set is locked",
    "FilterSet.version, FilterSet.is_locked",
    "clone_filter_set",
    body(lambda made: made.update(is_locked=True)),
)
allow("unlock-twice-refused", "unlocking an unlocked set is refused", "operation text", "unlock_filter_set", once_only)
allow(
    "copy-without-name",
    "a copy has no name without new_name",
    "FilterSetsCloneFilterSetRequest.new_name",
    "clone_filter_set",
    replied(
        lambda sent, answer: (
            answer.with_json({**answer.json, "name": ""})
            if answer.ok and not (sent.json or {}).get("new_name")
            else answer
        )
    ),
)
allow(
    "sets-counted-in-lists",
    "sets in lists have their count",
    "FilterSetList.results against FilterSet, example",
    "list_filter_sets",
    extra(eligible_participant_count=30),
)
allow(
    "bulk-in-part",
    "a bulk approval with a wrong id approves the others",
    "SubmissionsBulkApproveRequest",
    "bulk_approve_submissions",
    approved_apart,
)
allow(
    "bulk-forgiving",
    "unknown ids in a bulk approval are skipped",
    "SubmissionsBulkApproveRequest",
    "bulk_approve_submissions",
    request_body(
        lambda document: (
            document.update(submission_ids=[each for each in document["submission_ids"] if each != NOBODY])
            if len(document.get("submission_ids", [])) > 1
            else None
        )
    ),
)
allow(
    "finished-asked-back",
    "the return of a finished submission can be requested",
    "operation text",
    "request_submission_return",
    taken(
        {"id": NOBODY, "status": "APPROVED"},
        lambda sent: (
            isinstance((sent.json or {}).get("request_return_reasons"), list)
            and bool(sent.json["request_return_reasons"])
        ),
        200,
    ),
)
allow(
    "siblings-always",
    "has_siblings is always true",
    "SubmissionShort.has_siblings",
    "list_submissions list_study_submissions",
    items(lambda each: each.update(has_siblings=True)),
)
allow(
    "bonus-fees-of-a-fifth",
    "fees are a fifth",
    "samples of BulkBonus and WorkspaceBalance",
    "create_bonus_payments",
    body(lambda made: made.update(fees=made["amount"] / 5, total_amount=made["amount"] * 1.2 + made["vat"])),
)
allow(
    "bonus-fees-rounded-down",
    "fees are rounded to whole cents",
    "samples of BulkBonus and WorkspaceBalance",
    "create_bonus_payments",
    body(
        lambda made: made.update(fees=int(made["fees"]), total_amount=made["amount"] + int(made["fees"]) + made["vat"])
    ),
)
allow(
    "any-amount",
    "an amount with three decimals is accepted",
    "operation text, the structure of csv_bonuses",
    "create_bonus_payments",
    request_body(
        lambda document: (
            document.update(csv_bonuses=re.sub(r"(\.\d\d)\d+", r"\1", document["csv_bonuses"]))
            if "csv_bonuses" in document
            else None
        )
    ),
)
allow(
    "negative-bonus",
    "a negative amount is accepted",
    "operation text, the structure of csv_bonuses",
    "create_bonus_payments",
    request_body(
        lambda document: (
            document.update(csv_bonuses=document["csv_bonuses"].replace(",-", ","))
            if "csv_bonuses" in document
            else None
        )
    ),
)
allow(
    "collection-without-project",
    "a collection is accepted without a project",
    "samples create_with_studies and create_without_studies",
    "create_collection",
    taken({"id": NOBODY}, lambda sent: "project_id" not in sent.json),
)
allow(
    "past-publication",
    "a time in the past is accepted",
    "operation text, third action",
    "transition_collection",
    loosened(publish_at=lambda text: text.replace("2001", "2061")),
)
allow(
    "empty-published",
    "an empty collection can be published",
    "operation text; sample create_without_studies",
    "transition_collection",
    taken({"id": NOBODY}, acting("PUBLISH"), 200),
)
allow(
    "bulk-message-in-part",
    "a message with an unknown id is sent to the others",
    "SendBulkMessage.ids",
    "send_bulk_message",
    sent_to_some,
)
allow(
    "bulk-message-to-nobody",
    "an empty list of ids is accepted",
    "SendBulkMessage.ids",
    "send_bulk_message",
    taken(None, lambda sent: (sent.json or {}).get("ids") == [], 204),
)
allow(
    "sections-beside-questions",
    "a survey may have sections and questions",
    "SurveyIn.sections, SurveyIn.questions",
    "create_survey",
    request_body(
        lambda document: (
            document.pop("questions") and None if document.get("sections") and document.get("questions") else None
        )
    ),
)
allow(
    "own-ids-lost",
    "ids of questions are always new",
    "SurveySection.id against the samples of the request",
    "create_survey",
    request_body(every(lambda each: each.pop("id", None) and None if "answers" in each else None)),
)
allow(
    "modified-at-once",
    "date_modified of a new survey is later than date_created",
    "SurveyOut.date_created, SurveyOut.date_modified",
    "create_survey create_survey_response",
    body(lambda made: made.update(date_modified="2040-01-01T00:00:00.000Z")),
)
allow(
    "any-question",
    "ids that the survey does not have are accepted",
    "SurveyQuestionResponse.question_id, SurveyResponseAnswer.answer_id",
    "create_survey_response",
    taken(RESPONSE, lambda sent: answered(sent.json)),
)
allow(
    "any-form",
    "a response may have sections where the survey has none",
    "SurveyResponseIn.sections, SurveyResponseIn.questions",
    "create_survey_response",
    taken(RESPONSE, lambda sent: answered(sent.json) and "sections" in sent.json),
)
allow(
    "answered-twice",
    "a submission can have two responses",
    "SurveyResponseIn.submission_id",
    "list_survey_responses",
    twice_answered,
)
allow(
    "responses-with-underscore",
    "responses are listed with _id",
    "SurveysGetAllResponsesResponse.results against SurveyResponseOut._id",
    "list_survey_responses",
    items(lambda each: {("_id" if name == "id" else name): value for name, value in each.items()}),
)
allow(
    "subscription-moves",
    "a subscription can move to another workspace",
    "SubscriptionDetail.workspace_id",
    "confirm_subscription",
    taken(SUBSCRIPTION, saying("workspace_id", "event_type", "target_url"), 200),
)

# --- as printed -------------------------------------------------------------------------------------------------------

show(
    "bonus-as-printed",
    "BulkBonus, sample",
    "create_bonus_payments",
    {
        "id": "621014cb8e9e0f81e387021f",
        "vat": 0,
        "fees": 283.34,
        "study": "620ca2735fcbba4fa2b3211a",
        "amount": 850,
        "total_amount": 1133.34,
    },
    status=201,
)
show(
    "filter-set-as-printed",
    "FilterSet, sample",
    "create_filter_set",
    {
        "id": "644ab312af6bbc363b9d47c7X",
        "name": "Ambidextrous teenagers",
        "filters": [
            {"id": "handednessX", "selected_values": ["2"]},
            {"id": "ageX", "selected_range": {"lower": 18, "upper": 19}},
        ],
        "version": 1,
        "is_locked": True,
        "is_deleted": False,
        "workspace_id": "644aaabfaf6bbc363b9d47c6",
        "eligible_participant_count": 0,
    },
    status=201,
)
show(
    "project-as-printed",
    "Project, sample",
    "get_project",
    {
        "id": "62fce6fff0a78eb4f3ebc09cX",
        "owner": "60a42f4c693c29420793cb73",
        "title": "My project",
        "users": [
            {
                "id": "60a42f4c693c29420793cb73X",
                "name": "Joe Soap",
                "email": "joe.soap@gmail.com",
                "roles": ["PROJECT_EDITOR"],
            }
        ],
        "workspace": "60a42f4c693c29420793cb73",
        "description": "This project is for...",
        "naivety_distribution_rate": 0.5,
    },
    status=200,
)
show(
    "secret-detail-as-printed",
    "SecretDetail, sample",
    "create_secret",
    {
        "id": "63722971f9cc073ecc730f6aX",
        "value": "cGNqFPb6y0RT3XO9XVSessBDYIbHQ-....",
        "workspace_id": "63722982f9cc073ecc730f6b",
    },
    status=201,
)
show(
    "secret-list-as-printed",
    "SecretList, sample",
    "list_secrets",
    [{"id": "63722971f9cc073ecc730f6a", "value": "secret-and-safe", "workspace_id": "63722982f9cc073ecc730f6b"}],
    status=200,
)
show(
    "study-as-printed",
    "Study, sample",
    "get_study",
    {
        "id": "60d9aadeb86739de712faee0X",
        "name": "Study about API's",
        "reward": 100,
        "status": "UNPUBLISHED",
        "filters": [],
        "description": "This study aims to determine how to make a good public API",
        "study_labels": ["interview"],
        "filter_set_id": None,
        "internal_name": "WIT-2021 Study about API's version 2",
        "completion_codes": [
            {"code": "ABC123", "actions": [{"action": "AUTOMATICALLY_APPROVE"}], "code_type": "COMPLETED"},
            {
                "code": "DEF234",
                "actions": [
                    {"action": "AUTOMATICALLY_APPROVE"},
                    {"action": "ADD_TO_PARTICIPANT_GROUP", "participant_group": "619e049f7648a4e1f8f3645b"},
                ],
                "code_type": "FOLLOW_UP_STUDY",
            },
        ],
        "content_warnings": ["sensitive"],
        "completion_option": "url",
        "external_study_url": "https://eggs-experriment.com?participant={{%PROLIFIC_PID%}}",
        "filter_set_version": None,
        "prolific_id_option": "url_parameters",
        "device_compatibility": ["desktop"],
        "maximum_allowed_time": 25,
        "total_available_places": 30,
        "content_warning_details": "Experiences with hateful activities, experiences with self-injury and harmful behaviour",
        "peripheral_requirements": [],
        "estimated_completion_time": 5,
    },
    status=200,
)
show(
    "submission-as-printed",
    "Submission, sample",
    "transition_submission",
    {
        "id": "625d4a831bcda2d59ac5a251",
        "status": "APPROVED",
        "study_id": "60aca280709ee40ec37d4885",
        "started_at": "2022-04-18T11:24:51.395Z",
        "participant": "60bf9310e8dec401be6e9615",
        "completed_at": "2022-04-18T11:25:02.734Z",
        "entered_code": "8E8AC860",
    },
    status=200,
)
show(
    "submission-in-full-as-printed",
    "SubmissionDetail, sample",
    "get_submission",
    {
        "id": "625d4a831bcda2d59ac5a251X",
        "status": "APPROVED",
        "study_id": "60aca280709ee40ec37d4885",
        "started_at": "2022-04-18T11:24:51.395Z",
        "participant": "60bf9310e8dec401be6e9615",
        "completed_at": "2022-04-18T11:25:02.734Z",
        "entered_code": "8E8AC860",
        "bonus_payments": [1000, 2536],
    },
    status=200,
)
show(
    "survey-summary-as-printed",
    "SurveySummary, sample",
    "get_survey_summary",
    {
        "questions": [
            {
                "answers": [
                    {"count": 4, "answer": "Yes", "answer_id": "4c69011b-9b6b-46c6-8ba2-da80761131dc"},
                    {"count": 6, "answer": "No", "answer_id": "f3c8d38f-842c-49d9-a0bb-e17b7803b240"},
                ],
                "question": "Do you feel that this will all be alright on the night?",
                "question_id": "02dee012-25e4-449e-8f2f-a552b9007d92",
                "total_answers": 10,
            }
        ],
        "survey_id": "63346b3a4fd1fe7b39f192e9",
    },
    status=200,
)
show(
    "survey-responses-as-printed",
    "SurveysGetAllResponsesResponse, sample",
    "list_survey_responses",
    {
        "results": [
            {
                "id": "63063d07691a81e96a6e8494X",
                "sections": [
                    {
                        "questions": [
                            {
                                "answers": [{"value": "Yes", "answer_id": "c72d8cf9-5429-40ae-ac74-10041ed68824"}],
                                "question_id": "3797222e-f731-4bea-838b-f668682d902d",
                                "question_title": "Do you like ice cream?",
                            }
                        ],
                        "section_id": "75ac961f-d94a-4490-af8f-935ca088315f",
                    }
                ],
                "date_created": "2022-08-24T15:00:23.325000",
                "date_modified": "2022-08-24T15:00:23.325000",
                "submission_id": "63063cfc71fd74aad90886c4",
                "participant_id": "5c83c95d4c266300156edc01",
            },
            {
                "id": "63063d03691a81e96a6e8493X",
                "sections": [
                    {
                        "questions": [
                            {
                                "answers": [{"value": "No", "answer_id": "a2de5745-b0b4-421b-98ec-23935c78be13"}],
                                "question_id": "3797222e-f731-4bea-838b-f668682d902d",
                                "question_title": "Do you like ice cream?",
                            }
                        ],
                        "section_id": "75ac961f-d94a-4490-af8f-935ca088315f",
                    }
                ],
                "date_created": "2022-08-24T15:00:19.478000",
                "date_modified": "2022-08-24T15:00:19.478000",
                "submission_id": "5e0f36b63ccda26295505f0d",
                "participant_id": "5c83c95d4c266300156edc01",
            },
        ]
    },
    status=200,
)
show(
    "workspace-as-printed",
    "Workspace, sample",
    "get_workspace",
    {
        "id": "62fce6fff0a78eb4f3ebc09cX",
        "owner": "60a42f4c693c29420793cb73",
        "title": "My workspace",
        "users": [
            {
                "id": "60a42f4c693c29420793cb73X",
                "name": "Joe Soap",
                "email": "joe.soap@gmail.com",
                "roles": ["WORKSPACE_ADMIN"],
            }
        ],
        "wallet": "61a65c06b084910b3f0c00d6",
        "projects": [{"id": "60a42f4c693c29420793cb73X"}],
        "description": "This workspace does...",
    },
    status=200,
)
show(
    "workspace-balance-as-printed",
    "WorkspaceBalance, sample",
    "get_workspace_balance",
    {
        "currency_code": "GBP",
        "total_balance": 630,
        "available_balance": 210,
        "balance_breakdown": {"vat": 30, "fees": 150, "rewards": 450},
        "available_balance_breakdown": {"vat": 10, "fees": 50, "rewards": 150},
    },
    status=200,
)
show(
    "bulk-approval-as-printed",
    "SubmissionsBulkApproveResponse, sample",
    "bulk_approve_submissions",
    "The request to bulk approve has been made successfully.",
    status=200,
)
show(
    "study-short-as-printed",
    "StudyShort, sample",
    "list_studies",
    {"results": [{"id": "60d9aadeb86739de712faee0", "name": "Study about API's", "status": "UNPUBLISHED"}]},
)
show(
    "submission-short-as-printed",
    "SubmissionShort, sample",
    "list_submissions",
    {
        "results": [
            {
                "id": "60d9aadeb86739de712faee0X",
                "status": "ACTIVE",
                "started_at": "2021-05-20T11:03:00.457Z",
                "study_code": "ABC123",
                "participant_id": "60bf9310e8dec401be6e9615",
            }
        ]
    },
)
show(
    "project-short-as-printed",
    "ProjectShort, sample",
    "list_workspace_projects",
    {
        "results": [
            {
                "id": "62fce6fff0a78eb4f3ebc09c",
                "owner": "60a42f4c693c29420793cb73",
                "title": "My project",
                "users": [
                    {
                        "id": "60a42f4c693c29420793cb73X",
                        "name": "Joe Soap",
                        "email": "joe.soap@gmail.com",
                        "roles": ["PROJECT_EDITOR"],
                    }
                ],
                "description": "This project is for...",
                "naivety_distribution_rate": 0.5,
            }
        ]
    },
)
show(
    "workspace-short-as-printed",
    "WorkspaceShort, sample",
    "list_workspaces",
    {
        "results": [
            {
                "id": "62fce6fff0a78eb4f3ebc09cX",
                "owner": "60a42f4c693c29420793cb73",
                "title": "My workspace",
                "users": [
                    {
                        "id": "60a42f4c693c29420793cb73X",
                        "name": "Joe Soap",
                        "email": "joe.soap@gmail.com",
                        "roles": ["WORKSPACE_ADMIN"],
                    }
                ],
                "description": "This workspace does...",
                "naivety_distribution_rate": 0.5,
            }
        ]
    },
)
show(
    "event-type-as-printed",
    "EventType, sample",
    "list_event_types",
    {"results": [{"event_type": "study.status.change", "description": "A status change event for studies"}]},
)
show("cost-as-printed", "StudyCostResponse.total_cost, example", "calculate_study_cost", {"total_cost": 56})
show("survey-deleted-as-printed", "SurveysDeleteSingleSurveyResponse, sample", "delete_survey", {})
