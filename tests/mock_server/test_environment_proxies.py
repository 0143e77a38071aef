"""The mock from a client's side: proxies of the environment stay out of the way for as long as it runs."""

from __future__ import annotations

import os

import httpx
import pytest

from understudy import serve
from understudy.mock_server.client import without_proxies

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment with a proxy that nobody answers at."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, NOWHERE)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name)


def test_any_client_of_a_script_reaches_the_mock() -> None:
    with serve("consent-kit") as mock:
        assert httpx.get(f"{mock.url()}/v1/projects").status_code == 401
        assert mock.client().get("/v1/projects").status_code == 200

    assert "no_proxy" not in os.environ
    with pytest.raises(httpx.ConnectError):
        httpx.get("http://127.0.0.1:1")


def test_what_was_exempted_before_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "intranet.example")

    with without_proxies():
        assert os.environ["no_proxy"] == os.environ["NO_PROXY"] == "intranet.example,127.0.0.1,localhost,::1"
    assert (os.environ.get("no_proxy"), os.environ["NO_PROXY"]) == (None, "intranet.example")


def test_where_no_host_has_a_proxy_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")

    with without_proxies():
        assert os.environ["no_proxy"] == "*"
