"""What the lists hold, and single objects of theirs: what is shown is right; what need not be shown decides nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from understudy.conformance.evidence.matchers import array, both, integer, number, shows, succeeds, text, timestamp
from understudy.conformance.evidence.words import several
from understudy.conformance.judging.context import CheckContext, identify
from understudy.conformance.judging.lists import whole
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.prolific.reading import results
from understudy.conformance.rules.prolific.support.fixtures import (
    Body,
    caller_id,
    filters,
    named,
    project,
    refused,
    shown,
    survey_id,
    workspace,
)

STATUSES = {"UNPUBLISHED", "SCHEDULED", "ACTIVE", "AWAITING REVIEW", "PAUSED", "COMPLETED"}
JUDGED = {"ACTIVE", "APPROVED", "AWAITING REVIEW", "REJECTED", "RESERVED", "RETURNED", "TIMED-OUT", "UNKNOWN"}
#: Statuses that the later version has besides.
LATER_STATUSES = {"PUBLISHING"}
LATER_JUDGED = {"SCREENED OUT", "PARTIALLY APPROVED", "COMPLETE"}
#: Spellings of the same status in the two lists of the source.
SPELT = {
    "TIME-OUT": "TIMED-OUT",
    "TIMED OUT": "TIMED-OUT",
    "TIMED_OUT": "TIMED-OUT",
    "TIME_OUT": "TIMED-OUT",
    "TIME OUT": "TIMED-OUT",
}
DETAILS = {"tags", "category", "subcategory", "display_order", "researcher_help_text", "participant_help_text"}


def known(ctx: CheckContext, values: Iterable[Any], own: set[str], later: set[str]) -> list[str]:
    """The values that neither version knows; those of the later one alone become a remark."""
    found = {SPELT.get(str(value), str(value)) for value in values}
    for value in sorted(found & later):
        ctx.run.remarks[f"{value} is a status of a later version of {ctx.contract.title} alone"] = None
    return sorted(found - own - later)


def wrong(items: Iterable[Body], **members: Any) -> list[str]:
    """The ids of those items in which a member that is there is not as wanted."""
    return [identify(each) for each in items for name, fits in members.items() if name in each and not fits(each[name])]


def having(items: Iterable[Body], *names: str) -> list[Body]:
    """The items that show at least one of some members."""
    return [each for each in items if set(names) & set(each)]


def judge_items(
    ctx: CheckContext, clause: str | tuple[str, ...], page: Any, items: list[Body], expected: str, **members: Any
) -> None:
    """Judge members of a list's items where they are there; without any of them the clauses are not shown."""
    odd = wrong(items, **members)
    ctx.holds(clause, page, not odd, expected, ", ".join(odd[:3]), vacuous=not having(items, *members))


