"""Surveys, the responses to them and their summary."""

from __future__ import annotations

import re
import uuid

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import Mismatch, answers, shows, succeeds, text
from understudy.conformance.judging.context import Trial
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.prolific.fixtures import (
    GONE,
    NOBODY,
    QUESTION,
    Body,
    answer_to,
    me,
    participants,
    shared_survey,
    survey_body,
    tried,
)

SECTION = {"title": "Favourites", "questions": [QUESTION]}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def question(**changes: object) -> Body:
    """A question with something changed."""
    return {name: value for name, value in {**QUESTION, **changes}.items() if value is not GONE}


@check(writes=True)
def a_survey_is_made(t: Trial) -> None:
    """A survey has sections or questions, within limits that include their bounds, in the order sent, with ids and times."""
    body = survey_body(t)
    made = t.call("create_survey", body=body)
    t.judge(("PR-319", "PR-321", "PR-475"), made, shows(title=body["title"], researcher_id=body["researcher_id"]))
    t.judge("PR-331", made, shows({"_id": text, "date_created": text, "date_modified": text}))
    t.holds(
        "PR-481",
        made,
        made.find("date_modified") == made.find("date_created"),
        "date_modified equal to date_created",
        made.find("date_modified"),
    )
    t.holds(
        "PR-332",
        made,
        isinstance(made.find("date_created"), str),
        "a date-time, with or without a zone",
        made.find("date_created"),
    )
    sections = t.call(
        "create_survey", body=survey_body(t, questions=GONE, sections=[SECTION, {**SECTION, "title": "Others"}])
    )
    t.judge(("PR-319", "PR-327"), sections, succeeds)
    titles = [each.get("title") for each in sections.find("sections") or []]
    several = [
        question(title=f"Question {number}", answers=[{"value": f"Answer {n}"} for n in range(3)])
        for number in range(4)
    ]
    ordered = t.call("create_survey", body=survey_body(t, questions=several))
    shown = [
        (each.get("title"), [one.get("value") for one in each.get("answers", [])])
        for each in ordered.find("questions") or []
    ]
    wanted = [(each["title"], [one["value"] for one in each["answers"]]) for each in several]
    t.holds(
        "PR-333",
        (sections, ordered),
        titles == ["Favourites", "Others"] and shown == wanted,
        "the order that was sent",
        shown,
    )
    ids = [each.get("id") for each in made.find("questions") or []] + [
        each.get("id") for one in made.find("questions") or [] for each in one.get("answers", [])
    ]
    t.holds("PR-329", made, bool(ids) and all(UUID.fullmatch(str(each)) for each in ids), "ids of the server's", ids)
    own = str(uuid.UUID(int=t.random.getrandbits(128), version=4))
    kept = t.call("create_survey", body=survey_body(t, questions=[question(id=own)]))
    t.holds("PR-330", kept, kept.find("questions", 0, "id") == own, f"the UUID {own} kept", kept.shortly)
    odd = t.call("create_survey", body=survey_body(t, questions=[question(id="no-uuid")]))
    t.holds(
        "PR-330",
        odd,
        odd.status in {400, 422} or (odd.succeeded and odd.find("questions", 0, "id") != "no-uuid"),
        "an id that is no UUID refused or replaced",
        odd.shortly,
    )
    tried(t, ("PR-321", "PR-475"), "create_survey", body, {"title": GONE}, {"researcher_id": GONE})
    tried(t, "PR-322", "create_survey", body, {"sections": [SECTION]}, {"questions": GONE}, {"questions": []})


