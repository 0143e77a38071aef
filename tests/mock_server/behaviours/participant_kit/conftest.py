"""A caller of the Participant Kit."""

from collections.abc import Callable

import httpx
import pytest
from kits import Kit


@pytest.fixture
def kit(serve: Callable[..., httpx.Client]) -> Kit:
    """Somebody of the main organisation."""
    return Kit("participant-kit", serve)