@check(
    "PR-354",
    "PR-355",
    "PR-356",
    "PR-357",
    "PR-358",
    "PR-359",
    "PR-360",
    "PR-460",
    "PR-461",
    "PR-462",
    "PR-557",
    "PR-561",
)
def filters_are_listed(ctx: CheckContext) -> None:
    """Filters have an id, a type and a question; select filters have choices, range filters bounds; detailed adds more."""
    listed = filters(ctx)
    page = ctx.call("list_filters")
    texts = dict.fromkeys(("filter_id", "type", "title", "question", "description"), text)
    judge_items(ctx, ("PR-354", "PR-460"), page, listed, "filters with texts", **texts)
    judge_items(ctx, "PR-358", page, listed, "select or range", type=lambda value: value in {"select", "range"})
    slug = re.compile(r"[a-z0-9_-]+")
    judge_items(ctx, "PR-360", page, listed, "slugs", filter_id=lambda value: bool(slug.fullmatch(str(value))))
    select = [each for each in listed if each.get("type", "select") == "select" and "min" not in each]
    kinds = {"ChoiceID", "ParticipantID", "StudyID", "ParticipantGroupID", "integer"}
    judge_items(
        ctx,
        ("PR-355", "PR-460"),
        page,
        select,
        "choices that are an object, and a data type of the list",
        choices=lambda value: isinstance(value, dict),
        data_type=lambda value: value in kinds,
    )
    judge_items(
        ctx,
        "PR-557",
        page,
        [each for each in select if each.get("choices")],
        "numbers in text or object ids, with texts",
        choices=lambda value: all(
            re.fullmatch(r"\d+|[0-9a-fA-F]{24}", key) and text(label) for key, label in value.items()
        ),
    )
    spans = [each for each in listed if each.get("type") == "range" or {"min", "max"} & set(each)]
    bound = {name: lambda value: integer(value) or text(value) for name in ("min", "max")}
    judge_items(
        ctx,
        ("PR-356", "PR-460"),
        page,
        spans,
        "bounds and a data type",
        **bound,
        data_type=lambda value: value in {"date", "integer"},
    )
    closed = [each for each in spans if {"min", "max"} <= set(each)]
    odd = [identify(each) for each in closed if not _ordered(each)]
    ctx.holds("PR-561", page, not odd, "min not above max, dates as dates", ", ".join(odd[:3]), vacuous=not closed)
    forward = [identify(each) for each in listed if set(each) >= DETAILS]
    asked = ctx.call("list_filters", query={"detailed": "true"})
    detailed = results(ctx, asked)
    odd = [identify(each) for each in having(detailed, *DETAILS) if not set(each) >= DETAILS]
    mixed = bool(forward) or not having(detailed, *DETAILS)
    ctx.holds(
        ("PR-357", "PR-461", "PR-462"),
        asked,
        not odd,
        f"each with {', '.join(sorted(DETAILS))}",
        ", ".join(odd[:3]),
        vacuous=mixed,
    )
    ctx.holds(
        "PR-462",
        (page, asked),
        len(detailed) == len(listed),
        several(len(listed), "filter"),
        several(len(detailed), "filter"),
        vacuous=mixed,
    )
    shown(ctx, "PR-359", page, _links=lambda value: isinstance(value, dict), meta=lambda value: isinstance(value, dict))


def _ordered(span: Body) -> bool:
    low, high = span["min"], span["max"]
    dated = span.get("data_type") != "date" or all(re.match(r"\d{4}-\d{2}-\d{2}", str(each)) for each in (low, high))
    return dated and (type(low) is not type(high) or low <= high)


@check("PR-361", "PR-362", "PR-363", "PR-451")
def filter_sets_are_listed(ctx: CheckContext) -> None:
    """Filter sets are listed by workspace without a count; a single one has its count and version."""
    page = ctx.call("list_filter_sets", query={"workspace_id": workspace(ctx)})
    listed = results(ctx, page)
    own = workspace(ctx)
    judge_items(ctx, "PR-361", page, listed, "sets of that workspace", workspace_id=lambda value: value == own)
    counted = [identify(each) for each in listed if "eligible_participant_count" in each]
    ctx.holds("PR-451", page, not counted, "plain sets, without a count", ", ".join(counted[:3]), vacuous=not listed)
    ctx.need(listed and named(listed[0]), "the workspace has no filter set", page)
    alone = ctx.call("get_filter_set", path={"id": named(listed[0])})
    shown(ctx, "PR-362", alone, id=named(listed[0]), eligible_participant_count=integer)
    shown(ctx, "PR-363", alone, version=integer)


