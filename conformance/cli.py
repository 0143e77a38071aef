"""The commands `understudy check`, `explain` and `diff`."""

from __future__ import annotations

import signal
import sys
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from conformance import waivers as accepted
from conformance.check import checks
from conformance.errors import Unreachable, UsageError
from conformance.findings import Report
from conformance.profile import Profile
from conformance.report import as_html, as_json, as_junit, diff, summary, terminal
from conformance.run import LONGEST, Progress, run
from conformance.target import Target, pairs, read, tokens
from specs import Clause, Contract, ContractError, apis, load

Names = Annotated[list[str] | None, typer.Argument(metavar="[CLAUSE]...", help="Judge these clauses alone.")]
EXIT_USAGE, EXIT_UNREACHABLE = 2, 3


def check(
    api: Annotated[str, typer.Argument(metavar="API", help="One of `understudy apis`.")],
    clauses: Names = None,
    url: Annotated[str, typer.Option(help="Base address of the target, without the contract's own path prefix.")] = "",
    token: Annotated[list[str] | None, typer.Option(metavar="[ROLE=]VALUE", help="A credential; may repeat. Also UNDERSTUDY_TOKEN[_ROLE].")] = None,
    target: Annotated[str, typer.Option(metavar="FILE", help="A YAML file with url, tokens, headers, settings, ca, timeout, rate.")] = "",
    allow_writes: Annotated[bool, typer.Option("--allow-writes", help="Make, change and delete objects of its own on the target.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Implied clauses fail too.")] = False,
    documented_only: Annotated[bool, typer.Option("--documented-only", help="Leave out operations that the source only implies.")] = False,
    seed: Annotated[int, typer.Option(help="What is drawn at random depends on it alone.")] = 1,
    quick: Annotated[bool, typer.Option("--quick", help="Clause scenarios only, no generated cases.")] = False,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="End the run with the first failure.")] = False,
    setting: Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A parameter the kit cannot find out; may repeat.")] = None,
    header: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="A header sent with every request; may repeat.")] = None,
    ca: Annotated[str, typer.Option(metavar="FILE", help="Certificates to trust instead of the system's.")] = "",
    insecure: Annotated[bool, typer.Option("--insecure", help="Do not verify certificates.")] = False,
    timeout: Annotated[float, typer.Option(help="Seconds for one exchange.")] = 10.0,
    rate: Annotated[float, typer.Option(help="Requests a second at most; 0 is without bound.")] = 0.0,
    limit: Annotated[float, typer.Option(help="Seconds for the whole run.")] = LONGEST,
    report_json: Annotated[str, typer.Option(metavar="FILE")] = "",
    report_junit: Annotated[str, typer.Option(metavar="FILE")] = "",
    report_html: Annotated[str, typer.Option(metavar="FILE")] = "",
    waivers: Annotated[str, typer.Option(metavar="FILE", help="Accepted findings: clause or check, reason, owner, until.")] = "",
    list_only: Annotated[bool, typer.Option("--list", help="Show what would be checked; nothing is sent.")] = False,
) -> None:
    """Tell clause by clause which promises of an API a target keeps.

    Exit codes: 0 conforms, 1 does not, 2 usage, 3 target unreachable, 4 incomplete.
    """
    errors = Console(stderr=True, highlight=False)
    try:
        contract = _contract(api)
        wanted = frozenset(each.upper() for each in clauses or [])
        profile = Profile(writes=allow_writes, implied=not documented_only, strict=strict)
        if list_only:
            _list(contract, profile, wanted)
            return
        file = read(target) if target else {}
        place = url or file.get("url", "")
        if not place:
            raise UsageError("--url is needed: the base address of the target")
        aim = Target(
            place,
            tokens={**file.get("tokens", {}), **tokens(token or [])},
            headers={**file.get("headers", {}), **pairs(header or [], "--header")},
            settings={**file.get("settings", {}), **pairs(setting or [], "--set")},
            ca=ca or file.get("ca"),
            insecure=insecure or bool(file.get("insecure", False)),
            timeout=float(file.get("timeout", timeout)) if timeout == 10.0 else timeout,
            rate=rate or float(file.get("rate", 0.0)),
        )
        allowed = accepted.read(waivers) if waivers else ()
        report = _judged(contract, aim, profile, seed, wanted, not quick, fail_fast, limit)
    except UsageError as error:
        errors.print(str(error), style="red", markup=False)
        raise typer.Exit(EXIT_USAGE) from None
    except Unreachable as error:
        errors.print(str(error), style="red", markup=False)
        raise typer.Exit(EXIT_UNREACHABLE) from None
    report = accepted.apply(report, allowed, date.today())
    _write(report, errors, report_json, report_junit, report_html)
    terminal.show(report, Console(highlight=False, soft_wrap=True))
    raise typer.Exit(report.exit_code)


