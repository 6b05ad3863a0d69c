"""A MySQL connection that is encrypted wherever its options ask for that.

To MariaDB's library ssl_mode=REQUIRED, and files for TLS without a mode, are but a wish: with a
server that speaks no TLS it goes on in plain text.
"""

from django.db.backends.mysql import base
from MySQLdb import OperationalError
from MySQLdb.connections import Connection

# The library's own code for it.
NO_TLS = 2026


class DatabaseWrapper(base.DatabaseWrapper):
    """Refuses a server that speaks no TLS where `ssl_mode` or `ssl` is among its OPTIONS."""

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
