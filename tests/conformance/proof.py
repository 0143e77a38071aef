"""`python -m proof [quiet] [populations] [steady] [N] [API …]`: nothing is found on a correct mock, and verdicts are stable.

Takes about two hours for all APIs on two cores. Four things are counted for each API: findings on the correct mock over
many seeds, generated cases included; findings at every size and in every scenario; verdicts that differ between runs with
one seed on a mock with a planted defect; and verdicts that differ when pytest spreads the same clauses over four workers.
The counts of each API are kept in a YAML file beside this one, from which docs/proof.md is written. N is the largest
number of seeds and defects.
"""

from __future__ import annotations

import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import yaml
from aimed import FULL, target, tokens
from defects.catalogue import defects
from defects.proving import bench
from populations import proved

from understudy.conformance import Report, Verdict, run
from understudy.conformance.http.target import Target
from understudy.specs import apis, load

PLACE = Path(__file__).parents[2] / "docs" / "proof.md"
KEPT = Path(__file__).with_suffix(".yaml")
PARTS = ("quiet", "populations", "steady")
SEEDS, TIMES, WORKERS = 20, 10, 4
GOOD = {Verdict.PASS, Verdict.NOT_APPLICABLE}
#: JUnit outcomes of a testcase -> verdicts of the kit. A warning is an expected failure of pytest, and a clause that could
#: not be judged is a failure; one that was not shown is skipped and says so.
OUTCOMES = {"failure": "fail", "error": "error", "skipped": "not_applicable"}

Verdicts = dict[str, str]


@dataclass
class Counts:
    """The counts of one API."""

    api: str
    findings: int = 0
    judged: int = 0
    requests: int = 0
    longest: float = 0.0
    #: The most objects that a run left behind.
    left: int = 0
    seeds: int = 0
    turns: int = 0
    same: int = 0
    spread: int = 0
    #: What was said at each size and in each scenario, with and without writes.
    populations: list[dict[str, Any]] = field(default_factory=list)


def verdicts(report: Report) -> Verdicts:
    """The verdict on each clause."""
    return {each.clause: str(each.verdict) for each in report.results}


def quiet(api: str, address: str, counts: Counts, most: int) -> None:
    """Judge the correct mock with each seed and count what is found."""
    for seed in range(1, min(most, SEEDS) + 1):
        with session(address) as aim:
            started = time.monotonic()
            report = run(load(api), target(api, address, headers=aim), FULL, seed=seed)
        odd = [(each.clause, str(each.verdict), each.actual) for each in report.results if each.verdict not in GOOD]
        counts.seeds += 1
        counts.findings += len(odd) + len(report.breaches) + len(report.remarks) + bool(report.incomplete)
        counts.left = max(counts.left, len(report.leftovers))
        counts.judged = report.count(Verdict.PASS)
        counts.requests = max(counts.requests, report.requests)
        counts.longest = max(counts.longest, round(time.monotonic() - started, 1))
        stayed = Counter(each.partition(" ")[0] for each in report.leftovers)
        log(api, f"seed {seed}", odd, report.breaches, report.remarks, dict(stayed), report.incomplete)