@check("PR-385", "PR-386", "PR-388", "PR-389", "PR-390", "PR-391", "PR-392", "PR-438", "PR-439", "PR-440", "PR-560")
def workspaces_are_listed(ctx: CheckContext) -> None:
    """The caller's workspaces and projects are listed, with their users and balances."""
    page = ctx.call("list_workspaces")
    listed = results(ctx, page)
    ctx.holds("PR-385", page, True, "the caller's workspaces", "none", vacuous=not listed)
    titled = all(text(each.get("id")) and text(each.get("title")) for each in listed)
    ctx.holds("PR-440", page, titled, "id and title", page.summary, vacuous=not listed)
    own = workspace(ctx)
    alone = ctx.call("get_workspace", path={"workspace_id": own})
    ctx.judge("PR-386", alone, shows(id=own, title=text))
    rate = {"naivety_distribution_rate": lambda value: value is None or number(value)}
    shown(ctx, "PR-386", alone, id=own, owner=text, users=array, projects=array, wallet=text, description=text, **rate)
    projects_page = ctx.call("list_workspace_projects", path={"workspace_id": own})
    projects = results(ctx, projects_page)
    titled = all(text(each.get("id")) and text(each.get("title")) for each in projects)
    ctx.holds(("PR-391", "PR-440"), projects_page, titled, "id and title", projects_page.summary, vacuous=not projects)
    short = [each for each in alone.find("projects") or [] if isinstance(each, dict)]
    ctx.holds(
        "PR-439",
        alone,
        all(text(each.get("title")) for each in short),
        "projects with a title",
        short,
        vacuous=not short,
    )
    single = ctx.call("get_project", path={"project_id": project(ctx)})
    ctx.judge("PR-392", single, shows(id=project(ctx), title=text))
    shown(ctx, "PR-392", single, workspace=own)
    for exchange in (alone, single):
        people = exchange.find("users")
        if isinstance(people, list):
            good = all(isinstance(each, dict) and text(each.get("id")) for each in people)
            ctx.holds("PR-438", exchange, good, "users with an id", people, vacuous=not people)
    if "PR-438" not in ctx.judged:
        ctx.lacks("PR-438", "a workspace or a project that shows its users", alone, single)
    money = ctx.call("get_workspace_balance", path={"workspace_id": own})
    shown(ctx, "PR-388", money, currency_code=text, total_balance=integer, available_balance=integer)
    for total, name in (("total_balance", "balance_breakdown"), ("available_balance", "available_balance_breakdown")):
        parts = money.find(name)
        found = [parts[each] for each in ("rewards", "fees", "vat") if each in parts] if isinstance(parts, dict) else []
        ctx.holds(("PR-388", "PR-389"), money, all(map(integer, found)), "integers", found, vacuous=not found)
        sums = len(found) == 3 and integer(money.find(total)) and all(map(integer, found))
        ctx.holds(
            "PR-560",
            money,
            not sums or sum(found) == money.find(total),
            f"{money.find(total)}",
            found,
            vacuous=not sums,
        )
    whole_sum, free = money.find("total_balance"), money.find("available_balance")
    both_shown = integer(whole_sum) and integer(free)
    ctx.holds(
        "PR-390",
        money,
        not both_shown or free <= whole_sum,
        "available_balance at most total_balance",
        f"{free} of {whole_sum}",
        vacuous=not both_shown or free == whole_sum,
    )


@check("PR-393", "PR-394", "PR-395", "PR-396", "PR-397", "PR-398", "PR-445", "PR-446", "PR-483", "PR-485")
def studies_are_listed(ctx: CheckContext) -> None:
    """Studies are listed in short form, by project and by state; a single one is shown in full."""
    operation = ctx.contract.operations["list_studies"]
    read = whole(ctx, operation)
    ctx.need(read.part, "the caller has no studies", *read.pages)
    page = read.pages[0]
    short = all(text(each.get("id")) and text(each.get("name")) for each in read.part)
    ctx.holds("PR-393", page, short, "studies with id and name", page.summary)
    kinds = {"SINGLE", "UK_REP_SAMPLE", "US_REP_SAMPLE"}
    judge_items(
        ctx, "PR-395", read.pages, read.part, "one of three study types", study_type=lambda value: value in kinds
    )
    moments = {name: lambda value: value is None or timestamp(value) for name in ("published_at", "publish_at")}
    judge_items(ctx, "PR-396", read.pages, read.part, "null or a date-time", **moments)
    _by_state(ctx, operation, read)
    odd = known(ctx, (each["status"] for each in read.part if "status" in each), STATUSES, LATER_STATUSES)
    ctx.holds("PR-398", read.pages, not odd, "one of six statuses", ", ".join(odd))
    within = ctx.page(ctx.contract.operations["list_project_studies"], size=1000, path={"project_id": project(ctx)})
    names = {named(each) for each in results(ctx, within)}
    beyond = sorted(names - set(read.part_names)) if read.complete else []
    ctx.holds("PR-483", within, not beyond, "studies that the caller has", beyond[:3], vacuous=not names)
    for name in ctx.random.sample(sorted(names), min(5, len(names))):
        single = ctx.call("get_study", path={"id": name})
        elsewhere = single.succeeded and single.find("project") not in {project(ctx), None} and "project" in single.json
        ctx.holds("PR-483", (within, single), not elsewhere, f"a study of {project(ctx)}", single.find("project"))
        ctx.judge(
            ("PR-397", "PR-445"),
            single,
            shows(id=name, status=text, name=text, completion_codes=array, maximum_allowed_time=number),
        )
        odd = known(ctx, [single.find("status")], STATUSES, LATER_STATUSES)
        ctx.holds("PR-398", single, not odd, "one of six statuses", ", ".join(odd))
        required = ("name", "description", "completion_codes", "reward", "total_available_places")
        never = [key for key in required if key in (single.json or {}) and single.json[key] is None]
        ctx.holds("PR-446", single, not never, "no null in required members", ", ".join(never))
    _places(ctx, read)


