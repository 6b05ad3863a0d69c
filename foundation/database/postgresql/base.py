"""A PostgreSQL connection that waits so long for an answer and no longer.

libpq has no such limit: `statement_timeout` is the server's own clock, which stands still in a
server that hangs, and its system goes on acknowledging what was sent.
"""

from functools import partial

import psycopg
from django.db.backends.postgresql import base
from psycopg.errors import _WaitTimeout


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes `read_timeout` among its OPTIONS, in seconds; 0 or none waits for ever."""

    def get_connection_params(self) -> dict:
        parameters = super().get_connection_params()
        parameters.pop("read_timeout", None)
        return parameters

    def get_new_connection(self, conn_params: dict) -> psycopg.Connection:
        connection = super().get_new_connection(conn_params)
        seconds = self.settings_dict["OPTIONS"].get("read_timeout")
        if seconds:
            connection.wait = partial(_wait, connection, connection.wait, seconds)
        return connection


def _wait(connection, wait, seconds, generator, *arguments, timeout=None, **options):
    """What psycopg waits with; whatever it hears later is no answer to anything asked later."""
    try:
        return wait(generator, *arguments, timeout=timeout or seconds, **options)
    except _WaitTimeout:
        if timeout is None:
            connection.pgconn.finish()
        raise psycopg.OperationalError("the server did not answer in time") from None
