"""Filter expressions: text -> tree -> a condition on the datapoints of a respondent."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken
from lark.exceptions import VisitError

from understudy.mock_server.behaviours.forsta import values
from understudy.mock_server.behaviours.forsta.variables import Variable

Datapoints = Mapping[str, Any]
Condition = Callable[[Datapoints], bool]

LEVELS = {"": "response", "respondent": "respondent", "response": "response"}

#: Characters of an expression; more than anybody writes, and read within a few hundredths of a second.
LONGEST = 10_240

#: The deepest nesting: shallow enough to evaluate by recursion.
DEEPEST = 100

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

_TOKEN_NAMES = {
    "VARIABLE": "a variable (level:name)",
    "OPERATOR": "a comparison (=, !=, <, <=, >, >=)",
    "TEXT": "a text in single quotes",
    "NUMBER": "a number",
    "DATE": "a date",
    "_AND": "AND",
    "_OR": "OR",
    "_NOT": "NOT",
    "_IN": "IN",
    "LPAR": "'('",
    "RPAR": "')'",
    "COMMA": "','",
    "$END": "the end",
}


class ExpressionError(ValueError):
    """An invalid expression; `column` counts characters from 1. An early end is a sentence, without `column N:`."""

    def __init__(self, message: str, column: int, early_end: bool = False) -> None:
        super().__init__(message if early_end else f"column {column}: {message}")
        self.column = column
        self.early_end = early_end


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as written, without its quotes."""

    kind: str  # text | number | date
    text: str
    column: int = 0


@dataclass(frozen=True, slots=True)
class Name:
    """A variable as written, with its level in full."""

    level: str
    name: str
    column: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """`level:variable operator literal`."""

    variable: Name
    operator: str
    literal: Literal
    depth = 1


@dataclass(frozen=True, slots=True)
class Membership:
    """`IN(level:variable, literal, ...)`."""

    variable: Name
    literals: tuple[Literal, ...]
    depth = 1


@dataclass(frozen=True, slots=True)
class Negation:
    """`NOT part`."""

    part: Node
    depth: int = 2


@dataclass(frozen=True, slots=True)
class Conjunction:
    """`part AND part ...`."""

    parts: tuple[Node, ...]
    depth: int = 2


@dataclass(frozen=True, slots=True)
class Disjunction:
    """`part OR part ...`."""

    parts: tuple[Node, ...]
    depth: int = 2


Node = Comparison | Membership | Negation | Conjunction | Disjunction


@lru_cache(maxsize=256)
def parse(text: str) -> Node:
    """The tree of an expression. Raises ExpressionError."""
    if len(text) > LONGEST:
        raise ExpressionError(f"the expression is longer than {LONGEST} characters", LONGEST + 1)
    try:
        tree: Any = _parser().parse(text)
    except UnexpectedToken as error:
        if error.token.type == "$END":
            column = len(text) + 1
            raise ExpressionError(
                f"ends at column {column}, where {_expected(error.expected)}", column, True
            ) from error
        place = error.token.start_pos or 0
        raise ExpressionError(_found(text, place, str(error.token), error.expected), place + 1) from error
    except UnexpectedCharacters as error:
        place = error.pos_in_stream or 0
        raise ExpressionError(_found(text, place, text[place], error.allowed or ()), place + 1) from error
    except VisitError as error:
        if isinstance(error.orig_exc, ExpressionError):
            raise error.orig_exc from None
        raise
    node: Node = tree
    return node


def condition(node: Node, variables: Mapping[tuple[str, str], Variable]) -> Condition:
    """The condition that a tree states on datapoints, given the variables by level and name.

    Raises ExpressionError for an unknown variable and for a literal that its type does not accept.
    """
    if isinstance(node, Comparison):
        return _comparison(_variable(node.variable, variables), node)
    if isinstance(node, Membership):
        return _membership(_variable(node.variable, variables), node)
    if isinstance(node, Negation):
        part = condition(node.part, variables)
        return lambda datapoints: not part(datapoints)
    parts = [condition(each, variables) for each in node.parts]
    if isinstance(node, Conjunction):
        return lambda datapoints: all(part(datapoints) for part in parts)
    return lambda datapoints: any(part(datapoints) for part in parts)


def _comparison(variable: Variable, node: Comparison) -> Condition:
    name, compare = variable.name, _COMPARE[node.operator]
    if values.is_blank(node.literal.text):
        return _blank(name, node)
    value = _value(variable, node.literal)
    if variable.type == "date":

        def dated(datapoints: Datapoints) -> bool:
            found = datapoints.get(name)
            return found is not None and compare(_moment(found), value)

        return dated

    def compared(datapoints: Datapoints) -> bool:
        found = datapoints.get(name)
        return found is not None and compare(found, value)

    return compared


