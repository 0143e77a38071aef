"""Every clause is judged by a check, and every check judges a clause."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from functools import cache
from importlib import import_module
from types import ModuleType

import pytest
from unprepared.judging import contract as contract_of

from understudy.conformance.judging.registry import ASPECT, CLAUSE, Check, check, checks, every
from understudy.conformance.judging.unprepared import register
from understudy.conformance.scope.mapping import GENERATED, mapping
from understudy.specs import Contract, apis, load

#: A contract whose register is made from its document.
DOCUMENT = contract_of("library.yaml")


@cache
def functions(module: ModuleType) -> dict[str, ast.AST]:
    """The functions and constants of a module by name, and those that it has from other modules of checks.

    Decorators do not count.
    """
    found: dict[str, ast.AST] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("understudy.conformance.checks.unprepared"):
            theirs = functions(import_module(str(node.module)))
            found |= {each.name: theirs[each.name] for each in node.names if each.name in theirs}
        if isinstance(node, ast.FunctionDef):
            node.decorator_list.clear()
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            found |= {target.id: node.value for target in node.targets if isinstance(target, ast.Name)}
    return found


def texts(each: Check) -> set[str]:
    """The texts in a check's function, in the functions of its module that it uses, and in constants."""
    module = sys.modules[each.function.__module__]
    parts = functions(module)
    found: set[str] = set()
    used, todo = {each.function.__name__}, [each.function.__name__]
    while todo:
        for node in ast.walk(parts[todo.pop()]):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, ast.Name) and node.id in parts and node.id not in used:
                used.add(node.id)
                todo.append(node.id)
            elif isinstance(node, ast.Name) and isinstance(imported := getattr(module, node.id, None), tuple):
                found |= {text for text in imported if isinstance(text, str)}
    return found


def judged(contract: Contract) -> set[str]:
    return set().union(*(each.clauses(contract) for each in checks(contract)))


def due(contract: Contract) -> set[str]:
    return {clause.id for clause in contract.clauses if not (clause.excluded or clause.retired)}


@pytest.mark.parametrize("api", apis())
def test_every_clause_is_judged_by_a_check_or_excluded_with_a_reason(api: str) -> None:
    contract = load(api)

    assert judged(contract) == due(contract)


@pytest.mark.parametrize("api", apis())
def test_nine_in_ten_documented_clauses_are_judged(api: str) -> None:
    documented = [clause for clause in load(api).clauses if clause.level == "documented" and not clause.retired]
    excluded = [clause for clause in documented if clause.excluded]

    assert len(excluded) <= len(documented) / 10


def test_every_check_judges_a_clause_of_some_api() -> None:
    contracts = [*(load(api) for api in apis()), DOCUMENT]
    idle = [each.name for each in every() if not any(each.clauses(contract) for contract in contracts)]

    assert idle == []


def test_a_check_uses_every_clause_and_aspect_that_it_declares() -> None:
    unused = {each.name: each.judges - texts(each) for each in every() if each.judges - texts(each)}

    assert unused == {}


def test_a_check_declares_every_clause_and_aspect_in_its_code() -> None:
    known = {clause.id for api in apis() for clause in load(api).clauses}
    known |= {aspect for api in apis() for aspect in mapping(load(api)).aspects}
    known |= mapping(DOCUMENT).aspects.keys()
    undeclared = {
        each.name: missing
        for each in every()
        if (
            missing := {
                name
                for name in texts(each) & known
                if not each.declares(name, load(each.api) if each.api else DOCUMENT)
            }
        )
    }

    assert undeclared == {}


def test_decorators_list_clauses_and_aspects_in_order() -> None:
    """Sorted, so that a missing or superfluous one is found at a glance."""
    unsorted = []
    for module in {sys.modules[each.function.__module__] for each in every()}:
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "check":
                listed = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
                if listed != sorted(listed):
                    unsorted.append(listed)

    assert unsorted == []


@pytest.mark.parametrize(
    ("judges", "message"),
    [
        (("PK-27",), "lists 'PK-27', which is neither a clause id nor an aspect"),
        (("paging maximum",), "lists 'paging maximum', which is neither a clause id nor an aspect"),
        (("PK-027", "PK-027"), "lists PK-027 twice"),
    ],
)
def test_a_decorator_takes_clause_ids_and_aspects_alone(judges: tuple[str, ...], message: str) -> None:
    def example(ctx: object) -> None:
        """Nothing is wrong."""

    with pytest.raises(ValueError, match=message):
        check(*judges)(example)


