"""Surveys, their responses and their summary."""

from __future__ import annotations

import re
import uuid

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import Mismatch, answers, integer, shows, succeeds, text
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.prolific.support.fixtures import (
    GONE,
    NOBODY,
    QUESTION,
    Body,
    answer_to,
    judge_each,
    named,
    shared_survey,
    shown,
    survey_body,
    survey_id,
)

SECTION = {"title": "Favourites", "questions": [QUESTION]}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def question(**changes: object) -> Body:
    """A question with some members changed; GONE leaves one out."""
    return {name: value for name, value in {**QUESTION, **changes}.items() if value is not GONE}


@check(
    "PR-319",
    "PR-321",
    "PR-322",
    "PR-327",
    "PR-329",
    "PR-330",
    "PR-331",
    "PR-332",
    "PR-333",
    "PR-475",
    "PR-481",
    "PR-545",
    "PR-549",
    writes=True,
)
def a_survey_is_made(ctx: CheckContext) -> None:
    """A survey has sections or questions, in the order sent, with ids and times."""
    body = survey_body(ctx)
    made = ctx.call("create_survey", body=body)
    ctx.judge(("PR-319", "PR-321"), made, succeeds)
    ctx.judge(("PR-321", "PR-475"), made, shows(title=body["title"], researcher_id=body["researcher_id"]))
    shown(ctx, "PR-331", made, _id=text, date_created=text, date_modified=text)
    _dated(ctx, made)
    zoned = isinstance(made.find("date_created"), str) and str(made.find("date_created")).endswith("Z")
    ctx.holds("PR-332", made, zoned, "a date-time with a zone", made.find("date_created"))
    parts = [SECTION, {**SECTION, "title": "Others"}]
    sections = ctx.call("create_survey", body=survey_body(ctx, questions=GONE, sections=parts))
    ctx.judge(("PR-319", "PR-327"), sections, succeeds)
    titles = [named(each, "title") for each in sections.find("sections") or []]
    several = [
        question(title=f"Question {number}", answers=[{"value": f"Answer {n}"} for n in range(3)])
        for number in range(4)
    ]
    ordered = ctx.call("create_survey", body=survey_body(ctx, questions=several))
    asked = [
        (each.get("title"), [one.get("value") for one in each.get("answers", [])])
        for each in ordered.find("questions") or []
    ]
    wanted = [(each["title"], [one["value"] for one in each["answers"]]) for each in several]
    stated = bool(titles or asked)
    right = titles in ([], ["Favourites", "Others"]) and asked in ([], wanted)
    ctx.holds("PR-333", (sections, ordered), right, "the order of the request", asked, vacuous=not stated)
    formed = sorted(asked, key=str) == sorted(wanted, key=str) and sorted(titles) == ["Favourites", "Others"]
    own_form = not ordered.find("sections") and not sections.find("questions")
    expected = "the form of the request with its texts"
    whole = bool(titles and asked)
    ctx.holds("PR-549", (sections, ordered), not whole or (formed and own_form), expected, asked, vacuous=not whole)
    _numbered(ctx, made, sections)
    own = str(uuid.UUID(int=ctx.random.getrandbits(128), version=4))
    kept = ctx.call("create_survey", body=survey_body(ctx, questions=[question(id=own)]))
    ctx.holds("PR-330", kept, kept.find("questions", 0, "id") == own, f"the UUID {own} kept", kept.summary)
    odd = ctx.call("create_survey", body=survey_body(ctx, questions=[question(id="no-uuid")]))
    replaced = odd.succeeded and odd.find("questions", 0, "id") != "no-uuid"
    ctx.holds("PR-330", odd, not odd.succeeded or replaced, "an id that is not a UUID refused or replaced", odd.summary)
    judge_each(ctx, ("PR-321", "PR-475"), "create_survey", body, {"title": GONE}, {"researcher_id": GONE})
    judge_each(ctx, "PR-322", "create_survey", body, {"questions": GONE}, {"questions": []})


