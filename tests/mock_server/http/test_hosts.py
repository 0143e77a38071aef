"""Hosts: their form, those of this machine, and the address of the server, in which only a plain Host is repeated."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.http.hosts import base_url, host_name, is_loopback


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


@pytest.mark.parametrize(
    ("authority", "name"),
    [
        (b"Example.COM", "example.com"),
        (b"localhost:8000", "localhost"),
        (b"localhost:", "localhost"),
        (b"[::1]:80", "::1"),
        (b"a!b", "a!b"),
        (b"", ""),
        (b"::1", ""),
        (b"[::1", ""),
        (b"[name]", ""),
        (b"a b", ""),
        (b"user@host", ""),
        (b"a/b", ""),
        (b"a:80:80", ""),
        (b"a:port", ""),
        (b"\xe9", ""),
        (b"a\n", ""),
    ],
)
def test_a_host_name_is_read_without_brackets_and_port(authority: bytes, name: str) -> None:
    assert host_name(authority) == name


@pytest.mark.parametrize("name", ["localhost", "app.localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_these_are_on_this_machine(name: str) -> None:
    assert is_loopback(name)


@pytest.mark.parametrize(
    "name", ["", "localhost.example", "notlocalhost", "0.0.0.0", "10.0.0.1", "::", "127.0.0.1.example"]
)
def test_these_are_not(name: str) -> None:
    assert not is_loopback(name)
