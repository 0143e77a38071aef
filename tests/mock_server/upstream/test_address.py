"""Which addresses a real server may have, and where its replies lead a client."""

from __future__ import annotations

import pytest

from understudy.mock_server.upstream.address import UpstreamAddress

BASE = "http://localhost:8000/v2"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("localhost:3000", "takes an address such as"),
        ("ftp://localhost", "takes an address such as"),
        ("file:///etc/hosts", "takes an address such as"),
        ("http://", "takes an address such as"),
        ("http://a b", "takes an address such as"),
        ("http://localhost:port", "the address is not valid"),
        ("http://localhost:99999", "the address is not valid"),
        ("http://[::1", "the address is not valid"),
        ("https://user:password@api.example", "without a credential"),
        ("https://token@api.example", "without a credential"),
        ("https://api.example?key=1", "without a query"),
        ("https://api.example#part", "without a query"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_repeating_it(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as refused:
        UpstreamAddress.of(text)

    assert "password" not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["https://api.example", "https://api.example/", "https://api.example/v2", "https://api.example/v2/"]
)
def test_the_path_of_the_contract_may_be_named_or_not(text: str) -> None:
    assert UpstreamAddress.of(text).below("/v2") == "https://api.example/v2"


@pytest.mark.parametrize(
    ("text", "loopback", "openly"),
    [
        ("http://localhost:3000", True, False),
        ("http://[::1]:3000", True, False),
        ("http://127.0.0.9", True, False),
        ("http://staging.example", False, True),
        ("https://staging.example", False, False),
    ],
)
def test_it_is_known_whether_credentials_can_be_read_on_their_way(text: str, loopback: bool, openly: bool) -> None:
    address = UpstreamAddress.of(text)

    assert (address.is_loopback, address.sends_openly) == (loopback, openly)


@pytest.mark.parametrize(
    ("location", "led"),
    [
        ("https://api.example/root/v2/books/1?a=b#c", "http://localhost:8000/v2/books/1?a=b#c"),
        ("https://API.example:443/root/v2/books/1", "http://localhost:8000/v2/books/1"),
        ("/root/v2/books/1", "http://localhost:8000/v2/books/1"),
        ("1", "http://localhost:8000/v2/1"),
        ("/root/login", "http://localhost:8000/login"),
        ("/root", "http://localhost:8000"),
        ("/rooted/v2", "/rooted/v2"),
        ("/elsewhere", "/elsewhere"),
        ("https://api.example:8443/root/v2/books/1", "https://api.example:8443/root/v2/books/1"),
        ("http://api.example/root/v2/books/1", "http://api.example/root/v2/books/1"),
        ("https://api.example.evil.example/root/v2", "https://api.example.evil.example/root/v2"),
        ("https://api.example@evil.example/root/v2", "https://api.example@evil.example/root/v2"),
        ("javascript:alert(1)", "javascript:alert(1)"),
    ],
)
def test_only_what_leads_to_the_real_server_is_led_to_the_mock(location: str, led: str) -> None:
    address = UpstreamAddress.of("https://api.example/root")

    assert address.led(location, "https://api.example/root/v2/books", "/v2", BASE) == led
