"""Parameters: typed as the contract states them, defaults filled in, every wrong one named."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.http.errors import BadRequestError
from understudy.mock_server.http.parameters import Parameters
from understudy.mock_server.http.validation_errors import Schemas
from understudy.specs import Parameter

compiler = Schemas("urn:none", {}).compile


def reading(*parameters: Parameter) -> Parameters:
    return Parameters(parameters, compiler)


def query(name: str, schema: dict[str, Any], **options: Any) -> Parameter:
    return Parameter(
        name, "query", options.get("required", False), schema, options.get("explode", True), options.get("default")
    )


def refused(parameters: Parameters, raw: str) -> list[str]:
    with pytest.raises(BadRequestError) as refusal:
        parameters.query(raw.encode())
    return [each.name for each in refusal.value.field_errors]


@given(st.integers(-(10**18), 10**18))
def test_a_whole_number_is_read_as_one(number: int) -> None:
    assert reading(query("n", {"type": "integer"})).query(f"n={number}".encode()) == {"n": number}


@pytest.mark.parametrize("text", ["1_000", "1.0", "0x1", "%201", "1e3", "nan", "", "%D9%A3", "--1", "1" * 25])
def test_what_json_does_not_write_as_a_whole_number_is_none(text: str) -> None:
    assert refused(reading(query("n", {"type": "integer"})), f"n={text}") == ["n"]


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("-2.5", -2.5), ("1e3", 1000.0), ("1.5E-1", 0.15)])
def test_a_number_may_have_a_fraction_and_an_exponent(text: str, number: float) -> None:
    assert reading(query("n", {"type": "number"})).query(f"n={text}".encode()) == {"n": number}


@pytest.mark.parametrize("text", ["inf", "nan", "1.", ".5", "1e", "1,5"])
def test_python_reads_more_as_a_number_than_json_does(text: str) -> None:
    assert refused(reading(query("n", {"type": "number"})), f"n={text}") == ["n"]


@pytest.mark.parametrize(("text", "truth"), [("true", True), ("False", False), ("TRUE", True)])
def test_a_truth_value_is_a_word(text: str, truth: bool) -> None:
    assert reading(query("b", {"type": "boolean"})).query(f"b={text}".encode()) == {"b": truth}


@pytest.mark.parametrize("text", ["1", "yes", "", "t"])
def test_other_words_are_no_truth_value(text: str) -> None:
    assert refused(reading(query("b", {"type": "boolean"})), f"b={text}") == ["b"]


@given(st.lists(st.text(st.sampled_from("abc"), min_size=1, max_size=3), min_size=1, max_size=4))
def test_a_list_is_repeated_or_divided_by_commas_as_the_contract_says(words: list[str]) -> None:
    schema = {"type": "array", "items": {"type": "string"}}

    assert reading(query("w", schema)).query("&".join(f"w={w}" for w in words).encode()) == {"w": words}
    assert reading(query("w", schema, explode=False)).query(f"w={','.join(words)}".encode()) == {"w": words}


def test_the_items_of_a_list_have_their_own_type() -> None:
    numbers = query("n", {"type": "array", "items": {"type": "integer"}}, explode=False)

    assert reading(numbers).query(b"n=1,2") == {"n": [1, 2]}
    assert refused(reading(numbers), "n=1,x") == ["n.1"]


def test_the_last_of_a_repeated_parameter_counts() -> None:
    assert reading(query("n", {"type": "integer"})).query(b"n=1&n=2") == {"n": 2}


def test_what_is_not_sent_has_its_default_or_is_absent() -> None:
    parameters = reading(query("a", {"type": "integer"}, default=7), query("b", {"type": "string"}))

    assert parameters.query(b"") == {"a": 7}


def test_what_is_not_declared_is_not_there() -> None:
    assert reading(query("a", {"type": "string"})).query(b"b=1&c&&=&%ff=1") == {}


def test_every_wrong_and_every_missing_parameter_is_named_at_once() -> None:
    parameters = reading(
        query("a", {"type": "integer"}),
        query("b", {"enum": ["x", "y"]}),
        query("c", {"type": "string"}, required=True),
        query("d", {"type": "string", "format": "uuid"}),
    )

    assert refused(parameters, "a=1.5&b=z&d=1") == ["a", "b", "c", "d"]


@given(st.binary(max_size=60))
def test_no_query_breaks_anything(raw: bytes) -> None:
    read = reading(query("a", {"type": "string"}), query("b", {"type": "array", "items": {"type": "string"}}))

    assert set(read.query(raw)) <= {"a", "b"}


def test_a_query_is_read_once() -> None:
    parameters = reading(query("a", {"type": "string"}))

    assert parameters.query(b"a=1") is parameters.query(b"a=1")


def test_a_path_parameter_that_does_not_fit_names_nothing() -> None:
    parameters = reading(
        Parameter("id", "path", True, {"type": "integer", "minimum": 1}, False),
        Parameter("kind", "path", True, {"enum": ["a", "b"]}, False),
    )

    assert parameters.path(("id", "kind"), ("7", "a")) == {"id": 7, "kind": "a"}
    assert parameters.path(("id", "kind"), ("0", "a")) is None
    assert parameters.path(("id", "kind"), ("x", "a")) is None
    assert parameters.path(("id", "kind"), ("7", "c")) is None


def test_a_header_is_looked_at_under_any_case_of_its_name() -> None:
    parameters = reading(Parameter("X-Rows", "header", True, {"type": "integer"}, False))

    parameters.check_headers({b"x-rows": b"3"})
    for headers in ({}, {b"x-rows": b"three"}):
        with pytest.raises(BadRequestError) as refusal:
            parameters.check_headers(headers)
        assert [each.name for each in refusal.value.field_errors] == ["X-Rows"]


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**30])
def test_a_number_that_no_store_holds_is_refused_with_the_range(number: int) -> None:
    with pytest.raises(BadRequestError) as refusal:
        reading(query("n", {"type": "integer"})).query(f"n={number}".encode())

    assert refusal.value.message == f"n: must be from {-(2**63)} to {2**63 - 1}"


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 0])
def test_zeros_in_front_of_a_number_do_not_count(number: int) -> None:
    text = f"{'-' if number < 0 else ''}{'0' * 50}{abs(number)}"

    assert reading(query("n", {"type": "integer"})).query(f"n={text}".encode()) == {"n": number}


def test_a_parameter_has_a_limited_number_of_values() -> None:
    parameters = reading(query("n", {"type": "array", "items": {"type": "integer"}}))

    assert len(parameters.query(b"&".join([b"n=1"] * 1000))["n"]) == 1000
    with pytest.raises(BadRequestError, match="n: must have at most 1000 values"):
        parameters.query(b"&".join([b"n=1"] * 1001))


def test_a_long_query_string_or_path_is_not_remembered() -> None:
    parameters = reading(query("q", {"type": "string"}))

    for length, remembered in ((1000, True), (1100, False), (60_000, False)):
        sent, values = b"q=" + b"x" * length, ("x" * length,)
        assert parameters.query(sent) == {"q": "x" * length}
        assert (parameters.query(sent) is parameters.query(sent)) == remembered
        assert (parameters.path(("id",), values) is parameters.path(("id",), values)) == remembered


NUMBERS = {"type": "array", "items": {"type": "integer"}}


@pytest.mark.parametrize(
    ("style", "raw"),
    [
        ("form", "n=1,2"),
        ("pipeDelimited", "n=1|2"),
        ("pipeDelimited", "n=1%7C2"),
        ("spaceDelimited", "n=1%202"),
        ("tabDelimited", "n=1%092"),
    ],
)
def test_the_style_says_what_stands_between_the_values_of_a_list(style: str, raw: str) -> None:
    parameters = reading(Parameter("n", "query", False, NUMBERS, False, style=style))

    assert parameters.query(raw.encode()) == {"n": [1, 2]}


@pytest.mark.parametrize("name", ["n", "n[]"])
def test_a_list_may_be_sent_under_its_name_with_brackets(name: str) -> None:
    assert reading(query(name, NUMBERS)).query(b"n[]=1&n%5B%5D=2") == {name: [1, 2]}


SIZES = {"type": "object", "properties": {"size": {"type": "integer"}, "tags": {"type": "array"}}}


def test_the_members_of_a_nested_object_are_sent_one_by_one() -> None:
    parameters = reading(Parameter("where", "query", False, SIZES, True, style="deepObject"))

    assert parameters.query(b"where[size]=3&where[tags]=a&where[tags]=b&where[more]=c&other[size]=x") == {
        "where": {"size": 3, "tags": ["a", "b"], "more": "c"}
    }
    assert refused(parameters, "where[size]=x") == ["where.size"]
    assert parameters.query(b"") == {}


def test_a_nested_object_that_is_required_has_to_be_sent() -> None:
    assert refused(reading(Parameter("where", "query", True, SIZES, True, style="deepObject")), "size=3") == ["where"]


def test_a_parameter_that_is_described_by_content_is_json() -> None:
    parameters = reading(Parameter("where", "query", False, SIZES, True, is_json=True))

    assert parameters.query(b'where={"size":3}') == {"where": {"size": 3}}
    assert refused(parameters, 'where={"size":"x"}') == ["where.size"]
    assert refused(parameters, "where={") == ["where"]


@pytest.mark.parametrize(("sent", "wrong"), [(b"n=3; a=b", []), (b"n=x", ["n"]), (b"a=b", ["n"]), (b"\xff", ["n"])])
def test_cookies_are_checked_as_declared(sent: bytes, wrong: list[str]) -> None:
    parameters = reading(Parameter("n", "cookie", True, {"type": "integer"}, True))

    if not wrong:
        parameters.check_headers({b"cookie": sent})
    else:
        with pytest.raises(BadRequestError) as refusal:
            parameters.check_headers({b"cookie": sent})
        assert [each.name for each in refusal.value.field_errors] == wrong


INTEGERS = {"type": "array", "items": {"type": "integer"}}
POINT = {"type": "object", "properties": {"x": {"type": "integer"}, "name": {"type": "string"}}}


@pytest.mark.parametrize(
    ("style", "explode", "schema", "text", "value"),
    [
        ("simple", False, INTEGERS, "3,4,5", [3, 4, 5]),
        ("pipeDelimited", False, INTEGERS, "3|4", [3, 4]),
        ("simple", False, POINT, "x,1,name,a", {"x": 1, "name": "a"}),
        ("simple", True, POINT, "x=1,name=a", {"x": 1, "name": "a"}),
        ("label", False, {"type": "integer"}, ".5", 5),
        ("label", False, INTEGERS, ".3,4", [3, 4]),
        ("label", True, INTEGERS, ".3.4", [3, 4]),
        ("label", True, POINT, ".x=1.name=a", {"x": 1, "name": "a"}),
        ("matrix", False, {"type": "integer"}, ";p=5", 5),
        ("matrix", False, INTEGERS, ";p=3,4", [3, 4]),
        ("matrix", True, INTEGERS, ";p=3;p=4", [3, 4]),
        ("matrix", False, POINT, ";p=x,1,name,a", {"x": 1, "name": "a"}),
        ("matrix", True, POINT, ";x=1;name=a", {"x": 1, "name": "a"}),
    ],
)
def test_a_parameter_in_a_path_is_read_as_its_style_writes_it(
    style: str, explode: bool, schema: dict[str, Any], text: str, value: Any
) -> None:
    parameters = reading(Parameter("p", "path", True, schema, explode, style=style))
    assert parameters.path(["p"], (text,)) == {"p": value}


def test_a_part_of_a_path_that_its_style_does_not_write_leads_nowhere() -> None:
    assert reading(Parameter("p", "path", True, INTEGERS, False)).path(["p"], ("3,x",)) is None


@pytest.mark.parametrize(
    ("style", "explode", "raw"),
    [("form", True, "x=1&name=a"), ("form", False, "p=x,1,name,a"), ("pipeDelimited", False, "p=x|1|name|a")],
)
def test_an_object_in_a_query_is_read_as_its_style_writes_it(style: str, explode: bool, raw: str) -> None:
    parameters = reading(Parameter("p", "query", False, POINT, explode, style=style))
    assert parameters.query(raw.encode()) == {"p": {"x": 1, "name": "a"}}


def test_a_member_of_such_an_object_is_named_when_it_is_wrong() -> None:
    assert refused(reading(Parameter("p", "query", False, POINT, False)), "p=x,high") == ["p.x"]
    assert refused(reading(Parameter("p", "query", True, POINT, True)), "y=1") == ["p"]


def test_a_value_of_a_list_that_is_wrong_is_named_with_its_list() -> None:
    colours = query("colour", {"type": "array", "items": {"enum": ["red", "blue"]}})

    assert refused(reading(colours), "colour=red&colour=pink") == ["colour.1"]