@check(writes=True)
def a_survey_has_limits(t: Trial) -> None:
    """Five questions a section, ten answers a question, 200 and 140 characters, counted as characters."""
    body = survey_body(t, questions=GONE)

    def inside(*questions: Body) -> Body:
        return {"sections": [{"title": "Favourites", "questions": list(questions)}]}

    tried(t, "PR-323", "create_survey", body, inside(*[QUESTION] * 6))
    t.judge(("PR-323", "PR-480"), t.call("create_survey", body={**body, **inside(*[QUESTION] * 5)}), succeeds)
    t.judge("PR-479", t.call("create_survey", body={**body, "questions": [QUESTION] * 6}), succeeds)
    tried(t, "PR-324", "create_survey", body, inside(question(answers=[{"value": str(n)} for n in range(11)])))
    t.judge(
        ("PR-324", "PR-480"),
        t.call("create_survey", body={**body, **inside(question(answers=[{"value": str(n)} for n in range(10)]))}),
        succeeds,
    )
    tried(t, "PR-325", "create_survey", body, inside(question(title="x" * 201)))
    t.judge(
        ("PR-325", "PR-480"), t.call("create_survey", body={**body, **inside(question(title="\u00e9" * 200))}), succeeds
    )
    tried(t, "PR-326", "create_survey", body, inside(question(answers=[{"value": "x" * 141}])))
    t.judge(
        ("PR-326", "PR-480"),
        t.call("create_survey", body={**body, **inside(question(answers=[{"value": "\u00e9" * 140}]))}),
        succeeds,
    )
    for name in ("title", "questions"):
        tried(
            t,
            ("PR-327", "PR-475"),
            "create_survey",
            body,
            {"sections": [{key: value for key, value in SECTION.items() if key != name}]},
        )
    for name in ("title", "type", "answers"):
        tried(t, ("PR-327", "PR-475"), "create_survey", body, inside(question(**{name: GONE})))
    tried(t, "PR-327", "create_survey", body, inside(question(answers=[{}])))
    t.judge("PR-328", t.call("create_survey", body={**body, **inside(question(type="multiple"))}), succeeds)
    tried(t, ("PR-328", "PR-475"), "create_survey", body, inside(question(type="scale")))


@check(writes=True)
def a_response_is_stored(t: Trial) -> None:
    """A response names participant, submission and answers of the survey, once for each submission."""
    survey = shared_survey(t)
    path = {"survey_id": survey["_id"]}
    body = answer_to(t, survey)
    made = t.call("create_survey_response", path=path, body=body)
    t.judge(
        ("PR-334", "PR-335", "PR-336", "PR-476"),
        made,
        shows(participant_id=body["participant_id"], submission_id=body["submission_id"]),
    )
    t.judge("PR-346", made, shows({"_id": text, "date_created": text, "date_modified": text}))
    t.holds(
        "PR-481",
        made,
        made.find("date_modified") == made.find("date_created"),
        "date_modified equal to date_created",
        made.find("date_modified"),
    )
    twice = t.call("create_survey_response", path=path, body=body)
    listed = t.call("list_survey_responses", path=path).find("results") or []
    once = [each for each in listed if each.get("submission_id") == body["submission_id"]]
    t.holds("PR-345", (made, twice), len(once) == 1, "one response of that submission", f"{len(once)}")
    sectioned = t.call("create_survey", body=survey_body(t, questions=GONE, sections=[SECTION]))
    part = sectioned.find("sections", 0) or {}
    asked = (part.get("questions") or [{}])[0]
    told = {
        "question_id": asked.get("id"),
        "question_title": asked.get("title"),
        "answers": [{"answer_id": one["id"], "value": one["value"]} for one in asked.get("answers", [])[:1]],
    }
    in_sections = answer_to(t, survey, questions=GONE, sections=[{"section_id": part.get("id"), "questions": [told]}])
    there = {"survey_id": sectioned.at("_id")}
    t.judge("PR-336", t.call("create_survey_response", path=there, body=in_sections), succeeds)
    tried(
        t,
        ("PR-335", "PR-476"),
        "create_survey_response",
        body,
        {"participant_id": GONE},
        {"submission_id": GONE},
        path=path,
    )
    section = in_sections["sections"][0]
    for name in ("section_id", "questions"):
        tried(
            t,
            ("PR-337", "PR-476"),
            "create_survey_response",
            in_sections,
            {"sections": [{key: value for key, value in section.items() if key != name}]},
            path=there,
        )
    first = body["questions"][0]
    for name in ("question_id", "question_title", "answers"):
        tried(
            t,
            ("PR-338", "PR-476"),
            "create_survey_response",
            body,
            {"questions": [{key: value for key, value in first.items() if key != name}]},
            path=path,
        )
    for name in ("answer_id", "value"):
        chosen = {key: value for key, value in first["answers"][0].items() if key != name}
        tried(
            t,
            ("PR-339", "PR-476"),
            "create_survey_response",
            body,
            {"questions": [{**first, "answers": [chosen]}]},
            path=path,
        )
    fresh = answer_to(t, survey)
    tried(t, "PR-340", "create_survey_response", fresh, {"questions": [{**first, "question_id": "no-uuid"}]}, path=path)
    strange = str(uuid.UUID(int=t.random.getrandbits(128), version=4))
    tried(t, "PR-341", "create_survey_response", fresh, {"questions": [{**first, "question_id": strange}]}, path=path)
    tried(
        t,
        "PR-341",
        "create_survey_response",
        fresh,
        {"questions": [{**first, "answers": [{"answer_id": strange, "value": "x"}]}]},
        path=path,
    )
    both_answers = [{"answer_id": one["id"], "value": one["value"]} for one in survey["questions"][0]["answers"]]
    tried(t, "PR-342", "create_survey_response", fresh, {"questions": [{**first, "answers": both_answers}]}, path=path)
    tried(t, "PR-343", "create_survey_response", fresh, {"questions": GONE, "sections": [section]}, path=path)
    t.judge("PR-344", t.call("create_survey_response", path={"survey_id": NOBODY}, body=fresh), answers(404))


