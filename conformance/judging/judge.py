"""Judges one target by one contract."""

from __future__ import annotations

import time
from collections.abc import Iterable

from understudy.conformance.evidence.errors import RunStoppedError
from understudy.conformance.evidence.findings import Report
from understudy.conformance.http.login import logged_in
from understudy.conformance.http.target import Target
from understudy.conformance.judging import belongings
from understudy.conformance.judging import generated_cases as generator
from understudy.conformance.judging.scenario_runner import Progress, Run
from understudy.conformance.scope.profile import Profile
from understudy.specs import Contract

#: Seconds after which a run ends by itself.
LONGEST = 600.0


def run(
    contract: Contract,
    target: Target,
    profile: Profile | None = None,
    *,
    seed: int = 1,
    only: Iterable[str] = (),
    generate: bool = True,
    fail_fast: bool = False,
    limit: float = LONGEST,
    progress: Progress | None = None,
) -> Report:
    """Judge a target and report what was found.

    `only` are ids of clauses (all if empty), `limit` is in seconds. Raises UnreachableError if there is nothing to judge
    and UsageError for unknown clauses. Ctrl-C, the time limit and a target that goes away end the run early; the report
    says so.
    """
    started = time.monotonic()
    state = Run(contract, logged_in(target), profile or Profile(), seed, started + limit, frozenset(only))
    progress = progress or Progress()
    before = None
    try:
        state.preflight()
        progress.begun(state)
        before = belongings.held(state.context(belongings.NAME)) if state.profile.writes else None
        for number, each in enumerate(state.checks, 1):
            progress.started(each.name, number, len(state.checks))
            state.perform(each)
            progress.finished(each.name)
            if fail_fast and state.failed():
                raise RunStoppedError("--fail-fast: the first failure ends the run")
        if generate:
            generator.generate(state, progress)
    except KeyboardInterrupt:
        state.stopped = "interrupted"
    except RunStoppedError as stopped:
        state.stopped = state.secrets.text(str(stopped))
    finally:
        state.remove_all()
        if before is not None:
            state.leftovers += _changed(state, before)
        state.client.close()
    return state.report(time.monotonic() - started)


def _changed(state: Run, before: belongings.Belongings) -> list[str]:
    """What the kit did not make and changed all the same, and what stayed of its own; also looked for when the time is up."""
    state.client.stopping = True
    after = belongings.held(state.context(belongings.NAME))
    stayed = belongings.stayed(before, after, state.cleanup.made & state.cleanup.gone)
    return [state.secrets.text(each) for each in (*belongings.changed(state.contract, before, after), *stayed)]
