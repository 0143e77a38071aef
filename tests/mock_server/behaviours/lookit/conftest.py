from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from lookit_client import Lookit


@pytest.fixture
def lookit(serve: Callable[..., httpx.Client]) -> Lookit:
    """Lookit in a session of its own."""
    return Lookit(serve("lookit", token=None))
