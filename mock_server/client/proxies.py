"""The proxies that the environment names, which cannot reach a mock on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

#: What names the hosts that are reached without a proxy; clients differ in which of the two they read.
_EXEMPTIONS = ("no_proxy", "NO_PROXY")

#: This machine, as addresses of the mock name it.
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@contextmanager
def without_proxies() -> Iterator[None]:
    """Exempt this machine from the proxies that the environment names, for all clients of this process, until the end.

    A proxy elsewhere cannot reach a mock on the loopback interface. What was exempted before stays so.
    """
    before = {name: os.environ.get(name) for name in _EXEMPTIONS}
    known = next(filter(None, before.values()), "")
    if known != "*":
        os.environ.update(dict.fromkeys(_EXEMPTIONS, ",".join([*filter(None, [known]), *_LOOPBACK])))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
