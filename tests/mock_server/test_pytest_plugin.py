"""The fixture `understudy`, as its users use it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx
import pytest

from understudy import Understudy

PLUGIN = "understudy.mock_server.pytest_plugin"


def test_a_client_has_the_credential_of_its_role(understudy: Understudy) -> None:
    statuses = [understudy.client("lookit", role).get("/api/v1/users/").status_code for role in ("admin", "")]

    assert statuses == [200, 401]


def test_a_test_has_its_own_records(understudy: Understudy) -> None:
    client = understudy.client("consent-kit")
    project = client.get("/v1/projects?limit=1").json()["data"][0]["id"]

    client.post("/v1/events", json={"name": "Visible in this session only", "project_id": project})

    assert httpx.get(f"{understudy.root}/_mock/requests").json()["total"] == 0


def test_an_address_leads_into_the_session_without_a_header(understudy: Understudy) -> None:
    httpx.get(f"{understudy.url('consent-kit')}/v1/projects")

    understudy.control.assert_requests(1, path="/v1/projects", status="401")


def test_a_forced_reply_reaches_the_code_under_test(understudy: Understudy) -> None:
    understudy.control.force(api="participant-kit", operation="list_projects", status=503)

    assert understudy.client("participant-kit").get("/v1/projects").status_code == 503


def test_a_wrong_number_of_requests_lists_those_that_were_made(understudy: Understudy) -> None:
    understudy.client("participant-kit").get("/v1/panels")

    with pytest.raises(AssertionError, match="GET /participant-kit/v1/panels 200"):
        understudy.control.assert_requests(2, path="/v1/panels")


@pytest.mark.understudy(scenario="empty")
def test_a_marker_names_the_scenario(understudy: Understudy) -> None:
    assert understudy.client("participant-kit").get("/v1/studies").json()["data"] == []


def test_a_snapshot_brings_records_back(understudy: Understudy) -> None:
    client = understudy.client("participant-kit")
    study = client.get("/v1/studies?limit=1").json()["data"][0]["id"]
    understudy.control.snapshot("before")
    client.delete(f"/v1/studies/{study}")

    understudy.control.restore("before")

    assert client.get(f"/v1/studies/{study}").status_code == 200


def test_an_unknown_role_is_refused_with_those_that_there_are(understudy: Understudy) -> None:
    with pytest.raises(
        LookupError, match=r"There is no role 'admin' in consent-kit\. The roles are 'default', 'other'"
    ):
        understudy.client("consent-kit", "admin")


def test_an_unknown_api_is_refused_with_those_that_are_served(understudy: Understudy) -> None:
    with pytest.raises(LookupError, match=r"There is no API 'consent' here\. The APIs are consent-kit, forsta"):
        understudy.url("consent")
    with pytest.raises(LookupError, match=r"serves several APIs; name one\. The APIs are consent-kit, forsta"):
        understudy.client()


def test_the_proxies_of_the_environment_are_not_used(tmp_path: Path) -> None:
    test = """
        import urllib.error
        import urllib.request
        import httpx
        import pytest

        def test_clients_of_the_mock(understudy):
            assert understudy.client("consent-kit").get("/v1/projects").status_code == 200

        def test_clients_of_the_code_under_test(understudy):
            assert httpx.get(understudy.url("consent-kit") + "/v1/projects").status_code == 401
            with pytest.raises(urllib.error.HTTPError, match="401"):
                urllib.request.urlopen(understudy.url("consent-kit") + "/v1/projects")
    """
    (tmp_path / "pytest.ini").write_text("[pytest]\nunderstudy_apis = consent-kit\n")
    nowhere = "http://127.0.0.1:9"
    proxies = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"), nowhere)

    assert "2 passed" in _pytest(tmp_path, test, environment={**proxies, "NO_PROXY": "", "no_proxy": ""})


def test_the_session_ends_with_the_test(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nunderstudy_apis = consent-kit\n")
    test = """
        def test_{number}(understudy):
            assert len(understudy.control("GET", "sessions")["sessions"]) == 2
    """

    assert "2 passed" in _pytest(tmp_path, test.format(number=1), test.format(number=2))


@pytest.mark.long
def test_every_test_has_its_own_session_with_several_workers_too(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nunderstudy_apis = consent-kit\n")
    test = """
        import pytest

        @pytest.mark.parametrize("number", range(4))
        def test_the_same_name(understudy, number):
            projects = understudy.control.records("consent-kit", "project")
            before = projects.count()
            projects.remove(projects.list()[-1].get("id"))
            assert (before, projects.count()) == (50, 49)
            assert len(understudy.control("GET", "sessions")["sessions"]) == 2
    """

    assert "4 passed" in _pytest(tmp_path, test, options=("-p", "xdist", "-n", "2"))


def _pytest(
    folder: Path, *tests: str, environment: Mapping[str, str] | None = None, options: Sequence[str] = ()
) -> str:
    """What pytest prints of some tests; it loads no plugin but ours, which is faster."""
    (folder / "test_it.py").write_text("".join(textwrap.dedent(test) for test in tests))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", PLUGIN, *options, str(folder)]
    run = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **(environment or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return run.stdout