def _by_state(ctx: CheckContext, operation: Any, read: Any) -> None:
    """A state restricts the list to the studies of that status."""
    status = next((str(each["status"]) for each in read.part if each.get("status")), None)
    if status is None or not read.complete:
        ctx.lacks("PR-485", "a list that is read whole and shows statuses", *read.pages[:1])
        return
    narrowed = whole(ctx, operation, query={"state": status})
    wanted = [identify(each) for each in read.part if each.get("status") == status]
    ctx.holds(
        "PR-485",
        narrowed.pages[0],
        sorted(narrowed.part_names) == sorted(wanted) or not narrowed.complete,
        f"{several(len(wanted), 'study', 'studies')}, {status}",
        several(len(narrowed.part_names), "study", "studies"),
        vacuous=len(wanted) == len(read.part) or not narrowed.complete,
    )


def _places(ctx: CheckContext, read: Any) -> None:
    """places_taken counts the submissions of a study that hold a place."""
    counting = [each for each in read.part if number(each.get("places_taken"))]
    if not counting:
        ctx.lacks("PR-394", "a study that shows places_taken", *read.pages[:1])
        return
    busy = max(counting, key=lambda each: each["places_taken"])
    inside = whole(ctx, ctx.contract.operations["list_study_submissions"], path={"id": busy["id"]})
    states = [SPELT.get(str(each.get("status")), each.get("status")) for each in inside.part]
    counted = len([each for each in states if each not in {"TIMED-OUT", "RETURNED"}])
    ctx.holds(
        "PR-394",
        (read.pages[0], inside.pages[0]),
        busy["places_taken"] == counted or not inside.complete,
        f"places_taken {counted}",
        busy["places_taken"],
        vacuous=not counted or not inside.complete,
    )


