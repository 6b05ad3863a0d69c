"""A PostgreSQL connection that waits so long for an answer and no longer.

libpq has no such limit: `statement_timeout` is the server's own clock, which stands still in a
server that hangs, and its system goes on acknowledging what was sent.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import psycopg
from django.db.backends.postgresql import base
from psycopg.abc import PQGen
from psycopg.errors import _WaitTimeout

T = TypeVar("T")


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes `read_timeout` among its OPTIONS, in seconds; 0 or none waits for ever."""

    def get_connection_params(self) -> dict:
        parameters = super().get_connection_params()
        parameters.pop("read_timeout", None)
        return parameters

    def get_new_connection(self, conn_params: dict) -> psycopg.Connection:
        connection: psycopg.Connection = super().get_new_connection(conn_params)
        seconds = self.settings_dict["OPTIONS"].get("read_timeout")
        if seconds:
            waiting = partial(_wait, connection, connection.wait, seconds)
            connection.wait = waiting  # type: ignore[method-assign]  # it has no hook for it
        return connection


def _wait(
    connection: psycopg.Connection,
    wait: Callable[..., T],
    seconds: float,
    generator: PQGen[T],
    *arguments: float,
    timeout: float | None = None,
    **options: float,
) -> T:
    """What psycopg waits with; whatever it hears later is no answer to anything asked later."""
    try:
        return wait(generator, *arguments, timeout=timeout or seconds, **options)
    except _WaitTimeout:
        if timeout is None:
            connection.pgconn.finish()
        raise psycopg.OperationalError("the server did not answer in time") from None
