"""For Connexion applications: `StatefulResolver` answers what is not implemented yet from a state."""

from understudy.mock_server.api.stateful_resolver import StatefulResolver

__all__ = ["StatefulResolver"]
