"""`understudy check` and `explain` on the file of a document, and the same in pytest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from live import served, understudy
from unprepared.judging import path_of

DOCUMENT = str(path_of("library.yaml"))


def test_a_file_is_judged_with_a_report_of_its_levels(tmp_path: Path) -> None:
    with served(DOCUMENT) as server:
        report = tmp_path / "report.json"
        run = understudy(
            *("check", DOCUMENT, "--url", server.address, "--token", "any-key", "--allow-writes", "--quick"),
            *("--report-json", str(report)),
        )

    assert run.returncode == 0, run.stdout + run.stderr
    assert "Library conforms" in run.stdout
    results = json.loads(report.read_text())["results"]
    assert {each["level"] for each in results} == {"documented", "inferred", "ambiguous"}
    assert {each["clause"] for each in results} >= {"DOC-getBook-schema", "DOC-createBook-listed"}


def test_a_credential_may_be_a_header() -> None:
    with served(DOCUMENT) as server:
        run = understudy(
            "check",
            DOCUMENT,
            "--url",
            server.address,
            "--header",
            "X-Library-Key=any",
            "--quick",
            "doc-listbooks-credential",
        )

    assert run.returncode == 0, run.stdout + run.stderr


def test_a_base_address_with_the_path_of_the_document_is_explained() -> None:
    with served(DOCUMENT) as server:
        run = understudy("check", DOCUMENT, "--url", f"{server.address}/v1", "--token", "any", "--quick")

    assert run.returncode == 3
    assert "a part of the contract's own paths (/v1)" in run.stderr


def test_clauses_of_a_file_are_listed_and_explained() -> None:
    plan = understudy("check", DOCUMENT, "--list")
    about = understudy("explain", DOCUMENT, "doc-createBook-kept")

    assert "DOC-getBook-unknown  documented  refused.what-does-not-exist-is-not-found" in plan.stdout
    assert "DOC-createBook-kept  not judged  needs writes" in plan.stdout
    assert "DOC-renewBook-status  not judged  what a call would change is not known" in plan.stdout
    assert about.returncode == 0
    assert "What was created can be read, with what was sent." in about.stdout
    assert "/paths/~1books/post" in about.stdout


@pytest.mark.parametrize(("text", "message"), [("a: 1", "not an OpenAPI document"), ("{", "line 1")])
def test_a_file_that_is_not_a_document_is_wrong_usage(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "no.yaml").write_text(text)
    run = understudy("check", str(tmp_path / "no.yaml"), "--url", "http://127.0.0.1:1")

    assert run.returncode == 2
    assert message in run.stderr


def test_an_unknown_clause_of_a_file_is_wrong_usage() -> None:
    run = understudy("explain", DOCUMENT, "DOC-getBook-shema")

    assert run.returncode == 2
    assert "DOC-getBook-schema" in run.stderr


def test_a_file_that_is_not_there_is_wrong_usage() -> None:
    run = understudy("check", "nowhere.yaml", "--url", "http://127.0.0.1:1")

    assert run.returncode == 2
    assert "there is no file 'nowhere.yaml'" in run.stderr


def test_what_cannot_be_honoured_in_a_document_is_said(tmp_path: Path) -> None:
    text = Path(DOCUMENT).read_text().replace('schemas/Book"', 'schemas/Nothing"')
    (tmp_path / "dangling.yaml").write_text(text)
    run = understudy("check", str(tmp_path / "dangling.yaml"), "--list")

    assert run.returncode == 0
    assert "/components/schemas/Nothing" in run.stderr


def test_a_document_without_a_clause_is_not_explained() -> None:
    run = understudy("explain", DOCUMENT)

    assert run.returncode == 2
    assert "--list has all of them" in run.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("check", "odd.yaml", "--list"),
        ("check", "odd.yaml", "--list", "DOC-none"),
        ("check", "odd.yaml", "--url", "http://127.0.0.1:1"),
        ("explain", "odd.yaml", "DOC-GET-a-31mb-status"),
        ("infer", "odd.yaml"),
    ],
)
def test_a_terminal_obeys_nothing_in_a_document(words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").write_text(
        r'{openapi: 3.1.0, info: {title: "T\e[31m", version: "1"}, paths: {"/a\e[31mb": {get: {responses: {"200": '
        r'{$ref: "#/\e[31m"}}}}}}'
    )
    run = understudy(*(str(tmp_path / each) if each == "odd.yaml" else each for each in words))

    assert "[31m" in run.stdout + run.stderr
    assert "\x1b" not in run.stdout + run.stderr


def test_findings_on_a_document_may_be_waived(tmp_path: Path) -> None:
    waivers, text = tmp_path / "waivers.yaml", "reason: It is being mended.\n  owner: the team\n  until: 2999-01-01\n"
    waivers.write_text(f"- clause: DOC-getBook-schema\n  {text}")
    options = ("check", DOCUMENT, "--token", "any", "--quick", "DOC-getBook-schema", "--waivers", str(waivers))
    with served(DOCUMENT) as server:
        run = understudy(*options, "--url", server.address)

    assert run.returncode == 1
    assert "the waiver for DOC-getBook-schema is not needed" in run.stdout


def test_a_document_is_judged_in_pytest(tmp_path: Path) -> None:
    with served(DOCUMENT) as server:
        options = ("--understudy-api", DOCUMENT, "--understudy-url", server.address, "--understudy-token", "any-key")
        run = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-p",
                "no:cacheprovider",
                "-p",
                "understudy.conformance.frontends.pytest_plugin",
                "--pyargs",
                "understudy.conformance.suite",
                *options,
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            cwd=tmp_path,
            env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},  # which is faster
        )

    assert run.returncode == 0, run.stdout
    assert " passed" in run.stdout
