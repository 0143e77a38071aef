"""`understudy check` and `understudy explain` as a person, a script or a CI job calls them."""

from __future__ import annotations

import importlib
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Tree

import httpx
import pytest
import typer
from crooked import crooked
from live import COMMAND, TLS, running, understudy
from typer.testing import CliRunner, Result

from understudy.conformance.frontends.cli import check, explain
from understudy.specs import load

APP = typer.Typer()
APP.command()(check)
APP.command()(explain)

KIT = "participant-kit"
#: A clause that needs a study to be made.
WRITING = "PK-088"

NUMBERS = itertools.count(1)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("UNDERSTUDY_TOKEN") or name == "GITHUB_STEP_SUMMARY":
            monkeypatch.delenv(name)


@pytest.fixture
def mock(addresses: Callable[[str], str]) -> Iterator[str]:
    """The address of a correct target with a state of its own."""
    name = f"cli-{next(NUMBERS)}"
    yield f"{addresses(KIT)}/_session/{name}"
    httpx.delete(f"{addresses(KIT)}/_mock/sessions/{name}", verify=TLS)


@pytest.fixture(scope="module")
def wrong() -> Iterator[str]:
    """The address of a target that breaks promises."""
    with running(crooked()) as address:
        yield address


def call(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(APP, ["check", KIT, *arguments], env=environment)


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


# --- a whole run ------------------------------------------------------------------------------------------------------


def test_a_correct_target_conforms_and_every_report_says_so(
    mock: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [tmp_path / "new" / name for name in ("report.json", "report.xml", "report.html")]
    options = [f"--report-{kind}={place}" for kind, place in zip(("json", "junit", "html"), places, strict=True)]
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    run = understudy("check", KIT, "--url", mock, "--token", "mock-token", "--quick", *options)

    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.splitlines()[-1] == "Participant Kit conforms"
    assert read(places[0])["summary"]["fail"] == 0
    assert len(Tree.parse(places[1]).findall(".//testcase")) == len(read(places[0])["results"])
    assert "Participant Kit <span" in places[2].read_text("utf-8")
    assert summary.read_text("utf-8").startswith("## Participant Kit: conforms\n")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["report.html", "report.json", "report.xml"]


def test_a_report_goes_through_a_link_and_into_a_pipe(mock: str, tmp_path: Path) -> None:
    file, link, pipe = tmp_path / "report.json", tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(file)
    os.mkfifo(pipe)
    heard: list[str] = []
    reader = threading.Thread(target=lambda: heard.append(pipe.read_text("utf-8")), daemon=True)
    reader.start()
    options = ["--report-json", str(link), "--report-html", str(pipe)]
    run = call("--url", mock, "--token", "mock-token", "--quick", *options, "PK-026")

    assert run.exit_code == 0
    assert link.is_symlink()
    assert pipe.is_fifo()
    assert read(file)["summary"]["pass"] == 1
    reader.join(20)
    assert heard[0].rstrip().endswith("</html>")


def test_nothing_that_a_run_writes_contains_a_token(wrong: str, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    options = [f"--report-{kind}={tmp_path / kind}" for kind in ("json", "junit", "html")]
    run = call("--url", wrong, "--quick", *options, UNDERSTUDY_TOKEN="mock-token", GITHUB_STEP_SUMMARY=str(summary))

    assert run.exit_code == 1
    assert "mock-token" not in run.output
    assert [path.name for path in tmp_path.iterdir() if "mock-token" in path.read_text("utf-8")] == []
    assert len(list(tmp_path.iterdir())) == 4


def test_the_printed_command_reproduces_the_finding(wrong: str, tmp_path: Path) -> None:
    call("--url", wrong, "--token", "mock-token", "--quick", "--report-json", str(tmp_path / "r.json"), "PK-026")
    found = read(tmp_path / "r.json")["results"][0]
    repeated = subprocess.run(
        ["bash", "-c", found["curl"]],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "TOKEN": "mock-token"},
    )

    assert (found["verdict"], found["actual"]) == ("fail", "4 objects")
    assert repeated.stdout.count('"id"') == 4


def test_an_old_encoding_and_a_reader_that_leaves_early_do_no_harm(mock: str, tmp_path: Path) -> None:
    place = tmp_path / "report.json"
    command = [*COMMAND, "check", KIT, "--url", mock, "--token", "mock-token", "--quick", "--report-json", str(place)]
    kit = subprocess.Popen(
        [*command, "PK-026"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
    )
    assert kit.stdout is not None
    assert kit.stderr is not None
    kit.stdout.close()
    complaints = kit.stderr.read()
    kit.stderr.close()

    assert (kit.wait(60), complaints) == (0, b"")
    assert read(place)["summary"]["pass"] == 1


# --- exit codes -------------------------------------------------------------------------------------------------------


def test_a_target_that_breaks_a_documented_clause_ends_with_1(wrong: str) -> None:
    assert call("--url", wrong, "--token", "mock-token", "--quick", "PK-026").exit_code == 1


def test_an_implied_clause_is_a_warning_unless_strict(wrong: str) -> None:
    arguments = ("--url", wrong, "--token", "mock-token", "--quick", "PK-041")

    assert call(*arguments).exit_code == 0
    assert call(*arguments, "--strict").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "no address"),
        (("--url", "ftp://x"), "not an http or https address"),
        (("--url", "http://x", "PK-999"), "There is no clause 'PK-999' in Participant Kit. Similar names are PK-"),
        (
            ("--url", "http://x", "--token", "owner=x1", "LK-030"),
            "There is no role 'owner'. The roles are default, other. Write",
        ),
        (("--url", "http://x", "--token", "x1", "LK-030"), "There is no clause 'LK-030' in Participant Kit."),
        (("--url", "http://me:secret@x"), "pass them with --header"),
        (
            ("--url", "http://x", "--set", "foo=1", "PK-026"),
            "There is no setting 'foo' for Participant Kit. The settings are consent_id, ",
        ),
        (("--url", "http://x", "--set", "nonsense"), "not of the form NAME=VALUE"),
        (("--url", "http://x", "--header", "non sense=secret"), "--header number 1"),
        (("--url", "http://x", "--waivers", "none.yaml"), "none.yaml"),
        (("--target", "none.yaml"), "none.yaml"),
        (("--url", "http://x", "--report-json", "/dev/null/report.json"), "cannot write a report"),
        (("--url", "http://x", "--report-html", "/"), "cannot write a report"),
        (("--url", "http://x", "--ca", "none.pem"), "none.pem"),
        (("--url", "http://x", "--timeout", "0"), "--timeout': 0 is too small; it must be at least 0.1"),
        (("--url", "http://x", "--limit", "0.5"), "--limit': 0.5 is too small; it must be at least 1"),
        (("--url", "http://x", "--rate", "nan"), "--rate': nan is too small; it must be at least 0"),
        (("--unknown",), "No such option"),
    ],
)
def test_wrong_usage_ends_with_2_and_is_named(arguments: tuple[str, ...], message: str) -> None:
    run = call("--quick", *arguments)

    assert run.exit_code == 2
    assert message in run.stderr
    assert "secret" not in run.output


