"""Putting a server together: which APIs stand where, and what is refused at the start."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from sixth import lending

from understudy.connexion import StatefulResolver
from understudy.mock_server import create_app, serve
from understudy.mock_server.engine.crud import NoHandlerError
from understudy.mock_server.engine.registration import control
from understudy.mock_server.engine.state import State
from understudy.specs import Contract, ContractError, apis, load, load_folder, without_marks

NOTES = Path(__file__).parents[1] / "oracle" / "notes"
LENDING = load_folder(Path(__file__).parents[1] / "sixth")


def got(app: Any, path: str, **headers: str) -> httpx.Response:
    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://mock") as client:
            return await client.get(path, headers={"Authorization": "Bearer mock-token", **headers})

    return asyncio.run(run())


def test_one_api_is_served_at_the_root() -> None:
    app = create_app(["consent-kit"])

    assert got(app, "/v1/events").status_code == 200
    assert got(app, "/consent-kit/v1/events").status_code == 404


def test_several_apis_are_served_each_under_its_name() -> None:
    app = create_app(["consent-kit", "participant-kit"])

    assert got(app, "/consent-kit/v1/events").status_code == 200
    assert got(app, "/participant-kit/v1/studies").status_code == 200
    elsewhere = got(app, "/v1/events")
    assert elsewhere.status_code == 404
    assert "/consent-kit, /participant-kit" in elsewhere.json()["error"]["message"]


def test_without_a_name_all_are_served() -> None:
    assert {served_api.contract.api for served_api in create_app().served_apis} == set(apis())


def test_an_api_keeps_its_own_shape_of_errors_beside_others() -> None:
    app = create_app(["consent-kit", "lookit"])

    assert set(got(app, "/consent-kit/v1/nothing").json()) == {"error"}
    assert set(got(app, "/lookit/nothing").json()) == {"errors"}


def test_a_contract_of_somebody_else_is_served_like_ours() -> None:
    app = create_app(["consent-kit"], contracts=[LENDING], behaviours={LENDING.api: lending})

    assert got(app, "/sixth/shelves/1", Authorization="Card card-1").json()["topic"] == "Rivers"
    assert got(app, "/consent-kit/v1/events").status_code == 200


def test_two_apis_of_one_server_share_no_records() -> None:
    app = create_app(["consent-kit", "participant-kit"])

    mine, other = (got(app, f"/{api}/v1/projects").json()["data"] for api in ("consent-kit", "participant-kit"))

    assert not {each["id"] for each in mine} & {each["id"] for each in other}


def test_an_unknown_api_is_refused() -> None:
    with pytest.raises(ContractError, match=r"There is no API 'consent_kit', and no file of that name\. The APIs are "):
        create_app(["consent_kit"])


def test_one_name_may_be_a_text() -> None:
    assert [each.contract.api for each in create_app("consent-kit").served_apis] == ["consent-kit"]
    assert [each.contract.api for each in create_app(["lookit", "lookit"]).served_apis] == ["lookit"]


def in_a_block(**options: Any) -> None:
    with serve("consent-kit", **options):
        pass


@pytest.mark.parametrize(
    "take", [lambda **o: create_app("consent-kit", **o), in_a_block, partial(StatefulResolver, "consent-kit")]
)
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 0}, "size must be at least 1, not 0"),
        ({"size": -1}, "size must be at least 1, not -1"),
        ({"size": 1.5}, "size must be a whole number, not 1.5"),
        ({"seed": "x"}, "seed must be a whole number, not 'x'"),
        ({"locales": "en_GB"}, "locales must be a list of locales, not the text 'en_GB'; pass ['en_GB']"),
        ({"locales": 3}, "locales must be a list of locales, not 3"),
        ({"locales": []}, "locales must name at least one locale, such as 'en_GB', not []"),
        ({"locales": ["xx_XX"]}, "xx_XX"),
    ],
    ids=str,
)
def test_what_the_records_cannot_be_made_with_is_refused_alike_everywhere(
    take: Callable[..., Any], options: dict[str, Any], message: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=re.escape(message)):
        take(**options)


def test_behaviours_that_are_not_modules_are_refused() -> None:
    with pytest.raises(TypeError, match="behaviours must map the names of APIs to modules, not be 'x'"):
        create_app("consent-kit", behaviours="x")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"behaviours\['consent-kit'\] must be a module, not 'x'"):
        create_app("consent-kit", behaviours={"consent-kit": "x"})  # type: ignore[dict-item]
    with pytest.raises(TypeError, match="behaviours must be a module, not 'x'"):
        StatefulResolver(NOTES, behaviours="x")  # type: ignore[arg-type]


def test_names_that_are_not_texts_are_refused() -> None:
    with pytest.raises(TypeError, match=r"an API must be named by a text, not \['lookit'\]"):
        in_a_block_of(["lookit"])


def in_a_block_of(*names: Any) -> None:
    with serve(*names):
        pass


def test_an_unknown_locale_is_refused() -> None:
    with pytest.raises(ValueError, match="xx_XX"):
        create_app(["consent-kit"], locales=["xx_XX"])


def test_an_operation_that_nothing_answers_is_refused() -> None:
    with pytest.raises(NoHandlerError, match="sixth: no function answers lend_book"):
        create_app(contracts=[LENDING])


def seeded(**changed: Any) -> Contract:
    """The throw-away contract with another population of books."""
    shelves, books = LENDING.seed["populations"]
    values = {**books["values"], **changed}
    return replace(LENDING, seed={**LENDING.seed, "populations": [shelves, {**books, "values": values}]})


def test_a_generator_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ContractError, match="/populations/1/values/title: there is no generator 'templat'"):
        create_app(contracts=[seeded(title={"templat": "x"})], behaviours={LENDING.api: lending})


def test_a_seed_that_does_not_fit_its_own_schema_is_refused() -> None:
    with pytest.raises(
        ContractError, match=r"/populations/1 \(books\): a record does not fit its schema: sixth\.book title"
    ):
        create_app(contracts=[seeded(title=7)], behaviours={LENDING.api: lending})


def test_a_document_that_connexion_refuses_stops_the_start() -> None:
    document = {**LENDING.document, "paths": {**LENDING.document["paths"], "/books/{book_id}": {"patch": {}}}}

    with pytest.raises(ContractError, match=r"/paths/~1books~1\{book_id\}/patch: Connexion refuses this"):
        create_app(contracts=[replace(LENDING, document=document)], behaviours={LENDING.api: lending})


@pytest.mark.parametrize("path", ["/_mock/openapi/consent-kit.json", "/openapi.json"])
def test_the_document_that_is_served_is_the_one_that_is_enforced_without_its_marks(path: str) -> None:
    served = got(create_app(["consent-kit"]), path)

    assert served.json() == {**without_marks(load("consent-kit").document), "servers": [{"url": "http://mock"}]}
    assert not {"x-chosen", "x-promised"} & set(re.findall(r"[\w-]+", served.text))


def test_an_api_that_would_be_served_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="sixth is there more than once"):
        create_app(contracts=[LENDING, LENDING], behaviours={LENDING.api: lending})


def test_a_contract_that_was_passed_as_an_object_is_not_watched() -> None:
    contract = replace(load("consent-kit"), folder=None)
    app = create_app(contracts=[contract], watch=True)

    assert app._watch is not None
    assert app._watch._assemble()[0][0].contract is contract


def test_a_control_operation_of_an_api_replies_what_its_schema_says() -> None:
    @control(
        "GET", "/odd/{kind}", reply={"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    )
    async def odd(state: State, path: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        return 200, {"id": 1} if path["kind"] == "wrong" else {"id": "1"}

    module = ModuleType("odd")
    vars(module).update({**vars(lending), "odd": odd})
    app = create_app(contracts=[LENDING], behaviours={LENDING.api: module})

    right, wrong = (got(app, f"/_mock/{LENDING.api}/odd/{kind}", Host="localhost") for kind in ("right", "wrong"))

    assert (right.status_code, right.json()) == (200, {"id": "1"})
    assert wrong.status_code == 500
    assert wrong.json()["error"]["message"] == "The reply of odd does not fit its schema: id: must be a string"
