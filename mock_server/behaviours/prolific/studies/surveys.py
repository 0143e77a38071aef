"""Surveys, the responses to them, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from understudy.mock_server.behaviours.prolific.lists import page_of
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.crud import missing
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.http.errors import BadRequestError, FieldError, field_error

FORMS = ("sections", "questions")


@operation
async def list_surveys(call: Call) -> Reply:
    """The surveys of a researcher."""
    return await page_of(call, "survey", {"researcher_id": call.query["researcher_id"]}, _survey)


@operation
async def create_survey(call: Call) -> Reply:
    """A survey whose sections, questions and answers all have ids."""
    state, body = call.state, call.body
    form = _form(body)
    survey = await state.make("survey", {"title": body["title"], "researcher_id": body["researcher_id"]})
    maker = _Ids(survey["id"])
    if form == "sections":
        survey[form] = [
            {
                "id": maker.of("section", section),
                "title": section["title"],
                "questions": maker.questions(section["questions"]),
            }
            for section in body[form]
        ]
    else:
        survey[form] = maker.questions(body[form])
    if maker.repeated:
        raise field_error(form, f"must have unique ids; repeated: {', '.join(maker.repeated)}")
    await state.save("survey", survey)
    return Reply(201, await _survey(survey))


@operation
async def get_survey(call: Call) -> Reply:
    """A survey."""
    return Reply(200, await _survey(await _at(call)))


@operation
async def delete_survey(call: Call) -> Reply:
    """Delete a survey and the responses to it."""
    survey = await _at(call)
    await call.state.remove("survey", survey["id"])
    return Reply(200, {})


@operation
async def list_survey_responses(call: Call) -> Reply:
    """The responses to a survey."""
    survey = await _at(call)
    return await page_of(call, "survey_response", {"survey_id": survey["id"]}, _response)


@operation
async def create_survey_response(call: Call) -> Reply:
    """One response for a submission, in the survey's form."""
    state, body = call.state, call.body
    survey = await _at(call)
    form = _form(body)
    if form not in survey:
        raise field_error(form, f"cannot be used: the survey has {'sections' if form == 'questions' else 'questions'}")
    field_errors = _unfit(survey, form, body[form])
    if field_errors:
        raise BadRequestError(field_errors=field_errors)
    where = {"survey_id": survey["id"], "submission_id": body["submission_id"]}
    if await state.count("survey_response", where):
        raise field_error("submission_id", "already has a response to this survey")
    made = await state.make("survey_response", {**where, "participant_id": body["participant_id"], form: body[form]})
    return Reply(201, await _response(made))


@operation
async def delete_survey_responses(call: Call) -> Reply:
    """Delete all responses to a survey."""
    survey = await _at(call)
    responses = await call.state.find("survey_response", {"survey_id": survey["id"]})
    await call.state.remove("survey_response", *(response["id"] for response in responses))
    return Reply(200, {})


@operation
async def get_survey_response(call: Call) -> Reply:
    """A response."""
    return Reply(200, await _response(await _response_at(call)))


@operation
async def delete_survey_response(call: Call) -> Reply:
    """Delete a response."""
    response = await _response_at(call)
    await call.state.remove("survey_response", response["id"])
    return Reply(200, {})


@operation
async def get_survey_summary(call: Call) -> Reply:
    """How many responses answered each question, and how many chose each answer."""
    survey = await _at(call)
    chosen: dict[str, int] = {}
    answered: dict[str, int] = {}
    for response in await call.state.find("survey_response", {"survey_id": survey["id"]}):
        for given in _questions(response):
            answers = {_same(answer["answer_id"]) for answer in given["answers"]}
            answered[_same(given["question_id"])] = answered.get(_same(given["question_id"]), 0) + bool(answers)
            for answer in answers:
                chosen[answer] = chosen.get(answer, 0) + 1
    questions = [
        {
            "question": question["title"],
            "question_id": question["id"],
            "total_answers": answered.get(_same(question["id"]), 0),
            "answers": [
                {"answer": answer["value"], "answer_id": answer["id"], "count": chosen.get(_same(answer["id"]), 0)}
                for answer in question["answers"]
            ],
        }
        for question in _questions(survey)
    ]
    return Reply(200, {"survey_id": survey["id"], "questions": questions})


