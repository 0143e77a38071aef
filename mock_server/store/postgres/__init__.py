"""PostgreSQL through asyncpg: all sessions of all processes and hosts in one database.

Every resource has a table in which the number of the session leads each key. Number 0 is the seed as it was made, the
pristine copy; a session, a reset and a snapshot are copies of rows from one number to another, inside the database.
A statement that begins a transaction also finds out whether its session still exists, so that a session dropped by
another process is never read as an empty one.

Writers of one session wait for each other on an advisory lock and see everything that was committed before them; what
they read, no one else changes meanwhile. Readers wait for nobody and see one moment.
"""

from understudy.mock_server.store.postgres.store import PostgresStore

__all__ = ["PostgresStore"]