@check(
    "PR-404",
    "PR-405",
    "PR-406",
    "PR-407",
    "PR-408",
    "PR-409",
    "PR-410",
    "PR-411",
    "PR-412",
    "PR-486",
    "PR-487",
    "PR-553",
)
def submissions_are_listed(ctx: CheckContext) -> None:
    """Submissions are listed in short form, by study; a single one is shown in full."""
    read = whole(ctx, ctx.contract.operations["list_submissions"])
    ctx.need(read.part, "the caller has no submissions", *read.pages)
    # The sample leaves out has_siblings, which the schema requires.
    need = {"id", "started_at", "participant_id", "status"}
    bad = [identify(each) for each in read.part if not need <= set(each)]
    ctx.holds(("PR-404", "PR-406"), read.pages[0], not bad, ", ".join(sorted(need)), ", ".join(bad[:3]))
    odd = sorted({str(each.get("status")) for each in read.part} - JUDGED - {"TIME-OUT"})
    ctx.holds("PR-405", read.pages, not odd, "one of the known statuses", ", ".join(odd[:3]))
    odd = known(ctx, (each.get("status") for each in read.part), JUDGED, LATER_JUDGED)
    ctx.holds("PR-412", read.pages, not odd, "one of the known statuses", ", ".join(odd[:3]))
    own = read.part[0]
    single = ctx.call("get_submission", path={"id": own["id"]})
    shown(ctx, "PR-409", single, id=own["id"], bonus_payments=array)
    ctx.judge("PR-410", single, shows(id=own["id"], started_at=text, status=text, study_id=text))
    odd = known(ctx, [single.find("status")], JUDGED, LATER_JUDGED)
    ctx.holds("PR-412", single, not odd, "one of eight statuses", single.find("status"))
    person = own.get("participant_id")
    shown(ctx, "PR-408", single, participant=person)
    coded = [each for each in read.part if each.get("study_code")][:1]
    for each in coded:
        full = ctx.call("get_submission", path={"id": each["id"]})
        shown(ctx, "PR-553", full, entered_code=each["study_code"])
    if not coded:
        ctx.lacks("PR-553", "a submission with a code", *read.pages[:1])
    study = str(single.at("study_id"))
    inside = whole(ctx, ctx.contract.operations["list_study_submissions"], path={"id": study})
    filtered = whole(ctx, ctx.contract.operations["list_submissions"], query={"study": study})
    there = own["id"] in inside.part_names or not inside.complete
    ctx.holds(
        "PR-486",
        inside.pages[0],
        there,
        f"{own['id']} among the submissions of its study",
        "it is not there",
        vacuous=not inside.complete,
    )
    complete = inside.complete and filtered.complete and read.complete
    ctx.holds(
        "PR-487",
        filtered.pages[0],
        sorted(filtered.part_names) == sorted(inside.part_names) or not complete,
        "the submissions of that study",
        f"{len(filtered.part_names)} against {len(inside.part_names)}",
        vacuous=not complete or len(read.part_names) == len(filtered.part_names),
    )
    people = [str(each.get("participant_id")) for each in inside.part]
    telling = [each for each in inside.part if "has_siblings" in each]
    off = [
        each["id"] for each in telling if each["has_siblings"] != (people.count(str(each.get("participant_id"))) > 1)
    ]
    ctx.holds(
        "PR-407",
        inside.pages,
        not off or not inside.complete,
        "has_siblings where the participant has another one",
        ", ".join(off[:3]),
        vacuous=not telling or not inside.complete,
    )
    paid = [each for each in read.part if each.get("status") == "APPROVED"][:8]
    amounts: list[Any] = []
    for each in paid:
        bonuses = ctx.call("get_submission", path={"id": each["id"]}).find("bonus_payments")
        amounts += bonuses if isinstance(bonuses, list) else []
    good = all(number(each) and each >= 0 for each in amounts)
    ctx.holds("PR-411", ctx.exchanges[-1], good, "amounts in pence or cents", amounts[:3], vacuous=not amounts)


