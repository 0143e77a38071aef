"""The commands of the kit: `understudy check`, `understudy explain` and `understudy diff`."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import sys
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from understudy.conformance.evidence.errors import KitError, UnreachableError, UsageError
from understudy.conformance.evidence.findings import Report
from understudy.conformance.frontends import contracts, listing, options
from understudy.conformance.frontends.interrupts import interruptible
from understudy.conformance.frontends.overview import overview
from understudy.conformance.http import target
from understudy.conformance.judging import generated_cases as generator
from understudy.conformance.judging.judge import LONGEST, run
from understudy.conformance.judging.scenario_runner import Run
from understudy.conformance.report import diff, output, progress, summary, terminal, waivers
from understudy.conformance.report.cleaning import Clean, clean, cleaner
from understudy.conformance.report.formats import as_html, as_json, as_junit
from understudy.conformance.report.wording import visible
from understudy.specs.reading.cache import cache_folder

#: Exit codes in addition to those of a report.
USAGE, UNREACHABLE, INCOMPLETE = 2, 3, 4
#: The address of the target if nothing is sent.
NOWHERE = "http://target.invalid"
#: Format of a report -> what writes it.
WRITERS: dict[str, output.Write] = {"json": as_json.write, "junit": as_junit.write, "html": as_html.write}
#: The name of a header (RFC 9110, 5.1).
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def _keep_out_of_the_way() -> None:
    """Have Hypothesis keep what it learns about characters in our cache instead of the folder that one happens to be in."""
    folder = cache_folder("hypothesis")
    if folder is not None:
        os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(folder))


def _at_least(smallest: float) -> Callable[[float | None], float | None]:
    """The callback of an option whose number must not be smaller; typer's own limits are written into its help."""

    def checked(value: float | None) -> float | None:
        if value is not None and not value >= smallest:
            raise typer.BadParameter(f"{value:g} is too small; it must be at least {smallest:g}")
        return value

    return checked


