"""The registration of an API's functions: what is collected from its modules, and what is refused."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sixth import lending

from understudy.mock_server.engine.call import Call, ControlOperation, Reply
from understudy.mock_server.engine.registration import (
    Behaviours,
    check_record,
    collect,
    control,
    operation,
    recovery,
    scope,
)
from understudy.mock_server.engine.state import State
from understudy.specs import ContractError, load_folder

LENDING = load_folder(Path(__file__).parents[2] / "sixth")


def module(*functions: Any) -> ModuleType:
    made = ModuleType("lending")
    for function in functions:
        setattr(made, function.__name__, function)
    return made


async def lend_book(call: Call) -> Reply:
    return Reply(200)


def test_each_decorator_registers_a_function_for_what_it_names_and_returns_it() -> None:
    schema = {"properties": {"days": {"type": "integer"}}}
    answer = {"type": "object"}

    @operation
    async def lend_book(call: Call) -> Reply:
        return Reply(200)

    @operation("read_shelf")
    async def shelf(call: Call) -> Reply:
        return Reply(200)

    @scope("book")
    async def visible(call: Call) -> None:
        return None

    @check_record("shelf")
    async def check(state: State, record: dict[str, Any]) -> None:
        return None

    @recovery("book")
    async def recover(state: State) -> float | None:
        return None

    @control("POST", "/books/{id}/return", schema, answer)
    async def return_book(state: State, path: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        return 204, None

    assert collect(LENDING, module(lend_book, shelf, visible, check, recover, return_book)) == Behaviours(
        {"lend_book": lend_book, "read_shelf": shelf},
        {"book": visible},
        {"shelf": check},
        {"book": recover},
        {"/books/{id}/return": {"POST": ControlOperation(return_book, schema, answer)}},
    )


def test_one_function_can_answer_several_operations() -> None:
    @operation("read_shelf")
    @operation
    async def lend_book(call: Call) -> Reply:
        return Reply(200)

    assert collect(LENDING, module(lend_book)).operations == {"lend_book": lend_book, "read_shelf": lend_book}


def test_a_function_that_is_not_registered_answers_nothing() -> None:
    assert collect(LENDING, module(lend_book)) == Behaviours()


def test_a_module_holds_its_own_registrations_alone() -> None:
    @operation("lend_book")
    async def other(call: Call) -> Reply:
        return Reply(200)

    assert collect(LENDING, lending).operations == {"lend_book": lending.lend_book}
    assert collect(LENDING, module(other)).operations == {"lend_book": other}
    assert collect(LENDING, module()) == Behaviours()


def test_every_module_of_a_package_is_read_and_an_imported_function_counts_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "lending_package"
    (folder / "books").mkdir(parents=True)
    (folder / "__init__.py").write_text('"""A package."""')
    (folder / "books" / "__init__.py").write_text("from lending_package.books.lending import lend_book")
    (folder / "books" / "lending.py").write_text(
        "from understudy.mock_server.engine.registration import operation\n@operation\nasync def lend_book(call): ...\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    behaviours = collect(LENDING, importlib.import_module("lending_package"))

    assert behaviours.operations == {"lend_book": sys.modules["lending_package.books.lending"].lend_book}


@pytest.mark.parametrize(
    ("decorator", "described"),
    [
        (operation("lend_boat"), "the operation lend_boat"),
        (scope("boat"), "the scope of the resource boat"),
        (check_record("boat"), "the check of the resource boat"),
    ],
)
def test_a_function_for_something_that_the_contract_does_not_have_is_refused_by_name(
    decorator: Any, described: str
) -> None:
    async def boat(*_: Any) -> Any:
        return None

    with pytest.raises(
        ContractError, match=rf"{LENDING.api}: .*\.boat is registered for {described}, which the contract"
    ):
        collect(LENDING, module(decorator(boat)))


def test_two_functions_for_the_same_operation_are_refused_by_name() -> None:
    @operation("lend_book")
    async def first(call: Call) -> Reply:
        return Reply(200)

    @operation("lend_book")
    async def second(call: Call) -> Reply:
        return Reply(200)

    with pytest.raises(
        ContractError, match=r"\.second is registered for the operation lend_book, and so is .*\.first$"
    ):
        collect(LENDING, module(first, second))
