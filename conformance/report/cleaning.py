"""Removes credentials and control characters from everything that came from a target before it is shown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus

from understudy.conformance.evidence.findings import Report
from understudy.conformance.evidence.secrets import HIDDEN, anywhere, basic, carries_credential, variable
from understudy.conformance.http.target import Target
from understudy.conformance.report.wording import rewrite, visible

Clean = Callable[[str], str]


def clean(report: Report, target: Target) -> Report:
    """The report without the target's credentials, in any encoding, and without control characters."""
    return rewrite(report, cleaner(target))


def cleaner(target: Target) -> Clean:
    """A function that cleans one text that came from a target."""
    hidden: dict[str, str] = {}
    for name, value in target.headers.items():
        if value and carries_credential(name):
            hidden |= dict.fromkeys(_forms(value), HIDDEN)
    if target.login and (secret := target.login.fields.get("client_secret")):
        hidden |= dict.fromkeys(_forms(secret), HIDDEN)
    for role, token in sorted(target.tokens.items(), key=lambda item: item[0] == "default"):
        if token:
            hidden |= dict.fromkeys(_forms(basic(token)), HIDDEN)
            hidden |= dict.fromkeys(_forms(token), f"${variable(role)}")
    if not hidden:
        return visible
    pattern = anywhere(hidden)
    return lambda text: visible(pattern.sub(lambda found: hidden[found[0]], text))


def _forms(secret: str) -> set[str]:
    """A credential as it is, and as encoded in a URL, in a form and in JSON."""
    addresses = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    lower = {re.sub("%..", lambda found: found[0].lower(), each) for each in addresses}
    return {secret, *addresses, *lower, *(json.dumps(secret, ensure_ascii=strict)[1:-1] for strict in (True, False))}
