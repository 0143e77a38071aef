"""One contract as an application: Connexion reads a document that stays what it was."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from live import TLS, running
from sixth import lending

from understudy.mock_server import create_app
from understudy.mock_server.api.build import behaviours_of, build
from understudy.mock_server.api.framework import ConnexionMiddleware
from understudy.mock_server.api.handler import ContractMiddleware
from understudy.mock_server.behaviours.forsta.identity import create_token
from understudy.mock_server.data.resource_types import ResourceTypes
from understudy.mock_server.engine.crud import NoHandlerError
from understudy.mock_server.engine.registration import Behaviours
from understudy.specs import Contract, ContractError, apis, load, load_folder

LENDING = load_folder(Path(__file__).parents[2] / "sixth")
RESOURCES = ResourceTypes(LENDING, 42, ("en_GB",))


def changed(**members: Any) -> Contract:
    return replace(LENDING, document={**LENDING.document, **members})


def test_building_leaves_the_document_as_it_was() -> None:
    before = deepcopy(LENDING.document)

    build(LENDING, RESOURCES, behaviours_of(LENDING, lending))

    assert LENDING.document == before


@pytest.mark.parametrize(
    ("members", "place"),
    [
        ({"openapi": "3.1.0"}, "openapi"),
        ({"info": {"title": "Lending"}}, "info"),
        ({"servers": [{}]}, "servers/0"),
        ({"paths": {"books": {}}}, "paths"),
    ],
)
def test_a_document_that_connexion_refuses_is_named_with_the_place(members: dict[str, Any], place: str) -> None:
    for _ in range(2):
        with pytest.raises(ContractError, match=rf"/{place}: Connexion refuses this: "):
            build(changed(**members), RESOURCES, behaviours_of(LENDING, lending))


def test_connexion_reads_a_document_whole_until_it_has_accepted_it(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[dict[str, Any]] = []
    add_api = ConnexionMiddleware.add_api

    def add(self: Any, document: dict[str, Any], **options: Any) -> None:
        read.append(deepcopy(document))
        add_api(self, document, **options)

    monkeypatch.setattr(ConnexionMiddleware, "add_api", add)
    for title in ("Of this test", "Of this test", "Edited"):
        build(changed(info={"title": title, "version": "1"}), RESOURCES, behaviours_of(LENDING, lending))

    assert [each["info"]["title"] for each in read] == ["Of this test", LENDING.api, "Edited"]
    assert read[0]["paths"].keys() == read[1]["paths"].keys()
    assert "components" not in read[1]


@pytest.mark.parametrize("api", apis())
def test_an_application_that_is_built_again_answers_as_the_first_one(api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("understudy.mock_server.api.build._ACCEPTED", set())
    contract = load(api)
    contract = replace(contract, document={**contract.document, "servers": [{"url": "/below"}]})
    replies = []
    for _ in range(2):
        app = create_app(contracts=[contract])
        with running(app) as address, httpx.Client(base_url=address, verify=TLS) as client:
            token = client.get("/_mock/apis").json()["apis"][0]["tokens"][0]["credential"]
            found = [
                client.request(method, f"/below{path}", headers={token["name"]: token["value"]})
                for path in contract.document["paths"]
                for method in ("GET", "POST", "PATCH", "DELETE")
            ]
        replies.append([(one.status_code, one.headers.get("allow"), one.text.replace(address, "")) for one in found])

    assert replies[0] == replies[1]
    assert {status for status, _, _ in replies[0]} >= {404, 405}


def test_each_api_is_a_connexion_application() -> None:
    app = build(LENDING, RESOURCES, behaviours_of(LENDING, lending))

    assert isinstance(app, ConnexionMiddleware)
    assert [type(each) for each in app.middleware_stack][:1] == [ContractMiddleware]


def test_an_operation_without_a_function_is_refused_before_the_first_request() -> None:
    with pytest.raises(NoHandlerError, match="no function answers lend_book"):
        build(LENDING, RESOURCES, Behaviours())


def test_an_api_without_functions_of_its_own_needs_no_module() -> None:
    assert behaviours_of(LENDING) == Behaviours()


def test_an_apis_own_functions_are_found_by_its_name() -> None:
    assert behaviours_of(load("forsta")).operations["create_token"] is create_token


def test_an_operation_is_led_to_what_answers_it() -> None:
    app = create_app(contracts=[LENDING], behaviours={LENDING.api: lending})
    with running(app) as address, httpx.Client(base_url=address, headers={"Authorization": "Card card-1"}) as client:
        book = client.get("/shelves/1/books").json()["books"][0]["id"]

        assert client.get("/shelves/1").json()["topic"] == "Rivers"
        assert client.post(f"/books/{book}/lend").json()["lent"] is True
