"""A MySQL connection that enforces TLS where its options require it.

MariaDB's client library treats ssl_mode=REQUIRED, and TLS files without a mode, as a preference: if
the server does not support TLS, it falls back to plain text.
"""

from django.db.backends.mysql import base
from MySQLdb import OperationalError
from MySQLdb.connections import Connection

# The client library's error code for TLS failures.
NO_TLS = 2026


class DatabaseWrapper(base.DatabaseWrapper):
    """Refuses servers without TLS if `ssl_mode` or `ssl` is among the OPTIONS."""

    def get_new_connection(self, conn_params: dict) -> Connection:
        connection = super().get_new_connection(conn_params)
        asked = conn_params.get("ssl_mode", "DISABLED") != "DISABLED" or conn_params.get("ssl")
        if asked and not _is_encrypted(connection):
            connection.close()
            raise OperationalError(NO_TLS, "TLS is required, and the server does not speak it")
        return connection


def _is_encrypted(connection: Connection) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
        return bool(cursor.fetchone()[1])
