"""Judges an independent Consent Kit: a real server, two tokens, and the kit with writes."""

from __future__ import annotations

from live import running

from independent.consent_kit import ConsentKit
from understudy.conformance import Profile, Report, Target, run
from understudy.specs import load


def judged(service: ConsentKit, *, generate: bool = False) -> Report:
    """The report of the kit."""
    with running(service) as address:
        target = Target(address, {"default": "acorn-secret", "other": "birch-secret"})
        return run(load("consent-kit"), target, Profile(writes=True), generate=generate)
