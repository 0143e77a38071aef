"""The grammar of filter expressions, over all expressions."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.behaviours.forsta.expression import LONGEST, ExpressionError, condition, parse
from understudy.mock_server.behaviours.forsta.variables import Variable

VARIABLES = {
    (level, name): Variable(name, kind, level)
    for level, name, kind in [
        ("respondent", "age", "numeric"),
        ("respondent", "city", "text"),
        ("respondent", "born", "date"),
        ("respondent", "married", "boolean"),
        ("response", "status", "text"),
    ]
}
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=6)
NUMBER = st.one_of(st.integers(-99, 99), st.decimals(-9, 9, places=2, allow_nan=False).map(float))
DATE = st.dates().map(lambda day: day.isoformat())

RESPONDENTS = st.fixed_dictionaries(
    {},
    optional={"age": NUMBER, "city": TEXT, "born": DATE, "married": st.integers(0, 1), "status": TEXT},
)

#: An expression as written, and what it means.
Pair = tuple[str, Callable[[dict[str, Any]], bool]]


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def compared(name: str, written: str, sign: str, literal: str, value: Any) -> Pair:
    compare = COMPARE[sign]
    return f"{written}{sign}{literal}", lambda r: name in r and compare(r[name], value)


def listed(name: str, written: str, literals: list[tuple[str, Any]]) -> Pair:
    texts = ",".join(literal for literal, _ in literals)
    values = [value for _, value in literals]
    return f"IN({written},{texts})", lambda r: name in r and r[name] in values


def literals(values: st.SearchStrategy[Any], write: Callable[[Any], str]) -> st.SearchStrategy[tuple[str, Any]]:
    return values.map(lambda value: (write(value), value))


def about(name: str, written: str, literal: st.SearchStrategy[tuple[str, Any]]) -> st.SearchStrategy[Pair]:
    return st.one_of(
        st.builds(lambda sign, parts: compared(name, written, sign, *parts), st.sampled_from(sorted(COMPARE)), literal),
        st.builds(lambda literals: listed(name, written, literals), st.lists(literal, min_size=1, max_size=3)),
    )


ATOMS = st.one_of(
    about("age", "respondent:age", literals(NUMBER, str)),
    about("city", "respondent:city", literals(TEXT, quoted)),
    about("born", "respondent:born", literals(DATE, str)),
    about("married", "respondent:married", literals(st.integers(0, 1), str)),
    about("status", ":status", literals(TEXT, quoted)),
    about("status", "response:status", literals(TEXT, quoted)),
)


def both(parts: list[Pair]) -> Pair:
    return " and ".join(f"({text})" for text, _ in parts), lambda r: all(meaning(r) for _, meaning in parts)


def either(parts: list[Pair]) -> Pair:
    return " OR ".join(f"({text})" for text, _ in parts), lambda r: any(meaning(r) for _, meaning in parts)


def neither(part: Pair) -> Pair:
    return f"NOT({part[0]})", lambda r: not part[1](r)


EXPRESSIONS = st.recursive(
    ATOMS,
    lambda below: st.one_of(
        st.lists(below, min_size=2, max_size=3).map(both),
        st.lists(below, min_size=2, max_size=3).map(either),
        below.map(neither),
    ),
    max_leaves=8,
)


def column(text: str) -> int:
    """Where a text is refused, 1 when it is not."""
    try:
        condition(parse(text), VARIABLES)
    except ExpressionError as error:
        return error.column
    return 1


@given(EXPRESSIONS, st.lists(RESPONDENTS, min_size=1, max_size=5))
def test_an_expression_means_what_it_was_made_to_mean(pair: Pair, respondents: list[dict[str, Any]]) -> None:
    text, meaning = pair
    holds = condition(parse(text), VARIABLES)

    assert [holds(each) for each in respondents] == [bool(meaning(each)) for each in respondents]


@given(ATOMS, ATOMS, ATOMS, RESPONDENTS)
def test_and_binds_more_closely_than_or_and_not_more_closely_than_both(
    first: Pair, second: Pair, third: Pair, respondent: dict[str, Any]
) -> None:
    a, b, c = first[1](respondent), second[1](respondent), third[1](respondent)

    def holds(text: str) -> bool:
        return condition(parse(text), VARIABLES)(respondent)

    assert holds(f"{first[0]} OR {second[0]} AND {third[0]}") == (a or (b and c))
    assert holds(f"{first[0]} AND {second[0]} OR {third[0]}") == ((a and b) or c)
    assert holds(f"NOT {first[0]} AND {second[0]}") == ((not a) and b)


@given(EXPRESSIONS, st.sampled_from([" ", "\t", "\n", "  "]))
def test_blanks_around_signs_do_not_matter(pair: Pair, blank: str) -> None:
    text, _ = pair
    spaced = f"{blank}{text}{blank}"

    assert str(parse(spaced)).count("Name(") == str(parse(text)).count("Name(")


@given(st.one_of(st.text(max_size=60), st.text("respondent:=<>!'()ANDORTI,1290- \n", max_size=60)))
def test_any_text_is_read_or_refused_at_a_column_within_it(text: str) -> None:
    assert 1 <= column(text) <= len(text) + 1


@given(EXPRESSIONS, st.data())
def test_an_expression_cut_short_is_read_or_refused_at_a_column_within_it(pair: Pair, data: st.DataObject) -> None:
    text = pair[0][: data.draw(st.integers(0, len(pair[0])))]

    assert 1 <= column(text) <= len(text) + 1


def test_an_expression_that_is_too_long_is_refused_with_its_limit() -> None:
    with pytest.raises(ExpressionError, match=f"longer than {LONGEST} characters"):
        parse(":a=1 AND " * LONGEST + ":a=1")