def _blank(name: str, node: Comparison) -> Condition:
    """A comparison with the empty text, which asks whether there is a value."""
    if node.operator == "=":
        return lambda datapoints: datapoints.get(name) is None
    if node.operator == "!=":
        return lambda datapoints: datapoints.get(name) is not None
    raise ExpressionError("an empty text can only be compared with = and !=", node.literal.column)


def _membership(variable: Variable, node: Membership) -> Condition:
    name = variable.name
    choices = frozenset(_value(variable, literal) for literal in node.literals)
    if variable.type == "date":
        return lambda datapoints: (found := datapoints.get(name)) is not None and _moment(found) in choices
    return lambda datapoints: datapoints.get(name) in choices


def _variable(name: Name, variables: Mapping[tuple[str, str], Variable]) -> Variable:
    found = variables.get((name.level, name.name))
    if found is None:
        raise ExpressionError(f"there is no variable '{name.name}' at the {name.level} level", name.column)
    return found


_TAKES = {
    "numeric": frozenset({"number", "text"}),
    "boolean": frozenset({"number", "text"}),
    "date": frozenset({"date", "text"}),
    "text": frozenset({"text"}),
}


def _value(variable: Variable, literal: Literal) -> Any:
    """What a literal stands for beside a variable, in the form that compares."""
    if literal.kind not in _TAKES[variable.type]:
        raise ExpressionError(f"{_described(variable)} cannot be compared with a {literal.kind}", literal.column)
    try:
        value = _READ[variable.type](literal.text)
    except values.InvalidValueError as error:
        raise ExpressionError(
            f"{_described(variable)} cannot be compared with '{literal.text}'", literal.column
        ) from error
    return _moment(value) if variable.type == "date" else value


def _described(variable: Variable) -> str:
    return f"the {variable.type} variable '{variable.name}'"


_READ: dict[str, values.Read] = {
    "numeric": values.number,
    "boolean": values.boolean,
    "date": values.date,
    "text": values.text,
}

_moment = lru_cache(maxsize=65536)(values.moment)


_KEYWORDS = frozenset({"AND", "OR", "NOT", "IN"})
#: Where a variable may stand, every other word is one without its level.
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def _found(text: str, place: int, found: str, expected: Collection[str]) -> str:
    """What is wrong at a place."""
    word = _WORD.match(text, place)
    if word is not None and word[0].upper() not in _KEYWORDS and "VARIABLE" in expected:
        return f"'{word[0]}' is not a variable; write respondent:{word[0]} or response:{word[0]}"
    return f"'{found}' stands where {_expected(expected)}"


def _expected(tokens: Collection[str]) -> str:
    names = sorted((_TOKEN_NAMES.get(name, name) for name in tokens), key=lambda name: (name[0].isalpha(), name))
    listed = " or ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
    return f"{listed or 'something else'} is expected"


class _Tree(Transformer[Token, Any]):
    """Builds the tree while the parser goes, so that nesting costs no recursion."""

    def start(self, children: list[Node]) -> Node:
        return children[0]

    def comparison(self, children: list[Any]) -> Comparison:
        variable, compare, literal = children
        return Comparison(variable, str(compare), literal)

    def membership(self, children: list[Any]) -> Membership:
        variable, *literals = children
        return Membership(variable, tuple(literals))

    def negated(self, children: list[Node]) -> Negation:
        return Negation(children[0], _deeper(children))

    def conjunction(self, children: list[Node]) -> Conjunction:
        return Conjunction(tuple(children), _deeper(children))

    def disjunction(self, children: list[Node]) -> Disjunction:
        return Disjunction(tuple(children), _deeper(children))

    def VARIABLE(self, token: Token) -> Name:
        level, _, name = token.partition(":")
        if level not in LEVELS:
            raise ExpressionError(
                f"there is no level '{level}'; the levels are respondent and response", _column(token)
            )
        return Name(LEVELS[level], name, _column(token))

    def TEXT(self, token: Token) -> Literal:
        return Literal("text", token[1:-1].replace("''", "'"), _column(token))

    def DATE(self, token: Token) -> Literal:
        return Literal("date", str(token), _column(token))

    def NUMBER(self, token: Token) -> Literal:
        return Literal("number", str(token), _column(token))


def _column(token: Token) -> int:
    return (token.start_pos or 0) + 1


def _deeper(children: Sequence[Node]) -> int:
    depth = 1 + max(child.depth for child in children)
    if depth > DEEPEST:
        raise ExpressionError(f"the expression is nested more than {DEEPEST} levels deep", 1)
    return depth


@cache
def _parser() -> Lark:
    grammar = Path(__file__).with_name("expression.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", transformer=_Tree(), maybe_placeholders=False)
