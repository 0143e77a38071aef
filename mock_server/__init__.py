"""The mock server: answers the contracts in `specs` with state, real data and real rules."""

from mock_server.app import create_app
from mock_server.call import Call, Caller, Reply

__all__ = ["Call", "Caller", "Reply", "create_app"]
