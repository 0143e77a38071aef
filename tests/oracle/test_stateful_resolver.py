"""A stock Connexion application with one operation implemented and the rest answered from state, over real HTTP."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from live import running
from stock import connexion

from understudy.connexion import StatefulResolver
from understudy.specs import ContractError

NOTES = Path(__file__).with_name("notes")
DOCS = Path(__file__).parents[2] / "docs" / "connexion.md"
RED = {"Authorization": "Bearer token-red"}


def implemented(resolver: StatefulResolver | None) -> ModuleType:
    """The application's own functions."""
    module = ModuleType("implemented")

    async def finish_note(note_id: str, token_info: dict[str, Any]) -> Any:
        assert resolver is not None
        async with resolver.state() as state:
            note = await state.get("note", note_id)
            if note is None:
                return connexion.problem(404, "Not Found", f"{token_info['team']} has no such note")
            note["done"] = True
            await state.save("note", note)
            return await state.shown("note", note), 200, {"X-Method": connexion.request.method}

    async def health() -> str:
        return "fine"

    module.finish_note, module.health = finish_note, health  # type: ignore[attr-defined]
    return module


def application(**options: Any) -> tuple[Any, StatefulResolver]:
    own = ModuleType("own_notes")
    resolver = StatefulResolver(NOTES, root_path=own, **options)
    vars(own).update({name: f for name, f in vars(implemented(resolver)).items() if callable(f)})
    sys.modules["own_notes"] = own
    app = connexion.AsyncApp(__name__)
    app.add_api(resolver.document, resolver=resolver, security_map=resolver.security_map, validate_responses=True)
    return app, resolver


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    with running(application()[0]) as address:
        yield f"{address}/api"


@pytest.fixture
def client(served: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served, headers=RED) as client:
        yield client


def test_what_was_written_is_read_listed_and_deleted(client: httpx.Client) -> None:
    made = client.post("/notes", json={"text": "Post the letter"})
    assert made.status_code == 201
    note = made.json()

    assert client.get(f"/notes/{note['id']}").json() == note
    listed = client.get("/notes", params={"page": 2, "page[size]": 3}).json()
    assert listed["notes"] == [note]
    assert listed["total"] == 4
    assert client.delete(f"/notes/{note['id']}").status_code == 204

    gone = client.get(f"/notes/{note['id']}")
    assert gone.status_code == 404
    assert gone.headers["content-type"] == "application/problem+json"
    assert gone.json()["detail"] == f"There is no note with the id '{note['id']}'."
    assert client.get("/notes").json()["total"] == 3


def test_the_state_begins_with_the_seed_and_pages_lead_on(client: httpx.Client, served: str) -> None:
    first = client.get("/notes").json()

    assert [note["text"] for note in first["notes"]] == ["Buy paper", "Call Ada"]
    assert first["next"] == f"{served}/notes?page=2"
    assert [note["text"] for note in client.get(first["next"]).json()["notes"]] == ["Water the plants"]


def test_an_implemented_operation_is_an_ordinary_handler_over_the_same_state(client: httpx.Client) -> None:
    note = client.post("/notes", json={"text": "Finish"}).json()

    finished = client.post(f"/notes/{note['id']}/finish")

    assert finished.json() == {**note, "done": True}
    assert finished.headers["x-method"] == "POST"
    assert client.get("/notes", params={"done": True}).json()["notes"] == [finished.json()]
    client.delete(f"/notes/{note['id']}")


def test_an_operation_without_security_needs_no_token(served: str) -> None:
    assert httpx.get(f"{served}/health").text == "fine"


@pytest.mark.parametrize("token", [None, "token-green"])
def test_the_tokens_are_those_of_the_seed(served: str, token: str | None) -> None:
    refused = httpx.get(f"{served}/notes", headers={"Authorization": f"Bearer {token}"} if token else {})

    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Bearer")


