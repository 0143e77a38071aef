"""The contracts: OpenAPI documents with their annotations, clause registers and seed recipes, and their one loader."""

from specs.contract import (
    Clause,
    Contract,
    ErrorShape,
    Operation,
    Pagination,
    Parameter,
    Reference,
    Resource,
)
from specs.loading import ContractError, apis, load, load_folder
from specs.scenario import Scenario, scenario, scenarios

__all__ = [
    "Clause",
    "Contract",
    "ContractError",
    "ErrorShape",
    "Operation",
    "Pagination",
    "Parameter",
    "Reference",
    "Resource",
    "Scenario",
    "apis",
    "load",
    "load_folder",
    "scenario",
    "scenarios",
]