def _dated(ctx: CheckContext, made: Exchange) -> None:
    """date_modified is not before date_created."""
    first, then = made.find("date_created"), made.find("date_modified")
    stated = isinstance(first, str) and isinstance(then, str)
    ctx.holds("PR-481", made, not stated or then >= first, f"a date_modified from {first}", then, vacuous=not stated)


def _numbered(ctx: CheckContext, made: Exchange, sections: Exchange) -> None:
    """Parts of a survey have UUIDs as ids, where they show ids."""
    questions = [each for each in made.find("questions") or [] if isinstance(each, dict)]
    answered = [one for each in questions for one in each.get("answers", [])]
    parts = [each for each in sections.find("sections") or [] if isinstance(each, dict)]
    for clause, some in (("PR-329", parts), ("PR-545", [*questions, *answered])):
        ids = [each["id"] for each in some if "id" in each]
        good = all(UUID.fullmatch(str(each)) for each in ids)
        ctx.holds(clause, (made, sections), good, "UUIDs as ids", ids, vacuous=not ids)


@check("PR-323", "PR-324", "PR-325", "PR-326", "PR-327", "PR-328", "PR-475", "PR-479", "PR-480", writes=True)
def a_survey_has_limits(ctx: CheckContext) -> None:
    """A section has at most five questions, a question ten answers and 200 characters, and an answer 140 characters."""
    body = survey_body(ctx, questions=GONE)

    def inside(*questions: Body) -> Body:
        return {"sections": [{"title": "Favourites", "questions": list(questions)}]}

    judge_each(ctx, "PR-323", "create_survey", body, inside(*[QUESTION] * 6))
    ctx.judge(("PR-323", "PR-480"), ctx.call("create_survey", body={**body, **inside(*[QUESTION] * 5)}), succeeds)
    ctx.judge("PR-479", ctx.call("create_survey", body={**body, "questions": [QUESTION] * 6}), succeeds)
    judge_each(ctx, "PR-324", "create_survey", body, inside(question(answers=[{"value": str(n)} for n in range(11)])))
    ctx.judge(
        ("PR-324", "PR-480"),
        ctx.call("create_survey", body={**body, **inside(question(answers=[{"value": str(n)} for n in range(10)]))}),
        succeeds,
    )
    judge_each(ctx, "PR-325", "create_survey", body, inside(question(title="x" * 201)))
    ctx.judge(
        ("PR-325", "PR-480"),
        ctx.call("create_survey", body={**body, **inside(question(title="\u00e9" * 200))}),
        succeeds,
    )
    judge_each(ctx, "PR-326", "create_survey", body, inside(question(answers=[{"value": "x" * 141}])))
    ctx.judge(
        ("PR-326", "PR-480"),
        ctx.call("create_survey", body={**body, **inside(question(answers=[{"value": "\u00e9" * 140}]))}),
        succeeds,
    )
    for name in ("title", "questions"):
        judge_each(
            ctx,
            ("PR-327", "PR-475"),
            "create_survey",
            body,
            {"sections": [{key: value for key, value in SECTION.items() if key != name}]},
        )
    for name in ("title", "type", "answers"):
        judge_each(ctx, ("PR-327", "PR-475"), "create_survey", body, inside(question(**{name: GONE})))
    judge_each(ctx, "PR-327", "create_survey", body, inside(question(answers=[{}])))
    ctx.judge("PR-328", ctx.call("create_survey", body={**body, **inside(question(type="multiple"))}), succeeds)
    judge_each(ctx, ("PR-328", "PR-475"), "create_survey", body, inside(question(type="scale")))


