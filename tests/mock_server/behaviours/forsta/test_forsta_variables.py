"""The schema of the respondent table and the variables that a user adds."""

from __future__ import annotations

from typing import Any

import pytest
from forsta_client import FOLLOW_UP, NEARLY_FULL, Forsta, messages


def entry(forsta: Forsta, name: str, survey: str = "p1231234") -> dict[str, Any]:
    schema: list[dict[str, Any]] = forsta.call("GET", "schema", survey).json()
    return next(each for each in schema if each["name"] == name)


@pytest.mark.clauses("FO-158", "FO-159", "FO-160", "FO-162")
def test_the_schema_has_name_type_and_origin_of_each_column(forsta: Forsta) -> None:
    assert entry(forsta, "respid") == {"name": "respid", "variableType": "numeric", "isSystemVariable": "true"}
    assert entry(forsta, "email") == {
        "name": "email",
        "variableType": "text",
        "length": 512,
        "isBackground": "true",
    }


def test_the_schema_has_no_variable_of_the_response(forsta: Forsta) -> None:
    names = [each["name"] for each in forsta.call("GET", "schema", FOLLOW_UP).json()]

    assert names == ["respid", "email", "gender", "city", "country", "consented"]


ADDED: list[tuple[dict[str, Any], dict[str, Any], Any, Any]] = [
    (
        {"name": "income", "dataType": "numeric", "precision": 8, "scale": 0},
        {"variableType": "numeric", "precision": 8, "scale": 0},
        12345678,
        123456789,
    ),
    ({"name": "share", "dataType": "numeric", "scale": 2}, {"variableType": "numeric", "scale": 2}, 0.25, 0.125),
    (
        {"name": "code", "dataType": "numeric", "precision": 4},
        {"variableType": "numeric", "precision": 4},
        12.34,
        12345,
    ),
    ({"name": "address", "dataType": "text", "length": 5}, {"variableType": "text", "length": 5}, "12345", "123456"),
    ({"name": "note", "dataType": "text"}, {"variableType": "text", "length": 255}, "x" * 255, "x" * 256),
    ({"name": "joined", "dataType": "date"}, {"variableType": "date"}, "2024-02-29", "2023-02-29"),
    ({"name": "is_married", "dataType": "boolean"}, {"variableType": "boolean"}, 1, 2),
]


@pytest.mark.clauses(
    "FO-144", "FO-145", "FO-146", "FO-148", "FO-149", "FO-150", "FO-151", "FO-155", "FO-157", "FO-161", "FO-098"
)
@pytest.mark.parametrize(("declared", "shown", "good", "bad"), ADDED, ids=[each[0]["name"] for each in ADDED])
def test_a_new_variable_is_shown_validated_and_returned_from_then_on(
    forsta: Forsta, declared: dict[str, Any], shown: dict[str, Any], good: Any, bad: Any
) -> None:
    name = declared["name"]
    assert forsta.read(variables=name).status_code == 400

    reply = forsta.add_variable(**declared)

    assert reply.status_code == 200
    assert reply.json() == {"name": name, **shown, "isUserVariable": "true"}
    assert entry(forsta, name) == reply.json()
    assert forsta.one(1, variables=name) == {"respid": 1}
    refused = forsta.write("PUT", [{"respid": 1, name: bad}], keys=["respid"], variables=[name])
    assert (refused.status_code, list(messages(refused))) == (400, [1])
    assert forsta.write("PUT", [{"respid": 1, name: good}], keys=["respid"], variables=[name]).status_code == 200
    assert forsta.one(1, variables=name) == {"respid": 1, name: good}
    assert forsta.one(1)[name] == good


@pytest.mark.clauses("FO-144")
def test_a_new_variable_can_be_filtered_by_and_used_as_a_key(forsta: Forsta) -> None:
    forsta.add_variable(name="panel_no", dataType="numeric", precision=6)
    forsta.write("POST", [{"panel_no": 4711, "city": "oslo"}])
    reply = forsta.write("PUT", [{"panel_no": "4711", "city": "york"}], keys=["panel_no"], variables=["city"])

    assert reply.json() == {"updatedRecords": 1}
    assert forsta.items(filterExpression="respondent:panel_no=4711")[0]["city"] == "york"