def steady(api: str, counts: Counts, most: int) -> None:
    """Judge a mock with a defect twice with one seed, and once under pytest with several workers.

    Each run has its own session, so that it does not find what another one left behind.
    """
    planted = defects(api)
    with bench(api) as stand:
        for number in range(min(most, TIMES)):
            defect = planted[number * len(planted) // TIMES]
            counts.turns += 1
            names = [f"proof-{number}-{turn}" for turn in range(3)]
            for name in names:
                stand.spoiler.plant(name, defect)
            aims = [Target(stand.address, stand.tokens, {"X-Mock-Session": name}) for name in names[:2]]
            first, second = (verdicts(run(load(api), aim, FULL, seed=7, generate=False)) for aim in aims)
            third = spread(api, stand.address, names[2])
            counts.same += first == second
            merged = {name: "fail" if verdict == "error" else verdict for name, verdict in first.items()}
            counts.spread += merged == third
            log(api, defect.name, differing(first, second), differing(merged, third))
            for name in names:
                httpx.delete(f"{stand.address}/_mock/sessions/{name}")


def spread(api: str, address: str, name: str) -> Verdicts:
    """The verdicts when pytest has the clauses judged by several workers."""
    given = [f"--understudy-token={role}={token}" for role, token in tokens(api).items()]
    with TemporaryDirectory() as folder:
        junit = Path(folder) / "junit.xml"
        options = ["-p", "no:cacheprovider", "-q", "-n", str(WORKERS), f"--junit-xml={junit}", "--rootdir", folder]
        aim = [f"--understudy-api={api}", f"--understudy-url={address}", f"--understudy-header=X-Mock-Session={name}"]
        command = [sys.executable, "-m", "pytest", "--pyargs", "understudy.conformance.suite", *options, *aim, *given]
        subprocess.run(
            [*command, "--understudy-writes", "--understudy-seed=7"], capture_output=True, check=False, cwd=folder
        )
        found = {clause.id: "not_applicable" for clause in load(api).clauses if clause.excluded and not clause.retired}
        for case in ET.parse(junit).iter("testcase"):
            found[case.attrib["name"].partition("[")[2].rstrip("]")] = outcome(case)
    return found


def outcome(case: ET.Element) -> str:
    """The verdict that the outcome of a testcase stands for."""
    for part in case:
        if part.tag == "skipped" and part.attrib.get("type") == "pytest.xfail":
            return "warning"
        if part.attrib.get("message", "").startswith("not shown"):
            return "not_shown"
        if part.tag in OUTCOMES:
            return OUTCOMES[part.tag]
    return "pass"


def differing(one: Verdicts, other: Verdicts) -> list[tuple[str, str, str]]:
    """The clauses on which two runs differ."""
    return [
        (name, one.get(name, "-"), other.get(name, "-"))
        for name in sorted(one.keys() | other.keys())
        if one.get(name) != other.get(name)
    ]


class session:
    """A session of the mock; entering it gives the header that names it."""

    count = 0

    def __init__(self, address: str) -> None:
        session.count += 1
        self.address = address
        self.name = f"quiet-{session.count}"

    def __enter__(self) -> dict[str, str]:
        return {"X-Mock-Session": self.name}

    def __exit__(self, *error: object) -> None:
        httpx.delete(f"{self.address}/_mock/sessions/{self.name}")


def log(*words: object) -> None:
    """One line of progress."""
    print(time.strftime("%H:%M:%S"), *words, flush=True)


def prove(parts: Sequence[str], names: Sequence[str], most: int) -> Iterator[Counts]:
    """The counts of each API, with the given parts counted again."""
    for api in names:
        counts = kept().get(api, Counts(api))
        if "quiet" in parts:
            counts = replace(counts, findings=0, judged=0, requests=0, longest=0.0, left=0, seeds=0)
            with bench(api) as stand:
                quiet(api, stand.address, counts, most)
        if "populations" in parts:
            counts = replace(counts, populations=[])
            for each, faults in proved(api):
                counts.populations.append(each.stored)
                log(api, each.state, "with writes" if each.writes else "read-only", f"exit {each.end}", faults)
        if "steady" in parts:
            counts = replace(counts, turns=0, same=0, spread=0)
            steady(api, counts, most)
        yield counts


def kept() -> dict[str, Counts]:
    """The stored counts of each API."""
    stored = yaml.safe_load(KEPT.read_text("utf-8")) if KEPT.is_file() else {}
    return {api: Counts(**stored[api]) for api in apis() if api in stored}


def keep(counts: Counts) -> None:
    """Store the counts of an API in place of its previous ones."""
    stored = {**kept(), counts.api: counts}
    KEPT.write_text(yaml.safe_dump({api: asdict(each) for api, each in stored.items()}), "utf-8")


def write(counted: list[Counts]) -> None:
    """Write the page."""
    lines = [
        "# Quiet and steady",
        "",
        "This page shows that the kit finds nothing on a correct mock, and that its verdicts are reproducible. `make proof`",
        f"counts both and writes this page; a whole run takes {SEEDS} seeds and {TIMES} planted defects per API,",
        "every size and scenario, and about two hours.",
        "",
        "- **findings**: on the correct mock, over all **seeds**, with the full profile, every credential, scenarios and",
        "  generated cases. Replies that the contract does not allow count as well.",
        "- **left behind**: the most objects that a run could not remove, because the API has no way to or refuses it",
        "  (a study that was published).",
        "- **same**: of some planted defects, taken at a fixed step, those for which two runs with the same seed agree in",
        "  every verdict.",
        f"- **spread**: of the same defects, those for which `pytest --pyargs understudy.conformance.suite -n {WORKERS}`",
        "  agrees as well.",
        "",
        "| API | seeds | findings | clauses that pass | requests (maximum) | slowest run | left behind | same | spread |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for each in counted:
        cells = [load(each.api).title, each.seeds, each.findings, each.judged, each.requests, f"{each.longest:.0f} s"]
        steadily = [f"{count} of {each.turns}" if each.turns else "not run" for count in (each.same, each.spread)]
        cells += [each.left, *steadily]
        lines.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    lines += ["", "The time of the slowest run is wall time on two cores that were shared with other work."]
    lines += _populations(counted)
    PLACE.write_text("\n".join(lines) + "\n", "utf-8")


def _populations(counted: list[Counts]) -> list[str]:
    """The part of the page about sizes and scenarios."""
    lines = [
        "",
        "## Sizes and scenarios",
        "",
        "The mock at several sizes (`--size`) and in every scenario, judged read-only and with writes. A finding is a clause",
        "that is broken, or a fault that no clause states. Clauses that were not shown do not count; a scenario in which",
        "nothing can be reached ends with 3.",
        "",
    ]
    for each in counted:
        if not each.populations:
            continue
        lines += [f"### {load(each.api).title}", ""]
        lines += ["| state | | findings | not shown | exit code | requests |", "|---|---|---|---|---|---|"]
        for row in each.populations:
            reach = "with writes" if row["writes"] else "read-only"
            cells = (row["state"], reach, row["findings"], row["hidden"], row["end"], row["requests"])
            lines.append(f"| {' | '.join(str(cell) for cell in cells)} |")
        lines.append("")
    return lines[:-1]


def main(arguments: list[str]) -> int:
    """Prove the parts and APIs that are named, or all of them; 1 when something was found or differs."""
    parts = [part for part in PARTS if part in arguments] or PARTS
    most = next((int(each) for each in arguments if each.isdigit()), SEEDS)
    sound = True
    for counts in prove(parts, [name for name in arguments if name in apis()] or apis(), most):
        keep(counts)
        write(list(kept().values()))
        sound = sound and not counts.findings and counts.same == counts.spread == counts.turns
        sound = sound and not any(each["findings"] for each in counts.populations)
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
