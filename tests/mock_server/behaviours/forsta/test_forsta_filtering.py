"""filterExpression over HTTP."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from forsta_client import CITY, FOLLOW_UP, STREAM, Forsta

Record = dict[str, Any]


@pytest.mark.clauses("FO-052", "FO-053", "FO-028")
def test_a_filter_limits_the_respondents_and_the_count(forsta: Forsta) -> None:
    everybody = forsta.items()
    wanted = [record for record in everybody if record.get("city") == "oslo"]

    page = forsta.read(filterExpression="respondent:city='oslo'", pageSize=5).json()

    assert 5 < len(wanted) < len(everybody)
    assert page["items"] == wanted[:5]
    assert page["totalCount"] == len(wanted)


EXPRESSIONS: list[tuple[str, Callable[[Record], bool]]] = [
    ("respondent:city = 'oslo'", lambda r: r.get("city") == "oslo"),
    ("respondent:country!='united kingdom'", lambda r: r.get("country") not in {None, "united kingdom"}),
    ("respondent:age < 30", lambda r: "age" in r and r["age"] < 30),
    ("respondent:age <= 30", lambda r: "age" in r and r["age"] <= 30),
    ("respondent:age > 30.5", lambda r: "age" in r and r["age"] > 30.5),
    ("respondent:age >= '72'", lambda r: "age" in r and r["age"] >= 72),
    ("respondent:date_of_birth < 1980-01-01", lambda r: r.get("date_of_birth", "9") < "1980"),
    ("respondent:date_of_birth >= 1980-01-01T00:00:00", lambda r: r.get("date_of_birth", "0") >= "1980"),
    ("respondent:date_of_birth = 1990-05-17", lambda r: r.get("date_of_birth") == "1990-05-17"),
    ("respondent:city='oslo' AND respondent:age>40", lambda r: r.get("city") == "oslo" and r.get("age", 0) > 40),
    ("respondent:city='oslo' or respondent:city='leeds'", lambda r: r.get("city") in {"oslo", "leeds"}),
    ("NOT respondent:city='oslo'", lambda r: r.get("city") != "oslo"),
    ("not (respondent:age>40 Or respondent:age<20)", lambda r: "age" not in r or 20 <= r["age"] <= 40),
    (
        "respondent:city='oslo' OR respondent:city='leeds' AND respondent:age=19",
        lambda r: r.get("city") == "oslo" or (r.get("city") == "leeds" and r.get("age") == 19),
    ),
    (
        "(respondent:city='oslo' OR respondent:city='leeds') AND respondent:age=19",
        lambda r: r.get("city") in {"oslo", "leeds"} and r.get("age") == 19,
    ),
    ("IN(respondent:respid, 1, 2, 200, 4711)", lambda r: r["respid"] in {1, 2, 200}),
    ("in (respondent:city, 'oslo', 'york')", lambda r: r.get("city") in {"oslo", "york"}),
    ("respondent:city=''", lambda r: "city" not in r),
    ("respondent:city!=''", lambda r: "city" in r),
]


@pytest.mark.clauses("FO-168", "FO-169", "FO-170")
@pytest.mark.parametrize(("expression", "expected"), EXPRESSIONS, ids=[text for text, _ in EXPRESSIONS])
def test_an_expression_selects_what_it_says(
    forsta: Forsta, expression: str, expected: Callable[[Record], bool]
) -> None:
    wanted = [record for record in forsta.items() if expected(record)]

    assert 0 < len(wanted) < 200
    assert forsta.items(filterExpression=expression) == wanted


@pytest.mark.clauses("FO-054")
def test_a_filter_may_use_a_variable_that_is_not_returned(forsta: Forsta) -> None:
    records = forsta.items(filterExpression="respondent:city='oslo'", variables="gender")

    assert len(records) == len(forsta.items(filterExpression="respondent:city='oslo'"))
    assert all("city" not in record for record in records)


@pytest.mark.clauses("FO-055")
def test_a_filter_applies_to_the_stream(forsta: Forsta) -> None:
    expression = "respondent:city='oslo'"

    assert forsta.lines(filterExpression=expression) == forsta.items(filterExpression=expression)


@pytest.mark.clauses("FO-056")
def test_following_next_of_a_filtered_list_stays_in_the_filter(forsta: Forsta) -> None:
    first = forsta.read(filterExpression="respondent:age >= 18 AND NOT respondent:city='oslo'", pageSize=60).json()
    second = forsta.http.get(first["links"]["next"]).json()

    assert second["totalCount"] == first["totalCount"]
    assert all(record["age"] >= 18 and record.get("city") != "oslo" for record in second["items"])
    assert second["items"][0]["respid"] > first["items"][-1]["respid"]


@pytest.mark.clauses("FO-171")
@pytest.mark.parametrize("survey", [CITY, FOLLOW_UP])
def test_the_empty_level_is_that_of_the_response(forsta: Forsta, survey: str) -> None:
    everybody = forsta.items(survey)
    complete = [record for record in everybody if record.get("status") == "complete"]

    assert 0 < len(complete) < len(everybody)
    assert forsta.items(survey, filterExpression=":status = 'complete'") == complete
    assert forsta.items(survey, filterExpression=":status='complete'") == complete
    assert forsta.items(survey, filterExpression="response:status = 'complete'") == complete
    assert forsta.read(survey, filterExpression="respondent:status = 'complete'").status_code == 400


@pytest.mark.clauses("FO-057", "FO-171")
@pytest.mark.parametrize(
    ("expression", "column"),
    [
        ("", 1),
        ("   ", 4),
        ("status = 'complete'", 1),
        ("city='oslo'", 1),
        ("respondent:nothing='x'", 1),
        ("respondent:city='oslo' AND respondent:nothing=1", 28),
        ("loop:city='oslo'", 1),
        ("respondent:city=", 17),
        ("respondent:city='oslo", 17),
        ("respondent:city==5", 17),
        ("respondent:city='oslo' AND", 27),
        ("respondent:city='oslo' XOR respondent:age=1", 24),
        ("(respondent:city='oslo'", 24),
        ("respondent:city='oslo')", 23),
        ("respondent:age='young'", 16),
        ("respondent:age=1990-01-01", 16),
        ("respondent:city=5", 17),
        ("respondent:date_of_birth=1990-02-30", 26),
        ("respondent:age<''", 16),
        ("IN(respondent:respid)", 21),
        ("IN(respondent:respid, 1, 'x')", 26),
        ("respondent:city LIKE 'o%'", 17),
        ("respondent:city='oslo'; DROP TABLE respondents", 23),
        ("NOT " * 200 + "respondent:age=1", 1),
        ("\x00", 1),
        ("🙂", 1),
    ],
)
def test_an_invalid_expression_is_refused_with_its_column(forsta: Forsta, expression: str, column: int) -> None:
    for accept in (None, STREAM):
        reply = forsta.read(accept=accept, filterExpression=expression)

        assert reply.status_code == 400
        place = f"^filterExpression(, column {column}: | ends at column {column}, where )"
        assert re.match(place, reply.json()["message"])


def test_thousands_of_parentheses_do_no_harm(forsta: Forsta) -> None:
    expression = "(" * 5000 + "respondent:respid=1" + ")" * 5000

    assert [record["respid"] for record in forsta.items(filterExpression=expression)] == [1]


def test_a_query_that_is_not_utf8_is_refused(forsta: Forsta) -> None:
    reply = forsta.http.get("/v1/surveys/p1231234/respondents/data?filterExpression=%ff%fe")

    assert reply.status_code == 400


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("NO", ", column 1: 'NO' is not a variable; write respondent:NO or response:NO."),
        ("respondent:a =", " ends at column 15, where a date, a number or a text in single quotes is expected."),
        ("(", " ends at column 2, where '(', IN, NOT or a variable (level:name) is expected."),
        ("nope = 1", ", column 1: 'nope' is not a variable; write respondent:nope or response:nope."),
        ("NOT (nope = 1)", ", column 6: 'nope' is not a variable; write respondent:nope or response:nope."),
        (
            "respondent:city == 'x'",
            ", column 18: '=' stands where a date, a number or a text in single quotes is expected.",
        ),
        ("AND", ", column 1: 'AND' stands where '(', IN, NOT or a variable (level:name) is expected."),
    ],
)
def test_an_invalid_expression_is_refused_with_what_is_expected(forsta: Forsta, expression: str, message: str) -> None:
    reply = forsta.read(filterExpression=expression)

    assert reply.json()["message"].startswith(f"filterExpression{message}")
