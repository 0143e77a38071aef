"""PUT: updating respondents found by key."""

from __future__ import annotations

import pytest
from forsta_client import CITY, FOLLOW_UP, Forsta, messages

NOT_FOUND = "KeyValue could not be found."
NOT_UNIQUE = "KeyValue is not unique."
MISSING = "KeyValue is missing."


@pytest.mark.clauses("FO-102", "FO-103", "FO-097")
def test_the_respondents_found_by_key_are_updated(forsta: Forsta) -> None:
    data = [
        {"email": "test1@example.com", "gender": "male", "city": "bergen"},
        {"email": "test2@example.com", "gender": "female", "country": "norway"},
    ]
    reply = forsta.write("PUT", data, FOLLOW_UP, ["email"], ["gender", "city", "country"])

    assert reply.status_code == 200
    assert reply.json() == {"updatedRecords": 2}
    assert forsta.one(1, FOLLOW_UP, variables="gender,city") == {"respid": 1, "gender": "male", "city": "bergen"}
    assert forsta.one(2, FOLLOW_UP, variables="gender,country") == {
        "respid": 2,
        "gender": "female",
        "country": "norway",
    }


@pytest.mark.clauses("FO-110", "FO-111", "FO-089")
def test_an_unknown_key_is_reported_and_inserts_nothing(forsta: Forsta) -> None:
    data = [{"email": "test1@example.com", "city": "bergen"}, {"email": "test2@example.com", "city": "york"}]
    reply = forsta.write("PUT", data, CITY, ["email"], ["gender", "city", "country"])

    assert reply.status_code == 200
    assert reply.json() == {
        "updatedRecords": 1,
        "validationMessages": {
            "level": "respondent",
            "rowResults": [
                {
                    "rowNumber": 2,
                    "messages": [
                        {"fields": ["email"], "message": NOT_FOUND, "value": "test2@example.com", "severity": "Error"}
                    ],
                }
            ],
        },
    }
    assert forsta.read(pageSize=1).json()["totalCount"] == 200


@pytest.mark.clauses("FO-112", "FO-016")
def test_when_no_key_matches_the_answer_is_still_a_success(forsta: Forsta) -> None:
    reply = forsta.write("PUT", [{"email": "nobody@example.com"}], CITY, ["email"], ["city"])

    assert (reply.status_code, reply.json()["updatedRecords"]) == (200, 0)
    assert forsta.write("PUT", [], CITY, ["email"], ["city"]).json() == {"updatedRecords": 0}


@pytest.mark.clauses("FO-107", "FO-108")
def test_datapoints_that_the_schema_does_not_name_are_neither_written_nor_looked_at(forsta: Forsta) -> None:
    data = [{"email": "test1@example.com", "city": "bergen", "country": "sweden", "age": "not a number"}]
    reply = forsta.write("PUT", data, CITY, ["email"], ["city"])

    assert reply.json() == {"updatedRecords": 1}
    assert forsta.one(1, variables="city,country,age") == {
        "respid": 1,
        "city": "bergen",
        "country": "norway",
        "age": 34,
    }


@pytest.mark.clauses("FO-109", "FO-010")
def test_a_gap_leaves_a_value_and_a_blank_takes_it_away(forsta: Forsta) -> None:
    data = [{"email": "test1@example.com", "city": "", "age": None}]
    forsta.write("PUT", data, CITY, ["email"], ["city", "age", "gender", "country"])

    assert forsta.one(1) == {
        "respid": 1,
        "email": "test1@example.com",
        "gender": "female",
        "country": "norway",
        "date_of_birth": "1990-05-17",
        "status": "complete",
    }


@pytest.mark.clauses("FO-114")
def test_of_several_keys_all_have_to_match(forsta: Forsta) -> None:
    data = [
        {"email": "household@example.com", "gender": "male", "age": 44},
        {"email": "household@example.com", "gender": "other", "age": 99},
    ]
    reply = forsta.write("PUT", data, CITY, ["email", "gender"], ["age"])

    assert reply.json()["updatedRecords"] == 1
    assert reply.json()["validationMessages"]["rowResults"][0]["messages"] == [
        {
            "fields": ["email", "gender"],
            "message": NOT_FOUND,
            "value": "household@example.com,other",
            "severity": "Error",
        }
    ]
    assert (forsta.one(3)["age"], forsta.one(4)["age"]) == (45, 44)


@pytest.mark.clauses("FO-114")
def test_a_key_of_respid_and_another_variable_needs_both(forsta: Forsta) -> None:
    data = [
        {"respid": 1, "email": "test1@example.com", "age": 1},
        {"respid": 2, "email": "test1@example.com", "age": 2},
    ]
    reply = forsta.write("PUT", data, CITY, ["respid", "email"], ["age"])

    assert messages(reply) == {2: [NOT_FOUND]}
    assert (forsta.one(1)["age"], forsta.one(2)["age"]) == (1, 51)


