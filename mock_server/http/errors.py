"""The errors that the mock answers with, and how they are written in a contract's shape.

ApiError
 ├─ BadRequestError            400
 ├─ UnauthenticatedError       401
 ├─ ForbiddenError             403
 ├─ NotFoundError              404
 ├─ MethodNotAllowedError      405
 ├─ NotAcceptableError         406
 ├─ ConflictError              409
 ├─ ContentTooLargeError       413
 ├─ UnsupportedMediaTypeError  415
 ├─ InternalServerError        500, in `responses.py`
 ├─ ServiceUnavailableError    503
 └─ InsufficientStorageError   507
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson

from understudy.mock_server.http.template import compile_template
from understudy.specs import ErrorShape

Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class FieldError:
    """One member or parameter of a request that is wrong: its name, the reason, and a JSON pointer to it.

    The name is empty when the body as a whole is wrong. `kind` is one of those that the `kinds` of `x-errors` may name.
    `rule` is the place of the schema's keyword that refused it, empty where no schema did.
    """

    name: str
    message: str
    pointer: str = ""
    kind: str = ""
    rule: str = ""


class ApiError(Exception):
    """A request that the API answers with an error.

    `reason` overrides members of the contract's reason for this status; `extra` is merged into the body.
    """

    status = 400

    def __init__(
        self,
        message: str = "",
        *,
        field_errors: Iterable[FieldError] = (),
        headers: Iterable[Header] = (),
        reason: Mapping[str, Any] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        found = tuple(field_errors)
        self.field_errors = tuple(field for field in found if field.name)
        self.message = message or "; ".join(map(_sentence, found))
        self.headers = tuple(headers)
        self.reason = dict(reason or {})
        self.extra = dict(extra or {})
        super().__init__(self.message)


class BadRequestError(ApiError):
    """The request is not valid."""


class UnauthenticatedError(ApiError):
    """The request has no credential, or one that is not valid."""

    status = 401


class ForbiddenError(ApiError):
    """The caller is known but is not allowed to do this."""

    status = 403


class NotFoundError(ApiError):
    """There is nothing at this address that the caller may see."""

    status = 404


class MethodNotAllowedError(ApiError):
    """The path exists, but not with this method."""

    status = 405


class NotAcceptableError(ApiError):
    """The operation offers none of the media types that the client accepts."""

    status = 406


class ConflictError(ApiError):
    """The request conflicts with the current state."""

    status = 409


class ContentTooLargeError(ApiError):
    """The body is longer than the server accepts."""

    status = 413


class UnsupportedMediaTypeError(ApiError):
    """The operation does not accept a body of this media type."""

    status = 415


class ServiceUnavailableError(ApiError):
    """The store cannot be used at the moment."""

    status = 503


class InsufficientStorageError(ApiError):
    """The store has no room for the data."""

    status = 507


def field_error(name: str, message: str, cls: type[ApiError] = BadRequestError) -> ApiError:
    """The error for one member of the request body; `name` is its path with dots."""
    return cls(field_errors=[FieldError(name, message, "/" + name.replace(".", "/"))])


class ErrorRenderer:
    """Writes errors in the shape that one contract declares."""

    def __init__(self, shape: ErrorShape) -> None:
        self._body = compile_template(shape.body)
        self._always_lists = "{faults}" in str(shape.body)
        self._fault = compile_template(shape.fault)
        self._reasons = shape.reasons
        self._kinds = shape.kinds
        self.media_type = shape.media_type.encode()

    def body(self, status: int, error: ApiError) -> bytes:
        """The JSON body of an error that is answered with this status."""
        values = self._values(status, error)
        # Where in the request something is wrong, if no member is named, is part of the reason.
        place = values.pop("_place")
        values["faults"] = [
            self._fault({**values, **self._kinds.get(f.kind, {}), **_field_values(f, place)})
            for f in error.field_errors
        ] or None
        if values["faults"] is None and self._always_lists:
            values["faults"] = [self._fault({**values, "name": None, "pointer": place, "sentence": values["message"]})]
        body = self._body(values)
        if isinstance(body, str):
            return html.escape(body).encode()
        return orjson.dumps({**body, **error.extra} if error.extra else body)

    def _values(self, status: int, error: ApiError) -> dict[str, Any]:
        """The values of the names that the templates of `x-errors` may use."""
        phrase = phrase_of(status)
        # A server error for which the contract has no reason gets the reason of 500.
        reason = self._reasons.get(status) or (self._reasons.get(500, {}) if status > 500 else {})
        for flag in error.reason:
            # If a member of the reason is an object and the error has a flag of its name, it overrides the others.
            if isinstance(reason.get(flag), Mapping):
                reason = {**reason, **reason[flag]}
        first = error.field_errors[0] if error.field_errors else None
        fields: dict[str, list[str]] = {}
        for field in error.field_errors:
            fields.setdefault(field.name, []).append(field.message)
        message = error.message or phrase
        return {
            "title": phrase,
            **reason,
            **error.reason,
            "_place": error.reason.get("pointer", reason.get("pointer")),
            "status": status,
            "status_text": str(status),
            "word": phrase.lower().replace(" ", "_").replace("-", "_"),
            "message": message,
            "messages": [_sentence(field) for field in error.field_errors] or [message],
            "name": first and first.name,
            "pointer": first and first.pointer,
            "fields": fields or None,
            "detail": fields or message,
        }


def _sentence(field: FieldError) -> str:
    return f"{field.name}: {field.message}" if field.name else f"The body {field.message}."


def phrase_of(status: int) -> str:
    """The reason phrase of a status; for an unassigned status, that of its class (RFC 9110, section 15)."""
    known = status in HTTPStatus.__members__.values()
    return HTTPStatus(status if known else status // 100 * 100).phrase


def _field_values(field: FieldError, place: Any) -> dict[str, Any]:
    sentence = f"{field.name} {field.message}"
    return {"name": field.name, "message": field.message, "pointer": field.pointer or place, "sentence": sentence}