def test_a_retired_clause_is_wrong_usage_and_its_replacement_is_named() -> None:
    clause = next(each for each in load("lookit").clauses if each.retired)
    for more in ((), ("--list",)):
        run = CliRunner().invoke(APP, ["check", "lookit", "--quick", "--url", "http://x", *more, clause.id])

        assert (run.exit_code, run.stdout) == (2, "")
        assert f"{clause.id} is retired: {clause.retired}" in run.stderr


def test_an_unknown_api_ends_with_2_and_the_known_ones_are_named() -> None:
    run = CliRunner().invoke(APP, ["check", "nonesuch", "--url", "http://x"])

    assert run.exit_code == 2
    assert "There is no API 'nonesuch'. The APIs are consent-kit, forsta" in run.stderr


@pytest.mark.parametrize(
    ("url", "token", "message"),
    [
        ("http://127.0.0.1:1", "mock-token", "unreachable"),
        ("{mock}", "secret-of-mine", "the target refuses the token"),
        ("{mock}", None, "none was given for the role default (--token default=…)"),
        ("{mock}/elsewhere", "secret-of-mine", "wrong base address"),
    ],
)
def test_a_target_that_cannot_be_judged_ends_with_3(mock: str, url: str, token: str | None, message: str) -> None:
    run = call("--quick", "--url", url.format(mock=mock), *(["--token", token] if token else []))

    assert run.exit_code == 3
    assert message in run.stderr
    assert "secret-of-mine" not in run.output