def test_each_caller_sees_records_of_its_own(served: str, client: httpx.Client) -> None:
    note = client.get("/notes").json()["notes"][0]
    blue = httpx.Client(base_url=served, headers={"Authorization": "Bearer token-blue"})

    with blue:
        assert blue.get(f"/notes/{note['id']}").status_code == 404
        assert blue.post(f"/notes/{note['id']}/finish").json()["detail"] == "blue has no such note"
        assert blue.get("/notes").json() == {"notes": [], "total": 0, "next": None}


def test_connexion_checks_requests_as_ever(client: httpx.Client) -> None:
    refused = client.post("/notes", json={"text": ""})

    assert refused.status_code == 400
    assert refused.headers["content-type"] == "application/problem+json"


def test_an_application_with_a_login_of_its_own_works_on_the_records_of_the_default_caller() -> None:
    resolver = StatefulResolver(NOTES, root_path=implemented(None))
    sys.modules["implemented"] = implemented(resolver)
    document = resolver.document
    document["components"]["securitySchemes"]["token"]["x-bearerInfoFunc"] = f"{__name__}.anybody"
    app = connexion.AsyncApp(__name__)
    app.add_api(document, resolver=resolver)

    with running(app) as address:
        listed = httpx.get(f"{address}/api/notes", headers={"Authorization": "Bearer whatever"}).json()

    assert listed["total"] == 3


def anybody(token: str) -> dict[str, str]:
    """A login that takes every token."""
    return {"sub": token}


def test_reset_goes_back_to_the_seed() -> None:
    app, resolver = application()

    async def health() -> str:
        await resolver.reset()
        return "like new"

    vars(sys.modules["own_notes"])["health"] = health
    with running(app) as address, httpx.Client(base_url=f"{address}/api", headers=RED) as client:
        client.post("/notes", json={"text": "One more"})
        before = client.get("/notes").json()["total"]
        client.get("/health")

        assert before == 4
        assert client.get("/notes").json()["total"] == 3


class Operation:
    """What a resolver asks of an operation."""

    router_controller = None

    def __init__(self, operation_id: str, method: str, path: str) -> None:
        self.operation_id, self.method, self.path = operation_id, method, path


def test_with_mock_all_the_state_answers_what_is_implemented_too() -> None:
    resolver = StatefulResolver(NOTES, root_path="collections", function_resolver=lambda name: print, mock_all=True)

    assert resolver.resolve(Operation("list_notes", "get", "/notes")).function is not print
    resolver.mock_all = False
    assert resolver.resolve(Operation("list_notes", "get", "/notes")).function is print


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (
            Operation("finish_note", "post", "/notes/{note_id}/finish"),
            "finish_note is not implemented, and it is a custom",
        ),
        (Operation("other", "get", "/others"), "does not declare GET /others"),
    ],
)
def test_what_neither_can_answer_is_refused(operation: Operation, message: str) -> None:
    with pytest.raises(connexion.exceptions.ResolverError, match=message):
        StatefulResolver(NOTES).resolve(operation)


def test_a_contract_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="There is no API 'nothing'"):
        StatefulResolver("nothing")
    with pytest.raises(ContractError, match="No such file"):
        StatefulResolver(tmp_path)


