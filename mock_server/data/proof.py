"""Proves, before a contract is served for the first time, that its seed and its templates fit its schemas.

What this finds would otherwise be a status 500 in the middle of a client's work. A verdict is kept under the digest of
all that it was made from, so that later starts cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson

from understudy.mock_server.data.generators import UnknownGeneratorError
from understudy.mock_server.data.population import Population
from understudy.mock_server.data.resource_types import ContractViolationError, ResourceTypes
from understudy.mock_server.http.errors import ApiError, ErrorRenderer, FieldError
from understudy.mock_server.http.template import compile_template
from understudy.mock_server.values.faker_pools import UnknownLocaleError
from understudy.specs import Contract, ContractError, Operation
from understudy.specs.loading import shown
from understudy.specs.reading.cache import cached, program
from understudy.specs.reading.wording import pointer

#: The kind of verdicts that are kept.
KIND = "proofs"
#: The code that makes records, pages and errors.
MAKERS = tuple(Path(__file__).parents[1] / room for room in ("data", "values", "http"))

PAGE = "https://mock.example.com/items?page=2"
#: The values of an envelope's names: an empty page alone, and one in the middle of others.
ENVELOPES: tuple[Mapping[str, Any], ...] = (
    {"items": [], "item_count": 0, "count": 0, "page": 1, "pages": 1, "size": 1, "base": PAGE}
    | {"first": PAGE, "last": PAGE, "self": PAGE, "next": None, "previous": None},
    {"items": [], "item_count": 0, "count": 7, "page": 2, "pages": 3, "size": 3, "base": PAGE}
    | dict.fromkeys(("first", "last", "self", "next", "previous"), PAGE),
)


def prove(contract: Contract, seed: int, locales: tuple[str, ...], own: frozenset[str] = frozenset()) -> None:
    """Raises ContractError, with file and place, when a record, a page or an error would not fit its schema.

    `own` are the operations that functions of the API's own answer: their pages are up to these.
    """
    parts = [contract.api, contract.seed, contract.document, seed, locales, sorted(own)]
    key = orjson.dumps(parts) + program(*MAKERS, distributions=("faker",))
    fault = cached(KIND, key, lambda: next(_faults(contract, seed, locales, own), None))
    if fault is not None:
        file, problem = fault
        where = shown(contract.folder / file) if contract.folder else f"{contract.api}/{file}"
        raise ContractError(f"{where}: {problem}")


def _faults(contract: Contract, seed: int, locales: tuple[str, ...], own: frozenset[str]) -> Iterator[tuple[str, str]]:
    yield from (("openapi.yaml", problem) for problem in _envelopes(contract, own))
    yield from (("openapi.yaml", problem) for problem in _errors(contract))
    yield from (("seed.yaml", problem) for problem in _records(contract, seed, locales))


def _records(contract: Contract, seed: int, locales: tuple[str, ...]) -> Iterator[str]:
    """Records of the seed that cannot be made, or that violate the schema of their resource."""
    place = "/populations"
    try:
        # As many records as the recipe has: more of them have the same form.
        population = Population(ResourceTypes(contract, seed, locales), seed, 1, locales)
        for index, _, make in population.samples():
            name = contract.seed["populations"][index]["name"]
            place = f"/populations/{index} ({name})"
            make()
    except ContractViolationError as error:
        yield f"{place}: a record does not fit its schema: {error}"
    except UnknownLocaleError:
        raise
    except UnknownGeneratorError as error:
        yield str(error)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        yield f"{place}: its records cannot be made: {error}"


def _envelopes(contract: Contract, own: frozenset[str]) -> Iterator[str]:
    """Pages that do not fit what a list promises."""
    for operation in contract.operations.values():
        if operation.action != "list" or operation.pagination is None or operation.id in own:
            continue
        render = compile_template(operation.pagination.envelope)
        for validator in _validators(contract, operation, str(operation.success)):
            for values in ENVELOPES:
                for problem in _misfits(validator, render(values)):
                    place = pointer(("paths", operation.path, operation.method.lower()))
                    yield f"{place}: the envelope of x-pagination does not fit the reply {operation.success}: {problem}"


def _errors(contract: Contract) -> Iterator[str]:
    """Errors that do not fit what an operation declares for their status."""
    renderer = ErrorRenderer(contract.errors)
    fields = (FieldError("name", "is required", "/name"),)
    for operation in contract.operations.values():
        for status in operation.responses:
            if not status.isdigit() or int(status) < 400:
                continue
            for validator in _validators(contract, operation, status):
                for error in (ApiError("It is so."), *([ApiError(field_errors=fields)] if status == "400" else [])):
                    for problem in _misfits(validator, orjson.loads(renderer.body(int(status), error))):
                        place = pointer(("paths", operation.path, operation.method.lower(), "responses", status))
                        yield f"{place}: the body of x-errors does not fit its schema: {problem}"


def _validators(contract: Contract, operation: Operation, status: str) -> Iterator[jsonschema_rs.Draft202012Validator]:
    """The schemas of JSON that an operation declares for a status."""
    registry = jsonschema_rs.Registry([(contract.uri, contract.schemas)])
    for media_type, schema in operation.responses.get(status, {}).items():
        if "json" in media_type:
            yield jsonschema_rs.Draft202012Validator(dict(schema), registry=registry, validate_formats=True)


def _misfits(validator: jsonschema_rs.Draft202012Validator, value: Any) -> Iterator[str]:
    for error in validator.iter_errors(value):
        place = pointer(error.instance_path)
        yield f"{place}: {error.message}" if place else error.message
