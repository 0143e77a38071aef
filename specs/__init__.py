"""The contracts: OpenAPI documents with their annotations, clause registers and seed recipes, and their one loader."""

from understudy.specs.contract import (
    Clause,
    Contract,
    ErrorShape,
    Operation,
    Pagination,
    Parameter,
    Reference,
    Resource,
)
from understudy.specs.later import judged
from understudy.specs.loading import apis, load, load_folder
from understudy.specs.promised import Promised, promised, without_marks
from understudy.specs.reading.errors import ContractError
from understudy.specs.scenario import Scenario, scenario, scenarios

__all__ = [
    "Clause",
    "Contract",
    "ContractError",
    "ErrorShape",
    "Operation",
    "Pagination",
    "Parameter",
    "Promised",
    "Reference",
    "Resource",
    "Scenario",
    "apis",
    "judged",
    "load",
    "load_folder",
    "promised",
    "scenario",
    "scenarios",
    "without_marks",
]
