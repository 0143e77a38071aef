"""Lists what a run would judge, and explains single clauses and checks."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

from understudy.conformance.evidence.errors import UsageError
from understudy.conformance.evidence.words import no_such, several
from understudy.conformance.http.target import Target
from understudy.conformance.judging import generated_cases as generator
from understudy.conformance.judging.registry import CLAUSE, Check, checks, every, how_to_rule, unruled
from understudy.conformance.judging.scenario_runner import Run
from understudy.conformance.scope.profile import Profile, only_implied
from understudy.specs import Clause, Contract
from understudy.specs.loading import load_readable

WIDTH = 110
#: The column at which the text of an entry begins.
INDENT = 13


def plan(contract: Contract, target: Target, profile: Profile, only: Iterable[str]) -> str:
    """What a run would judge and leave out, one clause per line; nothing is sent."""
    run = Run(contract, target, profile, only=frozenset(only))
    run.client.close()
    judging: dict[str, list[str]] = {clause: [] for clause in run.clauses}
    for check in run.checks:
        for clause in check.clauses(run.contract) & set(run.clauses):
            judging[clause].append(check.name)
    lines = []
    without = unruled(run.contract)
    for each in run.clauses.values():
        by = how_to_rule(run.contract) if each.id in without else generator.NAME
        lines.append(f"{each.id}  {each.level:10}  {', '.join(sorted(judging[each.id])) or by}")
        lines += [f"{'':{INDENT}}{text}" for text in _grounds(each)]
    lines += [f"{clause}  not judged  {reason}" for clause, reason in sorted(run.left_out.items())]
    judged = f"{several(len(run.clauses), 'clause')} judged by {several(len(run.checks), 'check')}"
    lines.append(f"{judged}, {len(run.left_out)} left out")
    return "\n".join(lines) + "\n"


def _grounds(clause: Clause) -> list[str]:
    """Where a clause comes from and why it has its level, as far as its register says so."""
    place = [f"{clause.source}: {clause.place}"] if clause.place else []
    return [*place, *([clause.reason] if clause.reason else [])]


def explained(name: str, own: Contract | None = None) -> str:
    """A clause or a check in full; raises UsageError, with similar names, if there is none of that name.

    `own` is the contract of a document, whose clauses come first.
    """
    for clause in own.clauses if own else ():
        if own and clause.id.upper() == name.upper():
            return _clause(own, clause)
    found = {each.name: each for each in every()}
    if name in found:
        return _check(found[name])
    if name == generator.NAME:
        about = (generator.__doc__ or "").partition("\n\n")[0]
        return "\n".join([name, *_entry("", about), *_entry("needs", "a run without --quick")]) + "\n"
    wanted = name.upper()
    contracts, broken = load_readable() if CLAUSE.fullmatch(wanted) else ([], [])
    for contract in contracts:
        for clause in contract.clauses:
            if clause.id == wanted:
                return _clause(contract, clause)
    if broken:
        # The clause may be in one of these.
        raise UsageError("; ".join(map(str, broken)))
    known = [clause.id for contract in contracts for clause in contract.clauses if clause.id[:2] == wanted[:2]]
    if own is not None:
        known = [clause.id for clause in own.clauses]
    raise UsageError(
        no_such("clause" if own is not None else "clause or check", [wanted if contracts else name], known or found)
    )


def _clause(contract: Contract, clause: Clause) -> str:
    reach = "judged with GET, HEAD and OPTIONS only" if clause.profile == "read-only" else "needs --allow-writes"
    level: str = clause.level
    if clause.operations != ("*",) and only_implied(contract, clause):
        level += ", about operations that the source only implies"
    lines = [f"{clause.id}  {contract.title}", *_entry("", clause.statement)]
    lines += _entry("source", f"{clause.source}: {clause.place}" if clause.place else clause.source)
    lines += _entry("level", f"{level}; {_failure(clause)}")
    if clause.reason:
        lines += _entry("reason", clause.reason)
    lines += _entry("kind", clause.kind)
    lines += _entry("profile", f"{clause.profile}: {reach}")
    for number, operation in enumerate(_operations(contract, clause)):
        lines += _entry("" if number else "operations", operation)
    if clause.retired:
        lines += _entry("retired", clause.retired)
    elif clause.excluded:
        lines += _entry("not judged", clause.excluded)
    else:
        judging = [each for each in checks(contract) if clause.id in each.clauses(contract)]
        for number, each in enumerate(judging):
            lines += _entry("" if number else "checks", f"{each.name}: {each.about}")
        if not judging:
            without = clause.id in unruled(contract)
            lines += _entry("checks", how_to_rule(contract) if without else generator.NAME)
    for decision in (clause.decision or "").split(", "):
        if decision:
            lines += _entry("decision", f"{decision}: {_decided(contract, decision)}")
    if clause.notes:
        lines += _entry("notes", clause.notes)
    return "\n".join(lines) + "\n"


def _decided(contract: Contract, decision: str) -> str:
    """A decision as described in the README of the API, or of the other API that shares it."""
    for each in (contract, *load_readable()[0]):
        if decision in (described := decisions(each)):
            return described[decision]
    return "not described in any README"


def _failure(clause: Clause) -> str:
    """What breaking a clause of this level means."""
    if clause.level == "documented":
        return "breaking it is a failure"
    if clause.level == "ambiguous":
        return "every reasonable reading passes"
    if clause.level == "inferred":
        return "it follows from what operations seem to mean; breaking it is a warning, with --strict a failure"
    return "breaking it is a warning, with --strict a failure"


def _operations(contract: Contract, clause: Clause) -> list[str]:
    if clause.operations == ("*",):
        return ["all"]
    found = [contract.operations[name] for name in clause.operations]
    return [f"{operation.id}  {operation.method} {operation.path}" for operation in found]


def _check(check: Check) -> str:
    lines = [check.name, *_entry("", check.about)]
    lines += _entry("needs", ", ".join(_needs(check)) or "read access only")
    for contract in load_readable()[0]:
        if check.api in {None, contract.api} and (clauses := sorted(check.clauses(contract))):
            lines += _entry("clauses", f"{contract.title}: {', '.join(clauses)}")
    return "\n".join(lines) + "\n"


def _needs(check: Check) -> list[str]:
    return ["--allow-writes"] * check.writes + [f"--token {role}=…" for role in check.roles]


def _entry(name: str, text: str) -> list[str]:
    return textwrap.wrap(
        " ".join(text.split()),
        WIDTH,
        initial_indent=f"  {name:{INDENT - 2}}",
        subsequent_indent=" " * INDENT,
        break_on_hyphens=False,
        break_long_words=False,
    )


def decisions(contract: Contract) -> dict[str, str]:
    """The decisions in the table of an API's README: id -> gap and choice.

    A row may describe several: `A-PR-08, 09`.
    """
    page = contract.folder / "README.md" if contract.folder else None
    if page is None or not page.is_file():
        return {}
    found: dict[str, str] = {}
    for line in page.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        row = re.fullmatch(r"(A-[A-Z]{2}-)(\d{2}(?:, \d{2})*)", cells[0])
        if line.startswith("|") and row:
            reading = "; ".join(cell for cell in cells[1:] if cell)
            found |= {f"{row[1]}{number}": reading for number in row[2].split(", ")}
    return found
