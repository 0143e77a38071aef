"""`understudy init`: a folder for a contract of one's own, which is served and judged like a prepared API."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from live import served, understudy
from unprepared.judging import contract

from understudy.conformance.frontends.contracts import named
from understudy.conformance.judging.registry import ruled, unruled
from understudy.specs import ContractError, apis, load, load_folder

LIBRARY = Path(__file__).parents[1] / "unprepared" / "library.yaml"
CLAUSE = """
- id: LI-001
  operations: [getBook]
  statement: A book has a title.
  source: The handbook
  kind: schema
  level: documented
  profile: read-only
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    done = understudy("init", str(LIBRARY), "library")
    assert (done.returncode, done.stderr) == (0, "")
    return tmp_path / "library"


def append(file: Path, text: str) -> None:
    file.write_text(file.read_text() + text)


def test_the_folder_has_the_register_that_is_made_of_the_document(folder: Path) -> None:
    made = contract("library.yaml")
    found = load_folder(folder)

    assert found.clauses == made.clauses
    assert found.rules == made.rules
    assert (folder / "openapi.yaml").read_bytes() == LIBRARY.read_bytes()


def test_nothing_is_left_unjudged(folder: Path) -> None:
    assert unruled(load_folder(folder)) == frozenset()


def test_it_is_served_beside_a_prepared_api_and_conforms(folder: Path) -> None:
    with served("library", "consent-kit") as server:
        done = understudy(
            *("check", "library", "--url", f"{server.address}/library", "--token", "mock-token"),
            *("--allow-writes", "--quick"),
        )

    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("Library conforms\n")


def test_it_overwrites_nothing(folder: Path) -> None:
    (folder / "seed.yaml").write_text("mine")
    done = understudy("init", str(LIBRARY), "library")

    assert (done.returncode, done.stderr) == (2, "understudy: library: it exists already, and is not overwritten\n")
    assert (folder / "seed.yaml").read_text() == "mine"


@pytest.mark.parametrize(
    ("document", "name", "says"),
    [
        ("missing.yaml", "own", "missing.yaml"),
        ("bad.yaml", "own", "bad.yaml: line 1"),
        ("idle.yaml", "own", "idle.yaml: it has no operations"),
        ("missing.yaml", "prolific", "prolific: there is an API prolific already"),
        ("missing.yaml", "nowhere/own", "nowhere/own: there is no folder nowhere"),
        ("missing.yaml", "-- own", "cannot be the name of an API"),
    ],
)
def test_a_failure_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, document: str, name: str, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.yaml").write_text("[")
    (tmp_path / "idle.yaml").write_text("{openapi: 3.1.0, info: {title: Idle, version: '1'}, paths: {}}")
    done = understudy("init", "--", document, name)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert says in done.stderr
    assert {each.name for each in tmp_path.iterdir()} == {"bad.yaml", "idle.yaml"}


def test_a_document_of_many_files_becomes_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pet.yaml").write_text("{type: object, properties: {id: {type: integer}}}")
    reply = {"description": "One.", "content": {"application/json": {"schema": {"$ref": "pet.yaml"}}}}
    paths = {"/pets/{id}": {"get": {"operationId": "getPet", "responses": {"200": reply}}}}
    document = {"openapi": "3.0.0", "info": {"title": "Pets", "version": "1"}, "paths": paths}
    (tmp_path / "pets.yaml").write_text(yaml.safe_dump(document))
    assert understudy("init", "pets.yaml", "pets").returncode == 0
    (tmp_path / "pet.yaml").unlink()

    assert list(load_folder(tmp_path / "pets").operations) == ["getPet"]


def test_a_clause_that_nothing_judges_names_the_file_of_the_rules(folder: Path) -> None:
    append(folder / "clauses.yaml", CLAUSE)
    with served("library") as server:
        done = understudy("check", "library", "--url", server.address, "--token", "mock-token", "--quick", "LI-001")

    assert done.returncode == 4
    assert "nothing judges it; a rule for it goes into library/rules.yaml" in done.stdout


def test_a_clause_on_a_member_is_judged_by_the_rule_that_names_it(folder: Path) -> None:
    append(folder / "clauses.yaml", CLAUSE)
    append(folder / "rules.yaml", "schemas: {Book.title: LI-001}\n")

    assert unruled(load_folder(folder)) == frozenset()
    assert "objects.objects-match-their-schemas" in understudy("explain", "library", "LI-001").stdout


@pytest.mark.parametrize("api", apis())
def test_the_rules_of_the_prepared_apis_are_known(api: str) -> None:
    assert ruled(load(api)).api == api


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ("aspects: {reply: {statsu: [DOC-getBook-status]}}", "/aspects/reply/statsu: no check has the rule"),
        ("aspects: {reply: {status: [DOC-getBok-status]}}", "/aspects/reply/status: there is no clause"),
        ("schemas: {Bok.title: [DOC-getBook-schema]}", "/schemas/Bok.title: there is no schema 'Bok'"),
        ("causes: {XX-001: [DOC-getBook-schema]}", "/causes/XX-001: there is no clause 'XX-001'"),
        ("aspect: {}", "there is no member 'aspect'; did you mean aspects?"),
        ("schemas: {Book.title: 7}", "/schemas/Book.title: "),
        ("schemas: [", "line 3"),
    ],
)
def test_wrong_rules_are_refused_with_file_line_and_place(folder: Path, rules: str, says: str) -> None:
    (folder / "rules.yaml").write_text(f"# Rules.\n{rules}\n")

    with pytest.raises(ContractError) as caught:
        ruled(load_folder(folder))

    assert str(caught.value).startswith("library/rules.yaml: ")
    assert says in str(caught.value)
    assert str(caught.value).endswith("(line 2)") or "line 3" in says or says.startswith("there is no member")


def test_an_overlay_beside_a_folder_is_refused(folder: Path) -> None:
    done = understudy("check", "library", "--list", "--overlay", "library/overlay.yaml")

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "library has its overlay in overlay.yaml" in done.stderr


def test_the_kit_reads_a_folder_by_its_path(folder: Path) -> None:
    assert named(str(folder)).api == "library"
