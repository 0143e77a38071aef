"""Credentials, and in which order a request is refused."""

from __future__ import annotations

import pytest
from lookit_client import JSON_API, LISTS, Lookit, errors

SOMEBODY = "9f0c6f6e-8f57-4a53-8a38-3e6e2d7f0f11"
RESPONSE = "51c0a355-375d-481f-a3d0-6471db8f9f14"


@pytest.mark.clauses("LK-002", "LK-005", "LK-187", "LK-019")
@pytest.mark.parametrize("path", [f"/api/v1/{kind}/" for kind in LISTS] + [f"/api/v1/users/{SOMEBODY}/children/"])
def test_without_a_token_nothing_is_read(lookit: Lookit, path: str) -> None:
    reply = lookit.get(path, role=None)

    assert reply.status_code == 401
    assert reply.headers["www-authenticate"] == "Token"
    assert errors(reply)[0]["code"] == "not_authenticated"


@pytest.mark.clauses("LK-005", "LK-187")
def test_an_unknown_token_and_none_have_different_codes(lookit: Lookit) -> None:
    reply = lookit.get("/api/v1/users/", role=None, headers={"Authorization": "Token nobodys"})

    assert reply.status_code == 401
    assert reply.headers["www-authenticate"] == "Token"
    assert errors(reply)[0]["code"] == "authentication_failed"


@pytest.mark.clauses("LK-003", "LK-004", "LK-188")
@pytest.mark.parametrize(
    ("word", "status"), [("Token", 200), ("token", 200), ("TOKEN", 200), ("Bearer", 401), ("Basic", 401)]
)
def test_the_word_before_the_key_is_token(lookit: Lookit, word: str, status: int) -> None:
    reply = lookit.get("/api/v1/users/", role=None, headers={"Authorization": f"{word} mock-admin-token"})

    assert reply.status_code == status


@pytest.mark.clauses("LK-006")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_anonymous_callers_do_not_learn_the_methods_of_a_path(lookit: Lookit, method: str) -> None:
    assert lookit.send(method, "/api/v1/labs/", role=None).status_code == 401


@pytest.mark.clauses("LK-007", "LK-008")
@pytest.mark.parametrize("label", ["application/json", "text/plain", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/feedback/"),
        ("PATCH", "/api/v1/feedback/ebf41029-02d7-49f5-8adb-1e32d4ac22a5/"),
        ("POST", "/api/v1/responses/"),
        ("PATCH", f"/api/v1/responses/{RESPONSE}/"),
    ],
)
def test_a_body_of_another_type_is_415(lookit: Lookit, label: str, method: str, path: str) -> None:
    reply = lookit.send(method, path, content=b"{}", headers={"Content-Type": label})

    assert (reply.status_code, errors(reply)[0]["code"]) == (415, "unsupported_media_type")


@pytest.mark.clauses("LK-189")
def test_the_type_of_the_body_is_looked_at_before_the_token(lookit: Lookit) -> None:
    headers = {"Content-Type": "text/plain"}

    assert lookit.send("POST", "/api/v1/feedback/", role=None, content=b"{}", headers=headers).status_code == 415


@pytest.mark.clauses("LK-190")
def test_a_verb_that_is_not_there_is_refused_before_the_type_of_its_body(lookit: Lookit) -> None:
    headers = {"Content-Type": "text/plain"}

    assert lookit.send("POST", "/api/v1/children/", content=b"x", headers=headers).status_code == 405


@pytest.mark.clauses("LK-180")
def test_what_the_client_accepts_is_looked_at_first(lookit: Lookit) -> None:
    headers = {"Accept": "application/json"}

    assert lookit.get("/api/v1/labs/", role=None, headers=headers).status_code == 406


@pytest.mark.clauses("LK-019", "LK-194")
def test_an_error_has_its_status_as_text_and_no_pointer_into_the_body(lookit: Lookit) -> None:
    reply = lookit.get(f"/api/v1/studies/{SOMEBODY}/")

    assert reply.headers["content-type"] == "application/vnd.api+json"
    assert [(e["status"], e["code"], "source" in e) for e in errors(reply)] == [("404", "not_found", False)]