def test_a_check_declares_the_aspects_of_its_topics_and_the_clauses_of_schemas() -> None:
    found = {each.name: each for each in every()}
    shapes = found["objects.objects-match-their-schemas"]

    assert found["bodies.missing-members-are-refused"].declares("required.title", load("prolific"))
    assert shapes.declares("FO-025", load("forsta"))
    assert not shapes.declares("FO-025", load("lookit"))
    assert not shapes.declares("paging.maximum", load("forsta"))


def test_no_check_names_an_unknown_clause() -> None:
    known = {clause.id for api in apis() for clause in load(api).clauses}
    named = {name for each in every() for name in each.judges if CLAUSE.fullmatch(name)}

    assert named - known == set()


def test_no_check_names_an_excluded_or_retired_clause() -> None:
    gone = {clause.id for api in apis() for clause in load(api).clauses if clause.excluded or clause.retired}
    named = {name for each in every() for name in each.judges}

    assert named & gone == set()


@pytest.mark.parametrize("api", apis())
def test_every_aspect_that_is_mapped_is_judged_by_a_check(api: str) -> None:
    named = {name for each in every() for name in each.judges}
    topics = {name[:-1] for name in named if name.endswith(".*")}
    # Judged outside of checks: the validation of every reply, and the generated cases.
    by_others = ("reply.media-type", "reply.status", "reply.json", "generated.")
    idle = [
        aspect
        for aspect in mapping(load(api)).aspects
        if aspect not in named and not aspect.startswith((*topics, *by_others))
    ]

    assert idle == []


def test_every_aspect_that_a_check_judges_stands_for_a_clause_somewhere() -> None:
    rules = {each.rule for each in vars(register).values() if isinstance(each, register.Topic)}
    mapped = rules | {aspect for api in apis() for aspect in mapping(load(api)).aspects}
    topics = {f"{aspect.partition('.')[0]}.*" for aspect in mapped}
    judged = {name for each in every() for name in each.judges if not CLAUSE.fullmatch(name)}

    assert judged | set(GENERATED.values()) <= mapped | topics


def test_checks_of_documents_that_nobody_prepared_leave_the_prepared_ones_alone() -> None:
    unprepared = [each for each in every() if each.unprepared]

    assert len(unprepared) > 5
    assert [each.name for each in unprepared for api in apis() if each.clauses(load(api))] == []


@pytest.mark.parametrize("api", apis())
def test_the_mapping_names_clauses_and_schemas_that_exist(api: str) -> None:
    contract = load(api)
    mapped = mapping(contract)
    clauses = {clause.id for clause in contract.clauses}
    named = {name for ids in (*mapped.aspects.values(), *mapped.schemas.values()) for name in ids}
    components = {name.partition(".")[0] for name in mapped.schemas}

    assert named - clauses == set()
    assert components - set(contract.schemas["components"]["schemas"]) == set()


@pytest.mark.parametrize("api", apis())
def test_what_needs_no_writes_is_judged_without_them(api: str) -> None:
    contract = load(api)
    reached = set().union(*(each.clauses(contract) for each in checks(contract) if not each.writes))
    readable = {clause.id for clause in contract.clauses if clause.profile == "read-only"} & due(contract)

    assert readable - reached == set()


def test_checks_say_what_holds_when_they_pass() -> None:
    assert [each.name for each in every() if len(each.about) < 20 or not each.about.endswith(".")] == []


def test_names_of_aspects_do_not_look_like_names_of_clauses() -> None:
    assert not CLAUSE.fullmatch("paging.maximum")
    assert ASPECT.fullmatch("paging.maximum")
    assert not ASPECT.fullmatch("PK-027")


@pytest.mark.parametrize("first", ["understudy.conformance.checks.paging", "understudy.conformance.rules.lookit"])
def test_the_order_of_checks_does_not_depend_on_who_was_imported_first(first: str) -> None:
    program = (
        f"import {first}; from understudy.conformance.judging.registry import every; "
        "print(*[each.name for each in every()])"
    )

    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)

    assert result.stdout.split() == [each.name for each in every()]
