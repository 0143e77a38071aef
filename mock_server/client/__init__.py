"""The mock from a client's side: addresses, HTTP clients with credentials, and the control operations."""

from understudy.mock_server.client.control import Control
from understudy.mock_server.client.proxies import without_proxies
from understudy.mock_server.client.records import Records
from understudy.mock_server.client.understudy import Understudy

__all__ = ["Control", "Records", "Understudy", "without_proxies"]
