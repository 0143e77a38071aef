"""Pools of credentials: what a study's participants get of them, and the report."""

from __future__ import annotations

import csv
import io

import httpx
from prolific_play import API, PEOPLE, STUDY, WORKSPACE, arrive, draft, judge, ok, published, refused, study_of

ELSEWHERE = "No pool has this id"


def _pool(client: httpx.Client, lines: str, workspace: str = WORKSPACE) -> str:
    body = {"workspace_id": workspace, "credentials": lines}
    made = ok(client.post(f"{API}/credentials/", json=body), 201)
    return str(made["credential_pool_id"])


def _available(client: httpx.Client, pool: str) -> int:
    pools = ok(client.get(f"{API}/credentials/", params={"workspace_id": WORKSPACE}))["credential_pools"]
    return next(int(each["available_credentials"]) for each in pools if each["credential_pool_id"] == pool)


def test_each_participant_who_starts_gets_the_next_line(client: httpx.Client) -> None:
    pool = _pool(client, "ada,one\nbob,two\ncleo,three")
    study = published(client, credential_pool_id=pool)
    assert (study["credential_pool_id"], study_of(client, study)["has_credentials"]) == (pool, True)
    first = ok(arrive(client, study, participant_id=PEOPLE[0]), 201)
    second = ok(arrive(client, study, participant_id=PEOPLE[1], reserve=True), 201)
    assert _available(client, pool) == 2
    ok(judge(client, second, "START"))
    assert _available(client, pool) == 1

    reply = client.get(f"{API}/studies/{study['id']}/credentials/report/")
    assert reply.headers["content-type"].startswith("text/csv")
    rows = [list(row.values()) for row in csv.DictReader(io.StringIO(reply.text))]
    assert rows == [
        [PEOPLE[0], first["id"], "ada", "USED"],
        [PEOPLE[1], second["id"], "bob", "USED"],
        ["", "", "cleo", "UNUSED"],
    ]


def test_a_study_takes_only_a_pool_of_its_workspace_with_unused_lines(client: httpx.Client) -> None:
    pool = _pool(client, "ada,one")
    study = published(client, credential_pool_id=pool)
    ok(arrive(client, study, participant_id=PEOPLE[0]), 201)
    other = draft(client)
    there = f"{API}/studies/{other['id']}/"

    refused(client.patch(there, json={"credential_pool_id": pool}), "credential_pool_id", "unused")
    refused(client.patch(there, json={"credential_pool_id": ELSEWHERE}), "credential_pool_id")
    elsewhere = ok(client.post(f"{API}/workspaces/", json={"title": "Another"}), 201)["id"]
    strange = _pool(client, "ada,one", elsewhere)
    refused(client.patch(there, json={"credential_pool_id": strange}), "credential_pool_id", "workspace")
    assert "credential_pool_id" not in ok(client.get(there))


def test_a_study_without_a_pool_has_no_report(client: httpx.Client) -> None:
    refused(client.get(f"{API}/studies/{STUDY}/credentials/report/"), status=404)


def test_feedback_is_uploaded_to_an_address_of_its_own(client: httpx.Client) -> None:
    there = f"{API}/submissions/signals/upload-url/ratings.csv"
    given = ok(client.get(there, params={"workspace_id": WORKSPACE}), 201)

    assert given["http_method"] == "PUT"
    assert given["upload_url"].endswith("/ratings.csv")
    refused(client.get(there), "workspace_id")
