"""Records seen and changed directly: views, counts and what follows from a property stay right."""

from __future__ import annotations

import httpx
import pytest
from live import Serve


def test_records_of_everybody_are_listed_with_what_no_reply_shows(serve: Serve) -> None:
    page = serve("participant-kit").get("/_mock/resources/participant-kit/panellist?limit=1000").json()

    owners = {record["organisation"] for record in page["records"]}
    assert owners == {"org_main", "org_other"}
    assert page["count"] == len(page["records"])


def test_records_are_found_by_a_property_that_is_looked_up(serve: Serve) -> None:
    reply = serve("participant-kit").get("/_mock/resources/participant-kit/panellist?where=subscribed:true&limit=1000")

    assert {record["subscribed"] for record in reply.json()["records"]} == {True}


def test_a_property_that_is_not_looked_up_is_refused_by_name(serve: Serve) -> None:
    reply = serve("participant-kit").get("/_mock/resources/participant-kit/panellist?where=email:x")

    assert reply.status_code == 400
    assert "email:x" in reply.json()["error"]["message"]


def test_a_patched_record_is_seen_through_the_api(serve: Serve) -> None:
    client = serve("participant-kit")
    study = _first(client, "study")

    client.patch(f"/_mock/resources/participant-kit/study/{study}", json={"name": "Renamed"})

    assert client.get(f"/v1/studies/{study}").json()["name"] == "Renamed"


def test_what_embeds_a_record_shows_the_change(serve: Serve) -> None:
    client = serve("participant-kit")
    participant = client.get("/v1/participants?limit=1").json()["data"][0]

    client.patch(f"/_mock/resources/participant-kit/study/{participant['study']['id']}", json={"name": "Renamed"})

    assert client.get(f"/v1/participants/{participant['id']}").json()["study"]["name"] == "Renamed"


def test_what_follows_from_a_property_follows(serve: Serve) -> None:
    client = serve("participant-kit")
    panel, before = _panel(client)
    where = f"where=panel_id:{panel}&where=subscribed:true"
    found = client.get(f"/_mock/resources/participant-kit/panellist?{where}&limit=1")
    panellist = found.json()["records"][0]["id"]

    client.patch(
        f"/_mock/resources/participant-kit/panellist/{panellist}", json={"opted_out_at": "2025-03-01T00:00:00.000Z"}
    )

    assert _panel(client) == (panel, before - 1)


def test_a_record_that_does_not_fit_its_contract_is_refused(serve: Serve) -> None:
    client = serve("participant-kit")
    study = _first(client, "study")

    reply = client.patch(f"/_mock/resources/participant-kit/study/{study}", json={"created_at": "yesterday"})

    assert reply.status_code == 400
    assert reply.json()["error"]["message"] == "created_at: is not a valid date and time"


def test_a_record_is_put_under_an_id_of_ones_own(serve: Serve) -> None:
    client = serve("participant-kit")

    client.put("/_mock/resources/participant-kit/project/prj_known", json={"organisation": "org_main"})

    assert client.get("/v1/projects/prj_known").json()["app_url"].endswith("/projects/prj_known")


def test_a_record_that_is_put_without_an_owner_is_the_default_callers(serve: Serve) -> None:
    client = serve("participant-kit")

    client.put("/_mock/resources/participant-kit/project/prj_mine", json={})

    assert client.get("/v1/projects/prj_mine").status_code == 200


def test_an_id_that_is_given_away_is_not_drawn_again(serve: Serve) -> None:
    client = serve("participant-kit")
    body = {"name": "Ada", "email": "ada@example.org", "event_id": _first(client, "study")}
    elsewhere = {"X-Mock-Session": f"{client.headers['X-Mock-Session']}-b"}
    drawn = [client.post("/v1/participants", json=body, headers=elsewhere).json()["id"] for _ in range(4)]

    record = client.get("/_mock/resources/participant-kit/participant?limit=1").json()["records"][0]
    client.put(f"/_mock/resources/participant-kit/participant/{drawn[2]}", json={**record, "id": drawn[2]})
    made = [client.post("/v1/participants", json=body) for _ in range(2)]

    assert [reply.status_code for reply in made] == [201] * 2
    assert [reply.json()["id"] for reply in made] == [drawn[1], drawn[3]]


def test_a_record_is_put_in_the_place_of_another(serve: Serve) -> None:
    client = serve("participant-kit")
    study = _first(client, "study")
    record = client.get(f"/_mock/resources/participant-kit/study/{study}").json()["record"]

    reply = client.put(f"/_mock/resources/participant-kit/study/{study}", json={**record, "tags": ["pilot"]})

    assert (reply.status_code, client.get(f"/v1/studies/{study}").json()["tags"]) == (200, ["pilot"])


def test_a_record_is_made_as_the_api_makes_one(serve: Serve) -> None:
    client = serve("participant-kit")
    project = _first(client, "project")

    made = client.post("/_mock/resources/participant-kit/study", json={"name": "Made", "project_id": project}).json()

    assert client.get(f"/v1/studies/{made['record']['id']}").json() == made["shown"]


def test_a_reference_to_nothing_is_refused(serve: Serve) -> None:
    reply = serve("participant-kit").post(
        "/_mock/resources/participant-kit/study", json={"name": "Made", "project_id": "none"}
    )

    assert (reply.status_code, reply.json()["error"]["faults"][0]["name"]) == (400, "project_id")


def test_a_deleted_record_takes_what_cannot_be_without_it(serve: Serve) -> None:
    client = serve("participant-kit")
    participant = client.get("/v1/participants?limit=1").json()["data"][0]

    client.delete(f"/_mock/resources/participant-kit/study/{participant['study']['id']}")

    assert client.get(f"/v1/participants/{participant['id']}").status_code == 404


def test_an_address_in_a_view_is_that_of_the_caller(serve: Serve) -> None:
    client = serve("lookit", token="mock-admin-token", scheme="Token")
    user = client.get("/_mock/resources/lookit/user?limit=1").json()["records"][0]["id"]

    shown = client.get(f"/_mock/resources/lookit/user/{user}").json()["shown"]
    assert shown["links"]["self"].startswith(str(client.base_url).rstrip("/") + "/api/v1/users/")


@pytest.mark.parametrize("path", ["coffee/cup", "participant-kit/cup", "participant-kit/study/none"])
def test_what_is_not_there_is_not_found(serve: Serve, path: str) -> None:
    assert serve("participant-kit").get(f"/_mock/resources/{path}").status_code == 404


def _first(client: httpx.Client, resource: str) -> str:
    records = client.get(f"/_mock/resources/participant-kit/{resource}?limit=1").json()["records"]
    return str(records[0]["id"])


def _panel(client: httpx.Client) -> tuple[str, int]:
    panel = client.get("/v1/panels?limit=1").json()["data"][0]
    return panel["id"], panel["panellist_count"]
