"""PATCH: updating what is there and inserting what is new."""

from __future__ import annotations

import time

import pytest
from forsta_client import CITY, Forsta, messages

NEW = {"email": "test2@example.com", "gender": "female", "country": "norway"}
VARIABLES = ["gender", "city", "country"]


@pytest.mark.clauses("FO-118", "FO-119", "FO-120", "FO-121", "FO-124")
def test_a_known_key_updates_and_a_new_one_inserts(forsta: Forsta) -> None:
    data = [{"email": "test1@example.com", "gender": "male", "city": "bergen"}, NEW]
    reply = forsta.write("PATCH", data, CITY, ["email"], VARIABLES)

    assert reply.status_code == 200
    assert reply.json() == {"insertedRecords": 1, "insertedIds": [201], "updatedRecords": 1}
    assert forsta.one(1, variables="gender,city") == {"respid": 1, "gender": "male", "city": "bergen"}
    assert forsta.one(201) == {"respid": 201, **NEW}


@pytest.mark.clauses("FO-123")
def test_datapoints_that_the_schema_does_not_name_are_ignored_in_both_parts(forsta: Forsta) -> None:
    data = [{"email": "test1@example.com", "age": "x", "city": "york"}, {**NEW, "age": "x"}]
    forsta.write("PATCH", data, CITY, ["email"], VARIABLES)

    assert forsta.one(1)["age"] == 34
    assert forsta.one(201) == {"respid": 201, **NEW}


@pytest.mark.clauses("FO-128")
def test_the_same_call_again_inserts_nothing_more(forsta: Forsta) -> None:
    forsta.write("PATCH", [NEW], CITY, ["email"], VARIABLES)
    again = forsta.write("PATCH", [NEW], CITY, ["email"], VARIABLES)

    assert again.json() == {"insertedRecords": 0, "insertedIds": [], "updatedRecords": 1}
    assert forsta.read(pageSize=1).json()["totalCount"] == 201


@pytest.mark.clauses("FO-127")
def test_the_same_new_key_twice_makes_one_respondent(forsta: Forsta) -> None:
    data = [{**NEW, "city": "one"}, {"email": "test2@example.com", "city": "two"}]
    reply = forsta.write("PATCH", data, CITY, ["email"], VARIABLES)

    assert reply.json() == {"insertedRecords": 1, "insertedIds": [201], "updatedRecords": 1}
    assert forsta.one(201) == {"respid": 201, **NEW, "city": "two"}


@pytest.mark.clauses("FO-129", "FO-016")
def test_all_counts_are_there_when_they_are_zero(forsta: Forsta) -> None:
    reply = forsta.write("PATCH", [], CITY, ["email"], VARIABLES)

    assert reply.json() == {"insertedRecords": 0, "insertedIds": [], "updatedRecords": 0}


@pytest.mark.clauses("FO-125")
def test_a_key_of_several_respondents_refuses_the_merge(forsta: Forsta) -> None:
    before = forsta.items()
    reply = forsta.write("PATCH", [NEW, {"email": "household@example.com", "city": "x"}], CITY, ["email"], VARIABLES)

    assert reply.status_code == 400
    assert messages(reply) == {2: ["KeyValue is not unique."]}
    assert forsta.items() == before


@pytest.mark.clauses("FO-116")
def test_a_record_without_its_key_is_reported_and_not_inserted(forsta: Forsta) -> None:
    reply = forsta.write("PATCH", [{"city": "york"}], CITY, ["email"], VARIABLES)

    assert reply.json()["insertedRecords"] == 0
    assert messages(reply) == {1: ["KeyValue is missing."]}


@pytest.mark.clauses("FO-109", "FO-010")
def test_a_gap_leaves_a_value_and_a_blank_takes_it_away(forsta: Forsta) -> None:
    forsta.write("PATCH", [{"email": "test1@example.com", "city": ""}], CITY, ["email"], VARIABLES)

    assert forsta.one(1, variables="gender,city,country") == {"respid": 1, "gender": "female", "country": "norway"}


@pytest.mark.clauses("FO-172")
def test_an_unknown_respid_is_reported_since_a_repeat_would_insert_again(forsta: Forsta) -> None:
    reply = forsta.write(
        "PATCH", [{"respid": 9999, "city": "york"}, {"respid": 1, "city": "york"}], CITY, ["respid"], ["city"]
    )

    assert reply.json()["updatedRecords"] == 1
    assert reply.json()["insertedIds"] == []
    assert messages(reply) == {1: ["KeyValue could not be found."]}


@pytest.mark.clauses("FO-118")
def test_several_keys_insert_what_matches_only_in_part(forsta: Forsta) -> None:
    data = [
        {"email": "test1@example.com", "city": "oslo", "age": 1},
        {"email": "test1@example.com", "city": "york", "age": 2},
    ]
    reply = forsta.write("PATCH", data, CITY, ["email", "city"], ["age"])

    assert reply.json() == {"insertedRecords": 1, "insertedIds": [201], "updatedRecords": 1}
    assert forsta.one(1)["age"] == 1
    assert forsta.one(201) == {"respid": 201, "email": "test1@example.com", "city": "york", "age": 2}


def test_ten_thousand_rows_are_merged_in_one_call(forsta: Forsta) -> None:
    data = [{"email": f"many{i}@example.com", "city": "oslo"} for i in range(5_000)] * 2
    started = time.process_time()
    reply = forsta.write("PATCH", data, CITY, ["email"], ["city"])

    assert (reply.json()["insertedRecords"], reply.json()["updatedRecords"]) == (5_000, 5_000)
    assert time.process_time() - started < 5