def check(
    api: Annotated[str, typer.Argument(metavar="API", hidden=True)],
    clauses: Annotated[list[str] | None, typer.Argument(metavar="CLAUSE", hidden=True)] = None,
    overlay: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="An Overlay to lay over the document first; repeatable."),
    ] = None,
    outside: Annotated[
        bool, typer.Option("--outside", help="Also read files outside of the document's folder that it refers to.")
    ] = False,
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Base address of the target, without the path prefix in the contract."),
    ] = None,
    token: Annotated[
        list[str] | None,
        typer.Option(metavar="[ROLE=]TOKEN", help="A credential; repeatable. Also read from UNDERSTUDY_TOKEN[_ROLE]."),
    ] = None,
    allow_writes: Annotated[
        bool | None, typer.Option("--allow-writes", help="Create objects on the target, change and delete them.")
    ] = None,
    strict: Annotated[bool | None, typer.Option("--strict", help="Count warnings as failures.")] = None,
    partial: Annotated[
        bool | None,
        typer.Option("--partial", help="Accept that documented clauses could not be shown: 0 instead of 4."),
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Seed of all random choices. [default: 1]")] = None,
    quick: Annotated[
        bool | None, typer.Option("--quick", help="Run only the clause scenarios, without generated cases.")
    ] = None,
    report_json: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report as JSON to this file.")
    ] = None,
    report_junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report as JUnit XML to this file.")
    ] = None,
    report_html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report as one HTML page to this file.")
    ] = None,
    waivers_file: Annotated[
        Path | None,
        typer.Option("--waivers", metavar="FILE", help="File with findings that are accepted until a date (YAML)."),
    ] = None,
    list_only: Annotated[
        bool, typer.Option("--list", help="List what would be judged, without sending anything.")
    ] = False,
    target_file: Annotated[
        Path | None,
        typer.Option("--target", metavar="FILE", help="File that holds any of these options (YAML)."),
    ] = None,
    auth: Annotated[
        str | None,
        typer.Option(
            metavar="TEMPLATE",
            help="How the credential travels: 'X-Auth-Token: {token}', 'Authorization: OAuth {token}', '?key={token}'.",
        ),
    ] = None,
    login: Annotated[
        str | None, typer.Option(metavar="URL", help="Address or path where the credential is obtained (OAuth client).")
    ] = None,
    login_field: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="A field of the login; repeatable. UNDERSTUDY_CLIENT_ID and UNDERSTUDY_CLIENT_SECRET are two.",
        ),
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A header to send with every request; credentials not anonymously."),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A value that the kit cannot find out; repeatable."),
    ] = None,
    path: Annotated[
        list[str] | None,
        typer.Option(metavar="STEP=NAME", help="The target's own name for a step of the contract's paths; repeatable."),
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=NAME", help="The target's own name for a query parameter; repeatable."),
    ] = None,
    body: Annotated[
        list[str] | None,
        typer.Option(metavar="OPERATION.MEMBER=VALUE", help="A value to use in the body of an operation; repeatable."),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(metavar="TYPE", help="The media type in which bodies are sent.")
    ] = None,
    documented_only: Annotated[
        bool | None, typer.Option("--documented-only", help="Leave out operations that the source only implies.")
    ] = None,
    later: Annotated[
        bool | None,
        typer.Option("--later", help="Judge the operations too that came after the source, by the general checks."),
    ] = None,
    ca: Annotated[Path | None, typer.Option(metavar="FILE", help="File with certificates to trust (PEM).")] = None,
    insecure: Annotated[bool | None, typer.Option("--insecure", help="Accept any certificate.")] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS", callback=_at_least(0.1), help="Time limit for one exchange, at least 0.1. [default: 10]"
        ),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(
            metavar="N", callback=_at_least(0), help="Maximum number of requests per second. [default: no limit]"
        ),
    ] = None,
    wait: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            callback=_at_least(0),
            help="Time in which the target may still be starting. [default: 0]",
        ),
    ] = None,
    limit: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            callback=_at_least(1),
            help=f"Time limit for the whole run, at least 1. [default: {LONGEST:g}]",
        ),
    ] = None,
    fail_fast: Annotated[bool | None, typer.Option("--fail-fast", help="End the run at the first failure.")] = None,
) -> None:
    """Judge a target by the clauses of an API.

    API is one of those that `understudy apis` lists, or the file or address of any OpenAPI document. If clauses are named
    (PK-027, DOC-listBooks-schema), only these are judged.

    Exit codes: 0 it conforms, 1 it does not, 2 wrong usage, 3 unreachable, 4 incomplete or not shown in full.
    """
    _keep_out_of_the_way()
    try:
        contract = contracts.named(api, tuple(overlay or ()), outside=outside)
        for line in contract.warnings:
            _complain(line)
        asked = options.settled(
            target_file,
            {
                "url": url,
                "tokens": target.tokens(token or (), target.roles(contract)),
                "auth": auth,
                "login": {**target.pairs(login_field or (), "--login-field"), **({"url": login} if login else {})},
                "headers": _headers(header or ()),
                "settings": target.pairs(setting or (), "--set"),
                "paths": target.pairs(path or (), "--path"),
                "parameters": target.pairs(parameter or (), "--parameter"),
                "bodies": options.bodies(body or ()),
                "encoding": encoding,
                "allow_writes": allow_writes,
                "documented_only": documented_only,
                "later": later,
                "strict": strict,
                "partial": partial,
                "quick": quick,
                "fail_fast": fail_fast,
                "clauses": clauses or None,
                "waivers": waivers_file and str(waivers_file),
                "report_json": report_json,
                "report_junit": report_junit,
                "report_html": report_html,
                "seed": seed,
                "ca": ca and str(ca),
                "insecure": insecure,
                "timeout": timeout,
                "rate": rate,
                "limit": limit,
                "wait": wait,
            },
            nowhere=NOWHERE if list_only else None,
        )
        aim, reports = asked.target, [(file, WRITERS[kind]) for kind, file in asked.reports.items()]
        accepted = waivers.read(asked.waivers, contract) if asked.waivers else ()
        if list_only:
            _any_encoding()
            print(visible(listing.plan(contract, aim, asked.profile, asked.clauses)), end="")
            return
        for place, _ in reports:
            output.prepare(place)
        if not asked.quick and find_spec("schemathesis") is None:
            raise UsageError(f"generated cases need Schemathesis: {generator.INSTALL}, or leave them out with --quick")
    except KitError as error:
        _fail(str(error), USAGE)
    text = cleaner(aim)
    try:
        with interruptible(), progress.shown(contract=contract) as run_progress:
            run_progress.begun = lambda state: _begin(text, state)
            found = run(
                contract,
                aim,
                asked.profile,
                seed=asked.seed,
                only=asked.clauses,
                generate=not asked.quick,
                fail_fast=asked.fail_fast,
                limit=asked.limit,
                progress=run_progress,
            )
    except UnreachableError as error:
        _fail(text(str(error)), UNREACHABLE)
    except KitError as error:
        _fail(text(str(error)), USAGE)
    except KeyboardInterrupt:
        _fail("interrupted before anything was judged", INCOMPLETE)
    report = clean(waivers.apply(found, accepted, dt.datetime.now(dt.UTC).date(), contract), aim)
    # The files come first: the reader of stdout may close the pipe after a few lines.
    written = _write(report, reports)
    _any_encoding()
    terminal.show(report, headed=False)
    raise SystemExit(report.exit_code if written else INCOMPLETE)


