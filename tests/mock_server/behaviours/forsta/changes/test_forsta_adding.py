"""POST: inserting respondents."""

from __future__ import annotations

import time

import pytest
from forsta_client import CITY, FOLLOW_UP, Forsta, messages

EXISTS = "KeyValue already exists."
MISSING = "KeyValue is missing."


@pytest.mark.clauses("FO-067", "FO-068", "FO-069", "FO-070", "FO-072", "FO-073", "FO-097")
def test_each_record_becomes_a_respondent_under_the_returned_id(forsta: Forsta) -> None:
    reply = forsta.write(
        "POST", [{"gender": "male", "city": "oslo"}, {"gender": "female", "country": "norway"}], FOLLOW_UP
    )

    assert reply.status_code == 200
    assert reply.json() == {"insertedRecords": 2, "insertedIds": [23, 24]}
    assert forsta.one(23, FOLLOW_UP) == {"respid": 23, "gender": "male", "city": "oslo"}
    assert forsta.one(24, FOLLOW_UP) == {"respid": 24, "gender": "female", "country": "norway"}


@pytest.mark.clauses("FO-074", "FO-075", "FO-076")
def test_without_a_schema_each_record_gives_what_it_has_and_unknown_names_are_skipped(forsta: Forsta) -> None:
    data = [{"city": "oslo"}, {"age": 7, "shoe_size": {"eu": 43}}, {}]
    first, second, third = forsta.write("POST", data).json()["insertedIds"]

    assert forsta.one(first) == {"respid": first, "city": "oslo"}
    assert forsta.one(second) == {"respid": second, "age": 7}
    assert forsta.one(third) == {"respid": third}


@pytest.mark.clauses("FO-077", "FO-078", "FO-079", "FO-081", "FO-089", "FO-090", "FO-096")
def test_a_record_whose_key_exists_is_left_out_and_reported(forsta: Forsta) -> None:
    reply = forsta.write(
        "POST",
        [
            {"email": "test1@example.com", "gender": "male", "city": "oslo"},
            {"email": "test2@example.com", "gender": "female", "country": "norway"},
        ],
        keys=["email"],
        variables=["gender", "city", "country"],
    )

    assert reply.status_code == 200
    assert reply.json() == {
        "insertedRecords": 1,
        "insertedIds": [201],
        "validationMessages": {
            "level": "response",
            "rowResults": [
                {
                    "rowNumber": 1,
                    "messages": [
                        {"fields": ["email"], "message": EXISTS, "value": "test1@example.com", "severity": "Error"}
                    ],
                }
            ],
        },
    }
    assert forsta.one(201) == {"respid": 201, "email": "test2@example.com", "gender": "female", "country": "norway"}


@pytest.mark.clauses("FO-080")
def test_the_respondent_that_is_there_stays_as_it_was(forsta: Forsta) -> None:
    before = forsta.one(1)
    forsta.write("POST", [{"email": "test1@example.com", "city": "elsewhere"}], keys=["email"], variables=["city"])

    assert forsta.one(1) == before


@pytest.mark.clauses("FO-078")
def test_a_key_that_several_respondents_share_exists_too(forsta: Forsta) -> None:
    reply = forsta.write("POST", [{"email": "household@example.com"}], keys=["email"], variables=["city"])

    assert messages(reply) == {1: [EXISTS]}


@pytest.mark.clauses("FO-082")
def test_the_same_key_twice_in_one_call_inserts_once(forsta: Forsta) -> None:
    data = [{"email": "a@example.com", "city": "one"}, {"email": "a@example.com", "city": "two"}]
    reply = forsta.write("POST", data, keys=["email"], variables=["city"])

    assert reply.json()["insertedRecords"] == 1
    assert messages(reply) == {2: [EXISTS]}
    assert forsta.items(filterExpression="respondent:email='a@example.com'")[0]["city"] == "one"


@pytest.mark.clauses("FO-083")
def test_without_keys_nothing_counts_as_a_duplicate(forsta: Forsta) -> None:
    reply = forsta.write("POST", [{"email": "test1@example.com"}] * 2)

    assert reply.json()["insertedRecords"] == 2
    assert len(forsta.items(filterExpression="respondent:email='test1@example.com'")) == 3


@pytest.mark.clauses("FO-084")
def test_datapoints_that_the_schema_does_not_name_are_ignored(forsta: Forsta) -> None:
    data = [{"email": "a@example.com", "city": "oslo", "age": "not looked at"}]
    (respid,) = forsta.write("POST", data, keys=["email"], variables=["city"]).json()["insertedIds"]

    assert forsta.one(respid) == {"respid": respid, "email": "a@example.com", "city": "oslo"}


