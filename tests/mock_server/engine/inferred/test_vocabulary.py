"""What the vocabulary of documents says beyond create, read, list, update and delete, at work in a shop of our own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from live import running

from understudy.mock_server.app import create_app
from understudy.specs import ContractError
from understudy.specs.documents.opening import open_document
from understudy.specs.inference.annotate import annotate
from understudy.specs.inference.infer import infer
from understudy.specs.inference.overlay_text import overlay_text
from understudy.specs.inference.view import View
from understudy.specs.unprepared.any_contract import any_contract

SHOP = Path(__file__).parent / "shop.yaml"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running(create_app(str(SHOP))) as found:
        yield found


@pytest.fixture
def client(address: str, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, headers={"X-Mock-Session": f"t{abs(hash(request.node.nodeid))}"}) as found:
        yield found


def ordered(client: httpx.Client, **members: Any) -> dict[str, Any]:
    reply = client.post("/orders", json={"status": "open", "price": 5, **members})
    assert reply.status_code == 201, reply.text
    return dict(reply.json())


def shown(client: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    reply = client.get("/orders", params=query)
    assert reply.status_code == 200, reply.text
    return list(reply.json())


# --- effects


def test_a_verb_behind_an_item_sets_the_state_that_it_leads_to(client: httpx.Client) -> None:
    order = ordered(client)
    cancelled = client.post(f"/orders/{order['id']}/cancel")
    assert cancelled.status_code == 200
    assert cancelled.json()["status"] == "cancelled"
    assert cancelled.json()["cancelled_at"]
    assert client.get(f"/orders/{order['id']}").json() == cancelled.json()


def test_a_verb_may_stand_behind_a_colon(client: httpx.Client) -> None:
    order = ordered(client, archived=False)
    assert client.post(f"/orders/{order['id']}:archive").json()["archived"] is True
    assert client.get(f"/orders/{order['id']}").json()["archived"] is True


def test_a_copy_is_a_further_record(client: httpx.Client) -> None:
    order = ordered(client, note="twice")
    copy = client.post(f"/orders/{order['id']}/copy")
    assert copy.status_code == 201
    assert copy.json()["id"] != order["id"]
    assert [each.get("note") for each in shown(client)].count("twice") == 2


@pytest.mark.parametrize("verb", ["/cancel", ":archive", "/copy"])
def test_a_verb_behind_no_record_is_404(client: httpx.Client, verb: str) -> None:
    assert client.post(f"/orders/nobody{verb}").status_code == 404


# --- filters and orders


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ({"price_gte": 7}, lambda each: each.get("price", 0) >= 7),
        ({"max_price": 7}, lambda each: each.get("price", 99) <= 7),
        ({"status": "paid,cancelled"}, lambda each: each["status"] in {"paid", "cancelled"}),
        ({"note_contains": "GIFT"}, lambda each: "gift" in each.get("note", "")),
        ({"created_before": "2025-01-05T00:00:00Z"}, lambda each: each["created"] < "2025-01-05"),
        ({"created[gt]": "2025-01-05T12:00:00Z"}, lambda each: each["created"] > "2025-01-05T12"),
        ({"created[lte]": "2025-01-05"}, lambda each: each["created"] <= "2025-01-05"),
        ({"tag": "odd"}, lambda each: "odd" in each.get("tags", [])),
        ({"filter[note]": "gift 3,gift 5"}, lambda each: each.get("note") in {"gift 3", "gift 5"}),
        ({"where[price]": "7"}, lambda each: each.get("price") == 7),
    ],
)
def test_a_filter_that_compares_shows_what_meets_it_and_nothing_else(
    client: httpx.Client, query: dict[str, Any], holds: Any
) -> None:
    for number in range(10):
        ordered(
            client,
            price=number,
            note=f"gift {number}" if number % 2 else "plain",
            status=["open", "paid"][number % 2],
            tags=["any", "odd"] if number % 2 else ["any"],
        )
    whole = shown(client)
    assert [each["id"] for each in shown(client, **query)] == [each["id"] for each in whole if holds(each)]
    assert 0 < len([each for each in whole if holds(each)]) < len(whole)


def test_a_list_is_ordered_by_a_property_and_a_direction_in_one_value(client: httpx.Client) -> None:
    for price in (300, 100, 200):
        ordered(client, price=price)
    prices = [each["price"] for each in shown(client, sort="price:desc") if "price" in each]
    assert prices == sorted(prices, reverse=True)
    assert [each["price"] for each in shown(client, sort="price:asc") if "price" in each] == prices[::-1]


# --- keys of several parts


def test_an_address_of_two_parts_names_one_record(client: httpx.Client) -> None:
    for building in ("north", "south"):
        assert client.post(f"/rooms/{building}", json={"building": building, "number": 12}).status_code == 201
    assert client.patch("/rooms/north/12", json={"seats": 40}).json()["seats"] == 40
    assert client.get("/rooms/south/12").json().get("seats") != 40
    assert [each["number"] for each in client.get("/rooms/north").json()] == [12]
    assert client.delete("/rooms/north/12").status_code == 204
    assert client.get("/rooms/north/12").status_code == 404
    assert client.get("/rooms/south/12").status_code == 200


def test_a_second_record_of_one_address_is_refused_as_the_document_declares(client: httpx.Client) -> None:
    assert client.post("/rooms/north", json={"building": "north", "number": 1}).status_code == 201
    assert client.post("/rooms/north", json={"building": "north", "number": 1}).status_code == 422


def test_the_part_of_an_address_that_the_server_chooses_fits_its_schema(client: httpx.Client) -> None:
    made = client.post("/labels/red", json={"text": "fragile"})
    assert made.status_code == 201
    assert client.get(f"/labels/red/{made.json()['code']}").json() == made.json()


def test_children_lie_below_a_parent_whose_address_has_two_parts(client: httpx.Client) -> None:
    client.post("/rooms/east", json={"building": "east", "number": 1})
    assert client.post("/rooms/east/1/bookings", json={"who": "Ada"}).status_code == 201
    assert [each["who"] for each in client.get("/rooms/east/1/bookings").json()] == ["Ada"]
    assert client.get("/rooms/west/1/bookings").status_code == 404


# --- what a put makes, and what nobody sends


def test_a_put_that_makes_a_record_says_so(client: httpx.Client) -> None:
    assert [client.put("/shelves/1/2", json={"depth": 30}).status_code for _ in range(2)] == [201, 200]


def test_what_is_not_sent_has_the_default_of_the_document(client: httpx.Client) -> None:
    for level in range(5):
        made = client.put(f"/shelves/7/{level}", json={}).json()
        assert made == {"aisle": 7, "level": level, "state": "empty", "depth": 40}


def test_a_put_without_a_member_sets_it_to_its_default(client: httpx.Client) -> None:
    client.put("/shelves/8/1", json={"depth": 30, "label": "Pasta"})

    assert client.put("/shelves/8/1", json={}).json()["depth"] == 40
    assert client.put("/shelves/8/1", json={}).json().get("label") is None


# --- what only an overlay can say


@contextmanager
def overlaid(tmp_path: Path, **update: Any) -> Iterator[httpx.Client]:
    """The shop with more said of its orders."""
    path = tmp_path / "overlay.yaml"
    path.write_text(
        yaml.safe_dump(
            {
                "overlay": "1.0.0",
                "info": {"title": "More", "version": "1"},
                "actions": [{"target": "$", "update": {"x-resources": {"order": {"schema": "Order", **update}}}}],
            }
        )
    )
    with running(create_app(str(SHOP), overlays=[str(path)])) as address, httpx.Client(base_url=address) as client:
        yield client


def test_values_that_only_one_record_may_have_are_refused_a_second_time(tmp_path: Path) -> None:
    with overlaid(tmp_path, id={"form": "hex"}, unique=[["note"]]) as client:
        order, other = ordered(client, note="first"), ordered(client, note="second")
        assert client.post("/orders", json={"status": "open", "note": "first"}).status_code == 409
        assert len([each for each in shown(client) if each.get("note") == "first"]) == 1
        client.delete(f"/orders/{order['id']}")
        assert ordered(client, note="first")["id"] != other["id"]


def test_a_value_that_is_not_sent_is_made_as_the_overlay_says(tmp_path: Path) -> None:
    values = {"note": {"input": {"member": "note", "else": "nothing said"}}}
    with overlaid(tmp_path, id={"form": "hex"}, values=values) as client:
        assert ordered(client)["note"] == "nothing said"
        assert ordered(client, note="something")["note"] == "something"


def test_an_annotation_that_is_misspelt_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "overlay.yaml"
    path.write_text(
        yaml.safe_dump(
            {
                "overlay": "1.0.0",
                "info": {"title": "More", "version": "1"},
                "actions": [
                    {
                        "target": "$.paths['/orders'].get",
                        "update": {"x-operation": {"action": "list", "resource": "order", "filter": {}}},
                    }
                ],
            }
        )
    )
    contract = any_contract("shop", str(SHOP), [str(path)])
    assert any("/paths/~1orders/get/x-operation" in line and "'filter'" in line for line in contract.warnings)
    with pytest.raises(ContractError, match="filter"):
        any_contract("shop", str(SHOP), [str(path)], strict=True)


def test_what_was_inferred_changes_nothing_when_it_is_given_back(tmp_path: Path) -> None:
    opened = open_document(str(SHOP), ())
    inference = infer(opened.document)
    path = tmp_path / "overlay.yaml"
    path.write_text(overlay_text("Shop", inference, annotate(View(opened.document), inference)))
    once, again = any_contract("shop", str(SHOP)), any_contract("shop", str(SHOP), [str(path)])
    assert again.operations == once.operations
    assert again.resources == once.resources
    assert not again.warnings
