"""Where state is kept: one interface, and what stands behind it."""

from understudy.mock_server.store.interface import (
    Row,
    SessionStore,
    Store,
    StoreError,
    StoreFullError,
    Table,
    Transaction,
    Where,
)

__all__ = ["Row", "SessionStore", "Store", "StoreError", "StoreFullError", "Table", "Transaction", "Where"]