def test_a_schema_with_keys_alone_takes_the_records_own_datapoints(forsta: Forsta) -> None:
    (respid,) = forsta.write("POST", [{"email": "a@example.com", "age": 3}], keys=["email"]).json()["insertedIds"]

    assert forsta.one(respid) == {"respid": respid, "email": "a@example.com", "age": 3}


@pytest.mark.clauses("FO-010")
@pytest.mark.parametrize("key", [None, "", "left out"])
def test_a_record_without_its_key_is_reported_and_left_out(forsta: Forsta, key: str | None) -> None:
    record = {"city": "oslo"} if key == "left out" else {"email": key, "city": "oslo"}
    reply = forsta.write("POST", [record, {"email": "b@example.com"}], keys=["email"], variables=["city"])

    assert reply.status_code == 200
    assert reply.json()["insertedRecords"] == 1
    assert messages(reply) == {1: [MISSING]}


@pytest.mark.clauses("FO-071")
def test_a_respid_is_never_given_twice_even_after_the_highest_was_deleted(forsta: Forsta) -> None:
    first = forsta.write("POST", [{}, {}]).json()["insertedIds"]
    forsta.write("DELETE", [{"respid": respid} for respid in (200, *first)], keys=["respid"])
    second = forsta.write("POST", [{}]).json()["insertedIds"]

    assert first == [201, 202]
    assert second == [203]


@pytest.mark.clauses("FO-071")
def test_the_highest_seeded_respid_is_not_given_again_after_its_deletion(forsta: Forsta) -> None:
    forsta.write("DELETE", [{"respid": 22}], FOLLOW_UP, keys=["respid"])

    assert forsta.write("POST", [{}], FOLLOW_UP).json()["insertedIds"] == [23]


@pytest.mark.clauses("FO-101")
def test_a_respid_sent_along_is_ignored(forsta: Forsta) -> None:
    reply = forsta.write("POST", [{"respid": 1, "city": "oslo"}, {"respid": "abc"}, {"respid": 9999}])

    assert reply.json()["insertedIds"] == [201, 202, 203]


@pytest.mark.clauses("FO-172")
def test_with_respid_as_key_a_known_one_exists_and_an_unknown_one_gets_a_fresh_id(forsta: Forsta) -> None:
    reply = forsta.write("POST", [{"respid": 1}, {"respid": 9999, "city": "oslo"}], keys=["respid"], variables=["city"])

    assert messages(reply) == {1: [EXISTS]}
    assert reply.json()["insertedIds"] == [201]


@pytest.mark.clauses("FO-013")
def test_what_was_read_can_be_written_as_it_is(forsta: Forsta) -> None:
    records = forsta.items(pageSize=50)
    ids = forsta.write("POST", records).json()["insertedIds"]

    copies = [{**forsta.one(respid), "respid": record["respid"]} for respid, record in zip(ids, records, strict=True)]
    # The status belongs to the response, which is not written here.
    assert copies == [{name: value for name, value in record.items() if name != "status"} for record in records]


@pytest.mark.clauses("FO-013")
def test_values_of_the_response_level_are_read_and_not_written(forsta: Forsta) -> None:
    (respid,) = forsta.write("POST", [forsta.one(1, FOLLOW_UP)], FOLLOW_UP).json()["insertedIds"]

    assert "status" in forsta.one(1, FOLLOW_UP)
    assert "status" not in forsta.one(respid, FOLLOW_UP)


@pytest.mark.clauses("FO-016")
def test_empty_data_changes_nothing(forsta: Forsta) -> None:
    assert forsta.write("POST", []).json() == {"insertedRecords": 0, "insertedIds": []}


@pytest.mark.clauses("FO-173")
@pytest.mark.parametrize("schema", [{"keys": ["nothing"]}, {"keys": ["email"], "variables": ["nothing"]}])
def test_a_schema_with_an_unknown_variable_is_refused(forsta: Forsta, schema: dict[str, list[str]]) -> None:
    reply = forsta.write("POST", [{"email": "x@example.com"}], CITY, **schema)

    assert reply.status_code == 400
    assert "'nothing'" in reply.json()["message"]
    assert forsta.read(pageSize=1).json()["totalCount"] == 200


def test_a_new_respondent_comes_last_and_counts(forsta: Forsta) -> None:
    (respid,) = forsta.write("POST", [{"city": "oslo"}]).json()["insertedIds"]

    page = forsta.read(pageSize=100, page=3).json()
    assert (page["totalCount"], page["items"]) == (201, [{"respid": respid, "city": "oslo"}])
    assert forsta.lines()[-1]["respid"] == respid


def test_ten_thousand_records_are_taken_in_one_call(forsta: Forsta) -> None:
    data = [{"email": f"many{i}@example.com", "age": i % 90} for i in range(10_000)]
    started = time.process_time()
    reply = forsta.write("POST", data, keys=["email"], variables=["age"])

    assert reply.json()["insertedIds"] == list(range(201, 10_201))
    assert time.process_time() - started < 5