@check(
    "PR-334",
    "PR-335",
    "PR-336",
    "PR-337",
    "PR-338",
    "PR-339",
    "PR-340",
    "PR-341",
    "PR-342",
    "PR-343",
    "PR-344",
    "PR-345",
    "PR-346",
    "PR-476",
    "PR-481",
    "PR-549",
    writes=True,
)
def a_response_is_stored(ctx: CheckContext) -> None:
    """A response has a participant, a submission and answers of the survey, and each submission has one response."""
    survey = shared_survey(ctx)
    path = {"survey_id": survey_id(survey)}
    body = answer_to(ctx, survey)
    made = ctx.call("create_survey_response", path=path, body=body)
    ctx.judge(("PR-334", "PR-336"), made, succeeds)
    ids = {"participant_id": body["participant_id"], "submission_id": body["submission_id"]}
    ctx.judge(("PR-335", "PR-476"), made, shows(ids))
    shown(ctx, "PR-346", made, _id=text, date_created=text, date_modified=text)
    _dated(ctx, made)
    shown(ctx, "PR-549", made, questions=body["questions"], sections=lambda value: not value)
    twice = ctx.call("create_survey_response", path=path, body=body)
    listed = ctx.call("list_survey_responses", path=path).find("results") or []
    once = [each for each in listed if each.get("submission_id") == body["submission_id"]]
    ctx.holds("PR-345", (made, twice), len(once) == 1, "one response for that submission", f"{len(once)}")
    sectioned = ctx.call("create_survey", body=survey_body(ctx, questions=GONE, sections=[SECTION]))
    part = sectioned.find("sections", 0) or {}
    asked = (part.get("questions") or [{}])[0]
    reply = {
        "question_id": asked.get("id"),
        "question_title": asked.get("title"),
        "answers": [{"answer_id": one["id"], "value": one["value"]} for one in asked.get("answers", [])[:1]],
    }
    in_sections = answer_to(
        ctx, survey, questions=GONE, sections=[{"section_id": part.get("id"), "questions": [reply]}]
    )
    ctx.rely(survey_id(sectioned.json) and "id" in part, "the survey shows no id of its section", sectioned)
    there = {"survey_id": survey_id(sectioned.json)}
    ctx.judge("PR-336", ctx.call("create_survey_response", path=there, body=in_sections), succeeds)
    judge_each(
        ctx,
        ("PR-335", "PR-476"),
        "create_survey_response",
        body,
        {"participant_id": GONE},
        {"submission_id": GONE},
        path=path,
    )
    section = in_sections["sections"][0]
    for name in ("section_id", "questions"):
        judge_each(
            ctx,
            ("PR-337", "PR-476"),
            "create_survey_response",
            in_sections,
            {"sections": [{key: value for key, value in section.items() if key != name}]},
            path=there,
        )
    first = body["questions"][0]
    for name in ("question_id", "question_title", "answers"):
        judge_each(
            ctx,
            ("PR-338", "PR-476"),
            "create_survey_response",
            body,
            {"questions": [{key: value for key, value in first.items() if key != name}]},
            path=path,
        )
    for name in ("answer_id", "value"):
        chosen = {key: value for key, value in first["answers"][0].items() if key != name}
        judge_each(
            ctx,
            ("PR-339", "PR-476"),
            "create_survey_response",
            body,
            {"questions": [{**first, "answers": [chosen]}]},
            path=path,
        )
    fresh = answer_to(ctx, survey)
    judge_each(
        ctx, "PR-340", "create_survey_response", fresh, {"questions": [{**first, "question_id": "no-uuid"}]}, path=path
    )
    strange = str(uuid.UUID(int=ctx.random.getrandbits(128), version=4))
    judge_each(
        ctx, "PR-341", "create_survey_response", fresh, {"questions": [{**first, "question_id": strange}]}, path=path
    )
    judge_each(
        ctx,
        "PR-341",
        "create_survey_response",
        fresh,
        {"questions": [{**first, "answers": [{"answer_id": strange, "value": "x"}]}]},
        path=path,
    )
    both_answers = [{"answer_id": one["id"], "value": one["value"]} for one in survey["questions"][0]["answers"]]
    judge_each(
        ctx, "PR-342", "create_survey_response", fresh, {"questions": [{**first, "answers": both_answers}]}, path=path
    )
    judge_each(ctx, "PR-343", "create_survey_response", fresh, {"questions": GONE, "sections": [section]}, path=path)
    nowhere = ctx.call("create_survey_response", path={"survey_id": NOBODY}, body=fresh)
    ctx.judge("PR-344", nowhere, answers(404, 410))


