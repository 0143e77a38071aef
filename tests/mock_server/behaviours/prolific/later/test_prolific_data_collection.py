"""Datasets, batches and collections, as far as their shapes are known."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from prolific_play import API, WORKSPACE, ok, refused

HERE = f"{API}/data-collection"
NOTHING = "00000000-0000-4000-8000-000000000000"
TASK = {"task_name": "Compare", "task_introduction": "Two answers.", "task_steps": "Choose one."}
FIELDS = {"strict": True, "fields": {"question": {"type": "text", "label": "Question"}}}
PAGES = [{"page_items": [{"type": "free_text", "description": "What do you like?"}]}]


def _make(client: httpx.Client, what: str, **body: Any) -> dict[str, Any]:
    made: dict[str, Any] = ok(client.post(f"{HERE}/{what}", json={"workspace_id": WORKSPACE, **body}), 201)
    return made


def test_a_dataset_is_empty_until_it_has_a_schema_and_data(client: httpx.Client) -> None:
    dataset = _make(client, "datasets", name="Answers")
    assert (dataset["schema_version"], dataset["total_datapoint_count"]) == (3, 0)
    there = f"{HERE}/datasets/{dataset['id']}"
    assert ok(client.get(f"{there}/status")) == {"status": "UNINITIALISED"}
    assert ok(client.get(there)) == dataset

    changed = ok(client.patch(there, json={"schema": FIELDS}))
    assert (changed["schema"], changed["schema_version"]) == (FIELDS, 4)
    assert _make(client, "datasets", name="Others", schema=FIELDS)["schema_version"] == 4
    wrong = {"strict": True, "fields": {"question": {"type": "colour"}}}
    refused(client.patch(there, json={"schema": wrong}), "schema.fields.question.type")


def test_a_file_of_a_dataset_has_an_address(client: httpx.Client) -> None:
    dataset = _make(client, "datasets", name="Answers")
    given = ok(client.get(f"{HERE}/datasets/{dataset['id']}/upload-url/answers.csv"), 201)

    assert (given["dataset_id"], given["content_type"], given["http_method"]) == (dataset["id"], "text/csv", "PUT")
    assert dataset["id"] in given["upload_url"]


def test_a_batch_is_ready_once_it_is_set_up(client: httpx.Client) -> None:
    dataset = _make(client, "datasets", name="Answers")
    batch = _make(client, "batches", name="First", task_details=TASK)
    there = f"{HERE}/batches/{batch['id']}"
    assert (batch["status"], batch["datasets"]) == ("UNINITIALISED", [])
    refused(client.post(f"{there}/setup", json={"dataset_id": NOTHING}), "dataset_id")
    assert ok(client.post(f"{there}/setup", json={"dataset_id": dataset["id"]}), 202) is None

    assert ok(client.get(f"{there}/status")) == {"status": "READY"}
    assert [each["id"] for each in ok(client.get(there))["datasets"]] == [dataset["id"]]
    assert ok(client.patch(there, json={"name": "Second"}))["name"] == "Second"
    copy = ok(client.post(f"{there}/duplicate", json={"name": "Third"}), 201)
    assert (copy["name"], copy["status"], copy["task_details"]) == ("Third", "UNINITIALISED", TASK)
    assert copy["datasets"] == ok(client.get(there))["datasets"]
    listed = ok(client.get(f"{HERE}/batches", params={"workspace_id": WORKSPACE}))
    assert {each["name"] for each in listed["results"]} == {"Second", "Third"}
    assert listed["meta"] == {"count": 2}


def test_a_collection_is_replaced_as_a_whole(client: httpx.Client) -> None:
    made = _make(client, "collections", name="Tastes", task_details=TASK, collection_items=PAGES)
    there = f"{HERE}/collections/{made['id']}"
    body = {"workspace_id": WORKSPACE, "name": "Smells", "task_details": TASK, "collection_items": []}

    assert ok(client.put(there, json=body)) == {**made, "name": "Smells", "collection_items": []}
    assert ok(client.get(f"{HERE}/collections", params={"workspace_id": WORKSPACE}))["meta"] == {"count": 1}
    refused(client.put(there, json={"name": "Smells"}), "collection_items")


@pytest.mark.parametrize("what", ["datasets", "batches", "collections"])
def test_what_is_not_there_or_not_ones_own_is_not_found(
    client: httpx.Client, collaborator: httpx.Client, what: str
) -> None:
    refused(client.get(f"{HERE}/{what}/{NOTHING}"), status=404)
    other = ok(client.post(f"{API}/workspaces/", json={"title": "Another"}), 201)["id"]
    body = {"workspace_id": other, "name": "Mine", "task_details": TASK, "collection_items": PAGES}
    made = ok(client.post(f"{HERE}/{what}", json=body), 201)

    assert ok(client.get(f"{HERE}/{what}/{made['id']}"))["name"] == "Mine"
    refused(collaborator.get(f"{HERE}/{what}/{made['id']}"), status=404)
    refused(collaborator.post(f"{HERE}/{what}", json=body), "workspace_id")
