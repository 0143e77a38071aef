"""PostgreSQL through asyncpg: all sessions of all processes and hosts in one database.

Every resource has a table in which each key begins with the number of the session. Number 0 is the pristine copy of the
seed; a new session, a reset and a snapshot copy rows from one number to another inside the database. The statement that
begins a transaction also finds out whether its session still exists, so that a session deleted by another process is
never read as an empty one.

Writers of one session wait for each other on an advisory lock and see everything that was committed before; nobody else
changes what they read. Readers do not wait and see a consistent snapshot.
"""

from understudy.mock_server.store.postgres.store import PostgresStore

__all__ = ["PostgresStore"]