@pytest.mark.clauses("FO-115")
def test_a_key_of_several_respondents_refuses_the_call(forsta: Forsta) -> None:
    before = forsta.items()
    data = [
        {"email": "test1@example.com", "city": "bergen"},
        {"email": "household@example.com", "city": "york"},
        {"email": "nobody@example.com", "city": "york"},
    ]
    reply = forsta.write("PUT", data, CITY, ["email"], ["city"])

    assert reply.status_code == 400
    assert messages(reply) == {2: [NOT_UNIQUE], 3: [NOT_FOUND]}
    assert forsta.items() == before


@pytest.mark.clauses("FO-116")
@pytest.mark.parametrize("record", [{"city": "york"}, {"email": None, "city": "york"}, {"email": "", "city": "york"}])
def test_a_record_without_its_key_is_reported_and_applied_to_nobody(forsta: Forsta, record: dict[str, str]) -> None:
    before = forsta.items()
    reply = forsta.write("PUT", [record], CITY, ["email"], ["city"])

    assert reply.json()["updatedRecords"] == 0
    assert messages(reply) == {1: [MISSING]}
    assert forsta.items() == before


@pytest.mark.clauses("FO-104", "FO-105", "FO-106")
@pytest.mark.parametrize(
    ("schema", "missing"),
    [
        (None, "dataSchema"),
        ({}, "keys"),
        ({"variables": ["city"]}, "keys"),
        ({"keys": [], "variables": ["city"]}, "keys"),
        ({"keys": ["email"]}, "variables"),
        ({"keys": ["email"], "variables": []}, "variables"),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.clauses("FO-122")
def test_the_schema_is_required_with_keys_and_variables(
    forsta: Forsta, method: str, schema: dict[str, list[str]] | None, missing: str
) -> None:
    body = {"data": [{"email": "test1@example.com", "city": "york"}]}
    reply = forsta.call(method, "data", json=body if schema is None else {**body, "dataSchema": schema})

    assert reply.status_code == 400
    assert missing in reply.json()["message"]
    assert forsta.one(1)["city"] == "oslo"


@pytest.mark.clauses("FO-117", "FO-173")
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(("keys", "variables"), [(["nothing"], ["city"]), (["email"], ["city", "nothing"])])
def test_a_variable_that_the_survey_lacks_is_refused(
    forsta: Forsta, method: str, keys: list[str], variables: list[str]
) -> None:
    reply = forsta.write(method, [{"email": "test1@example.com"}], CITY, keys, variables)

    assert reply.status_code == 400
    assert "'nothing'" in reply.json()["message"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_variable_of_the_response_cannot_be_a_key(forsta: Forsta, method: str) -> None:
    reply = forsta.write(method, [{"status": "complete"}], FOLLOW_UP, ["status"], ["city"])

    assert reply.status_code == 400
    assert "'status'" in reply.json()["message"]


def test_the_same_key_twice_is_applied_in_order_and_counted_twice(forsta: Forsta) -> None:
    data = [{"respid": 1, "city": "york", "age": 1}, {"respid": 1, "city": "leeds"}]
    reply = forsta.write("PUT", data, CITY, ["respid"], ["city", "age"])

    assert reply.json() == {"updatedRecords": 2}
    assert forsta.one(1, variables="city,age") == {"respid": 1, "city": "leeds", "age": 1}


@pytest.mark.clauses("FO-013")
def test_a_record_that_was_read_can_be_sent_back_whole(forsta: Forsta) -> None:
    record = forsta.one(1, FOLLOW_UP)
    reply = forsta.write("PUT", [{**record, "city": "york"}], FOLLOW_UP, ["respid"], [*record, "city"])

    assert reply.json() == {"updatedRecords": 1}
    assert forsta.one(1, FOLLOW_UP) == {**record, "city": "york"}


def test_respid_cannot_be_changed(forsta: Forsta) -> None:
    forsta.write("PUT", [{"email": "test1@example.com", "respid": 77}], CITY, ["email"], ["respid"])

    assert forsta.one(1)["email"] == "test1@example.com"


def test_a_numeric_key_matches_in_any_spelling(forsta: Forsta) -> None:
    data = [{"respid": "1", "city": "york"}, {"respid": 2.0, "city": "york"}]

    assert forsta.write("PUT", data, CITY, ["respid"], ["city"]).json() == {"updatedRecords": 2}


def test_an_updated_record_keeps_the_order_of_its_columns(forsta: Forsta) -> None:
    forsta.write("PUT", [{"respid": 4, "country": "norway"}], CITY, ["respid"], ["country"])
    forsta.write("PUT", [{"respid": 4, "age": 3}], CITY, ["respid"], ["age"])

    assert list(forsta.one(4)) == ["respid", "email", "gender", "city", "country", "age"]


def test_an_update_shows_in_pages_streams_and_filters(forsta: Forsta) -> None:
    forsta.write("PUT", [{"respid": 9, "city": "atlantis"}], CITY, ["respid"], ["city"])

    assert [record["respid"] for record in forsta.items(filterExpression="respondent:city='atlantis'")] == [9]
    assert forsta.lines()[8]["city"] == forsta.items()[8]["city"] == "atlantis"
