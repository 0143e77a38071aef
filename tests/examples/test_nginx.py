"""The mock behind nginx with the block of docs/front-ends.md: every address is the client's, and nothing is lost."""

from __future__ import annotations

import os
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from live import await_reply
from ports import free_port

DOCS = Path(__file__).parents[2] / "docs" / "front-ends.md"
READY = 20.0
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
LOOKIT = {"Authorization": "Token mock-admin-token"}
KIT = {"Authorization": "Bearer mock-token"}


def nginx() -> str:
    """Where nginx is. Skips the test where it is missing."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        pytest.skip("nginx is not installed; `make packages` installs it")
    return found


def settings(folder: Path, block: str, plain: int, secure: int) -> str:
    """One process that keeps everything in a folder; the same block for HTTP and for HTTPS."""
    places = "".join(f"{name}_temp_path {folder / name};" for name in TEMPORARY)
    tls = f"ssl_certificate {folder / 'certificate'}; ssl_certificate_key {folder / 'key'};"
    return f"""
        daemon off; master_process off; pid {folder / "pid"}; error_log stderr;
        events {{}}
        http {{
            access_log off; {places}
            server {{
                listen 127.0.0.1:{plain};
                listen 127.0.0.1:{secure} ssl; {tls}
                {block}
            }}
        }}
    """


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate and its key."""
    folder = tmp_path_factory.mktemp("nginx")
    command = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=mock"
    places = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key", "-out", folder / "certificate"]
    subprocess.run(["openssl", *command.split(), *places], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def addresses(folder: Path, mock_address: str) -> Iterator[dict[str, str]]:
    """Where nginx listens, by scheme."""
    program = nginx()
    (block,) = re.findall(r"^```nginx\n(.*?)^```$", DOCS.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    plain, secure = free_port(), free_port()
    (folder / "conf").write_text(settings(folder, block.replace("http://127.0.0.1:8000", mock_address), plain, secure))
    process = subprocess.Popen(
        [program, "-p", folder, "-e", "stderr", "-c", folder / "conf"], stderr=subprocess.PIPE, text=True
    )
    try:
        await_reply(process, f"http://127.0.0.1:{plain}", READY)
        yield {"http": f"http://127.0.0.1:{plain}", "https": f"https://127.0.0.1:{secure}"}
    finally:
        process.terminate()
        process.communicate(timeout=READY)


@pytest.fixture(params=["http", "https"])
def client(request: pytest.FixtureRequest, addresses: dict[str, str], folder: Path) -> Iterator[httpx.Client]:
    """A client of nginx, with one scheme and with the other."""
    trusted = ssl.create_default_context(cafile=str(folder / "certificate"))
    with httpx.Client(base_url=f"{addresses[request.param]}/api", verify=trusted, trust_env=False) as client:
        yield client


def base(client: httpx.Client) -> str:
    return str(client.base_url).rstrip("/")


@pytest.mark.parametrize("session", ["", "/_session/nginx"])
def test_page_links_lead_from_page_to_page(client: httpx.Client, session: str) -> None:
    path = f"{session}/lookit/api/v1/children/"
    seen, following = [], f"{base(client)}{path}?page_size=10"
    while following and len(seen) < 100:
        body = client.get(following, headers=LOOKIT).json()
        seen += [each["id"] for each in body["data"]]
        following = body["links"]["next"]
        assert following is None or following.startswith(f"{base(client)}{path}?")

    assert len(seen) == len(set(seen)) > 20


@pytest.mark.parametrize("session", ["", "/_session/nginx"])
def test_redirects_and_documents_name_the_address_of_the_client(client: httpx.Client, session: str) -> None:
    moved = client.get(f"{session}/lookit/api/v1/children?page_size=1", headers=LOOKIT)
    document = client.get(f"{session}/lookit/openapi.json").json()

    assert moved.headers["location"] == f"{base(client)}{session}/lookit/api/v1/children/?page_size=1"
    assert client.base_url.join(document["servers"][0]["url"]) == f"{base(client)}{session}/lookit"


def test_the_location_of_what_was_created_leads_to_it(client: httpx.Client) -> None:
    study = client.get("/lookit/api/v1/studies/", headers=LOOKIT).json()["data"][0]["id"]
    response = client.get(f"/lookit/api/v1/studies/{study}/responses/", headers=LOOKIT).json()["data"][0]["id"]
    related = {"response": {"data": {"type": "responses", "id": response}}}
    body = {"data": {"type": "feedback", "attributes": {"comment": "Thanks"}, "relationships": related}}

    made = client.post(
        "/lookit/api/v1/feedback/", json=body, headers={**LOOKIT, "Content-Type": "application/vnd.api+json"}
    )

    assert made.status_code == 201, made.text
    assert made.headers["location"].startswith(f"{base(client)}/lookit/api/v1/feedback/")
    assert client.get(made.headers["location"], headers=LOOKIT).json()["data"]["id"] == made.json()["data"]["id"]


@pytest.mark.parametrize("id", ["a%2Fb", "%2F", "a%3Fb", "a%20b", "a%252Fb"])
def test_an_id_arrives_as_it_was_sent(client: httpx.Client, mock_address: str, id: str) -> None:
    path = f"/participant-kit/v1/projects/{id}"

    through = client.get(path, headers=KIT)

    assert through.status_code == 404
    assert through.text == httpx.get(f"{mock_address}{path}", headers=KIT, trust_env=False).text
    assert "There is no project" in through.text


@pytest.mark.parametrize(("size", "status"), [(2_000_000, 400), (5_000_000, 413)])
def test_a_long_body_is_judged_by_the_api(client: httpx.Client, size: int, status: int) -> None:
    body: dict[str, Any] = {"name": "x" * size}

    refused = [client.post("/participant-kit/v1/studies", json=body, headers=KIT) for _ in range(5)]

    assert [each.status_code for each in refused] == [status] * 5
    assert all(set(each.json()) == {"error"} for each in refused)


def test_what_was_preferred_is_named_in_vary(client: httpx.Client) -> None:
    preferred = client.get("/participant-kit/v1/projects", headers={**KIT, "Prefer": "code=503"})

    assert preferred.status_code == 503
    assert preferred.headers.get_list("vary") == ["Origin, Prefer, X-Mock-Session"]


@pytest.mark.parametrize("path", ["", "/", "/health", "/reset"])
@pytest.mark.parametrize(
    "before", ["/_mock", "/%5Fmock", "//_mock", "/_session/a/_mock", "/_session//_mock", "/_session/a/./_mock"]
)
def test_nobody_reaches_the_control_operations(client: httpx.Client, before: str, path: str) -> None:
    reply = client.post(f"{base(client)}{before}{path}")

    assert (reply.status_code, "nginx" in reply.text) == (403, True)


def test_a_cut_connection_is_a_failure_of_the_gateway(client: httpx.Client, mock_address: str) -> None:
    named = {"X-Mock-Session": f"cut-{client.base_url.scheme}"}
    httpx.post(f"{mock_address}/_mock/replies", json={"drop": "before"}, headers=named, trust_env=False)

    assert client.get("/participant-kit/v1/projects", headers={**KIT, **named}).status_code == 502
