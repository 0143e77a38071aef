"""The public names of the kit do not depend on what was imported first."""

from __future__ import annotations

import itertools
import subprocess
import sys

import pytest

from understudy import conformance


@pytest.mark.parametrize("first", ["judging.judge", "frontends.schemathesis_hooks", "frontends.pytest_plugin"])
def test_run_is_the_function_whatever_was_imported_before(first: str) -> None:
    code = (
        f"import understudy.conformance.{first}; from understudy.conformance import run; "
        "print(type(run).__name__, run.__module__)"
    )
    completed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)

    assert completed.stdout.split() == ["function", "understudy.conformance.judging.judge"]


def test_every_public_name_of_the_package_exists() -> None:
    given = list(itertools.filterfalse(lambda name: hasattr(conformance, name), conformance.__all__))

    assert given == []
