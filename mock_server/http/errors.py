"""What the mock refuses, and how a refusal looks on the wire.

Refusal
 ├─ BadRequestError            400
 ├─ UnauthenticatedError       401
 ├─ Forbidden             403
 ├─ NotFoundError              404
 ├─ MethodNotAllowedError      405
 ├─ NotAcceptableError         406
 ├─ Conflict              409
 ├─ ContentTooLargeError              413
 ├─ UnsupportedMediaTypeError  415
 ├─ Unavailable           503
 └─ Full                  507
"""

from __future__ import annotations

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
    """One thing that is wrong with a request: where it stands and why."""

    name: str
    message: str
    pointer: str = ""


class ApiError(Exception):
    """A request that the API turns down.

    `reason` overrides members of the contract's own reason for this status; `extra` is merged into the body.
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
        self.field_errors = tuple(field_errors)
        self.message = message or "; ".join(f"{f.name}: {f.message}" for f in self.field_errors)
        self.headers = tuple(headers)
        self.reason = dict(reason or {})
        self.extra = dict(extra or {})
        super().__init__(self.message)


class BadRequestError(ApiError):
    """The request itself is wrong."""


class UnauthenticatedError(ApiError):
    """No credential, or one that nobody knows."""

    status = 401


class ForbiddenError(ApiError):
    """The caller is known and may not do this."""

    status = 403


class NotFoundError(ApiError):
    """There is nothing here that the caller may see."""

    status = 404


class MethodNotAllowedError(ApiError):
    """The path exists, the method does not."""

    status = 405


class NotAcceptableError(ApiError):
    """None of the media types that the client accepts is offered."""

    status = 406


class ConflictError(ApiError):
    """The request does not fit the present state."""

    status = 409


class ContentTooLargeError(ApiError):
    """The body is longer than this server reads."""

    status = 413


class UnsupportedMediaTypeError(ApiError):
    """The body is of a type that the operation does not take."""

    status = 415


class ServiceUnavailableError(ApiError):
    """The store cannot answer at present."""

    status = 503


class InsufficientStorageError(ApiError):
    """The store has no room for what was to be kept."""

    status = 507


def field_error(name: str, message: str, cls: type[ApiError] = BadRequestError) -> ApiError:
    """The refusal of one named member of the request body."""
    return cls(field_errors=[FieldError(name, message, "/" + name.replace(".", "/"))])


class ErrorRenderer:
    """Writes refusals in one contract's shape."""

    def __init__(self, shape: ErrorShape) -> None:
        self._body = compile_template(shape.body)
        self._always_lists = "{faults}" in str(shape.body)
        self._fault = compile_template(shape.fault)
        self._reasons = shape.reasons
        self.media_type = shape.media_type.encode()

    def body(self, status: int, refusal: ApiError) -> bytes:
        """The JSON body for a refusal under a status."""
        told = self._told(status, refusal)
        told["faults"] = [self._fault({**told, **_named(f)}) for f in refusal.field_errors] or None
        if told["faults"] is None and self._always_lists:
            told["faults"] = [self._fault({**told, "name": None, "pointer": None, "sentence": told["message"]})]
        body = self._body(told)
        return orjson.dumps({**body, **refusal.extra} if refusal.extra else body)

    def _told(self, status: int, refusal: ApiError) -> dict[str, Any]:
        phrase = phrase_of(status)
        # A failure of the server's own that the contract does not tell apart is a failure like any other.
        reason = self._reasons.get(status) or (self._reasons.get(500, {}) if status > 500 else {})
        for flag in refusal.reason:
            # A member of the reason that is an object replaces others where the refusal carries its name.
            if isinstance(reason.get(flag), Mapping):
                reason = {**reason, **reason[flag]}
        first = refusal.field_errors[0] if refusal.field_errors else None
        fields: dict[str, list[str]] = {}
        for each in refusal.field_errors:
            fields.setdefault(each.name, []).append(each.message)
        message = refusal.message or phrase
        return {
            "title": phrase,
            **reason,
            **refusal.reason,
            "status": status,
            "status_text": str(status),
            "message": message,
            "name": first and first.name,
            "pointer": first and first.pointer,
            "fields": fields or None,
            "detail": fields or message,
        }


def phrase_of(status: int) -> str:
    """What a status says, one that has no name of its own what its class does (RFC 9110, 15)."""
    known = status in HTTPStatus.__members__.values()
    return HTTPStatus(status if known else status // 100 * 100).phrase


def _named(each: FieldError) -> dict[str, Any]:
    sentence = f"{each.name} {each.message}"
    return {"name": each.name, "message": each.message, "pointer": each.pointer or None, "sentence": sentence}
