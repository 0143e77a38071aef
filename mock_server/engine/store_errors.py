"""Errors of the store as a client sees them."""

from __future__ import annotations

from understudy.mock_server.http.errors import ApiError, InsufficientStorageError, ServiceUnavailableError
from understudy.mock_server.store import StoreError, StoreFullError


def unavailable(error: StoreError) -> ApiError:
    """The error that a client gets if the store fails; nothing was changed."""
    if isinstance(error, StoreFullError):
        return InsufficientStorageError("The store is full; nothing was changed. Free some space and try again.")
    return ServiceUnavailableError(
        "The store is not available at the moment. Try again.", headers=[(b"retry-after", b"1")]
    )
