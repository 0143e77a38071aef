"""What a form and a page to try an API need: schemas without references, and values that exist."""

from __future__ import annotations

from typing import Any

import pytest
from live import Serve

from understudy.specs import apis


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [
            *([node["$ref"]] if "$ref" in node else []),
            *(each for part in node.values() for each in _references(part)),
        ]
    return [each for part in node for each in _references(part)] if isinstance(node, list) else []


@pytest.mark.parametrize("api", apis())
def test_every_resource_is_described_without_references(serve: Serve, api: str) -> None:
    client = serve(api)

    for each in client.get("/_mock/resources").json()["resources"]:
        described = client.get(f"/_mock/schemas/{api}/{each['resource']}").json()
        assert described["id"] in described["schema"]["properties"], each["resource"]
        assert _references(described["schema"]) == [], each["resource"]
        assert set(described["references"]) <= set(described["schema"]["properties"]), each["resource"]


def test_a_member_has_the_schema_that_its_records_are_checked_against(serve: Serve) -> None:
    described = serve("participant-kit").get("/_mock/schemas/participant-kit/study").json()

    assert described["references"] == {"project_id": ["project"]}
    assert described["schema"]["properties"]["start_date"] == {"type": ["string", "null"], "format": "date"}


@pytest.mark.parametrize("token", ["mock-token", "mock-other-token"])
def test_what_is_filled_in_is_what_the_caller_has(serve: Serve, token: str) -> None:
    client = serve("participant-kit", token=token)

    samples = client.get(f"/_mock/samples/participant-kit?token={token}").json()["operations"]

    study = samples["retrieve_study"]["parameters"]["study_id"]
    assert client.get(f"/v1/studies/{study}").status_code == 200
    body = {"name": "New", **samples["create_study"]["members"]}
    assert client.post("/v1/studies", json=body).status_code == 201


@pytest.mark.parametrize("api", apis())
def test_every_operation_has_its_samples(serve: Serve, api: str) -> None:
    client = serve(api)
    document = client.get(f"/_mock/openapi/{api}.json").json()
    operations = {
        each["operationId"] for item in document["paths"].values() for each in item.values() if "operationId" in each
    }

    assert set(client.get(f"/_mock/samples/{api}").json()["operations"]) >= operations
