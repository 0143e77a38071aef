"""Named scenarios: what a session begins with, and how it answers."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from live import Serve, running

from understudy import serve as serving
from understudy.mock_server import create_app
from understudy.specs import apis, scenarios

SHOP = Path(__file__).parents[1] / "engine/inferred/shop.yaml"


@pytest.mark.parametrize("api", apis())
def test_every_api_has_the_states_that_front_ends_forget(api: str) -> None:
    wanted = {"empty", "one-of-everything", "long-names", "maintenance", "expired-token", "slow-network"}

    assert wanted <= set(scenarios(api))


@pytest.mark.parametrize(("api", "name"), [(api, name) for api in apis() for name in scenarios(api)])
def test_every_scenario_can_be_played(serve: Serve, api: str, name: str) -> None:
    reply = serve(api).put("/_mock/scenario", json={"name": name})

    assert (reply.status_code, reply.json()["scenario"]) == (200, name)


@pytest.mark.parametrize("name", ["projects", "panels", "studies", "fields", "participants", "consents", "data_links"])
def test_an_empty_organisation_has_empty_lists(serve: Serve, name: str) -> None:
    client = _playing(serve, "participant-kit", "empty")

    assert client.get(f"/v1/{name}").json()["data"] == []


def test_there_is_one_of_everything(serve: Serve) -> None:
    resources = _playing(serve, "participant-kit", "one-of-everything").get("/_mock/resources").json()["resources"]

    assert {each["count"] for each in resources} == {1}


def test_a_thousand_panellists_are_a_thousand(serve: Serve) -> None:
    client = _playing(serve, "participant-kit", "thousand-panellists")
    panel = client.get("/v1/panels?limit=1").json()["data"][0]["id"]

    listed = client.get(f"/_mock/resources/participant-kit/panellist?where=panel_id:{panel}").json()
    assert listed["count"] == 1000


@pytest.mark.parametrize(
    ("api", "path", "text"),
    [
        ("participant-kit", "/v1/studies", "دراسة"),
        ("consent-kit", "/v1/events", "Rindfleisch"),
        ("prolific", "/api/v1/studies/", "色彩命名"),
    ],
)
def test_hard_names_reach_the_front_end(serve: Serve, api: str, path: str, text: str) -> None:
    assert text in _playing(serve, api, "long-names").get(path).text


@pytest.mark.parametrize(("name", "status"), [("maintenance", 503), ("expired-token", 401)])
@pytest.mark.parametrize("api", apis())
def test_a_scenario_answers_everything_alike(serve: Serve, api: str, name: str, status: int) -> None:
    client = _playing(serve, api, name)

    assert {client.get(path).status_code for path in _paths(client, api)} == {status}


def test_three_requests_are_too_many(serve: Serve) -> None:
    client = _playing(serve, "participant-kit", "rate-limited")

    assert [client.get("/v1/projects").status_code for _ in range(5)] == [429, 429, 429, 200, 200]


def test_reset_goes_back_to_the_beginning_of_the_scenario(serve: Serve) -> None:
    client = _playing(serve, "participant-kit", "rate-limited")
    client.get("/v1/projects")

    client.post("/_mock/reset")

    assert [client.get("/v1/projects").status_code for _ in range(4)] == [429, 429, 429, 200]


def test_the_plain_seed_is_the_scenario_without_a_name(serve: Serve) -> None:
    client = _playing(serve, "participant-kit", "empty")

    client.put("/_mock/scenario", json={"name": ""})

    assert client.get("/v1/projects").json()["data"] != []


def test_a_server_can_begin_with_a_scenario() -> None:
    with running(create_app(["consent-kit"], scenario="empty")) as address:
        body = httpx.get(f"{address}/v1/projects", headers={"Authorization": "Bearer mock-token"}).json()

    assert body["data"] == []


def test_a_lasting_store_holds_one_scenario(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/state.db"
    with running(create_app(["consent-kit"], store=store)) as address, httpx.Client(base_url=address) as client:
        replies = [client.put("/_mock/scenario", json={"name": name}) for name in ("empty", "maintenance", "")]

    outcome = [each.status_code for each in replies], "--scenario empty" in replies[0].json()["error"]["message"]
    assert outcome == ([409, 200, 200], True)


def _playing(serve: Serve, api: str, name: str) -> httpx.Client:
    client = serve(api)
    client.put("/_mock/scenario", json={"name": name})
    return client


def _paths(client: httpx.Client, api: str) -> list[str]:
    document = client.get(f"/_mock/openapi/{api}.json").json()
    return [path.replace("{", "").replace("}", "") for path, item in document["paths"].items() if "get" in item][:4]


def test_a_document_that_nobody_prepared_can_be_empty() -> None:
    with serving(str(SHOP), scenario="empty") as mock:
        assert mock.client().get("/orders").json() == []
        assert mock.client().post("/orders", json={"status": "open"}).status_code == 201
        assert len(mock.client().get("/orders").json()) == 1
