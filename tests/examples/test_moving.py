"""The example that moves to a real server: four steps with real processes, and one address for the front end."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
from live import served
from moving import DOCUMENT, FOLDER, real_server
from ports import free_port

ORDER = ("addNote", "getNote", "listNotes", "deleteNote")


def test_operations_move_over_one_by_one_and_the_address_stays() -> None:
    port = free_port()
    headers = {"X-Key": "mine"}
    with served(str(DOCUMENT), "--upstream", f"http://127.0.0.1:{port}") as mock:
        control = httpx.Client(base_url=mock.address, trust_env=False)
        client = httpx.Client(base_url=f"{mock.address}/v1", headers=headers, trust_env=False)
        with control, client:
            for step in range(len(ORDER) + 1):
                with real_server(step, port):
                    control.post("/_mock/reset").raise_for_status()
                    number = client.post("/notes", json={"text": "Buy milk"}).json()["id"]
                    for method, path in (
                        ("GET", f"/notes/{number}"),
                        ("GET", "/notes"),
                        ("DELETE", f"/notes/{number}"),
                    ):
                        client.request(method, path)
                    entries = control.get("/_mock/requests").json()["requests"]
                answered = {each["operation"]: each["answered_by"] for each in entries}
                assert answered == {name: "upstream" if place < step else "mock" for place, name in enumerate(ORDER)}, (
                    step
                )
                assert [each["breaches"] for each in entries] == [[]] * 4
            last = client.get("/notes")
        log = mock.logged("cannot be reached")

    assert last.status_code == 502
    assert "listNotes: the upstream answers 40" in log
    assert "has one state, which all sessions share" in log


def test_what_was_recorded_is_replayed_without_the_server(tmp_path: Path) -> None:
    headers = {"X-Key": "sesame-123"}
    with (
        real_server(4) as real,
        served("--upstream", real, "-o", str(tmp_path), command=["record", str(DOCUMENT)]) as mock,
    ):
        with httpx.Client(base_url=f"{mock.address}/v1", headers=headers, trust_env=False) as client:
            made = client.post("/notes", json={"text": "Buy milk"})
            missing = client.get("/notes/5")
        assert "nothing else answers" in mock.logged("dashboard")
    assert "sesame-123" not in "".join(path.read_text() for path in tmp_path.iterdir())

    with (
        served(str(DOCUMENT), "--replay", str(tmp_path)) as mock,
        httpx.Client(base_url=f"{mock.address}/v1", headers=headers, trust_env=False) as client,
    ):
        again = client.post("/notes", json={"text": "Buy milk"})
        assert (again.status_code, again.json()) == (made.status_code, made.json())
        assert again.headers["location"] == f"{mock.address}/v1/notes/1001"
        assert client.get("/notes/5").json() == missing.json()
        assert len(client.get("/notes").json()) == 10


def test_the_table_of_the_readme_is_in_the_order_of_the_server() -> None:
    rows = re.findall(r"^\| [1-4] \| `(\w+)` \|", (FOLDER / "README.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert tuple(rows) == ORDER