@check("PR-417", "PR-419", "PR-421", "PR-422", "PR-423", "PR-478", "PR-509", "PR-510", writes=True)
def answers_are_summarized(ctx: CheckContext) -> None:
    """A summary counts responses and choices; deleting responses and surveys returns an empty object, and they are gone."""
    survey = shared_survey(ctx)
    path = {"survey_id": survey_id(survey)}
    nothing = _counts(ctx.call("get_survey_summary", path=path))
    ctx.holds("PR-510", ctx.exchanges[-1], set(nothing.values()) <= {0}, "0 before the first response", nothing)
    made = [ctx.call("create_survey_response", path=path, body=answer_to(ctx, survey)) for _ in range(2)]
    ctx.rely(all(each.succeeded for each in made), "no response could be stored", *made)
    summary = ctx.call("get_survey_summary", path=path)
    counts = _counts(summary)
    chosen, unchosen = (each["value"] for each in survey["questions"][0]["answers"])
    stated = bool(summary.find("questions"))
    ctx.holds(
        "PR-510",
        (*made, summary),
        counts.get("") in {2, None} and counts.get(chosen, 2) == 2,
        "2 answers: 2 and 0",
        counts,
        vacuous=not stated,
    )
    # An answer that nobody chose counts 0 by default: it is in the summary all the same.
    answers_shown = summary.find("questions", 0, "answers")
    listed = isinstance(answers_shown, list)
    expected = f"{unchosen!r}, which nobody chose, with 0"
    held = not listed or counts.get(unchosen) == 0
    ctx.holds(("PR-422", "PR-423"), (*made, summary), held, expected, counts, vacuous=not listed)
    ctx.call("create_survey_response", path=path, body=answer_to(ctx, survey, 1))
    summary = ctx.call("get_survey_summary", path=path)
    counts = _counts(summary)
    right = counts.get("", 3) == 3 and (counts.get(chosen, 2), counts.get(unchosen, 1)) == (2, 1)
    ctx.holds("PR-510", summary, right, "3 answers: 2 and 1", counts, vacuous=not stated)
    one = {**path, "response_id": survey_id(made[0].json)}
    ctx.rely(one["response_id"], "a response shows no id", made[0])
    gone = ctx.call("delete_survey_response", path=one)
    ctx.judge("PR-421", gone, succeeds)
    ctx.judge("PR-478", gone, _empty)
    ctx.judge("PR-421", ctx.call("get_survey_response", path=one), answers(404, 410), gone)
    all_gone = ctx.call("delete_survey_responses", path=path)
    ctx.judge("PR-419", all_gone, succeeds)
    ctx.judge("PR-478", all_gone, _empty)
    ctx.judge("PR-419", ctx.call("list_survey_responses", path=path), shows(results=[]), all_gone)
    left = ctx.call("create_survey_response", path=path, body=answer_to(ctx, survey))
    closed = ctx.call("delete_survey", path=path)
    ctx.judge("PR-417", closed, succeeds)
    ctx.judge("PR-478", closed, _empty)
    ctx.judge("PR-417", ctx.call("get_survey", path=path), answers(404, 410), closed)
    orphan = {**path, "response_id": survey_id(left.json)}
    ctx.judge("PR-509", ctx.call("get_survey_response", path=orphan), answers(404, 410), closed)
    late = ctx.call("list_survey_responses", path=path)
    ctx.holds("PR-509", (closed, late), not late.succeeded or not late.find("results"), "no responses", late.summary)


def _counts(summary: Exchange) -> dict[str, int]:
    """The counts of a summary's first question by answer, its total under the empty text; an absent count is 0."""
    first = summary.find("questions", 0)
    if not isinstance(first, dict):
        return {}
    listed = first.get("answers")
    found = {str(each.get("answer")): each.get("count", 0) for each in listed or [] if isinstance(each, dict)}
    total = first.get("total_answers", 0)
    return {**found, **({"": total} if integer(total) and "total_answers" in first else {})}


def _empty(exchange: Exchange) -> Mismatch | None:
    """The body is an empty object."""
    fine = not exchange.succeeded or exchange.json == {}
    return None if fine else Mismatch("an empty object", exchange.summary)