@check("PR-375", "PR-376", "PR-377", "PR-463", "PR-489", "PR-490", "PR-491")
def messages_are_listed(ctx: CheckContext) -> None:
    """The caller's messages are listed, also the unread ones, those shared with a user and those after a time."""
    read = whole(ctx, ctx.contract.operations["list_messages"])
    ctx.need(read.part, "the caller has no messages", *read.pages)
    need = {"sender_id", "body", "sent_at", "channel_id"}
    bad = [str(each) for each in read.part if not need <= set(each) or each.get("type", "message") != "message"]
    ctx.holds(("PR-375", "PR-376", "PR-463"), read.pages[0], not bad, ", ".join(sorted(need)), ", ".join(bad[:1]))
    kinds = {"payment-timing", "payment-issues", "technical-issues", "feedback", "rejections", "other"}
    stated = [
        each["data"]["category"]
        for each in read.part
        if isinstance(each.get("data"), dict) and "category" in each["data"]
    ]
    odd = [str(each) for each in stated if each not in kinds]
    ctx.holds("PR-377", read.pages, not odd, "one of six categories", ", ".join(odd[:3]), vacuous=not stated)
    unread = ctx.call("list_unread_messages")
    waiting = results(ctx, unread)
    again = ctx.call("list_unread_messages", fresh=True)
    mine = [each for each in waiting if each.get("sender_id") == caller_id(ctx)]
    ctx.holds(
        "PR-489",
        (unread, again),
        results(ctx, again) == waiting and not mine,
        "messages to the caller that stay unread",
        again.summary,
        vacuous=not waiting,
    )
    ctx.holds("PR-463", unread, all(need <= set(each) for each in waiting), ", ".join(sorted(need)), unread.summary)
    other = next((str(each["sender_id"]) for each in read.part if each["sender_id"] != caller_id(ctx)), "")
    if not other or not read.complete:
        ctx.lacks("PR-490", "a list of messages that is read whole, with one from somebody else", *read.pages[:1])
    else:
        shared = whole(ctx, ctx.contract.operations["list_messages"], query={"user_id": other})
        strange = [each for each in shared.part if each["sender_id"] not in {other, caller_id(ctx)}]
        wanted = [each for each in read.part if each["sender_id"] == other]
        fits = not strange and len(wanted) <= len(shared.part) <= len(read.part)
        ctx.holds(
            "PR-490",
            shared.pages,
            fits or not shared.complete,
            f"messages shared with {other}",
            shared.pages[0].summary,
        )
    moments = sorted(str(each["sent_at"]) for each in read.part)
    middle = moments[len(moments) // 2]
    later = whole(ctx, ctx.contract.operations["list_messages"], query={"created_after": middle})
    early = [str(each["sent_at"]) for each in later.part if str(each["sent_at"]) < middle]
    ctx.holds(
        "PR-491",
        later.pages,
        not early and (len(later.part) < len(read.part) or not later.complete),
        f"messages after {middle}",
        ", ".join(early[:2]) or later.pages[0].summary,
        vacuous=len(set(moments)) < 2,
    )


@check("PR-156", "PR-378", "PR-379", "PR-383", "PR-464", "PR-465")
def groups_are_listed(ctx: CheckContext) -> None:
    """Participant groups are listed, with their members and the studies whose completion codes change them."""
    page = ctx.call("list_participant_groups", query={"workspace_id": workspace(ctx)})
    listed = results(ctx, page)
    home = workspace(ctx)
    judge_items(ctx, "PR-378", page, listed, "groups of that workspace", workspace_id=lambda value: value == home)
    ctx.need(any(map(named, listed)), "the workspace has no participant group that shows its id", page)
    fed = [each for each in listed if each.get("feeder_studies")]
    own = (fed or [each for each in listed if named(each)])[0]
    alone = ctx.call("get_participant_group", path={"id": named(own)})
    shown(ctx, ("PR-379", "PR-464"), alone, id=own["id"], name=text, participant_count=integer)
    feeders = [each for each in alone.find("feeder_studies") or [] if isinstance(each, dict)]
    codes = [code for each in feeders for code in each.get("feeder_completion_codes", [])]
    texts = dict.fromkeys(("id", "name", "status", "code"), text)
    odd = wrong([*feeders, *codes], **texts, feeder_completion_codes=array)
    changes = {code["action"] for code in codes if "action" in code}
    good = not odd and changes <= {"ADD_TO_PARTICIPANT_GROUP", "REMOVE_FROM_PARTICIPANT_GROUP"}
    ctx.holds(
        "PR-465", alone, good, "studies with the completion codes that change the group", feeders, vacuous=not feeders
    )
    for each in filter(None, map(named, feeders[:2])):
        study = ctx.call("get_study", path={"id": each})
        actions = [action for code in study.find("completion_codes") or [] for action in code.get("actions", [])]
        feeds = any(action.get("participant_group") == own["id"] for action in actions)
        ctx.holds("PR-156", (alone, study), feeds, f"a completion code of {each} that changes the group", study.summary)
    ctx.holds("PR-156", alone, True, "a group that a study feeds", "none", vacuous=True)
    members = whole(ctx, ctx.contract.operations["list_group_participants"], path={"id": own["id"]})
    judge_items(
        ctx, ("PR-383", "PR-464"), members.pages, members.part, "texts", participant_id=text, datetime_created=text
    )
    count = alone.find("participant_count")
    ctx.holds(
        "PR-383",
        (alone, *members.pages),
        not integer(count) or not members.complete or len(members.part) == count,
        f"{count} members",
        several(len(members.part), "member"),
        vacuous=not integer(count) or not members.complete,
    )


@check("PR-415", "PR-416", "PR-418", "PR-420", "PR-422", "PR-423", "PR-477", "PR-500")
def surveys_are_listed(ctx: CheckContext) -> None:
    """Surveys are listed by researcher and have responses and a summary."""
    page = ctx.call("list_surveys", query={"researcher_id": caller_id(ctx)})
    listed = results(ctx, page)
    typed = all(text(each.get("title")) and text(each.get("researcher_id")) for each in listed)
    ctx.holds("PR-415", page, typed, "surveys in results", page.summary, vacuous=not listed)
    others = [identify(each) for each in listed if each.get("researcher_id") != caller_id(ctx)]
    ctx.holds(
        "PR-500", page, not others, f"only surveys of {caller_id(ctx)}", ", ".join(others[:3]), vacuous=not listed
    )
    ctx.judge("PR-500", ctx.call("list_surveys", query={"researcher_id": None}), refused)
    survey = ctx.call("get_survey")
    ctx.judge("PR-416", survey, shows(title=text, researcher_id=text))
    both_ids = survey.find("_id"), survey.find("id")
    shown(ctx, "PR-416", survey, date_created=text, **({"id": both_ids[0]} if all(map(text, both_ids)) else {}))
    answered = ctx.call("list_survey_responses")
    responses = results(ctx, answered)
    ctx.holds(
        "PR-418",
        answered,
        all("id" in each for each in responses),
        "entries with id",
        answered.summary,
        vacuous=not responses,
    )
    summary = ctx.call("get_survey_summary")
    ctx.judge(("PR-422", "PR-477"), summary, shows(survey_id=text))
    questions = [each for each in summary.find("questions") or [] if isinstance(each, dict)]
    answers = [one for each in questions for one in each.get("answers", [])]
    titled = all(text(each.get("question")) for each in questions) and all(text(each.get("answer")) for each in answers)
    counts = [
        each[name] for name, some in (("total_answers", questions), ("count", answers)) for each in some if name in each
    ]
    good = titled and all(integer(each) and each >= 0 for each in counts)
    ctx.holds(
        ("PR-477", "PR-422"), summary, good, "questions with their counts", summary.summary, vacuous=not questions
    )
    ctx.holds(
        "PR-423", summary, good, "integers, 0 for an answer that was not given", summary.summary, vacuous=not counts
    )
    single = next((name for name in map(survey_id, responses) if name), "")
    if single:
        response = ctx.call("get_survey_response", path={"response_id": single})
        ctx.judge("PR-420", response, shows(participant_id=text, submission_id=text))
    ctx.holds("PR-420", answered, True, "a response that shows its id", "none", vacuous=not single)


@check("PR-413", "PR-492", "PR-502")
def collections_are_listed(ctx: CheckContext) -> None:
    """Study collections are listed by project; a single one has its studies."""
    ctx.judge("PR-502", ctx.call("list_collections", query={"project_id": None}), refused)
    projects = ctx.listed("list_workspace_projects", path={"workspace_id": workspace(ctx)})
    found: list[Body] = []
    for each in projects:
        page = ctx.call("list_collections", query={"project_id": each["id"]})
        found = results(ctx, page)
        foreign = [identify(one) for one in found if one.get("project_id", each["id"]) != each["id"]]
        ctx.holds(
            ("PR-413", "PR-502"),
            page,
            not foreign,
            f"collections of {each['id']}",
            ", ".join(foreign[:3]),
            vacuous=not found,
        )
        if found and named(found[0]):
            alone = ctx.call("get_collection", path={"id": named(found[0])})
            shown(ctx, "PR-492", alone, study_ids=array, id=named(found[0]))
            break
    ctx.need(found, "no project has a study collection")


@check("PR-424", "PR-425", "PR-426", "PR-427", "PR-428")
def old_requirements_are_listed(ctx: CheckContext) -> None:
    """Old requirements have _cls and attributes, an optional query, and values of any type."""
    page = ctx.call("list_requirements")
    listed = results(ctx, page)
    ctx.judge("PR-425", page, both(succeeds, shows(results=array)))
    bad = [each for each in listed if not {"_cls", "attributes"} <= set(each)]
    ctx.holds("PR-426", page, not bad, "_cls and attributes", bad[:1], vacuous=not listed)
    attributes = [one for each in listed for one in each.get("attributes", [])]
    valued = all("value" in each for each in attributes)
    ctx.holds("PR-427", page, valued, "a value, null included", attributes[:1], vacuous=not attributes)
    labelled = [each for each in attributes if "name" in each]
    named_well = all(text(each["name"]) for each in labelled)
    ctx.holds("PR-428", page, named_well, "names that are texts, if any", labelled[:1], vacuous=not attributes)
    ctx.judge("PR-424", ctx.call("get_current_user"), shows(id=text, email=text))
