"""Whether a document is valid OpenAPI 3.0, as openapi-spec-validator judges it; asked once for each text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from understudy.specs.reading.cache import cached, program
from understudy.specs.reading.wording import KINDS, pointer, quoted

#: The kind of what is kept.
KIND = "openapi"
#: What judges.
JUDGES = ("openapi-spec-validator", "jsonschema")


@dataclass(frozen=True, slots=True)
class OpenApiFault:
    """Something that OpenAPI does not allow.

    `structural` says that a node has the wrong shape; what else is wrong (a parameter that no path has, a default that
    does not fit) leaves a document that can be read.
    """

    place: str
    message: str
    structural: bool

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


def openapi_faults(document: dict[str, Any]) -> list[OpenApiFault]:
    """The first fault of each kind; an empty list for a valid document. Its references must lead somewhere."""
    key = orjson.dumps(document) + program(Path(__file__).parent, distributions=JUDGES)
    found = cached(KIND, key, lambda: _judge(document))
    return [OpenApiFault(*each) for each in found]


def _judge(document: dict[str, Any]) -> list[tuple[str, str, bool]]:
    # Imported here: a text that was judged before needs no validator, and it takes a fifth of a second to import.
    from openapi_spec_validator import OpenAPIV30SpecValidator
    from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

    # The JSON Schema of OpenAPI first: what comes behind it reads a document that has the right shape.
    if any(True for _ in OpenAPIV30SpecValidator.schema_validator.iter_errors(document)):
        return [_explained(document)]
    try:
        for error in OpenAPIV30SpecValidator(document).iter_errors():
            # Faults of parameters and operationIds have classes of their own.
            named = type(error) is not OpenAPIValidationError
            message = error.message if named else f"a default does not fit its schema: {error.message}"
            return [(pointer(error.absolute_path), _shortened(message), False)]
    except Exception as error:  # the validator meets shapes that its makers did not expect
        return [("", f"openapi-spec-validator cannot read it: {_shortened(str(error))}", True)]
    return []


def _explained(document: dict[str, Any]) -> tuple[str, str, bool]:
    """The first structural fault, at the deepest place: that none of `oneOf` fits says nothing about the reason."""
    from jsonschema import Draft4Validator
    from openapi_spec_validator.schemas import schema_v30

    error = next(iter(Draft4Validator(schema_v30).iter_errors(document)), None)
    if error is None:
        return "", "it does not fit the JSON Schema of OpenAPI 3.0", True
    accepted: list[Any] = []
    while error.context:
        # Where a Reference Object was possible, its missing $ref is not the reason.
        context = error.context
        error = max(context, key=lambda each: (len(each.absolute_path), "$ref" not in each.message))
        same = [each for each in context if each.absolute_path == error.absolute_path and each.validator == "enum"]
        accepted = [value for each in same for value in each.validator_value]
    return pointer(error.absolute_path), _shortened(_worded(error, accepted)), True


def _worded(error: Any, accepted: list[Any]) -> str:
    if error.validator == "additionalProperties" and isinstance(error.schema.get("properties"), dict):
        unknown = [name for name in error.instance if name not in error.schema["properties"] and name[:2] != "x-"]
        return f"OpenAPI 3.0 does not know {', '.join(map(repr, unknown))} here"
    if error.validator == "type" and isinstance(error.schema["type"], str):
        return f"{quoted(error.instance)} is not {KINDS[error.schema['type']]}"
    if error.validator == "required":
        missing = next(name for name in error.validator_value if name not in error.instance)
        return f"the member {missing!r} is missing"
    if error.validator == "enum" and len(accepted) > 1:
        return f"{error.instance!r} is not one of {', '.join(map(str, accepted))}"
    return str(error.message)


def _shortened(message: str) -> str:
    return message if len(message) <= 300 else f"{message[:140]} … {message[-140:]}"
