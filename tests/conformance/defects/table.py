"""Writes what the kit saw of the defects: docs/defects.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from defects.plain import OPTIONS, SECONDS, kept
from defects.proving import Proof
from understudy.conformance.judging.registry import checks
from understudy.specs import load

PLACE = Path(__file__).parents[3] / "docs" / "defects.md"


def write(proofs: Sequence[Proof]) -> None:
    """Write the table of all APIs."""
    PLACE.write_text("\n".join(_lines(proofs)) + "\n", "utf-8")


def idle(proofs: Sequence[Proof], api: str) -> list[str]:
    """The checks of an API that saw no defect of it, save those of ambiguous clauses, which no server breaks."""
    contract = load(api)
    seen = {check for proof in proofs if proof.defect.api == api for check in proof.checks}
    breakable = {clause.id for clause in contract.clauses if clause.level != "ambiguous" and not clause.excluded}
    return [each.name for each in checks(contract) if each.name not in seen and each.clauses(contract) & breakable]


def _lines(proofs: Sequence[Proof]) -> list[str]:
    apis = list(dict.fromkeys(proof.defect.api for proof in proofs))
    caught = sum(proof.caught for proof in proofs)
    compared = kept()
    tried = [
        (proof, compared[proof.defect.api][proof.defect.name])
        for proof in proofs
        if proof.defect.name in compared.get(proof.defect.api, {})
    ]
    lines = [
        "# Planted defects",
        "",
        "These defects show that the checks of the kit can fail. Each defect is an application in front of the correct",
        "mock that changes requests or replies in one way. The kit runs with the clauses that the defect breaks and has to",
        "report every one of them as failed. Without a defect, all of these clauses pass.",
        "",
        "`make defects` runs all defects and writes this page; the tests run a representative part of them.",
        "The catalogue is in `tests/conformance/defects/catalogue`.",
        "",
        f"**{caught} of {len(proofs)} defects are caught**, each by a check of its own clauses.",
        "",
        "| API | defects | caught | requests per defect | checks | checks that catch nothing |",
        "|---|---|---|---|---|---|",
    ]
    for api in apis:
        mine = [proof for proof in proofs if proof.defect.api == api]
        average = sum(proof.requests for proof in mine) / len(mine)
        rest = ", ".join(f"`{name}`" for name in idle(proofs, api)) or "none"
        count = len(checks(load(api)))
        lines.append(
            f"| {api} | {len(mine)} | {sum(proof.caught for proof in mine)} | {average:.0f} | {count} | {rest} |"
        )
    lines += ["", "## By kind of clause", "", f"| kind | {' | '.join(apis)} |", f"|---|{'---|' * len(apis)}"]
    counts = Counter((kind, proof.defect.api) for proof in proofs for kind in kinds(proof))
    for kind in sorted({kind for kind, _ in counts}):
        lines.append(f"| {kind} | {' | '.join(str(counts[kind, api]) for api in apis)} |")
    lines += ["", "## Comparison with plain Schemathesis", ""]
    if tried:
        seen = sum(found for _, found in tried)
        shares = Counter(proof.defect.api for proof, _ in tried)
        lines += [
            f"Of {len(tried)} defects ({', '.join(f'{api} {count}' for api, count in shares.items())}), taken at fixed"
            f" steps from the catalogues, plain Schemathesis",
            f"finds **{seen}**; the kit finds {sum(proof.caught for proof, _ in tried)}. Schemathesis got the same OpenAPI"
            " document, a token and the operations concerned, with",
            f"`schemathesis run {' '.join(OPTIONS)}`",
            f"and at most {SECONDS} seconds. Failures that it also reports for the correct mock do not count.",
            "In the tables below, `-` means that Schemathesis was not run.",
        ]
    for api in apis:
        outcomes = compared.get(api, {})
        lines += ["", f"## {load(api).title}", "", "| defect | what is wrong | breaks | seen by | Schemathesis |"]
        lines += ["|---|---|---|---|---|"]
        for proof in proofs:
            if proof.defect.api == api:
                lines.append(_row(proof, outcomes))
    return lines


def kinds(proof: Proof) -> set[str]:
    """The kinds of the clauses that a defect breaks."""
    kind_of = {clause.id: clause.kind for clause in load(proof.defect.api).clauses}
    return {kind_of[name] for name in proof.defect.breaks}


def _row(proof: Proof, compared: dict[str, bool]) -> str:
    breaks = ", ".join(name if name in proof.seen else f"**{name} missed**" for name in proof.defect.breaks)
    names = sorted(f"`{name}`" for name in proof.checks)
    checked = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    other = {True: "seen", False: "not seen", None: "-"}[compared.get(proof.defect.name)]
    return f"| {proof.defect.name} | {proof.defect.about} | {breaks} | {checked} | {other} |"
