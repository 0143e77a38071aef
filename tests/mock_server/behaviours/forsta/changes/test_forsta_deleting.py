"""DELETE: deleting respondents found by key."""

from __future__ import annotations

from typing import Any

import pytest
from forsta_client import CITY, HOUSEHOLDS, Forsta, messages

NOT_FOUND = "KeyValue could not be found."
NOT_UNIQUE = "KeyValue is not unique."


@pytest.mark.clauses("FO-130", "FO-133", "FO-134", "FO-135", "FO-097", "FO-187")
def test_respondents_are_deleted_by_respid(forsta: Forsta) -> None:
    reply = forsta.write("DELETE", [{"respid": 12}, {"respid": 23}], keys=["respid"])

    assert reply.status_code == 200
    assert reply.json() == {"deletedRecords": 2}
    assert forsta.call("GET", "data/12").status_code == 404
    assert forsta.read(pageSize=1).json()["totalCount"] == 198
    assert not {12, 23} & {record["respid"] for record in forsta.lines()}


@pytest.mark.clauses("FO-136", "FO-137", "FO-089", "FO-183", "FO-184")
def test_keys_that_are_not_found_are_reported_and_the_others_deleted(forsta: Forsta) -> None:
    reply = forsta.write("DELETE", [{"email": "test1@example.com"}, {"email": "test2@example.com"}], keys=["email"])

    assert reply.status_code == 200
    assert reply.json() == {
        "deletedRecords": 1,
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
    assert forsta.call("GET", "data/1").status_code == 404


@pytest.mark.clauses("FO-138", "FO-139", "FO-140", "FO-188")
def test_a_key_of_several_respondents_refuses_the_call_and_deletes_nothing(forsta: Forsta) -> None:
    data = [{"email": "test1@example.com"}, {"email": "test2@example.com"}]
    reply = forsta.write("DELETE", data, HOUSEHOLDS, ["email"])

    assert reply.status_code == 400
    assert reply.json()["deletedRecords"] == 0
    assert reply.json()["message"]
    assert reply.json()["validationMessages"]["rowResults"] == [
        {
            "rowNumber": 1,
            "messages": [
                {"fields": ["email"], "message": NOT_UNIQUE, "value": "test1@example.com", "severity": "Error"}
            ],
        }
    ]
    assert len(forsta.items(HOUSEHOLDS)) == 3


@pytest.mark.clauses("FO-141")
def test_an_unknown_and_a_shared_key_together_are_refused_and_both_reported(forsta: Forsta) -> None:
    data = [{"email": "nobody@example.com"}, {"email": "test1@example.com"}, {"email": "household@example.com"}]
    reply = forsta.write("DELETE", data, keys=["email"])

    assert reply.status_code == 400
    assert messages(reply) == {1: [NOT_FOUND], 3: [NOT_UNIQUE]}
    assert forsta.read(pageSize=1).json()["totalCount"] == 200


@pytest.mark.clauses("FO-143", "FO-176")
def test_the_same_respondent_twice_counts_once(forsta: Forsta) -> None:
    reply = forsta.write("DELETE", [{"respid": 5}, {"respid": 5}], keys=["respid"])

    assert reply.json()["deletedRecords"] == 1
    assert messages(reply) == {2: [NOT_FOUND]}


@pytest.mark.clauses("FO-143")
def test_a_second_deletion_finds_nobody(forsta: Forsta) -> None:
    forsta.write("DELETE", [{"respid": 5}], keys=["respid"])

    assert messages(forsta.write("DELETE", [{"respid": 5}], keys=["respid"])) == {1: [NOT_FOUND]}


@pytest.mark.clauses("FO-131", "FO-132")
@pytest.mark.parametrize(
    "body",
    [
        None,
        {"data": [{"respid": 1}]},
        {"data": [{"respid": 1}], "dataSchema": {}},
        {"data": [{"respid": 1}], "dataSchema": {"keys": []}},
        {"data": [{"respid": 1}], "dataSchema": {"variables": ["respid"]}},
        {"dataSchema": {"keys": ["respid"]}},
    ],
)
def test_without_keys_or_data_nothing_is_deleted(forsta: Forsta, body: Any) -> None:
    reply = forsta.call("DELETE", "data", json=body) if body else forsta.call("DELETE", "data")

    assert reply.status_code == 400
    assert reply.json()["message"]
    assert forsta.read(pageSize=1).json()["totalCount"] == 200


@pytest.mark.parametrize("record", [{}, {"email": ""}, {"email": None}])
def test_a_record_without_its_key_deletes_nobody(forsta: Forsta, record: dict[str, Any]) -> None:
    forsta.write("POST", [{"city": "somebody without an email"}])
    reply = forsta.write("DELETE", [record], keys=["email"])

    assert reply.json()["deletedRecords"] == 0
    assert messages(reply) == {1: ["KeyValue is missing."]}
    assert forsta.read(pageSize=1).json()["totalCount"] == 201


@pytest.mark.clauses("FO-016")
def test_no_data_deletes_nobody(forsta: Forsta) -> None:
    assert forsta.write("DELETE", [], keys=["respid"]).json() == {"deletedRecords": 0}


def test_of_several_keys_all_have_to_match(forsta: Forsta) -> None:
    data = [{"email": "household@example.com", "gender": "male"}]
    reply = forsta.write("DELETE", data, CITY, ["email", "gender"])

    assert reply.json() == {"deletedRecords": 1}
    assert [record["respid"] for record in forsta.items(filterExpression="IN(respondent:respid, 3, 4)")] == [3]


def test_everybody_can_be_deleted_and_reading_goes_on(forsta: Forsta) -> None:
    data = [{"respid": record["respid"]} for record in forsta.items()]

    assert forsta.write("DELETE", data, keys=["respid"]).json() == {"deletedRecords": 200}
    page = forsta.read().json()
    assert page["totalCount"] == 0
    assert page["items"] == []
    assert "next" not in page["links"]
    assert forsta.lines() == []
