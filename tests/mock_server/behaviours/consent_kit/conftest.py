"""A caller of the Consent Kit."""

from collections.abc import Callable

import httpx
import pytest
from kits import Kit


@pytest.fixture
def kit(serve: Callable[..., httpx.Client]) -> Kit:
    """Somebody of the main organisation."""
    return Kit("consent-kit", serve)
