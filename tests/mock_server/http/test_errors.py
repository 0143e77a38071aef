"""Refusals: their statuses, and how they look in a contract's one shape."""

import json
from typing import Any

import pytest

from understudy.mock_server.http import errors
from understudy.mock_server.http.errors import (
    ApiError,
    BadRequestError,
    ConflictError,
    ErrorRenderer,
    FieldError,
    UnauthenticatedError,
    field_error,
)
from understudy.specs import ErrorShape

SHAPE = ErrorShape(
    media_type="application/json",
    body={"error": {"type": "{type}", "message": "{message}", "param": "{name?}", "errors": "{faults?}"}},
    fault={"param": "{name}", "message": "{message}", "at": "{pointer?}"},
    reasons={400: {"type": "invalid_request"}, 401: {"type": "who", "missing_credential": {"type": "nobody"}}},
)


def shown(status: int, refusal: ApiError, shape: ErrorShape = SHAPE) -> Any:
    return json.loads(ErrorRenderer(shape).body(status, refusal))


def test_every_refusal_has_a_status_of_its_own() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ApiError)]
    statuses = sorted(kind.status for kind in kinds if kind is not ApiError)

    assert statuses == sorted(set(statuses)) == [400, 401, 403, 404, 405, 406, 409, 413, 415, 503, 507]


def test_a_refusal_without_faults_has_none_in_its_body() -> None:
    assert shown(400, BadRequestError("No.")) == {"error": {"type": "invalid_request", "message": "No."}}


def test_every_fault_is_listed_and_the_first_is_named() -> None:
    refusal = BadRequestError(field_errors=[FieldError("a", "is required", "/a"), FieldError("b", "is odd")])

    assert shown(400, refusal) == {
        "error": {
            "type": "invalid_request",
            "message": "a: is required; b: is odd",
            "param": "a",
            "errors": [{"param": "a", "message": "is required", "at": "/a"}, {"param": "b", "message": "is odd"}],
        }
    }


def test_a_refusal_without_words_says_what_its_status_means() -> None:
    assert shown(409, ConflictError())["error"]["message"] == "Conflict"


def test_a_shape_that_always_lists_lists_the_message_alone() -> None:
    shape = ErrorShape("application/json", {"errors": "{faults}"}, {"detail": "{message}", "at": "{pointer?}"}, {})

    assert shown(404, ApiError("Gone."), shape) == {"errors": [{"detail": "Gone."}]}


@pytest.mark.parametrize(("name", "sentence"), [("a", "a is odd"), ("", "The body is odd.")])
def test_a_sentence_names_the_member_or_the_body(name: str, sentence: str) -> None:
    shape = ErrorShape("application/json", {"errors": "{faults}"}, {"detail": "{sentence}"}, {})

    assert shown(400, BadRequestError(field_errors=[FieldError(name, "is odd")]), shape) == {
        "errors": [{"detail": sentence}]
    }


def test_detail_is_an_object_of_fields_where_there_are_any_else_the_message() -> None:
    shape = ErrorShape("application/json", {"detail": "{detail}", "fields": "{fields?}"}, {}, {})
    refusal = BadRequestError(field_errors=[FieldError("a", "x"), FieldError("a", "y"), FieldError("b", "z")])

    assert shown(400, refusal, shape)["detail"] == {"a": ["x", "y"], "b": ["z"]}
    assert shown(400, BadRequestError("No."), shape) == {"detail": "No."}


def test_a_refusal_may_change_its_reason_and_add_members() -> None:
    refusal = BadRequestError("No.", reason={"type": "special"}, extra={"trace": 7})

    assert shown(400, refusal) == {"error": {"type": "special", "message": "No."}, "trace": 7}


def test_a_reason_may_have_a_variant_under_a_name_that_the_refusal_carries() -> None:
    assert shown(401, UnauthenticatedError("Who?", reason={"missing_credential": True}))["error"]["type"] == "nobody"
    assert shown(401, UnauthenticatedError("Who?"))["error"]["type"] == "who"


@pytest.mark.parametrize(("name", "pointer"), [("a", "/a"), ("a.0.b", "/a/0/b")])
def test_a_fault_by_name_points_at_the_member(name: str, pointer: str) -> None:
    refusal = field_error(name, "is odd", ConflictError)

    assert (refusal.status, refusal.field_errors) == (409, (FieldError(name, "is odd", pointer),))
