"""A target file holds what options hold; what it must not hold is refused in one sentence that shows no value."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import typer
from typer.main import get_command

from understudy.conformance.evidence.errors import UsageError
from understudy.conformance.frontends import cli
from understudy.conformance.scope import target_file
from understudy.conformance.scope.target_file import MAPPINGS, names, read

#: What a file cannot hold: itself, and what makes a run something else.
COMMAND_ONLY = {"target", "list", "help", "overlay", "outside"}
#: Options that a file holds under another name.
PLURALS = {
    "token": "tokens",
    "header": "headers",
    "set": "settings",
    "path": "paths",
    "parameter": "parameters",
    "body": "bodies",
    "login_field": "login",
}


def options() -> set[str]:
    """The long names of the options of `understudy check`, in the spelling of a file."""
    application = typer.Typer()
    application.command("check")(cli.check)
    parameters = get_command(application).params
    names = {name for each in parameters for name in each.opts if name.startswith("--")}
    return {name.removeprefix("--").replace("-", "_") for name in names if "completion" not in name}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "target.yaml"


def test_a_file_may_hold_everything_that_options_hold() -> None:
    assert {PLURALS.get(name, name) for name in options() - COMMAND_ONLY} | {"clauses"} == set(names())


def test_the_mappings_are_those_of_the_schema() -> None:
    schema = target_file._schema()["properties"]
    objects = {name for name, part in schema.items() if part.get("type") == "object" or "$ref" in part}

    assert objects == set(MAPPINGS)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(json.dumps(target_file._schema())))


def test_a_file_takes_credentials_from_the_environment(place: Path) -> None:
    place.write_text("url: http://h\ntokens: {default: $MINE}\nlogin: {url: /t, client_secret: $ALSO}\n")

    members = read(place, {"MINE": "x", "ALSO": "y"})

    assert members["tokens"] == {"default": "x"}
    assert members["login"] == {"url": "/t", "client_secret": "y"}


def test_numbers_and_dates_may_stand_without_quotes_where_they_cannot_be_mistaken(place: Path) -> None:
    place.write_text("settings: {a: 12, b: true, c: 2026-01-02}\nheaders: {X-Tenant: 7}\n")

    assert read(place, {}) == {"settings": {"a": "12", "b": True, "c": "2026-01-02"}, "headers": {"X-Tenant": "7"}}


def test_files_that_it_names_lie_beside_it(place: Path) -> None:
    place.write_text("ca: certificates.pem\nwaivers: ../accepted.yaml\nreport_html: /tmp/report.html\n")

    assert read(place, {}) == {
        "ca": str(place.parent / "certificates.pem"),
        "waivers": str(place.parent / "../accepted.yaml"),
        "report_html": "/tmp/report.html",
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("urls: http://h", "There is no member 'urls'. The members are allow_writes, auth, "),
        ("- a", "must be a mapping. Its members are allow_writes"),
        ("tokens: [a]", "tokens is expected to be an object"),
        ("tokens: {default: 12345}", "tokens.default is expected to be a string; write it in quotes"),
        ("tokens: {default: $NOT_THERE}", "refers to the environment variable NOT_THERE"),
        ("timeout: 0", "timeout is expected to be at least 0.1"),
        ("timeout: soon", "timeout is expected to be a number"),
        ("allow_writes: maybe", "allow_writes is expected to be a boolean"),
        ("login: {client_id: x}", 'login is expected to have the member "url"'),
        ("paths: {v1/data_links: x}", "paths has a name that contains / or [?] or #"),
        ("bodies: {create_study: x}", "bodies.create_study is expected to be an object"),
        ("encoding: json", "encoding is expected to match the pattern"),
        ("a: [", "is not valid YAML"),
    ],
)
def test_an_invalid_file_is_refused(text: str, words: str, place: Path) -> None:
    place.write_text(text)

    with pytest.raises(UsageError, match=words.replace("$", r"\$")) as refused:
        read(place, {})

    assert "12345" not in str(refused.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path / "nothing.yaml")
