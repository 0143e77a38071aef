"""Runs the kit against servers of the tests, with the mock's tokens and a separate session for each target."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from understudy.conformance import Profile, Report, Target, run
from understudy.conformance.judging.scenario_runner import Run
from understudy.specs import apis, load

_NUMBERS = itertools.count(1)
FULL = Profile(writes=True)

#: The API with which whatever goes through all of it takes as long as with the others together.
LARGEST = "prolific"
#: Every API as a parameter of a test that runs much of the kit.
EVERY_API = [pytest.param(api, marks=[pytest.mark.long] * (api == LARGEST)) for api in apis()]


def tokens(api: str) -> dict[str, str]:
    """Every credential that the mock knows, by role."""
    return {caller["role"]: caller["token"] for caller in load(api).seed["callers"]}


def target(api: str, address: str, **more: Any) -> Target:
    """A server as the target of an API, in a session of its own."""
    session = {"X-Mock-Session": f"aimed-{next(_NUMBERS)}"}
    return Target(address, **{"tokens": tokens(api), "headers": session, **more})


def judged(
    api: str, address: str, profile: Profile = FULL, *clauses: str, generate: bool = False, **more: Any
) -> Report:
    """The report on a server."""
    aim = more.pop("target", None) or target(api, address)
    return run(load(api), aim, profile, only=clauses, generate=generate, **more)


def begun(api: str, address: str, profile: Profile = FULL, *clauses: str, **more: Any) -> Run:
    """A run that has not performed anything yet."""
    return Run(load(api), target(api, address, **more), profile, only=frozenset(clauses))