def _judged(
    contract: Contract,
    target: Target,
    profile: Profile,
    seed: int,
    only: frozenset[str],
    generate: bool,
    fail_fast: bool,
    limit: float,
) -> Report:
    """The run itself, with its progress on stderr; SIGTERM ends it like Ctrl-C."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    console = Console(stderr=True)
    try:
        with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task(f"looking for {contract.title}", total=None)

            def started(name: str, number: int, total: int) -> None:
                bar.update(task, description=f"{number}/{total} {name}")

            told = Progress(started=started)
            return run(
                contract, target, profile, seed=seed, only=only, generate=generate, fail_fast=fail_fast, limit=limit, progress=told
            )
    finally:
        signal.signal(signal.SIGTERM, before)


def _write(report: Report, errors: Console, as_json_file: str, as_junit_file: str, as_html_file: str) -> None:
    try:
        for write, path in ((as_json.write, as_json_file), (as_junit.write, as_junit_file), (as_html.write, as_html_file)):
            if path:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                write(report, path)
        summary.append(report)
    except OSError as error:
        errors.print(f"a report could not be written: {error}", style="red", markup=False)
        raise typer.Exit(EXIT_USAGE) from None


def explain(
    clause: Annotated[str, typer.Argument(metavar="CLAUSE", help="Such as PK-027.")],
) -> None:
    """Tell what a clause says, where it comes from, and what judges it."""
    wanted = clause.upper()
    for name in apis():
        contract = load(name)
        found = next((each for each in contract.clauses if each.id == wanted), None)
        if found is not None:
            _explain(contract, found)
            return
    print(f"there is no clause {wanted}", file=sys.stderr)
    raise typer.Exit(EXIT_USAGE)


def _explain(contract: Contract, clause: Clause) -> None:
    lines = [
        ("clause", f"{clause.id} of {contract.title}"),
        ("statement", clause.statement),
        ("source", clause.source),
        ("level", clause.level),
        ("kind", clause.kind),
        ("profile", "read-only" if clause.profile == "read-only" else "full: judged with --allow-writes"),
        ("operations", "all" if clause.operations == ("*",) else ", ".join(clause.operations)),
        ("decision", f"{clause.decision}, see specs/{contract.module}/README.md" if clause.decision else ""),
        ("notes", clause.notes or ""),
        ("excluded", clause.excluded or ""),
        ("retired", clause.retired or ""),
    ]
    for each in checks(contract):
        if clause.id in each.clauses(contract):
            needs = [*(["--allow-writes"] if each.writes else []), *(f"a token of role {role}" for role in each.roles)]
            lines.append(("check", f"{each.name}{f' (needs {chr(44).join(needs)})' if needs else ''}"))
            lines.append(("", each.about))
    for name, text in lines:
        if text:
            print(f"{name:12}{text}")


def diff_reports(
    old: Annotated[str, typer.Argument(metavar="OLD.json")],
    new: Annotated[str, typer.Argument(metavar="NEW.json")],
) -> None:
    """Tell what changed between two JSON reports; exit 1 on regressions only."""
    try:
        before, after = as_json.read(old), as_json.read(new)
        if before.get("api") != after.get("api"):
            raise UsageError(f"the reports are of two APIs: {before.get('api')} and {after.get('api')}")
    except UsageError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(EXIT_USAGE) from None
    found = diff.changes(before, after)
    for each in found:
        mark = "regression " if each.regression else "           "
        print(f"{mark}{each.clause}  {each.old or 'absent'} -> {each.new or 'absent'}{f': {each.actual}' if each.regression else ''}")
    regressions = sum(each.regression for each in found)
    print(f"{len(found)} clauses changed, {regressions} regressions")
    raise typer.Exit(1 if regressions else 0)


def _contract(api: str) -> Contract:
    try:
        return load(api)
    except ContractError as error:
        raise UsageError(str(error)) from None


def _list(contract: Contract, profile: Profile, only: frozenset[str]) -> None:
    """The clauses with what judges them, or why nothing does."""
    unknown = sorted(only - {clause.id for clause in contract.clauses})
    if unknown:
        raise UsageError(f"{contract.title} has no clause {', '.join(unknown)}")
    known = checks(contract)
    for clause in contract.clauses:
        if clause.retired or (only and clause.id not in only):
            continue
        reason = f"excluded: {clause.excluded}" if clause.excluded else profile.leaves_out(contract, clause)
        names = ", ".join(each.name for each in known if clause.id in each.clauses(contract))
        print(f"{clause.id}  {clause.level:10}  {reason or names}")
