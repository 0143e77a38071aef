"""Surveys, their responses and their summary."""

from __future__ import annotations

import re
import uuid

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import Mismatch, answers, shows, succeeds, text
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.prolific.fixtures import (
    GONE,
    NOBODY,
    QUESTION,
    Body,
    answer_to,
    judge_each,
    shared_survey,
    survey_body,
)

SECTION = {"title": "Favourites", "questions": [QUESTION]}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


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
    writes=True,
)
def a_survey_is_made(ctx: CheckContext) -> None:
    """A survey has sections or questions, in the order sent, with ids and times."""
    body = survey_body(ctx)
    made = ctx.call("create_survey", body=body)
    ctx.judge(("PR-319", "PR-321", "PR-475"), made, shows(title=body["title"], researcher_id=body["researcher_id"]))
    ctx.judge("PR-331", made, shows({"_id": text, "date_created": text, "date_modified": text}))
    ctx.holds(
        "PR-481",
        made,
        made.find("date_modified") == made.find("date_created"),
        "date_modified equal to date_created",
        made.find("date_modified"),
    )
    ctx.holds(
        "PR-332",
        made,
        isinstance(made.find("date_created"), str),
        "a date-time, with or without a zone",
        made.find("date_created"),
    )
    sections = ctx.call(
        "create_survey", body=survey_body(ctx, questions=GONE, sections=[SECTION, {**SECTION, "title": "Others"}])
    )
    ctx.judge(("PR-319", "PR-327"), sections, succeeds)
    titles = [each.get("title") for each in sections.find("sections") or []]
    several = [
        question(title=f"Question {number}", answers=[{"value": f"Answer {n}"} for n in range(3)])
        for number in range(4)
    ]
    ordered = ctx.call("create_survey", body=survey_body(ctx, questions=several))
    shown = [
        (each.get("title"), [one.get("value") for one in each.get("answers", [])])
        for each in ordered.find("questions") or []
    ]
    wanted = [(each["title"], [one["value"] for one in each["answers"]]) for each in several]
    ctx.holds(
        "PR-333",
        (sections, ordered),
        titles == ["Favourites", "Others"] and shown == wanted,
        "the order of the request",
        shown,
    )
    ids = [each.get("id") for each in made.find("questions") or []] + [
        each.get("id") for one in made.find("questions") or [] for each in one.get("answers", [])
    ]
    ctx.holds("PR-329", made, bool(ids) and all(UUID.fullmatch(str(each)) for each in ids), "UUIDs as ids", ids)
    own = str(uuid.UUID(int=ctx.random.getrandbits(128), version=4))
    kept = ctx.call("create_survey", body=survey_body(ctx, questions=[question(id=own)]))
    ctx.holds("PR-330", kept, kept.find("questions", 0, "id") == own, f"the UUID {own} kept", kept.summary)
    odd = ctx.call("create_survey", body=survey_body(ctx, questions=[question(id="no-uuid")]))
    ctx.holds(
        "PR-330",
        odd,
        odd.status in {400, 422} or (odd.succeeded and odd.find("questions", 0, "id") != "no-uuid"),
        "an id that is not a UUID refused or replaced",
        odd.summary,
    )
    judge_each(ctx, ("PR-321", "PR-475"), "create_survey", body, {"title": GONE}, {"researcher_id": GONE})
    judge_each(ctx, "PR-322", "create_survey", body, {"questions": GONE}, {"questions": []})


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
    writes=True,
)
def a_response_is_stored(ctx: CheckContext) -> None:
    """A response has a participant, a submission and answers of the survey, and each submission has one response."""
    survey = shared_survey(ctx)
    path = {"survey_id": survey["_id"]}
    body = answer_to(ctx, survey)
    made = ctx.call("create_survey_response", path=path, body=body)
    ctx.judge(
        ("PR-334", "PR-335", "PR-336", "PR-476"),
        made,
        shows(participant_id=body["participant_id"], submission_id=body["submission_id"]),
    )
    ctx.judge("PR-346", made, shows({"_id": text, "date_created": text, "date_modified": text}))
    ctx.holds(
        "PR-481",
        made,
        made.find("date_modified") == made.find("date_created"),
        "date_modified equal to date_created",
        made.find("date_modified"),
    )
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
    there = {"survey_id": sectioned.at("_id")}
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
    ctx.judge("PR-344", ctx.call("create_survey_response", path={"survey_id": NOBODY}, body=fresh), answers(404))


@check("PR-417", "PR-419", "PR-421", "PR-478", "PR-509", "PR-510", writes=True)
def answers_are_summarized(ctx: CheckContext) -> None:
    """A summary counts responses and choices; deleting responses and surveys returns an empty object, and they are gone."""
    survey = shared_survey(ctx)
    path = {"survey_id": survey["_id"]}
    empty = ctx.call("get_survey_summary", path=path)
    ctx.holds(
        "PR-510",
        empty,
        empty.find("questions", 0, "total_answers") in (0, None) or not empty.find("questions"),
        "0 before the first response",
        empty.summary,
    )
    made = [ctx.call("create_survey_response", path=path, body=answer_to(ctx, survey, at)) for at in (0, 0, 1)]
    summary = ctx.call("get_survey_summary", path=path)
    counts = [each.get("count") for each in summary.find("questions", 0, "answers") or []]
    ctx.holds(
        "PR-510",
        summary,
        summary.find("questions", 0, "total_answers") == 3 and counts == [2, 1],
        "3 answers: 2 and 1",
        summary.summary,
    )
    one = {**path, "response_id": str(made[0].at("_id"))}
    gone = ctx.call("delete_survey_response", path=one)
    ctx.judge(("PR-421", "PR-478"), gone, _empty)
    ctx.judge("PR-421", ctx.call("get_survey_response", path=one), answers(404), gone)
    all_gone = ctx.call("delete_survey_responses", path=path)
    ctx.judge(("PR-419", "PR-478"), all_gone, _empty)
    ctx.judge("PR-419", ctx.call("list_survey_responses", path=path), shows(results=[]), all_gone)
    left = ctx.call("create_survey_response", path=path, body=answer_to(ctx, survey))
    closed = ctx.call("delete_survey", path=path)
    ctx.judge(("PR-417", "PR-478"), closed, _empty)
    ctx.judge("PR-417", ctx.call("get_survey", path=path), answers(404), closed)
    ctx.judge(
        "PR-509",
        ctx.call("get_survey_response", path={**path, "response_id": str(left.at("_id"))}),
        answers(404),
        closed,
    )
    ctx.judge("PR-509", ctx.call("list_survey_responses", path=path), answers(404), closed)


def _empty(exchange: Exchange) -> Mismatch | None:
    """The body is an empty object."""
    return None if exchange.succeeded and exchange.json == {} else Mismatch("an empty object", exchange.summary)