def examples() -> list[str]:
    """The Python examples of the page: an application, its client, and a login of its own."""
    return re.findall(r"^```python\n(.*?)^```$", DOCS.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def test_the_example_of_the_page_does_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server, client, _ = examples()
    (tmp_path / "panels.py").write_text(server, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    with running(__import__("panels").app) as address:
        exec(client.replace("http://127.0.0.1:8000", address), {})


def statuses(app: Any, path: str, scheme: str, tokens: list[str]) -> list[tuple[int, str]]:
    """How an application answers each token: the status, and the reason or the id of the first record."""
    with running(app) as address:
        replies = [httpx.get(f"{address}{path}", headers={"Authorization": f"{scheme} {token}"}) for token in tokens]
    return [(reply.status_code, reply.json().get("detail", "")) for reply in replies]


def test_without_a_security_map_or_a_login_nobody_comes_in() -> None:
    resolver = StatefulResolver("participant-kit")
    app = connexion.AsyncApp(__name__)
    app.add_api(resolver.document, resolver=resolver)

    refused = (401, "No authorization token provided")
    assert statuses(app, "/v1/projects", "Bearer", ["mock-token", "zz"]) == [refused, refused]


def test_the_login_of_the_page_decides_who_comes_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    login = "def login(token):\n    return None if token == 'wrong' else {'sub': token}\n"
    (tmp_path / "panels_login.py").write_text(login, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    resolver = StatefulResolver("participant-kit")
    app = connexion.AsyncApp(__name__)
    exec(examples()[2].replace("panels.login", "panels_login.login"), {"resolver": resolver, "app": app})

    answered = statuses(app, "/v1/projects", "Bearer", ["mock-token", "zz", "wrong"])

    assert [status for status, _ in answered] == [200, 200, 401]


def test_an_api_with_keys_takes_the_login_for_keys() -> None:
    resolver = StatefulResolver("prolific")
    document = resolver.document
    document["components"]["securitySchemes"]["token"]["x-apikeyInfoFunc"] = f"{__name__}.key_holder"
    app = connexion.AsyncApp(__name__)
    app.add_api(document, resolver=resolver, resolver_error=501)

    path = next(op.path for op in resolver.contract.operations.values() if op.id == "list_workspaces")
    assert [status for status, _ in statuses(app, path, "Token", ["mock-token"])] == [200]


def key_holder(key: str, required_scopes: Any = None) -> dict[str, str]:
    """A login that takes every key."""
    return {"sub": key}


def started(root_path: str) -> None:
    """Let Connexion resolve every operation of the notes, as at the start of an application."""
    resolver = StatefulResolver(NOTES, root_path=root_path)
    for operation in resolver.contract.operations.values():
        resolver.resolve(Operation(operation.id, operation.method.lower(), operation.path))


@pytest.mark.parametrize(
    ("source", "root", "message"),
    [
        ("import no_such_thing\n", "{name}", "cannot be imported: No module named 'no_such_thing'"),
        ("from json import nothing\n", "{name}", "cannot be imported: cannot import name 'nothing' from 'json'"),
        ("import json\njson.nothing\n", "{name}", "cannot be imported: module 'json' has no attribute 'nothing'"),
        ("", "no.such.module", "root_path 'no.such.module' cannot be imported: No module named 'no'"),
        ("", "{name}.inside", "cannot be imported: No module named '{name}.inside'"),
    ],
    ids=["a missing module", "a missing name", "another error", "no root", "nothing in the root"],
)
def test_a_module_of_the_application_that_cannot_be_imported_is_not_passed_over(
    source: str, root: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"broken_{abs(hash(message))}"
    (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(ImportError, match=re.escape(message.format(name=name))):
        started(root.format(name=name))


def test_a_broken_module_stops_the_start_of_the_application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_inside.py").write_text("import no_such_thing\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    resolver = StatefulResolver(NOTES)
    document = resolver.document
    for item in document["paths"].values():
        for operation in (each for each in item.values() if isinstance(each, dict)):
            operation["operationId"] = f"broken_inside.{operation['operationId']}"
    app = connexion.AsyncApp(__name__)
    app.add_api(document, resolver=resolver, security_map=resolver.security_map)

    with pytest.raises(ImportError, match="No module named 'no_such_thing'"):
        app.test_client().__enter__()


def test_what_the_state_answers_is_logged_once_as_a_list(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "understudy"), running(application()[0]) as address:
        httpx.get(f"{address}/api/notes", headers=RED)

    lines = [record.getMessage() for record in caplog.records if "answered from the state" in record.getMessage()]
    assert len(lines) == 1
    assert "list_notes" in lines[0]
    assert "health" not in lines[0]


@pytest.mark.parametrize("path", ["./folder", "specs/lookit", "C:\\contracts"])
def test_a_path_that_is_a_text_is_refused_with_what_to_pass(path: str) -> None:
    with pytest.raises(ContractError, match="pass the folder of a contract as Path"):
        StatefulResolver(path)
