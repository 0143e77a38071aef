"""The client that the scenarios of this folder share."""

from __future__ import annotations

import pytest
from forsta_client import Forsta, Serve


@pytest.fixture
def forsta(serve: Serve) -> Forsta:
    """A client in a session of its own."""
    return Forsta(serve)
