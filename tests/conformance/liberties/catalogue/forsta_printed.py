"""Replies of Forsta as its source prints them, slips included."""

from __future__ import annotations

from typing import Any

from defects.messages import Json

from liberties.liberty import Liberty, Printed, printing

UTF8 = "application/json; charset=utf-8"
DATA = "https://host.example/v1/surveys/p1231234/respondents/data"


def _row(number: int, field: str, message: str, value: str) -> Json:
    return {
        "rowNumber": number,
        "messages": [{"fields": [field], "message": message, "value": value, "severity": "Error"}],
    }


def _reported(*rows: Json, level: str = "respondent") -> Json:
    return {"level": level, "rowResults": list(rows)}


def show_all(into: list[Liberty | Printed]) -> None:
    """Enter every reply that is printed."""
    show = printing("forsta", into)

    def printed(name: str, place: str, operation: str, reply: Json, **more: Any) -> None:
        show(name, place, operation, reply, media_type=UTF8, **more)

    lost = _reported(_row(2, "email", "KeyValue could not be found.", "test2@example.com"))
    printed(
        "printed-page",
        "Read Respondents, first reply sample",
        "list_respondents",
        {
            "itemCount": 2,
            "totalCount": 200,
            "items": [
                {"respid": 1, "email": "test1@example.com", "gender": "female"},
                {"respid": 2, "email": "test2@example.com", "gender": "male"},
            ],
            "links": {
                "next": f"{DATA}?variables=email,gender&pageSize=2&page=2",
                "item": f"{DATA}/{{respId}}",
            },
        },
    )
    printed(
        "printed-record",
        "Read a single Respondent, reply sample",
        "read_respondent",
        {"respid": 1, "email": "test1@example.com", "gender": "female"},
    )
    printed(
        "printed-insertion",
        "Add Respondents, first reply sample",
        "add_respondents",
        {"insertedRecords": 2, "insertedIds": [23, 24]},
    )
    printed(
        "printed-clash",
        "Add Respondents, second reply sample: one record, two ids, level response",
        "add_respondents",
        {
            "insertedRecords": 1,
            "insertedIds": [23, 24],
            "validationMessages": _reported(
                _row(1, "email", "KeyValue already exists.", "test1@example.com"), level="response"
            ),
        },
    )
    printed(
        "printed-refusal",
        "Adding invalid data, reply sample",
        "add_respondents",
        {
            "message": "Change survey data operation is aborted. No data was changed.",
            "validationMessages": _reported(
                _row(1, "age", "Invalid Numeric.", "abc"), _row(2, "date_of_birth", "Invalid DateTime.", "abc")
            ),
        },
        status=400,
    )
    printed("printed-update", "Update Respondents, reply sample", "update_respondents", {"updatedRecords": 2})
    printed(
        "printed-lost-update",
        "Updating with invalid keys, reply sample",
        "update_respondents",
        {"updatedRecords": 1, "validationMessages": lost},
    )
    printed(
        "printed-merge",
        "Merge Respondents, reply sample: one record, two ids",
        "merge_respondents",
        {"insertedRecords": 1, "insertedIds": [23, 24], "updatedRecords": 1},
    )
    printed("printed-deletion", "Delete Respondents, first reply sample", "delete_respondents", {"deletedRecords": 2})
    printed(
        "printed-lost-deletion",
        "Delete Respondents, second reply sample",
        "delete_respondents",
        {"deletedRecords": 1, "validationMessages": lost},
    )
    printed(
        "printed-shared-key",
        "Using a non-unique key, reply sample, which has no message of its own",
        "delete_respondents",
        {
            "deletedRecords": 0,
            "validationMessages": _reported(_row(1, "email", "KeyValue is not unique.", "test1@example.com")),
        },
        status=400,
    )
    printed(
        "printed-columns",
        "Adding User-variables, the three schema samples",
        "list_variables",
        [
            {"name": "respid", "variableType": "numeric", "isSystemVariable": "true"},
            {"name": "email", "variableType": "text", "length": 512, "isBackground": "true"},
            {"name": "income", "variableType": "numeric", "isUserVariable": "true"},
        ],
    )
