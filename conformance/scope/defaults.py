"""Settings that a contract itself tells."""

from __future__ import annotations

import re

from understudy.specs import Contract
from understudy.specs.reading.references import resolve


def defaults(contract: Contract) -> dict[str, str]:
    """Path parameters naming what no operation lists: the contract's own example, until the target says otherwise."""
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
    """`surveyId` and `survey_id` name a survey."""
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", parameter).lower().removesuffix("_id")
