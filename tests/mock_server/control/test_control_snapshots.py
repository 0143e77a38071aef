"""Snapshots: kept, restored, forgotten, as files."""

from __future__ import annotations

import httpx
import pytest
from live import Serve

from understudy.specs import apis


def test_a_restored_snapshot_brings_records_back(serve: Serve) -> None:
    client = serve("participant-kit")
    study = _study(client)
    client.put("/_mock/snapshots/before")
    client.delete(f"/v1/studies/{study}")

    client.post("/_mock/snapshots/before/restore")

    assert client.get(f"/v1/studies/{study}").status_code == 200


def test_snapshots_are_listed_until_they_are_forgotten(serve: Serve) -> None:
    client = serve("participant-kit")
    client.put("/_mock/snapshots/b")
    client.put("/_mock/snapshots/a b/ü".replace("/ü", "%2Fü"))
    before = client.get("/_mock/snapshots").json()["snapshots"]

    client.delete("/_mock/snapshots/b")

    assert (before, client.get("/_mock/snapshots").json()["snapshots"]) == (["a b/ü", "b"], ["a b/ü"])


@pytest.mark.parametrize(("method", "path"), [("GET", "none"), ("DELETE", "none"), ("POST", "none/restore")])
def test_a_snapshot_that_is_not_there_is_not_found(serve: Serve, method: str, path: str) -> None:
    assert serve("participant-kit").request(method, f"/_mock/snapshots/{path}").status_code == 404


@pytest.mark.parametrize("api", apis())
def test_a_downloaded_snapshot_brings_the_records_into_another_session(serve: Serve, api: str) -> None:
    client = serve(api)
    client.put("/_mock/snapshots/here")
    file = client.get("/_mock/snapshots/here").json()
    other = {"X-Mock-Session": f"{client.headers['X-Mock-Session']}-b"}
    client.put("/_mock/scenario", json={"name": "empty"}, headers=other)

    client.put("/_mock/snapshots/there", json=file, headers=other)
    client.post("/_mock/snapshots/there/restore", headers=other)
    client.put("/_mock/snapshots/again", headers=other)

    assert client.get("/_mock/snapshots/again", headers=other).json() == file


def test_a_download_leaves_the_present_records_alone(serve: Serve) -> None:
    client = serve("participant-kit")
    client.put("/_mock/snapshots/before")
    study = _study(client)
    client.delete(f"/v1/studies/{study}")

    client.get("/_mock/snapshots/before")

    assert client.get(f"/v1/studies/{study}").status_code == 404


def test_an_upload_leaves_the_present_records_alone(serve: Serve) -> None:
    client = serve("participant-kit")
    nothing = {"understudy": 1, "apis": {"participant-kit": {"consent": {"next": 0, "records": {}}}}}

    reply = client.put("/_mock/snapshots/bare", json=nothing)

    assert reply.status_code == 204
    assert client.get("/v1/consents").json()["data"] != []


def test_records_that_a_file_does_not_name_stay(serve: Serve) -> None:
    client = serve("participant-kit")
    client.put(
        "/_mock/snapshots/bare",
        json={"understudy": 1, "apis": {"participant-kit": {"consent": {"next": 0, "records": {}}}}},
    )

    client.post("/_mock/snapshots/bare/restore")

    lists = [client.get(f"/v1/{name}").json()["data"] for name in ("consents", "studies")]
    assert [bool(each) for each in lists] == [False, True]


def test_a_record_made_after_a_restore_has_an_id_of_its_own(serve: Serve) -> None:
    client = serve("participant-kit")
    project = client.get("/v1/projects").json()["data"][0]["id"]
    client.put("/_mock/snapshots/before")
    file = client.get("/_mock/snapshots/before").json()
    client.put("/_mock/snapshots/file", json=file)
    client.post("/_mock/snapshots/file/restore")

    made = client.post("/v1/studies", json={"name": "New", "project_id": project}).json()["id"]

    assert made not in {record["id"] for record in file["apis"]["participant-kit"]["study"]["records"].values()}


@pytest.mark.parametrize(
    ("apis", "reason"),
    [
        ({"coffee": {}}, "coffee"),
        ({"participant-kit": {"cup": {"next": 0, "records": {}}}}, "cup"),
        ({"participant-kit": {"study": {"next": 1, "records": {"0": {"name": "no id"}}}}}, "id is missing"),
        ({"participant-kit": {"study": {"next": 1, "records": {"first": {"id": "x"}}}}}, "first"),
        ({"participant-kit": {"study": {"next": 1, "records": {"0": {"id": "x"}}}}}, "does not fit"),
        ({"participant-kit": {"study": {"records": {}}}}, "next"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_and_changes_nothing(
    serve: Serve, apis: dict[str, object], reason: str
) -> None:
    client = serve("participant-kit")

    reply = client.put("/_mock/snapshots/bad", json={"understudy": 1, "apis": apis})

    outcome = reply.status_code, reason in reply.json()["error"]["message"], client.get("/_mock/snapshots").json()
    assert outcome == (400, True, {"snapshots": []})


def _study(client: httpx.Client) -> str:
    return str(client.get("/v1/studies?limit=1").json()["data"][0]["id"])


def test_a_file_may_be_larger_than_any_other_body(serve: Serve) -> None:
    client, padding = serve("consent-kit"), b" " * (5 * 1024 * 1024)
    client.put("/_mock/snapshots/here")
    file = client.get("/_mock/snapshots/here").content + padding
    json = {"Content-Type": "application/json"}

    assert client.put("/_mock/snapshots/there", content=file, headers=json).status_code == 204
    assert client.post("/_mock/replies", content=b"{}" + padding, headers=json).status_code == 413