def test_a_run_that_judged_nothing_is_not_green(mock: str) -> None:
    run = call("--quick", "--url", mock, "--token", "mock-token", WRITING)

    assert run.exit_code == 4
    assert "1 not judged: needs writes; judged with --allow-writes" in run.stdout


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_with_4_a_partial_report_and_a_clean_target(
    addresses: Callable[[str], str], tmp_path: Path, sent: signal.Signals
) -> None:
    target = f"{addresses(KIT)}/_session/cli-{sent.name}"
    command = [*COMMAND, "check", KIT, "--url", target, "--token", "mock-token", "--quick", "--allow-writes"]
    with httpx.Client(base_url=target, headers={"Authorization": "Bearer mock-token"}, timeout=30) as client:
        kit = subprocess.Popen(
            [*command, "--rate", "12", "--report-json", str(tmp_path / "r.json"), "PK-025", WRITING, "PK-093"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            until = time.monotonic() + 90
            while not _made(client) and kit.poll() is None and time.monotonic() < until:
                time.sleep(0.05)
            kit.send_signal(sent)
            out, _ = kit.communicate(timeout=60)
        finally:
            kit.kill()
        made = _made(client)
        left = {client.get(f"/v1/studies/{name}").status_code for name in made}
        client.delete(f"{addresses(KIT)}/_mock/sessions/cli-{sent.name}")
    report = read(tmp_path / "r.json")

    assert kit.returncode == 4, out
    assert report["incomplete"] == "interrupted"
    assert report["leftovers"] == []
    assert "The run ended early: interrupted" in out
    assert made
    assert left == {404}


def _made(client: httpx.Client) -> list[str]:
    """The studies that were made in a session, as its journal has them."""
    requests = client.get("/_mock/requests").json()["requests"]
    return [
        each["reply"]["body"]["id"]
        for each in requests
        if each["operation"] == "create_study" and each["status"] == 201
    ]


# --- options ----------------------------------------------------------------------------------------------------------


def test_only_the_clauses_that_are_named_are_judged_in_any_case(mock: str, tmp_path: Path) -> None:
    run = call(
        "--quick", "--url", mock, "--token", "mock-token", "--report-json", str(tmp_path / "r"), "pk-026", "PK-025"
    )

    assert run.exit_code == 0
    assert [each["clause"] for each in read(tmp_path / "r")["results"]] == ["PK-025", "PK-026"]


def test_a_target_file_gives_address_token_and_pace(mock: str, tmp_path: Path) -> None:
    file = tmp_path / "target.yaml"
    file.write_text(f"url: {mock}\ntokens: {{default: $KIT_TOKEN}}\ntimeout: 5\nrate: 1000\n")

    assert call("--quick", "--target", str(file), "PK-025", KIT_TOKEN="mock-token").exit_code == 0


def test_options_override_the_environment_and_that_overrides_the_file(mock: str, tmp_path: Path) -> None:
    file = tmp_path / "target.yaml"
    file.write_text("url: http://127.0.0.1:1\ntokens: {default: one}\n")

    right = call("--quick", "--target", str(file), "--url", mock, "PK-025", UNDERSTUDY_TOKEN="mock-token")
    wrong = call(
        "--quick", "--target", str(file), "--url", mock, "--token", "two", "PK-025", UNDERSTUDY_TOKEN="mock-token"
    )

    assert (right.exit_code, wrong.exit_code) == (0, 3)


@pytest.mark.parametrize("header", ["X-Mock-Session=elsewhere", "X-Mock-Session: elsewhere"])
def test_a_header_goes_with_every_request(addresses: Callable[[str], str], header: str) -> None:
    address = addresses(KIT)
    run = call("--quick", "--url", address, "--token", "mock-token", "--header", header, "PK-025")
    sessions = httpx.get(f"{address}/_mock/sessions").text
    httpx.delete(f"{address}/_mock/sessions/elsewhere")

    assert run.exit_code == 0
    assert "elsewhere" in sessions


def test_fail_fast_ends_at_the_first_failure(wrong: str, tmp_path: Path) -> None:
    run = call("--quick", "--url", wrong, "--token", "mock-token", "--fail-fast", "--report-json", str(tmp_path / "r"))

    assert run.exit_code == 1
    assert read(tmp_path / "r")["incomplete"].startswith("--fail-fast")


def test_a_run_that_lasts_too_long_ends_with_what_it_found(mock: str) -> None:
    run = call("--quick", "--url", mock, "--token", "mock-token", "--rate", "4", "--limit", "1")

    assert run.exit_code == 4
    assert "The run ended early: the time limit" in run.stdout


def test_waivers_turn_findings_into_waived_ones(wrong: str, tmp_path: Path) -> None:
    entry = "reason: The last project comes twice.\n  owner: platform team\n  until: 2999-12-31\n"
    file = tmp_path / "waivers.yaml"
    file.write_text(f"- clause: PK-026\n  {entry}")
    arguments = ("--quick", "--url", wrong, "--token", "mock-token", "--waivers", str(file))
    waived, unneeded = call(*arguments, "PK-026"), call(*arguments, "PK-026", "PK-025")
    file.write_text(f"- clause: PK-007\n  {entry}")
    other = call(*arguments, "PK-007")

    assert (waived.exit_code, unneeded.exit_code, other.exit_code) == (0, 1, 1)
    assert "PK-026: The last project comes twice. (platform team, until 2999-12-31)" in waived.stdout
    assert "the waiver for PK-007 is not needed" in other.stdout


# --- list -------------------------------------------------------------------------------------------------------------


def test_a_list_shows_what_would_be_judged_and_sends_nothing() -> None:
    run = call("--list", "--url", "http://127.0.0.1:1", "--token", "other=x")
    lines = {line[:6]: line for line in run.stdout.splitlines()}

    assert run.exit_code == 0
    assert lines["PK-027"] == "PK-027  documented  pages.a-page-is-capped"
    assert lines[WRITING].endswith("needs writes; judged with --allow-writes")
    assert re.fullmatch(r"\d+ clauses judged by \d+ checks, \d+ left out", run.stdout.splitlines()[-1])


def test_a_list_needs_no_address() -> None:
    run = call("--list", "--allow-writes", WRITING)

    assert run.exit_code == 0
    assert run.stdout.splitlines()[-1].startswith("1 clause judged by 3 checks, ")


# --- explain ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("PK-027", ["limit is capped at 100", "List all projects", "list_panels GET /v1/panels", "documented"]),
        ("pk-027", ["pages.a-page-is-capped: A limit above 100 does not fail"]),
        ("PK-035", ["A-PK-05: lists never fail", "counts as the default"]),
        ("PK-059", ["not judged", "Nothing in the API lets a panellist opt in or out."]),
        ("PK-080", ["needs --allow-writes"]),
        ("PK-003", ["operations all"]),
        ("paging.lists-do-not-fail", ["Participant Kit: PK-034, PK-035, PK-036", "read access only"]),
    ],
)
def test_explain_shows_all_about_a_clause_or_a_check(name: str, parts: list[str]) -> None:
    run = CliRunner().invoke(APP, ["explain", name])
    words = " ".join(run.stdout.split())

    assert run.exit_code == 0
    assert [part for part in parts if part not in words] == []


