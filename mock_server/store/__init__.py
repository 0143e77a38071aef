"""Stores of records behind one interface: in memory, in SQLite, in PostgreSQL."""

from understudy.mock_server.store.interface import (
    JoinedViews,
    OutcomeUnknownError,
    Row,
    SessionStore,
    Store,
    StoreError,
    StoreFullError,
    Table,
    TooManySessionsError,
    Transaction,
    Where,
)

__all__ = [
    "JoinedViews",
    "OutcomeUnknownError",
    "Row",
    "SessionStore",
    "Store",
    "StoreError",
    "StoreFullError",
    "Table",
    "TooManySessionsError",
    "Transaction",
    "Where",
]
