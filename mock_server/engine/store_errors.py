"""How a store that fails looks to a client."""

from __future__ import annotations

from understudy.mock_server.http.errors import ApiError, InsufficientStorageError, ServiceUnavailableError
from understudy.mock_server.store import StoreError, StoreFullError


def unavailable(error: StoreError) -> ApiError:
    """The error that a client gets when the store does not do what it is asked; nothing was changed."""
    if isinstance(error, StoreFullError):
        return InsufficientStorageError("The store is full; nothing was changed. Make room and try again.")
    return ServiceUnavailableError(
        "The store cannot be reached at present. Try again.", headers=[(b"retry-after", b"1")]
    )