def test_explain_suggests_names_similar_to_an_unknown_one() -> None:
    run = CliRunner().invoke(APP, ["explain", "PK-999"])

    assert run.exit_code == 2
    assert re.search(r"There is no clause or check 'PK-999'. Similar names are PK-\d+", run.stderr)


# --- help and installation --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["check", "diff", "explain"])
def test_the_help_shows_neither_types_nor_ranges_of_python(name: str) -> None:
    run = understudy(name, "--help")

    assert re.findall(r"<.*>|x>=|default: \d+\.0", run.stdout) == []


def test_the_summaries_of_the_commands_fit_their_lines() -> None:
    run = understudy("--help")
    own = [line for line in run.stdout.splitlines() if re.match("  (check|diff|explain) ", line)]

    assert [line for line in own if line.endswith("...")] == []
    assert len(own) == 3


def test_without_schemathesis_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    # A module that is None in sys.modules cannot be found, as if it were not installed.
    monkeypatch.setitem(sys.modules, "schemathesis", None)
    monkeypatch.delitem(sys.modules, "understudy.conformance.frontends.schemathesis_hooks", raising=False)
    run = CliRunner().invoke(APP, ["check", "lookit", "--url", "http://127.0.0.1:1"])

    assert run.exit_code == 2
    assert "install it with pip install 'understudy[kit]', or leave them out with --quick" in run.stderr
    with pytest.raises(ImportError, match=r"^these hooks need Schemathesis: install it with pip install"):
        importlib.import_module("understudy.conformance.frontends.schemathesis_hooks")


@pytest.mark.long
def test_a_run_leaves_nothing_in_the_folder_that_it_is_started_in(mock: str, tmp_path: Path) -> None:
    arguments = ("check", KIT, "--url", mock, "--token", "default=mock-token")
    done = subprocess.run([*COMMAND, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert "conforms" in done.stdout, done.stderr
    assert [*tmp_path.iterdir()] == []
