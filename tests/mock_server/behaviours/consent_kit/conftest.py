"""Two callers of the Consent Kit, each of an organisation of its own."""

from collections.abc import Callable

import httpx
import pytest
from kits import Kit


@pytest.fixture
def kit(serve: Callable[..., httpx.Client]) -> Kit:
    """Somebody of the main organisation."""
    return Kit("consent-kit", serve)


@pytest.fixture
def other(kit: Kit) -> Kit:
    """Somebody of the other organisation, in the same session."""
    return kit.calling("mock-other-token")