def explain(
    names: Annotated[list[str], typer.Argument(metavar="NAME", hidden=True)],
    overlay: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="An Overlay to lay over the document first; repeatable."),
    ] = None,
    outside: Annotated[
        bool, typer.Option("--outside", help="Also read files outside of the document's folder that it refers to.")
    ] = False,
) -> None:
    """Explain clauses and checks.

    NAME is the id of a clause (PK-027) or the name of a check. Of a clause it shows what the source says, where, and which
    checks judge it; of a check what it does, what it needs and which clauses it judges. Clauses of an OpenAPI document are
    named behind its file or address (`openapi.yaml DOC-listBooks-schema`).
    """
    _any_encoding()
    try:
        document = names.pop(0) if contracts.is_own(names[0]) else None
        own = contracts.named(document, tuple(overlay or ()), outside=outside) if document else None
        if not names:
            raise UsageError(f"name a clause or a check; understudy check {document} --list has all of them")
        print(visible("\n".join(listing.explained(name, own) for name in names)), end="")
    except KitError as error:
        _fail(str(error), USAGE)


def compare(
    old: Annotated[Path, typer.Argument(metavar="OLD.json", hidden=True)],
    new: Annotated[Path, typer.Argument(metavar="NEW.json", hidden=True)],
) -> None:
    """Compare two JSON reports.

    OLD.json is the earlier one. The exit code is 1 if the verdict on a clause got worse, else 0.
    """
    try:
        before, after = as_json.read(old), as_json.read(new)
        if before.get("api") != after.get("api"):
            raise UsageError(f"the reports are about different APIs: {before.get('api')} and {after.get('api')}")
    except KitError as error:
        _fail(str(error), USAGE)
    found = diff.changes(before, after)
    _any_encoding()
    diff.show(before, after, found, terminal.ReportConsole())
    raise SystemExit(int(any(change.regression for change in found)))


# --- the request -----------------------------------------------------------------------------------------------------


def _headers(given: Iterable[str]) -> dict[str, str]:
    """`NAME=VALUE` or `NAME: VALUE`; error messages leave out the text, which may contain a secret."""
    found = {}
    for number, text in enumerate(given, 1):
        name, value = re.split("[=:]", text, maxsplit=1) if re.search("[=:]", text) else (text, "")
        if name == text or not _NAME.fullmatch(name) or not value.isprintable():
            raise UsageError(f"--header number {number} is not of the form NAME=VALUE")
        found[name] = value.strip()
    return found


def _begin(clean: Clean, run: Run) -> None:
    """Print what was found before anything is judged."""
    _any_encoding()
    headline = f" at {run.target.url}, {'reads and writes' if run.profile.writes else 'read-only'}, seed {run.seed}"
    found = [(name, visible(clean(value))) for name, value in overview(run)]
    terminal.begin(run.contract.title, clean(headline), found)


# --- the reports -----------------------------------------------------------------------------------------------------


def _write(report: Report, reports: Iterable[tuple[Path, output.Write]]) -> bool:
    """Write all reports; False if one could not be written."""
    done = True
    for path, write in reports:
        try:
            output.put(report, path, write)
        except OSError as error:
            _complain(f"cannot write the report to {path}: {error.strerror or error}")
            done = False
    try:
        summary.append(report)
    except OSError as error:
        _complain(f"cannot write the summary to {error.filename}: {error.strerror or error}")
    return done


def _any_encoding() -> None:
    """Escape characters that the encoding of stdout lacks, instead of failing."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _complain(message: str) -> None:
    print(f"understudy: {visible(' '.join(message.split()))}", file=sys.stderr)


def _fail(message: str, code: int) -> NoReturn:
    _complain(message)
    raise SystemExit(code)
