"""Surveys of sections or questions, the responses to them, and what they add up to."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest
from prolific_play import API, FRESH_SURVEY, NOWHERE, PEOPLE, PLAIN_SURVEY, SURVEY, ok, refused

ROOTS, WEEKLY = "827e810a-4b1a-40f6-8bc2-c3dd6fcedc25", "02dee012-25e4-449e-8f2f-a552b9007d92"
POTATO, PARSNIP = "8bde0c5f-235e-41e6-bf82-b73e92852ac8", "4c69011b-9b6b-46c6-8ba2-da80761131dc"
CARROT, RADISH = "f3c8d38f-842c-49d9-a0bb-e17b7803b240", "a2de5745-b0b4-421b-98ec-23935c78be13"
SECTION = "f5e5c4dc-7d2e-40f1-a895-9bb2f8703fd8"


def question(title: str = "Which?", *values: str, **more: Any) -> dict[str, Any]:
    answers = [{"value": value} for value in values or ("This", "That")]
    return {"title": title, "type": "single", "answers": answers, **more}


def _post(client: httpx.Client, **more: Any) -> httpx.Response:
    return client.post(f"{API}/surveys/", json={"researcher_id": "r1", "title": "Roots", **more})


def _make(client: httpx.Client, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = ok(_post(client, **more), 201)
    return made


def given(question_id: str, *answers: str) -> dict[str, Any]:
    chosen = [{"answer_id": id, "value": "x"} for id in answers]
    return {"question_id": question_id, "question_title": "x", "answers": chosen}


def _respond(client: httpx.Client, survey: str, submission: str = PEOPLE[0], **form: Any) -> httpx.Response:
    body = {"participant_id": PEOPLE[0], "submission_id": submission, **form}
    return client.post(f"{API}/surveys/{survey}/responses/", json=body)


@pytest.mark.clauses("PR-319", "PR-320", "PR-329", "PR-331", "PR-333", "PR-416", "PR-475", "PR-481", "PR-332", "PR-545")
def test_a_survey_of_sections_gets_ids_for_all_its_parts(client: httpx.Client) -> None:
    sections = [
        {"title": "One", "questions": [question("A", "x", "y"), question("B", "z", type="multiple")]},
        {"title": "Two", "questions": [question("C")]},
    ]
    made = _make(client, sections=sections)

    assert made["_id"] == made["id"]
    assert made["date_created"] == made["date_modified"]
    assert "questions" not in made
    assert [section["title"] for section in made["sections"]] == ["One", "Two"]
    first = made["sections"][0]
    assert [q["title"] for q in first["questions"]] == ["A", "B"]
    assert [answer["value"] for answer in first["questions"][0]["answers"]] == ["x", "y"]
    ids = [s["id"] for s in made["sections"]] + [q["id"] for q in first["questions"]]
    ids += [answer["id"] for answer in first["questions"][0]["answers"]]
    assert len(ids) == len({uuid.UUID(id) for id in ids})
    assert ok(client.get(f"{API}/surveys/{made['_id']}")) == made


@pytest.mark.clauses("PR-319", "PR-479")
def test_a_survey_of_questions_alone_may_have_more_than_five(client: httpx.Client) -> None:
    made = _make(client, questions=[question(str(i)) for i in range(7)])

    assert [q["title"] for q in made["questions"]] == [str(i) for i in range(7)]
    assert "sections" not in made


@pytest.mark.clauses("PR-322")
@pytest.mark.parametrize(
    "form",
    [
        {},
        {"sections": None, "questions": None},
        {"sections": []},
        {"questions": []},
    ],
)
def test_a_survey_has_sections_or_questions(client: httpx.Client, form: dict[str, Any]) -> None:
    refused(_post(client, **form), "s")
    ok(_post(client, sections=None, questions=[question()]), 201)


@pytest.mark.clauses("PR-321", "PR-323", "PR-324", "PR-325", "PR-326", "PR-327", "PR-328", "PR-475")
@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": 1},
        {"researcher_id": None},
        {"questions": [question("x" * 201)]},
        {"questions": [question("x", "y" * 141)]},
        {"questions": [question("x", *map(str, range(11)))]},
        {"questions": [question(type="open")]},
        {"questions": [{"type": "single", "answers": []}]},
        {"questions": [{"title": "x", "answers": []}]},
        {"questions": [{"title": "x", "type": "single"}]},
        {"questions": [question(answers=[{}])]},
        {"questions": [question(answers="none")]},
        {"questions": "none"},
        {"questions": None, "sections": [{"title": "x", "questions": [question() for _ in range(6)]}]},
        {"questions": None, "sections": [{"questions": [question()]}]},
        {"questions": None, "sections": [{"title": "x"}]},
    ],
)
def test_a_survey_out_of_bounds_is_refused(client: httpx.Client, wrong: dict[str, Any]) -> None:
    before = ok(client.get(f"{API}/surveys/", params={"researcher_id": "r1"}))["meta"]["count"]
    refused(
        _post(client, **{"questions": [question()], **wrong}), next(iter(wrong if len(wrong) == 1 else ["sections"]))
    )

    assert ok(client.get(f"{API}/surveys/", params={"researcher_id": "r1"}))["meta"]["count"] == before


@pytest.mark.clauses("PR-480", "PR-323", "PR-324", "PR-325", "PR-326")
def test_the_bounds_themselves_hold_and_count_characters(client: httpx.Client) -> None:
    widest = question("é" * 200, *["ü" * 140] * 10)

    assert len(_make(client, sections=[{"title": "x", "questions": [widest] * 5}])["sections"][0]["questions"]) == 5


@pytest.mark.clauses("PR-329", "PR-330")
def test_ids_that_are_uuids_are_kept_and_others_replaced(client: httpx.Client) -> None:
    own = str(uuid.uuid4())
    made = _make(client, questions=[question(id=own), question(id=f"{own}X"), question(id=None), question(id="")])
    ids = [q["id"] for q in made["questions"]]

    assert ids[0] == own
    assert len({uuid.UUID(id) for id in ids}) == 4
    refused(_post(client, questions=[question(id=own), question(id=own.upper())]), "repeated")


@pytest.mark.clauses("PR-415", "PR-500")
def test_a_researchers_surveys_are_listed(client: httpx.Client) -> None:
    made = _make(client, questions=[question()])

    assert ok(client.get(f"{API}/surveys/", params={"researcher_id": "r1"}))["results"] == [made]
    assert ok(client.get(f"{API}/surveys/", params={"researcher_id": "nobody"}))["results"] == []


@pytest.mark.clauses("PR-334", "PR-336", "PR-346", "PR-420", "PR-476", "PR-481", "PR-418")
def test_a_response_of_sections_is_stored_as_it_was_sent(client: httpx.Client) -> None:
    sections = [{"section_id": SECTION, "questions": [given(ROOTS, POTATO), given(WEEKLY, CARROT, RADISH)]}]
    made = ok(_respond(client, SURVEY, sections=sections), 201)

    assert made["sections"] == sections
    assert (made["_id"], made["date_created"]) == (made["id"], made["date_modified"])
    assert ok(client.get(f"{API}/surveys/{SURVEY}/responses/{made['_id']}")) == made
    listed = ok(client.get(f"{API}/surveys/{SURVEY}/responses/"))["results"]
    assert made in listed
    refused(client.get(f"{API}/surveys/{PLAIN_SURVEY}/responses/{made['_id']}"), status=404)


@pytest.mark.clauses("PR-336", "PR-346")
def test_a_response_of_questions_may_leave_some_out(client: httpx.Client) -> None:
    made = ok(_respond(client, PLAIN_SURVEY, questions=[given(ROOTS, PARSNIP)]), 201)

    assert "sections" not in made
    assert len(made["questions"]) == 1


OTHER = "11111111-1111-4111-8111-111111111111"


@pytest.mark.clauses("PR-335", "PR-337", "PR-338", "PR-339", "PR-340", "PR-341", "PR-342", "PR-343", "PR-476")
@pytest.mark.parametrize(
    "form",
    [
        {},
        {"questions": []},
        {"sections": [{"section_id": SECTION, "questions": []}]},
        {"questions": [given(OTHER, POTATO)]},
        {"questions": [given(ROOTS, OTHER)]},
        {"questions": [given(ROOTS, CARROT)]},
        {"questions": [given(ROOTS, POTATO, PARSNIP)]},
        {"questions": [given(ROOTS, POTATO), given(ROOTS, PARSNIP)]},
        {"questions": [given("not a uuid", POTATO)]},
        {"questions": [given(ROOTS, "not a uuid")]},
        {"questions": [{"question_id": ROOTS, "answers": []}]},
        {"questions": [{"question_id": ROOTS, "question_title": "x"}]},
        {"questions": [{"question_title": "x", "answers": []}]},
        {"questions": [{**given(ROOTS), "answers": [{"value": "x"}]}]},
        {"questions": [{**given(ROOTS), "answers": [{"answer_id": POTATO}]}]},
        {"questions": [given(ROOTS, POTATO)], "submission_id": None},
        {"questions": [given(ROOTS, POTATO)], "participant_id": ""},
    ],
)
def test_a_response_that_does_not_fit_the_survey_is_refused(client: httpx.Client, form: dict[str, Any]) -> None:
    refused(_respond(client, PLAIN_SURVEY, **form))

    assert ok(client.get(f"{API}/surveys/{PLAIN_SURVEY}/responses/"))["results"] == []


@pytest.mark.clauses("PR-337", "PR-341", "PR-343")
@pytest.mark.parametrize(
    "form",
    [
        {"questions": [given(ROOTS, POTATO)]},
        {"sections": [{"section_id": OTHER, "questions": [given(ROOTS, POTATO)]}]},
        {"sections": [{"section_id": SECTION, "questions": [given(OTHER, POTATO)]}]},
        {"sections": [{"section_id": "x", "questions": []}]},
        {"sections": [{"section_id": SECTION}]},
        {"sections": [{"questions": []}]},
        {"sections": [{"section_id": SECTION, "questions": []}] * 2},
    ],
)
def test_a_response_that_does_not_fit_the_sections_is_refused(client: httpx.Client, form: dict[str, Any]) -> None:
    refused(_respond(client, SURVEY, **form), "s")


@pytest.mark.clauses("PR-345")
def test_a_submission_has_one_response_to_a_survey(client: httpx.Client) -> None:
    ok(_respond(client, PLAIN_SURVEY, questions=[given(ROOTS, POTATO)]), 201)

    refused(_respond(client, PLAIN_SURVEY, questions=[given(ROOTS, PARSNIP)]), "submission_id")
    ok(_respond(client, PLAIN_SURVEY, PEOPLE[1], questions=[given(ROOTS, PARSNIP)]), 201)


@pytest.mark.clauses("PR-344")
def test_a_response_needs_a_survey(client: httpx.Client) -> None:
    refused(_respond(client, NOWHERE, questions=[given(ROOTS, POTATO)]), status=404)


def _summary(client: httpx.Client, survey: str = PLAIN_SURVEY) -> dict[str, tuple[int, dict[str, int]]]:
    """Of each question its total and the count of each answer, by id."""
    found = ok(client.get(f"{API}/surveys/{survey}/responses/summary"))
    assert found["survey_id"] == survey
    return {
        q["question_id"]: (q["total_answers"], {answer["answer_id"]: answer["count"] for answer in q["answers"]})
        for q in found["questions"]
    }


@pytest.mark.clauses("PR-422", "PR-423", "PR-477", "PR-510")
def test_a_summary_counts_responses_and_choices(client: httpx.Client) -> None:
    assert _summary(client)[ROOTS] == (0, {POTATO: 0, PARSNIP: 0})
    ok(_respond(client, PLAIN_SURVEY, "s1", questions=[given(ROOTS, POTATO), given(WEEKLY, CARROT, RADISH)]), 201)
    ok(_respond(client, PLAIN_SURVEY, "s2", questions=[given(ROOTS, POTATO), given(WEEKLY)]), 201)
    ok(
        _respond(client, PLAIN_SURVEY, "s3", questions=[given(ROOTS.upper(), PARSNIP), given(WEEKLY, CARROT, CARROT)]),
        201,
    )
    summary = _summary(client)

    assert summary[ROOTS] == (3, {POTATO: 2, PARSNIP: 1})
    assert summary[WEEKLY][0] == 2
    assert (summary[WEEKLY][1][CARROT], summary[WEEKLY][1][RADISH]) == (2, 1)


@pytest.mark.clauses("PR-422", "PR-510")
def test_a_summary_goes_through_all_sections(client: httpx.Client) -> None:
    summary = _summary(client, SURVEY)

    assert summary[ROOTS] == (10, {POTATO: 5, PARSNIP: 5})
    assert summary[WEEKLY][0] == 5


@pytest.mark.clauses("PR-421", "PR-478", "PR-510")
def test_a_deleted_response_no_longer_counts(client: httpx.Client) -> None:
    made = ok(_respond(client, PLAIN_SURVEY, questions=[given(ROOTS, POTATO)]), 201)
    address = f"{API}/surveys/{PLAIN_SURVEY}/responses/{made['_id']}"

    assert ok(client.delete(address)) == {}
    refused(client.get(address), status=404)
    refused(client.delete(address), status=404)
    assert _summary(client)[ROOTS] == (0, {POTATO: 0, PARSNIP: 0})


@pytest.mark.clauses("PR-419", "PR-478")
def test_all_responses_can_be_deleted(client: httpx.Client) -> None:
    assert ok(client.delete(f"{API}/surveys/{SURVEY}/responses/")) == {}

    assert ok(client.get(f"{API}/surveys/{SURVEY}/responses/"))["results"] == []
    assert ok(client.get(f"{API}/surveys/{SURVEY}"))["id"] == SURVEY


@pytest.mark.clauses("PR-417", "PR-478", "PR-509")
def test_a_deleted_survey_takes_its_responses_with_it(client: httpx.Client) -> None:
    response = ok(client.get(f"{API}/surveys/{SURVEY}/responses/"))["results"][0]["_id"]

    assert ok(client.delete(f"{API}/surveys/{SURVEY}")) == {}
    refused(client.get(f"{API}/surveys/{SURVEY}"), status=404)
    refused(client.get(f"{API}/surveys/{SURVEY}/responses/{response}"), status=404)
    assert ok(client.get(f"{API}/surveys/{FRESH_SURVEY}"))["id"] == FRESH_SURVEY


def test_a_survey_with_both_forms_has_the_sections(client: httpx.Client) -> None:
    section = {"title": "Roots", "questions": [question()]}
    both = ok(_post(client, sections=[section], questions=[question(title="Which leaf?")]), 201)
    empty = ok(_post(client, sections=[section], questions=[]), 201)

    assert [each["title"] for each in both["sections"]] == ["Roots"]
    assert "questions" not in both
    assert "questions" not in empty
