"""Requests to the independent Consent Kit, and which values in them are of use."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: `body` is what was sent as JSON or as a form; `fault` says why there is none."""

    method: str
    path: str
    query: QueryParams
    token: str
    body: Any = None
    fault: str = ""


async def read(request: Request) -> Asked:
    """A request with its token and body."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    body, fault = None, ""
    try:
        if "form" in request.headers.get("content-type", ""):
            form: FormData = await request.form()
            body = {name: str(value) for name, value in form.items()}
        else:
            sent = await request.body()
            body = json.loads(sent) if sent else None
            # Lone surrogates can be escaped in JSON, but do not form a text.
            json.dumps(body, ensure_ascii=False).encode()
    except Exception as error:
        fault = f"The body cannot be read: {type(error).__name__}."
    known = token.strip() if scheme.lower() == "bearer" else ""
    return Asked(request.method, request.url.path, request.query_params, known, body, fault)


def is_text(value: Any) -> bool:
    """Whether a value is a text that says something."""
    return isinstance(value, str) and bool(value.strip())


def is_email(value: Any) -> bool:
    """Whether a value may be an email address."""
    return isinstance(value, str) and bool(re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", value))


def is_url(value: Any) -> bool:
    """Whether a value is the address of a page."""
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", value)
    except (ValueError, AttributeError, TypeError):
        return False


def is_date(value: Any) -> bool:
    """Whether a value is a day or a moment in ISO 8601."""
    try:
        return isinstance(value, str) and bool(read_date(value))
    except (ValueError, OverflowError):
        return False


def read_date(value: str) -> datetime:
    """The moment that a day or a moment in ISO 8601 names, in UTC where it does not say."""
    found = datetime.fromisoformat(value)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
