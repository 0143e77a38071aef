"""Invalid datapoints: everything is refused, every invalid row is reported, nothing changes."""

from __future__ import annotations

from typing import Any

import pytest
from forsta_client import CITY, FOLLOW_UP, Forsta, messages

ABORTED = "Change survey data operation is aborted. No data was changed."

#: How each writing call names its keys and variables.
CALLS: list[tuple[str, dict[str, list[str]]]] = [
    ("POST", {}),
    ("PUT", {"keys": ["email"], "variables": ["age", "date_of_birth", "city"]}),
    ("PATCH", {"keys": ["email"], "variables": ["age", "date_of_birth", "city"]}),
]
EACH = pytest.mark.parametrize(("method", "schema"), CALLS, ids=[method for method, _ in CALLS])


@EACH
@pytest.mark.clauses(
    "FO-085",
    "FO-087",
    "FO-088",
    "FO-089",
    "FO-090",
    "FO-091",
    "FO-092",
    "FO-093",
    "FO-095",
    "FO-113",
    "FO-126",
    "FO-184",
    "FO-185",
)
def test_one_invalid_datapoint_refuses_the_call_and_all_invalid_rows_are_reported(
    forsta: Forsta, method: str, schema: dict[str, list[str]]
) -> None:
    data = [
        {"email": "test1@example.com", "city": "oslo", "age": "abc"},
        {"email": "a@example.com", "city": "bergen", "age": 5},
        {"email": "b@example.com", "date_of_birth": "abc"},
    ]
    reply = forsta.write(method, data, **schema)

    assert reply.status_code == 400
    assert reply.json() == {
        "message": ABORTED,
        "validationMessages": {
            "level": "respondent",
            "rowResults": [
                {
                    "rowNumber": 1,
                    "messages": [
                        {"fields": ["age"], "message": "Invalid Numeric.", "value": "abc", "severity": "Error"}
                    ],
                },
                {
                    "rowNumber": 3,
                    "messages": [
                        {
                            "fields": ["date_of_birth"],
                            "message": "Invalid DateTime.",
                            "value": "abc",
                            "severity": "Error",
                        }
                    ],
                },
            ],
        },
    }


@EACH
@pytest.mark.clauses("FO-086", "FO-113", "FO-126")
def test_after_a_refusal_nothing_has_changed(forsta: Forsta, method: str, schema: dict[str, list[str]]) -> None:
    before = forsta.items()
    data = [{"email": "test1@example.com", "city": "changed"}, {"email": "new@example.com", "age": "abc"}]

    assert forsta.write(method, data, **schema).status_code == 400
    assert forsta.items() == before
    assert forsta.write("POST", [{}]).json()["insertedIds"] == [201]


@pytest.mark.clauses("FO-094")
def test_several_faults_of_a_record_come_in_one_row(forsta: Forsta) -> None:
    reply = forsta.write("POST", [{"age": "abc", "date_of_birth": "abc", "city": "oslo"}])

    assert messages(reply) == {1: ["Invalid Numeric.", "Invalid DateTime."]}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("age", "abc", "Invalid Numeric."),
        ("age", "12x", "Invalid Numeric."),
        ("age", " 12", "Invalid Numeric."),
        ("age", "1e3", "Invalid Numeric."),
        ("age", "NaN", "Invalid Numeric."),
        ("age", "٣", "Invalid Numeric."),
        ("age", True, "Invalid Numeric."),
        ("age", [], "Invalid Numeric."),
        ("age", "0.12345678901234567890123", "Invalid Numeric."),
        ("date_of_birth", "abc", "Invalid DateTime."),
        ("date_of_birth", "1990-02-30", "Invalid DateTime."),
        ("date_of_birth", "19900101", "Invalid DateTime."),
        ("date_of_birth", "1990-01-01T25:00:00", "Invalid DateTime."),
        ("date_of_birth", 19900101, "Invalid DateTime."),
        ("date_of_birth", {"year": 1990}, "Invalid DateTime."),
        ("city", {"name": "oslo"}, "Invalid Text."),
        ("city", ["oslo"], "Invalid Text."),
        ("city", True, "Invalid Text."),
        ("city", "os\u0000lo", "Invalid Text."),
        ("city", "x" * 256, "Text is too long."),
        ("email", "x" * 513, "Text is too long."),
    ],
)
@pytest.mark.clauses("FO-091", "FO-092", "FO-098")
def test_a_value_that_its_type_does_not_take_is_invalid(forsta: Forsta, name: str, value: Any, message: str) -> None:
    reply = forsta.write("POST", [{name: value}])

    assert reply.status_code == 400
    assert messages(reply) == {1: [message]}


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("age", 41, 41),
        ("age", 41.5, 41.5),
        ("age", 41.0, 41),
        ("age", "41", 41),
        ("age", "+41", 41),
        ("age", "-0.5", -0.5),
        ("date_of_birth", "1990-01-01", "1990-01-01"),
        ("date_of_birth", "1990-01-01T10:30:00", "1990-01-01T10:30:00"),
        ("date_of_birth", "1990-01-01T10:30:00+02:00", "1990-01-01T10:30:00+02:00"),
        ("city", "Tromsø 🙂", "Tromsø 🙂"),
        ("city", " ", " "),
        ("city", 5, "5"),
        ("city", "x" * 255, "x" * 255),
        ("email", "x" * 512, "x" * 512),
    ],
)
@pytest.mark.clauses("FO-012", "FO-098", "FO-100")
def test_a_value_that_its_type_takes_reads_back_in_that_type(
    forsta: Forsta, name: str, value: Any, stored: Any
) -> None:
    (respid,) = forsta.write("POST", [{name: value}]).json()["insertedIds"]

    found = forsta.one(respid)[name]
    assert (found, type(found)) == (stored, type(stored))


