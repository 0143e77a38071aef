"""Habits of servers and of documents that frameworks make: none is called a fault, and none hides one."""

from __future__ import annotations

import json
from contextlib import nullcontext
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from live import running
from starlette.responses import JSONResponse

from understudy.conformance import Profile, Report, Target, run
from understudy.conformance.evidence.errors import UnreachableError
from understudy.conformance.evidence.exchange import Exchange, Reply, Request
from understudy.conformance.evidence.findings import Verdict
from understudy.conformance.evidence.response_validator import ResponseValidator
from understudy.conformance.frontends.contracts import named
from understudy.conformance.frontends.overview import overview
from understudy.conformance.judging.scenario_runner import Run
from unprepared.depot.service import TOKEN, Depot, document
from unprepared.judging import broken


def judged(
    service: Depot,
    folder: Path,
    *only: str,
    writes: bool = True,
    generate: bool = False,
    given: Any = None,
    **more: Any,
) -> Report:
    file = folder / "depot.json"
    file.write_text(json.dumps(document(**more)))
    with running(service) as address:
        target = Target(address, {"default": TOKEN}, settings=given or {})
        return run(named(str(file)), target, Profile(writes=writes, strict=True), only=only, generate=generate)


def verdicts(report: Report) -> dict[str, Verdict]:
    return {each.clause: each.verdict for each in report.results}


def test_a_server_that_holds_nothing_is_judged_on_what_the_kit_makes_and_is_left_empty(tmp_path: Path) -> None:
    service = Depot()

    report = judged(service, tmp_path)

    assert broken(report) == {}
    assert report.exit_code == 0
    assert {name for name, verdict in verdicts(report).items() if verdict is not Verdict.PASS} <= {"DOC-about-method"}
    assert service.crates == {}


def test_a_size_that_is_ignored_is_found_on_a_server_that_holds_nothing(tmp_path: Path) -> None:
    report = judged(Depot(frozenset({"unsized"})), tmp_path)

    assert "DOC-listCrates-size" in broken(report)


@pytest.mark.parametrize("name", ["kind", "sealed"])
def test_a_filter_that_is_ignored_is_found_on_a_server_that_holds_nothing(name: str, tmp_path: Path) -> None:
    report = judged(Depot(frozenset({name})), tmp_path)

    assert "DOC-listCrates-filter" in broken(report)


def test_nothing_is_made_for_a_list_without_leave(tmp_path: Path) -> None:
    service = Depot()

    report = judged(service, tmp_path, writes=False)

    assert service.made == 0
    assert verdicts(report)["DOC-listCrates-size"] is Verdict.NOT_SHOWN


def test_a_token_is_sent_although_the_document_says_nothing_of_credentials(tmp_path: Path) -> None:
    service = Depot()

    judged(service, tmp_path)

    assert service.strangers == 0


def test_a_token_is_sent_in_the_first_way_that_a_document_describes_and_asks_for_nowhere(tmp_path: Path) -> None:
    service = Depot(header="x-depot-key", credential=TOKEN)
    schemes = {"tls": {"type": "mutualTLS"}, "key": {"type": "apiKey", "in": "header", "name": "X-Depot-Key"}}

    report = judged(service, tmp_path, components={**document()["components"], "securitySchemes": schemes})

    assert broken(report) == {}
    assert service.strangers == 0


def test_a_token_is_not_sent_to_what_takes_none_where_other_operations_do(tmp_path: Path) -> None:
    service = Depot(frozenset({"open"}), header="x-depot-key", credential=TOKEN)
    schemes = {"key": {"type": "apiKey", "in": "header", "name": "X-Depot-Key"}}
    paths = document()["paths"]
    paths["/about"]["get"]["security"] = []
    components = {**document()["components"], "securitySchemes": schemes}

    report = judged(service, tmp_path, paths=paths, components=components, security=[{"key": []}])

    assert verdicts(report)["DOC-about-status"] is Verdict.PASS
    assert service.tokens == 0


def test_what_a_server_holds_is_counted_although_the_document_says_nothing_of_credentials(tmp_path: Path) -> None:
    file = tmp_path / "depot.json"
    file.write_text(json.dumps(document()))
    with running(Depot()) as address:
        found = Run(named(str(file)), Target(address, {"default": TOKEN}), Profile())
        try:
            assert "4 ports" in dict(overview(found))["holds"]
        finally:
            found.client.close()


@pytest.mark.parametrize("generate", [False, pytest.param(True, marks=pytest.mark.long)])
def test_a_redirect_to_the_same_address_with_a_slash_is_no_fault_and_shows_nothing(
    generate: bool, tmp_path: Path
) -> None:
    report = judged(Depot(frozenset({"redirects"})), tmp_path, generate=generate)
    about = next(each for each in report.results if each.clause == "DOC-about-status")

    assert broken(report) == {}
    assert (about.verdict, report.exit_code) == (Verdict.NOT_SHOWN, 4)
    assert "a redirect to /about/" in about.actual


