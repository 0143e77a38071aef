"""The address of the server as a client reached it: only a valid Host is repeated."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.http.caller import base_url


def scope(*hosts: bytes, **more: Any) -> dict[str, Any]:
    return {"headers": [(b"host", host) for host in hosts], "server": ("127.0.0.1", 8000), "scheme": "http", **more}


@pytest.mark.parametrize(
    "host", [b"example.com", b"localhost:8000", b"127.0.0.1:80", b"[::1]:8000", b"my_service", b"a-b.example"]
)
def test_a_valid_host_is_repeated(host: bytes) -> None:
    assert base_url(scope(host)) == f"http://{host.decode()}"


@pytest.mark.parametrize(
    "host",
    [
        b"",
        b'a"b',
        b"a b",
        b"a/b",
        b"a\\b",
        b"<b>",
        b"::1",
        b"a:b",
        b"a:123456",
        b"user@host",
        b"a:80:80",
        b"\xe9",
        b"a\n",
    ],
)
def test_any_other_host_gives_way_to_the_address_of_the_server(host: bytes) -> None:
    assert base_url(scope(host)) == "http://127.0.0.1:8000"


def test_without_one_host_the_address_of_the_server_counts() -> None:
    assert base_url(scope()) == base_url(scope(b"a", b"b")) == "http://127.0.0.1:8000"
    assert base_url(scope(server=("::1", 80))) == "http://[::1]:80"
    assert base_url(scope(server=None)) == "http://localhost"


def test_the_mount_path_and_the_scheme_belong_to_it() -> None:
    assert base_url(scope(b"x", scheme="https", root_path="/prolific")) == "https://x/prolific"


@given(st.binary(max_size=20))
def test_it_can_stand_in_json_as_it_is(host: bytes) -> None:
    address = base_url(scope(host))

    assert json.dumps(address) == f'"{address}"'