@pytest.mark.clauses("FO-148", "FO-178")
@pytest.mark.parametrize(
    ("value", "message"),
    [(123.45, None), ("0.05", None), (-999.99, None), (1234.56, "digits"), (100000, "digits"), (1.234, "decimals")],
)
def test_precision_counts_digits_and_scale_decimals(forsta: Forsta, value: Any, message: str | None) -> None:
    forsta.add_variable(name="price", dataType="numeric", precision=5, scale=2)
    reply = forsta.write("POST", [{"price": value}])

    if message is None:
        assert reply.status_code == 200
    else:
        assert messages(reply) == {1: [f"Numeric has too many {message}."]}


@pytest.mark.clauses("FO-147")
def test_a_number_needs_precision_or_scale(forsta: Forsta) -> None:
    reply = forsta.add_variable(name="income", dataType="numeric")

    assert reply.status_code == 400
    assert "precision" in reply.json()["message"]


@pytest.mark.clauses("FO-145", "FO-146", "FO-153", "FO-154", "FO-177")
@pytest.mark.parametrize(
    ("declared", "named"),
    [
        ({}, "name"),
        ({"dataType": "date"}, "name"),
        ({"name": "x"}, "dataType"),
        ({"name": "x", "dataType": "float"}, "dataType"),
        ({"name": "x", "dataType": None}, "dataType"),
        ({"name": "", "dataType": "date"}, "name"),
        ({"name": "  ", "dataType": "date"}, "name"),
        ({"name": None, "dataType": "date"}, "name"),
        ({"name": 5, "dataType": "date"}, "name"),
        ({"name": "two words", "dataType": "date"}, "name"),
        ({"name": "1st", "dataType": "date"}, "name"),
        ({"name": "x\n", "dataType": "date"}, "name"),
        ({"name": "é", "dataType": "date"}, "name"),
        ({"name": "x" * 129, "dataType": "date"}, "name"),
        ({"name": "x", "dataType": "text", "length": 0}, "length"),
        ({"name": "x", "dataType": "text", "length": "9"}, "length"),
        ({"name": "x", "dataType": "text", "length": 10**20}, "length"),
        ({"name": "x", "dataType": "numeric", "precision": 0}, "precision"),
        ({"name": "x", "dataType": "numeric", "precision": 3, "scale": -1}, "scale"),
        ({"name": "x", "dataType": "numeric", "precision": 3, "scale": 4}, "scale"),
        ({"name": "x", "dataType": "numeric", "precision": 2.5}, "precision"),
    ],
)
def test_a_variable_that_cannot_be_is_refused_by_the_member_at_fault(
    forsta: Forsta, declared: dict[str, Any], named: str
) -> None:
    reply = forsta.add_variable(**declared)

    assert reply.status_code == 400
    assert named in reply.json()["message"]
    assert len(forsta.call("GET", "schema").json()) == 7


@pytest.mark.clauses("FO-153")
@pytest.mark.parametrize(("survey", "name"), [("p1231234", "email"), ("p1231234", "RESPID"), (FOLLOW_UP, "Status")])
def test_a_name_in_use_is_a_conflict_in_any_case_of_letters(forsta: Forsta, survey: str, name: str) -> None:
    reply = forsta.add_variable(survey, name=name, dataType="date")

    assert reply.status_code == 409
    assert name in reply.json()["message"]


@pytest.mark.clauses("FO-153")
def test_the_same_variable_twice_is_a_conflict(forsta: Forsta) -> None:
    forsta.add_variable(name="joined", dataType="date")

    assert forsta.add_variable(name="joined", dataType="date").status_code == 409
    assert forsta.add_variable(FOLLOW_UP, name="joined", dataType="date").status_code == 200


@pytest.mark.clauses("FO-152")
def test_the_thousandth_column_fits_and_the_next_is_a_conflict(forsta: Forsta) -> None:
    first = forsta.add_variable(NEARLY_FULL, name="last_one", dataType="date")
    second = forsta.add_variable(NEARLY_FULL, name="one_too_many", dataType="date")

    assert (first.status_code, second.status_code) == (200, 409)
    assert "1000" in second.json()["message"]
    names = [each["name"] for each in forsta.call("GET", "schema", NEARLY_FULL).json()]
    assert len(names) == 1000
    assert "one_too_many" not in names


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'{"name": ' + b"[" * 5000 + b"]" * 5000 + b"}"])
def test_a_body_that_does_not_describe_a_variable_is_refused(forsta: Forsta, body: bytes) -> None:
    reply = forsta.call("POST", "uservariables", content=body, headers={"Content-Type": "application/json"})

    assert reply.status_code == 400
    assert reply.json()["message"]