@check(writes=True)
def answers_are_summed_up(t: Trial) -> None:
    """A summary counts responses and choices; deleted responses and surveys are gone, and answer an empty object."""
    survey = shared_survey(t)
    path = {"survey_id": survey["_id"]}
    empty = t.call("get_survey_summary", path=path)
    t.holds(
        "PR-510",
        empty,
        empty.find("questions", 0, "total_answers") in (0, None) or not empty.find("questions"),
        "0 before anybody answered",
        empty.shortly,
    )
    made = [t.call("create_survey_response", path=path, body=answer_to(t, survey, at)) for at in (0, 0, 1)]
    summary = t.call("get_survey_summary", path=path)
    counts = [each.get("count") for each in summary.find("questions", 0, "answers") or []]
    t.holds(
        "PR-510",
        summary,
        summary.find("questions", 0, "total_answers") == 3 and counts == [2, 1],
        "3 answers: 2 and 1",
        summary.shortly,
    )
    one = {**path, "response_id": str(made[0].at("_id"))}
    gone = t.call("delete_survey_response", path=one)
    t.judge(("PR-421", "PR-478"), gone, _empty)
    t.judge("PR-421", t.call("get_survey_response", path=one), answers(404), gone)
    all_gone = t.call("delete_survey_responses", path=path)
    t.judge(("PR-419", "PR-478"), all_gone, _empty)
    t.judge("PR-419", t.call("list_survey_responses", path=path), shows(results=[]), all_gone)
    left = t.call("create_survey_response", path=path, body=answer_to(t, survey))
    closed = t.call("delete_survey", path=path)
    t.judge(("PR-417", "PR-478"), closed, _empty)
    t.judge("PR-417", t.call("get_survey", path=path), answers(404), closed)
    t.judge(
        "PR-509", t.call("get_survey_response", path={**path, "response_id": str(left.at("_id"))}), answers(404), closed
    )
    t.judge("PR-509", t.call("list_survey_responses", path=path), answers(404), closed)
    t.need(me(t) and participants(t, 1), "nobody")


def _empty(exchange: Exchange) -> Mismatch | None:
    """An empty object."""
    return None if exchange.succeeded and exchange.json == {} else Mismatch("an empty object", exchange.shortly)
