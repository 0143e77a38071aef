"""One contract as an application: Connexion reads a document that stays what it was."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from live import running
from sixth import lending

from understudy.mock_server import create_app
from understudy.mock_server.api.build import behaviours_of, build
from understudy.mock_server.api.framework import ConnexionMiddleware
from understudy.mock_server.api.handler import ContractMiddleware
from understudy.mock_server.behaviours.forsta.identity import create_token
from understudy.mock_server.data.resource_types import ResourceTypes
from understudy.mock_server.engine.crud import NoHandlerError
from understudy.mock_server.engine.registration import Behaviours
from understudy.specs import Contract, ContractError, load, load_folder

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
    with pytest.raises(ContractError, match=rf"/{place}: Connexion refuses this: "):
        build(changed(**members), RESOURCES, behaviours_of(LENDING, lending))


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
