"""Errors of the store as a client sees them."""

from __future__ import annotations

from understudy.mock_server.http.errors import ApiError, InsufficientStorageError, ServiceUnavailableError
from understudy.mock_server.store import OutcomeUnknownError, StoreError, StoreFullError


def unavailable(error: StoreError) -> ApiError:
    """The error that a client gets if the store fails.

    Nothing was changed, and the same request may be tried again, unless the outcome is unknown: only then there is no
    Retry-After.
    """
    if isinstance(error, StoreFullError):
        return InsufficientStorageError("The store is full; nothing was changed. Free some space and try again.")
    if isinstance(error, OutcomeUnknownError):
        return ServiceUnavailableError(
            "The connection to the store was lost while the change was being saved: it may or may not have been made. "
            "Check before you try again."
        )
    return ServiceUnavailableError(
        "The store is not available at the moment. Try again.", headers=[(b"retry-after", b"1")]
    )
