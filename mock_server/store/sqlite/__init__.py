"""SQLite through the standard library: each session is a database in a separate file.

The default session is in the file that the user named, every other session in a file beside it. The names of those
files are random and never used twice: no request chooses a path. Before each transaction a process compares the file
that it has open with the one that lies at its path, so it notices when another process has deleted the session, or when
somebody has removed or replaced the file.

A transaction runs in the event loop and never waits for another process there. Everything that may take long (opening a
file, a reset, a snapshot) runs in a thread, on a connection of its own.
"""

from understudy.mock_server.store.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