def test_a_redirect_that_the_document_declares_is_judged(tmp_path: Path) -> None:
    paths = document()["paths"]
    paths["/about"]["get"]["responses"] = {"307": {"description": "Elsewhere."}}

    report = judged(Depot(frozenset({"redirects"})), tmp_path, paths=paths)

    assert verdicts(report)["DOC-about-status"] is Verdict.PASS


def test_what_several_paths_have_in_common_is_remarked_on_once(tmp_path: Path) -> None:
    service = Depot()
    paths = document()["paths"]
    more = {
        f"/about/{name}": paths["/about"] | {"get": paths["/about"]["get"] | {"operationId": name}} for name in "abcd"
    }

    report = judged(service, tmp_path, paths=paths | more)
    (remark,) = [each for each in report.remarks if "status 405: 404" in each]

    assert remark.startswith("DOC-a-method, DOC-b-method, DOC-c-method and 1 more: another reading than ours")


@pytest.mark.long
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_cases_are_generated_whatever_version_a_document_has(version: str, tmp_path: Path) -> None:
    schemas = json.loads(json.dumps(document()["components"]["schemas"]))
    if version == "3.0.3":
        schemas["Crate"]["properties"]["weight"] = {"type": "number", "minimum": 0, "exclusiveMinimum": True}
        schemas["Crate"]["properties"]["kind"] = {"allOf": [{"$ref": "#/components/schemas/Kind"}], "nullable": True}
    service = Depot()

    report = judged(service, tmp_path, generate=True, openapi=version, components={"schemas": schemas})

    assert broken(report) == {}
    assert [each for each in report.remarks if each.startswith("generator")] == []


def test_what_a_service_keeps_although_it_says_otherwise_is_named_as_left(tmp_path: Path) -> None:
    service = Depot(frozenset({"keeps what it removes"}))

    report = judged(service, tmp_path)

    left = {f"crate {number}, which is listed although its removal was confirmed" for number in service.crates}
    assert set(report.leftovers) == left != set()


@pytest.mark.parametrize("generate", [False, pytest.param(True, marks=pytest.mark.long)])
def test_what_has_no_id_in_the_reply_is_made_once_and_named_as_left(generate: bool, tmp_path: Path) -> None:
    service = Depot(frozenset({"nameless"}))

    report = judged(service, tmp_path, generate=generate)

    assert report.leftovers == ("1 object of POST /crates, whose reply does not say the id",)
    assert service.made == 1
    assert verdicts(report)["DOC-addCrate-status"] is Verdict.PASS


def test_the_reply_to_what_was_made_once_is_judged_whichever_check_made_it(tmp_path: Path) -> None:
    report = judged(Depot(frozenset({"nameless", "undeclared"})), tmp_path)

    assert "DOC-addCrate-status" in broken(report)


def test_a_setting_is_named_in_a_form_that_a_shell_takes(tmp_path: Path) -> None:
    paths = document()["paths"]
    del paths["/crates/{crate_id}"]["get"]["operationId"]

    report = judged(Depot(), tmp_path, writes=False, paths=paths)

    assert "--set 'GET /crates/{crate_id}.crate_id=VALUE'" in " ".join(each.remedy for each in report.results)


def test_a_list_without_objects_may_be_missing(tmp_path: Path) -> None:
    service = Depot(frozenset({"empty is missing"}))
    paths = document()["paths"]
    del paths["/about"]

    report = judged(service, tmp_path, paths=paths)

    assert broken(report) == {}
    assert set(verdicts(report).values()) == {Verdict.PASS}
    assert service.crates == {}


def test_a_list_that_is_missing_although_it_holds_something_is_found(tmp_path: Path) -> None:
    report = judged(Depot(frozenset({"always missing"})), tmp_path)

    assert "DOC-listCrates-status" in broken(report)
    assert "DOC-addCrate-listed" not in broken(report)


def test_what_is_missing_and_is_no_list_is_found(tmp_path: Path) -> None:
    report = judged(Depot(frozenset({"nothing about it"})), tmp_path)

    assert "DOC-about-status" in broken(report)


def test_a_list_that_is_missing_without_objects_is_filtered_once_it_has_some(tmp_path: Path) -> None:
    report = judged(Depot(frozenset({"empty is missing"})), tmp_path, "DOC-listCrates-filter")

    assert verdicts(report)["DOC-listCrates-filter"] is Verdict.PASS