@pytest.mark.clauses("LK-019", "LK-194")
@pytest.mark.parametrize(
    ("content", "code", "detail"),
    [(b"{", "parse_error", "JSON"), (b"{}", "parse_error", "object as data"), (b"[]", "parse_error", "object")],
)
def test_an_error_says_what_is_wrong_with_the_body(lookit: Lookit, content: bytes, code: str, detail: str) -> None:
    reply = lookit.send("POST", "/api/v1/feedback/", content=content, headers={"Content-Type": JSON_API})

    assert [each["code"] for each in errors(reply)] == [code]
    assert detail in errors(reply)[0]["detail"]


@pytest.mark.clauses("LK-020", "LK-181")
@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("id", [SOMEBODY, "1", "nobody", SOMEBODY[:-1], "%00", "%F0%9F%92%A9"])
def test_an_unknown_id_is_404_whatever_its_form(lookit: Lookit, kind: str, id: str) -> None:
    assert lookit.get(f"/api/v1/{kind}/{id}/").status_code == 404


@pytest.mark.clauses("LK-020", "LK-152", "LK-170", "LK-171")
@pytest.mark.parametrize("nested", ["users/{}/children", "users/{}/demographics", "studies/{}/responses"])
@pytest.mark.parametrize("id", [SOMEBODY, "1", "nobody"])
def test_lists_below_nothing_are_404(lookit: Lookit, nested: str, id: str) -> None:
    assert lookit.get(f"/api/v1/{nested.format(id)}/").status_code == 404


@pytest.mark.clauses("LK-107")
def test_the_singular_of_lab_is_not_a_path(lookit: Lookit) -> None:
    assert lookit.send("PUT", "/api/v1/lab/a2a7383c-cb58-4d78-ac00-23283a762dec/").status_code == 404


READ_ONLY_LISTS = ["children", "demographics", "labs", "studies", "users"]
IDS = {
    "children": "0b380366-31b9-45c1-86ef-0fd9ea238ff4",
    "demographics": "f5fa60ca-d428-46cd-9820-846492dd9900",
    "feedback": "ebf41029-02d7-49f5-8adb-1e32d4ac22a5",
    "labs": "a2a7383c-cb58-4d78-ac00-23283a762dec",
    "responses": RESPONSE,
    "studies": "a8a80880-5539-4650-9387-c62afa202d43",
    "users": "834bbf33-b249-4737-a041-43574cd137a7",
}
REFUSED = [("POST", f"/api/v1/{kind}/") for kind in READ_ONLY_LISTS]
REFUSED += [(verb, f"/api/v1/{kind}/{IDS[kind]}/") for kind in READ_ONLY_LISTS for verb in ("PUT", "PATCH")]
REFUSED += [("DELETE", f"/api/v1/{kind}/{id}/") for kind, id in IDS.items()]
REFUSED += [("PUT", f"/api/v1/{kind}/{IDS[kind]}/") for kind in ("feedback", "responses")]
REFUSED += [("DELETE", f"/api/v1/{kind}/") for kind in LISTS]
REFUSED += [("POST", f"/api/v1/users/{IDS['users']}/children/"), ("PUT", f"/api/v1/labs/{SOMEBODY}/")]


@pytest.mark.clauses(
    "LK-022", "LK-023", "LK-024", "LK-025", "LK-026", "LK-059", "LK-060", "LK-061", "LK-072", "LK-073", "LK-074",
    "LK-097", "LK-098", "LK-106", "LK-107", "LK-108", "LK-136", "LK-138", "LK-154", "LK-155", "LK-156", "LK-172",
    "LK-173", "LK-174",
)  # fmt: skip
@pytest.mark.parametrize(("method", "path"), REFUSED)
def test_every_other_verb_is_405_and_says_which_there_are(lookit: Lookit, method: str, path: str) -> None:
    empty = lookit.send(method, path)
    full = lookit.send(method, path, content=b'{"data": {}}', headers={"Content-Type": JSON_API})

    for reply in (empty, full):
        allowed = {verb.strip() for verb in reply.headers["allow"].split(",")}
        assert reply.status_code == 405
        assert "GET" in allowed
        assert method not in allowed
        assert errors(reply)[0]["code"] == "method_not_allowed"


@pytest.mark.clauses("LK-022")
@pytest.mark.parametrize(("kind", "id"), IDS.items())
def test_what_was_to_be_deleted_is_still_there(lookit: Lookit, kind: str, id: str) -> None:
    lookit.send("DELETE", f"/api/v1/{kind}/{id}/")

    assert lookit.get(f"/api/v1/{kind}/{id}/").status_code == 200