@pytest.mark.clauses("FO-099", "FO-150", "FO-179")
@pytest.mark.parametrize(
    ("value", "stored"),
    [(0, 0), (1, 1), ("0", 0), ("1", 1), (1.0, 1), (2, None), (-1, None), ("yes", None), (True, None)],
)
def test_a_boolean_variable_takes_only_0_and_1(forsta: Forsta, value: Any, stored: int | None) -> None:
    reply = forsta.write("POST", [{"consented": value}], FOLLOW_UP)

    if stored is None:
        assert (reply.status_code, messages(reply)) == (400, {1: ["Invalid Boolean."]})
    else:
        found = forsta.one(reply.json()["insertedIds"][0], FOLLOW_UP)["consented"]
        assert (found, type(found)) == (stored, int)


@pytest.mark.clauses("FO-010", "FO-008")
@pytest.mark.parametrize("blank", [None, ""])
def test_a_blank_of_any_type_vanishes(forsta: Forsta, blank: str | None) -> None:
    record = {"age": blank, "date_of_birth": blank, "city": blank, "gender": "x"}
    (respid,) = forsta.write("POST", [record]).json()["insertedIds"]

    assert forsta.one(respid) == {"respid": respid, "gender": "x"}


@pytest.mark.clauses("FO-142")
@pytest.mark.parametrize("value", ["abc", True, [1], "1.2.3"])
def test_an_invalid_key_value_refuses_a_deletion(forsta: Forsta, value: Any) -> None:
    reply = forsta.write("DELETE", [{"respid": 1}, {"respid": value}], keys=["respid"])

    assert reply.status_code == 400
    assert reply.json()["deletedRecords"] == 0
    assert reply.json()["message"] == ABORTED
    assert messages(reply) == {2: ["Invalid Numeric."]}
    assert forsta.one(1)


#: Bodies that are not bulk calls at all.
RUBBISH: list[bytes] = [
    b"",
    b"{",
    b"nonsense",
    b"\xff\xfe\x00",
    b'{"data": "\xff"}',
    b'{"data": [{"city": "\\ud800"}], "dataSchema": {"keys": ["email"], "variables": ["city"]}}',
    b"null",
    b"[]",
    b"1",
    b'"data"',
    b"{}",
    b'{"data": null}',
    b'{"data": {}}',
    b'{"data": "x"}',
    b'{"data": [1]}',
    b'{"data": [null]}',
    b'{"data": [[]]}',
    b'{"data": [{}, "x"]}',
    b'{"data": [], "dataSchema": 5}',
    b'{"data": [], "dataSchema": null}',
    b'{"data": [], "dataSchema": {"keys": "email", "variables": ["city"]}}',
    b'{"data": [], "dataSchema": {"keys": [1], "variables": ["city"]}}',
    b'{"data": [], "dataSchema": {"keys": [""], "variables": ["city"]}}',
    b'{"data": [], "dataSchema": {"keys": ["email"], "variables": [null]}}',
    b'{"data": [{"age": NaN}], "dataSchema": {"keys": ["email"], "variables": ["age"]}}',
    b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b'{"a":' * 3000 + b"1" + b"}" * 3000,
]


@pytest.mark.clauses("FO-015", "FO-003", "FO-132")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("body", RUBBISH, ids=range(len(RUBBISH)))
def test_a_body_that_is_not_a_bulk_call_is_refused_and_changes_nothing(
    forsta: Forsta, method: str, body: bytes
) -> None:
    reply = forsta.call(method, "data", content=body, headers={"Content-Type": "application/json"})

    assert reply.status_code == 400
    assert reply.json()["message"]
    assert forsta.read(pageSize=1).json()["totalCount"] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize("depth", [100, 400])
def test_a_datapoint_deep_as_a_well_is_refused_and_no_more(forsta: Forsta, method: str, depth: int) -> None:
    deep: Any = "x"
    for _ in range(depth):
        deep = [deep]
    reply = forsta.write(method, [{"email": "a@example.com", "city": deep}], CITY, ["email"], ["city"])

    assert reply.status_code == 400
    assert reply.json()["message"]
    assert forsta.read(pageSize=1).json()["totalCount"] == 200


@pytest.mark.clauses("FO-086")
def test_a_refused_call_of_ten_thousand_rows_writes_none_of_them(forsta: Forsta) -> None:
    data: list[dict[str, Any]] = [{"email": f"many{i}@example.com", "age": i} for i in range(9_999)]
    reply = forsta.write("POST", [*data, {"age": "abc"}])

    assert messages(reply) == {10_000: ["Invalid Numeric."]}
    assert forsta.read(pageSize=1).json()["totalCount"] == 200