def test_few_objects_are_made_where_the_smallest_page_is_large(tmp_path: Path) -> None:
    service, paths = Depot(), document()["paths"]
    paths["/crates"]["get"]["parameters"][0]["schema"]["minimum"] = 70

    judged(service, tmp_path, paths=paths)

    assert service.made < 20


def test_an_object_that_is_on_a_page_twice_is_found(tmp_path: Path) -> None:
    report = judged(Depot(frozenset({"doubled"})), tmp_path)

    assert "DOC-listCrates-pages" in broken(report)


def test_a_list_that_is_missing_shows_nothing_where_nothing_can_be_made(tmp_path: Path) -> None:
    report = judged(Depot(frozenset({"empty is missing"})), tmp_path, writes=False)

    assert broken(report) == {}
    assert verdicts(report)["DOC-listCrates-status"] is Verdict.NOT_SHOWN


@pytest.mark.parametrize(
    ("wording", "reached"),
    [
        ({"detail": "Nothing at {path}"}, False),
        ({"detail": "Nothing at {path}, say {number} of us"}, False),
        ({"detail": "Nothing at {path}", "kind": "{last}"}, False),
        ({"detail": "Nothing at {path}", "rows": "{known}"}, True),
    ],
)
def test_a_404_is_an_answer_where_it_differs_from_that_for_any_other_path(
    wording: dict[str, str], reached: bool, tmp_path: Path
) -> None:
    number = count()

    async def missing(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        address = f"{scope['path']}?{scope['query_string'].decode()}".rstrip("?")
        said = {
            "path": address,
            "number": next(number),
            "last": scope["path"].rpartition("/")[2],
            "known": scope["path"] == "/crates",
        }
        await JSONResponse({name: part.format(**said) for name, part in wording.items()}, 404)(scope, receive, send)

    paths = {"/crates": document()["paths"]["/crates"]}
    paths["/crates"]["get"]["parameters"][0] |= {"required": True}
    for expected in [nullcontext()] if reached else [pytest.raises(UnreachableError, match="no operation of Depot")]:
        with expected:
            judged(missing, tmp_path, writes=False, given={"limit": "2"}, paths=paths)


def test_a_target_whose_paths_end_otherwise_hears_of_it(tmp_path: Path) -> None:
    paths = {"/about": document()["paths"]["/about"]}

    with pytest.raises(
        UnreachableError, match=r"differ from those of Depot in the slash at the end: .* redirects to /about/"
    ):
        judged(Depot(frozenset({"redirects"})), tmp_path, paths=paths)


@pytest.mark.parametrize(
    ("query", "faults"),
    [
        ("", 1),
        ("?kind=wood", 1),
        ("?fields=id", 0),
        ("?only_sealed=true", 1),
        ("?exclude_crate=7", 1),
        ("?%24select=id", 0),
        ("?fields%5Bcrate%5D=id", 0),
        ("?filter=%7B%22fields%22%3A%5B%22id%22%5D%7D", 0),
        ("?filter=%7B%22kind%22%3A%22wood%22%7D", 1),
    ],
)
@pytest.mark.parametrize("form", ["{}", '{"anyOf": [{}, {"type": "null"}]}'])
def test_members_that_a_request_did_not_choose_may_be_missing(
    form: str, query: str, faults: int, tmp_path: Path
) -> None:
    file = tmp_path / "depot.json"
    crate = '{"$ref": "#/components/schemas/Crate"}'
    file.write_text(json.dumps(document()).replace(crate, form.replace("{}", crate)))
    contract = named(str(file))
    request = Request("GET", f"http://h/crates/1{query}", ())
    reply = Reply(200, (("content-type", "application/json"),), b'{"id": 1}')

    found = ResponseValidator(contract).examine(contract.operations["getCrate"], Exchange(1, request, reply))

    assert len(found) == faults


def test_what_has_a_name_and_no_id_is_addressed_by_its_name(tmp_path: Path) -> None:
    report = judged(Depot(), tmp_path)

    assert verdicts(report)["DOC-listQuays-status"] is Verdict.PASS
    assert verdicts(report)["DOC-listPorts-pages"] is Verdict.PASS


def test_objects_of_one_name_are_not_called_one_object_on_two_pages(tmp_path: Path) -> None:
    report = judged(Depot(frozenset({"same names"})), tmp_path)

    assert broken(report) == {}
    assert verdicts(report)["DOC-listPorts-pages"] is Verdict.NOT_SHOWN


def test_a_script_makes_what_the_kit_made_for_the_whole_run(tmp_path: Path) -> None:
    report = judged(Depot(frozenset({"incomplete"})), tmp_path)
    found = next(each for each in report.results if each.clause == "DOC-getCrate-schema")

    assert found.verdict is Verdict.FAIL
    assert "-X POST" in found.curl
    assert '/crates/${ID1}"' in found.curl
