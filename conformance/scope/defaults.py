"""Settings that the contract itself provides."""

from __future__ import annotations

import re

from understudy.specs import Contract
from understudy.specs.reading.references import resolve


def defaults(contract: Contract) -> dict[str, str]:
    """Examples from the contract for path parameters whose objects no operation lists; the target's settings override them.

    There are none where names of parameters mean nothing beyond their own operation (`id`).
    """
    if contract.inferred:
        return {}
    listed = {op.resource for op in contract.operations.values() if op.action == "list" and "{" not in op.path}
    found: dict[str, str] = {}
    for operation in contract.operations.values():
        item = contract.document["paths"][operation.path]
        for raw in (*item.get("parameters", ()), *item[operation.method.lower()].get("parameters", ())):
            parameter = resolve(contract.document, raw)
            if (
                parameter["in"] == "path"
                and "example" in parameter
                and resource_name(parameter["name"]) in (set(contract.resources) - listed)
            ):
                found[parameter["name"]] = str(parameter["example"])
    return found


def resource_name(parameter: str) -> str:
    """The resource that a parameter names: `survey` for `surveyId` and `survey_id`."""
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", parameter).lower().removesuffix("_id")
