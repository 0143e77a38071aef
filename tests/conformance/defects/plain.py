"""The comparison: what plain Schemathesis, without the kit, sees of a defect.

It gets the same document, the token of the API's first caller and the operations that the defect affects. Cases
are few and the seed is fixed. What it reports of the correct mock as well does not count.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from defects.catalogue import APIS, defects
from defects.proving import Bench, bench
from defects.spoiler import Defect
from understudy.specs.loading import HERE

#: Where the outcomes are kept: a run takes almost an hour.
KEPT = Path(__file__).with_name("plain.yaml")
OPTIONS = ("--seed", "1", "--phases", "examples,coverage,fuzzing", "--max-examples", "3", "--no-shrink", "--no-color")
SECONDS = 60

Failures = set[tuple[str, str]]


def compare(every: int, apis: Sequence[str] = APIS) -> None:
    """Run Schemathesis against every n-th defect of some APIs and keep what it saw."""
    for api in apis:
        with bench(api) as stand:
            spared = _failures(stand, "plain-none", None)
            found = {defect.name: bool(_against(stand, defect) - spared) for defect in defects(api)[::every]}
        print(f"{api}: {sum(found.values())} of {len(found)}", file=sys.stderr)
        outcomes = {**kept(), api: found}
        KEPT.write_text(f"# Seen by plain Schemathesis: {' '.join(OPTIONS)}\n{yaml.safe_dump(outcomes)}", "utf-8")


def kept() -> dict[str, dict[str, bool]]:
    """API -> defect -> whether Schemathesis saw it; defects that were not tried are absent."""
    outcomes: dict[str, dict[str, bool]] = yaml.safe_load(KEPT.read_text("utf-8")) if KEPT.is_file() else {}
    return outcomes


def _against(stand: Bench, defect: Defect) -> Failures:
    session = f"plain-{defect.name}"
    stand.spoiler.plant(session, defect)
    return _failures(stand, session, defect)


def _failures(stand: Bench, session: str, defect: Defect | None) -> Failures:
    """The failures of one run: their code and operation."""
    contract = stand.contract
    document = HERE / contract.api.replace("-", "_") / "openapi.yaml"
    scheme = next(iter(contract.schemes.values()))[0]
    token = contract.seed["callers"][0]["token"]
    concerned = [each.id for each in contract.operations.values() if defect is None or defect.concerns(each)]
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [Path(sys.executable).with_name("schemathesis"), "run", document, "--url", stand.address]
        command += ["-H", f"Authorization: {scheme} {token}", "-H", f"X-Mock-Session: {session}", *OPTIONS]
        command += ["--max-time", str(SECONDS), "--continue-on-failure", "--report", "json"]
        command += ["--report-json-path", report]
        for name in concerned:
            command += ["--include-operation-id", name]
        subprocess.run(
            [str(part) for part in command],
            cwd=folder,
            capture_output=True,
            timeout=10 * SECONDS,
            check=False,
            env={**os.environ, "HYPOTHESIS_STORAGE_DIRECTORY": folder},
        )
        content: dict[str, Any] = json.loads(report.read_text("utf-8"))
    return {(each["code"], operation) for each in content["failures"] for operation in each["operations"]}
