"""Servers that keep the contract in ways of their own: another header, other names, another encoding."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from aimed import FULL, judged, target
from between import Answer, Between
from live import running

from understudy.conformance import Profile, Report, Verdict
from understudy.conformance.evidence.errors import UnreachableError, UsageError
from understudy.conformance.frontends.options import settled
from understudy.conformance.http import auth
from understudy.conformance.http.login import logged_in
from understudy.conformance.http.target import Login
from understudy.mock_server import create_app

KIT = "participant-kit"
READ = Profile()


def header(scope: dict[str, Any], name: str) -> str | None:
    """The value of a header of a request."""
    return next((value.decode() for key, value in scope["headers"] if key == name.lower().encode()), None)


def authorized(scope: dict[str, Any], token: str | None) -> None:
    """Give the mock a token in the only way that it knows; what the caller sent in that way does not count."""
    scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"authorization"]
    if token is not None:
        scope["headers"].append((b"authorization", f"Bearer {token}".encode()))


def by_header(scope: dict[str, Any]) -> None:
    authorized(scope, header(scope, "X-Auth-Token"))


def by_word(scope: dict[str, Any]) -> None:
    word, _, token = (header(scope, "Authorization") or "").partition(" ")
    authorized(scope, token if word == "OAuth" else None)


def by_query(scope: dict[str, Any]) -> None:
    pairs = parse_qsl(scope["query_string"].decode(), keep_blank_values=True)
    authorized(scope, dict(pairs).get("api_key"))
    scope["query_string"] = urlencode([pair for pair in pairs if pair[0] != "api_key"]).encode()


def broken(report: Report) -> dict[str, str]:
    """What a report holds against the target, and what went wrong."""
    wrong = {Verdict.FAIL, Verdict.WARNING, Verdict.ERROR}
    return {each.clause: each.actual for each in report.results if each.verdict in wrong}


# --- credentials ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "admit", "generate"),
    [
        ("X-Auth-Token: {token}", by_header, False),
        ("Authorization: OAuth {token}", by_word, False),
        ("?api_key={token}", by_query, False),
        pytest.param("?api_key={token}", by_query, True, marks=pytest.mark.long),
        pytest.param("X-Auth-Token: {token}", by_header, True, marks=pytest.mark.long),
        pytest.param("Authorization: OAuth {token}", by_word, True, marks=pytest.mark.long),
    ],
)
def test_a_credential_travels_as_the_target_wants_it(
    template: str, admit: Callable[[Any], None], generate: bool
) -> None:
    with running(Between(KIT, admit=admit)) as address:
        aim = target(KIT, address, auth=auth.read(template))
        report = judged(KIT, address, READ, target=aim, generate=generate)
        writing = judged(KIT, address, FULL, "PK-003", "PK-005", "PK-078", "PK-096", target=aim)

    assert broken(report) == {}
    assert broken(writing) == {}
    verdicts = {each.clause: each for each in report.results}
    assert verdicts["PK-003"].verdict is Verdict.PASS
    assert verdicts["PK-005"].verdict is Verdict.PASS
    assert verdicts["PK-004"].actual == "the target takes its credential in a way of its own (--auth)"


def test_a_target_that_lets_everybody_in_is_caught_in_its_own_way_too() -> None:
    def generous(scope: dict[str, Any]) -> None:
        authorized(scope, "mock-token")

    with running(Between(KIT, admit=generous)) as address:
        aim = target(KIT, address, auth=auth.read("X-Auth-Token: {token}"))
        report = judged(KIT, address, READ, "PK-003", "PK-005", target=aim)

    assert set(broken(report)) == {"PK-003", "PK-005"}
    assert "X-Auth-Token: understudy-not-a-token" in next(e.curl for e in report.results if e.clause == "PK-005")


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("X-Auth-Token", "does not say where the credential goes"),
        ("X-Auth-Token: abc", "must contain {token} once"),
        ("Authorization: {token} {token}", "must contain {token} once"),
        ("?={token}", "does not say where"),
        ("X Auth: {token}", "does not say where"),
    ],
)
def test_a_template_that_says_too_little_is_refused(template: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        auth.read(template)


@pytest.mark.parametrize("name", ["Authorization", "X-Api-Key", "Cookie", "X-Something"])
def test_headers_of_the_target_lend_no_credential_to_nobody(name: str) -> None:
    anonymous: list[dict[str, Any]] = []

    def admit(scope: dict[str, Any]) -> None:
        value = header(scope, name) or ""
        token = (
            "mock-token" if "mock-token" in value else (header(scope, "Authorization") or "").removeprefix("Bearer ")
        )
        authorized(scope, token or None)
        if not value:
            anonymous.append(scope)

    with running(Between(KIT, admit=admit)) as address:
        given = {"tokens": {}} if name == "Authorization" else {}
        headers = {name: "Bearer mock-token", "X-Mock-Session": f"lent-{name}"}
        report = judged(
            KIT, address, READ, "PK-003", "PK-005", "PK-008", target=target(KIT, address, headers=headers, **given)
        )

    assert broken(report) == {}
    assert anonymous
    assert {each.verdict for each in report.results if each.clause in {"PK-003", "PK-005", "PK-008"}} == {Verdict.PASS}


# --- a login ----------------------------------------------------------------------------------------------------------

LOGIN = {"grant_type": "api-user", "scope": "pub.surveys", "client_id": "mock-client", "client_secret": "mock-secret"}


@pytest.mark.parametrize("basic", [False, True])
def test_a_login_gives_the_credential(basic: bool) -> None:
    with running(create_app(["forsta"])) as address:
        aim = target("forsta", address, tokens={}, login=Login("/identity/connect/token", LOGIN, basic))
        report = judged("forsta", address, READ, "FO-001", "FO-002", target=aim)

    assert [each.verdict for each in report.results if each.clause in {"FO-001", "FO-002"}] == [Verdict.PASS] * 2


def test_a_refused_login_does_not_show_its_secret() -> None:
    fields = {**LOGIN, "grant_type": "password", "client_secret": "not-my-secret"}
    with running(create_app(["forsta"])) as address:
        aim = target("forsta", address, tokens={}, login=Login("/identity/connect/token", fields))
        with pytest.raises(
            UnreachableError, match=r"unauthorised: the login at .* gives no token: it answers 400"
        ) as refused:
            logged_in(aim)

    assert "not-my-secret" not in str(refused.value)


# --- names ------------------------------------------------------------------------------------------------------------


def test_paths_and_parameters_may_have_other_names() -> None:
    def admit(scope: dict[str, Any]) -> None:
        path = scope["path"]
        assert "/v1/" not in path
        scope["path"] = path.replace("/api/", "/v1/", 1).replace("/trials", "/studies")
        scope["raw_path"] = scope["path"].encode()
        query = scope["query_string"].decode()
        assert "limit=" not in query
        scope["query_string"] = query.replace("per_page=", "limit=").encode()

    with running(Between(KIT, admit=admit)) as address:
        aim = target(KIT, address, paths={"v1": "api", "studies": "trials"}, parameters={"limit": "per_page"})
        report = judged(KIT, address, FULL, "PK-026", "PK-027", "PK-078", "PK-087", "PK-096", "PK-097", target=aim)

    assert broken(report) == {}
    assert report.leftovers == ()


def test_a_finding_shows_the_names_of_the_target() -> None:
    def admit(scope: dict[str, Any]) -> None:
        scope["path"] = scope["path"].replace("/trials", "/nothing")
        scope["raw_path"] = scope["path"].encode()

    with running(Between(KIT, admit=admit)) as address:
        report = judged(KIT, address, READ, "PK-191", target=target(KIT, address, paths={"studies": "trials"}))

    found = next(each for each in report.results if each.clause == "PK-191")
    assert found.actual.startswith("404")
    assert "/v1/trials" in found.curl


# --- bodies -----------------------------------------------------------------------------------------------------------


def test_bodies_go_in_the_encoding_of_the_target() -> None:
    kinds: list[str] = []

    async def forms_only(scope: dict[str, Any]) -> Answer | None:
        kind = header(scope, "Content-Type")
        kinds.extend([kind] if kind else [])
        if scope["method"] != "POST" or kind == "application/x-www-form-urlencoded":
            return None
        body = json.dumps({"error": {"type": "unsupported_media_type", "message": "Send a form."}}).encode()
        return 415, [(b"content-type", b"application/json")], body

    with running(Between(KIT, instead=forms_only)) as address:
        aim = target(KIT, address, encoding="application/x-www-form-urlencoded")
        report = judged(KIT, address, FULL, "PK-078", "PK-079", "PK-129", "PK-154", target=aim)

    assert broken(report) == {}
    assert set(kinds) == {"application/x-www-form-urlencoded"}


def test_bodies_hold_the_values_of_the_target() -> None:
    """Its own server insists on certain titles of recordings, which the contract does not ask for."""
    made: set[str | None] = set()

    def note(scope: dict[str, Any], headers: list[tuple[bytes, bytes]], body: bytes) -> Any:
        if scope["method"] == "POST" and scope["path"] == "/v1/data_links" and scope["status"] < 300:
            made.add(json.loads(body).get("title"))
        return headers, body

    with running(Between(KIT, note)) as address:
        aim = target(KIT, address, bodies={"create_data_link": {"title": "ours-1"}})
        report = judged(KIT, address, FULL, "PK-171", "PK-172", target=aim)

    assert broken(report) == {}
    assert made == {"ours-1"}


def test_a_body_for_an_operation_that_is_not_there_is_refused() -> None:
    aim = target(KIT, "http://h", bodies={"create_stdy": {}})

    with pytest.raises(UsageError, match="There is no operation 'create_stdy' with a body"):
        judged(KIT, "http://h", FULL, target=aim)


def test_options_come_before_the_file_name_by_name(tmp_path: Any) -> None:
    file = tmp_path / "target.yaml"
    file.write_text(
        "url: http://file\nstrict: true\nquick: true\nseed: 7\nclauses: [pk-027]\nreport_json: out.json\n"
        "bodies: {create_study: {a: 1, b: 1}}\nheaders: {X-A: file, X-B: file}\nauth: 'X-Auth: {token}'\n"
    )

    found = settled(
        file, {"url": "http://given", "seed": None, "headers": {"X-B": "given"}, "bodies": {"create_study": {"b": 2}}}
    )

    assert (found.target.url, found.seed, found.quick, found.profile.strict) == ("http://given", 7, True, True)
    assert found.target.headers == {"X-A": "file", "X-B": "given"}
    assert found.target.bodies == {"create_study": {"a": 1, "b": 2}}
    assert found.target.auth == auth.Auth("header", "X-Auth", "{token}")
    assert (found.clauses, found.reports["json"]) == (("PK-027",), tmp_path / "out.json")