class _Ids:
    """The ids of the parts of one survey: those that a client sent where they are UUIDs, else new ones."""

    def __init__(self, survey_id: str) -> None:
        self._survey = survey_id
        self._made = 0
        self._seen: set[tuple[str, str]] = set()
        self.repeated: list[str] = []

    def of(self, kind: str, part: Record) -> str:
        sent = str(part.get("id"))
        if not _is_uuid(sent):
            self._made += 1
            return str(uuid5(NAMESPACE_URL, f"{self._survey}/{self._made}"))
        if (kind, _same(sent)) in self._seen:
            self.repeated.append(sent)
        self._seen.add((kind, _same(sent)))
        return sent

    def questions(self, questions: list[Record]) -> list[Record]:
        return [
            {
                "id": self.of("question", question),
                "title": question["title"],
                "type": question["type"],
                "answers": [
                    {"id": self.of("answer", answer), "value": answer["value"]} for answer in question["answers"]
                ],
            }
            for question in questions
        ]


def _form(body: Record) -> str:
    """Whether a body has sections or questions; sections when it has both. Raises BadRequestError if it has neither."""
    sent = [form for form in FORMS if body.get(form) is not None]
    if not sent:
        raise field_error("sections", "is required, unless questions is sent")
    filled = [form for form in sent if body[form]]
    if not filled:
        raise field_error(sent[0], "must not be empty")
    return filled[0]


def _unfit(survey: Record, form: str, sent: list[Record]) -> list[FieldError]:
    """Errors for what in a response does not belong to the survey."""
    if form == "questions":
        return _unfit_questions(survey[form], sent, form)
    known = {_same(section["id"]): section for section in survey[form]}
    field_errors: list[FieldError] = []
    for place, section in enumerate(sent):
        own = known.pop(_same(section["section_id"]), None)
        if own is None:
            field_errors.append(
                FieldError(f"{form}.{place}.section_id", "must be a section of the survey, and appear once")
            )
        else:
            field_errors += _unfit_questions(own["questions"], section["questions"], f"{form}.{place}.questions")
    return field_errors


def _unfit_questions(own: list[Record], sent: list[Record], name: str) -> list[FieldError]:
    known = {_same(question["id"]): question for question in own}
    field_errors: list[FieldError] = []
    for place, given in enumerate(sent):
        question = known.pop(_same(given["question_id"]), None)
        if question is None:
            field_errors.append(
                FieldError(
                    f"{name}.{place}.question_id", "must be a question of this section or survey, and appear once"
                )
            )
            continue
        answers = {_same(answer["id"]) for answer in question["answers"]}
        wrong = [answer["answer_id"] for answer in given["answers"] if _same(answer["answer_id"]) not in answers]
        if wrong:
            field_errors.append(
                FieldError(
                    f"{name}.{place}.answers", f"contains ids that are not answers to the question: {', '.join(wrong)}"
                )
            )
        if question["type"] == "single" and len(given["answers"]) > 1:
            field_errors.append(
                FieldError(f"{name}.{place}.answers", "must have one answer: the question is single-choice")
            )
    return field_errors


def _questions(record: Record) -> Iterator[Record]:
    """The questions of a survey or response, with sections or without."""
    for section in record.get("sections", ()):
        yield from section["questions"]
    yield from record.get("questions", ())


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _same(id: Any) -> str:
    return str(id).lower()


async def _at(call: Call) -> Record:
    survey = await call.state.get("survey", call.path["survey_id"])
    if survey is None:
        raise missing("survey")
    return survey


async def _response_at(call: Call) -> Record:
    survey = await _at(call)
    response = await call.state.get("survey_response", call.path["response_id"])
    if response is None or response["survey_id"] != survey["id"]:
        raise missing("survey_response")
    return response


async def _survey(survey: Record) -> dict[str, Any]:
    return _dated(survey, ("researcher_id", "title"))


async def _response(response: Record) -> dict[str, Any]:
    return _dated(response, ("participant_id", "submission_id"))


def _dated(record: Record, own: tuple[str, ...]) -> dict[str, Any]:
    names = (*own, *FORMS, "date_created", "date_modified")
    shown = {name: record[name] for name in names if name in record}
    return {"_id": record["id"], "id": record["id"], **shown}
