"""Options of `understudy serve`."""

from pathlib import Path

import pytest
from live import served, understudy


def test_an_address_of_the_sixth_internet_protocol_is_written_as_such() -> None:
    with served("consent-kit", "--host", "::1") as server, server.client() as client:
        assert server.address.startswith("http://[::1]:")
        assert client.get("/v1/projects").status_code == 200


def test_two_locales_take_turns() -> None:
    with served("consent-kit", "--locale", "ja_JP", "--locale", "de_DE") as server, server.client() as client:
        names = [each["first_name"] for each in client.get("/v1/participants?limit=100").json()["data"]]

    assert {any(ord(letter) > 0x3000 for letter in name) for name in names} == {True, False}


def test_the_size_multiplies_what_is_seeded() -> None:
    with served("consent-kit", "--size", "3") as server, server.client() as client:
        assert len(client.get("/v1/participants?limit=1000").json()["data"]) == 390


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("import not_there", "No module named 'not_there'"),
        ("first = 1\nanswers = (", "'(' was never closed (answers.py, line 2)"),
        ("first = 1\nfirst / 0", "ZeroDivisionError: division by zero (answers.py, line 2)"),
    ],
)
def test_handlers_that_cannot_be_imported_are_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, problem: str
) -> None:
    (tmp_path / "answers.py").write_text(source)
    monkeypatch.chdir(tmp_path)

    refused = understudy("serve", "--port", "0", "participant-kit", "--handlers", "answers")

    assert (refused.returncode, refused.stderr) == (2, f"understudy: --handlers answers: {problem}\n")


HANDLERS = """\
from json import dumps

def list_event(): return []
def list_projects(): return _none()
def _none(): return {"data": dumps([])}
retrieve_project = _none
"""
UNHEARD = (
    "understudy: --handlers answers: the function list_event answers no operation (if it is a helper, begin its name"
    " with _); did you mean "
)


@pytest.fixture
def handlers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "answers.py").write_text(HANDLERS)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("handlers")
@pytest.mark.parametrize("apis", [["consent-kit"], ["consent-kit", "forsta"]], ids=["one", "two"])
def test_a_handler_that_answers_no_operation_is_said_with_the_one_that_was_meant(apis: list[str]) -> None:
    with served(*apis, "--handlers", "answers") as server:
        pass

    [said] = [line for line in server.stderr.splitlines() if "--handlers" in line]
    assert said.startswith(UNHEARD)
    assert "list_events" in said


@pytest.mark.usefixtures("handlers")
def test_a_handler_that_answers_no_operation_stops_a_strict_start() -> None:
    refused = understudy("serve", "--port", "0", "consent-kit", "--handlers", "answers", "--strict")

    assert refused.returncode == 2
    assert refused.stderr.startswith(UNHEARD)
