"""Two callers of the Kit that a test is about, each of an organisation of its own."""

from collections.abc import Callable

import httpx
import pytest
from kits import Kit
from twins import Twin


@pytest.fixture
def kit(twin: Twin, serve: Callable[..., httpx.Client]) -> Kit:
    """Somebody of the main organisation."""
    return Kit(twin.api, serve)


@pytest.fixture
def other(kit: Kit) -> Kit:
    """Somebody of the other organisation, in the same session."""
    return kit.calling("mock-other-token")
