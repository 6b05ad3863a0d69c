"""A PostgreSQL connection with a read timeout.

libpq has none: `statement_timeout` is enforced by the server, so it does not help when the server
hangs, and the server's TCP stack keeps acknowledging packets.
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
    """Accepts `read_timeout` among its OPTIONS, in seconds; 0 or none disables it."""

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
    """Replaces psycopg's wait; after a timeout the connection is closed, since a late answer could
    be taken for that of a later query.
    """
    try:
        return wait(generator, *arguments, timeout=timeout or seconds, **options)
    except _WaitTimeout:
        if timeout is None:
            connection.pgconn.finish()
        raise psycopg.OperationalError("the server did not answer in time") from None
