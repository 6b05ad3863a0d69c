"""Restores backups with the commands of docs/operate.md."""

import os
import shutil
import subprocess

import pytest
from django.db import connections

from tests import operate_document
from tests.processes.running import PATIENCE_SECONDS

PROGRAMS = {
    "sqlite": ("sqlite3",),
    "mysql": ("mariadb-dump", "mariadb"),
    "postgresql": ("pg_dump", "pg_restore", "dropdb", "createdb"),
}


class Operator:
    """A person who types the commands of the page."""

    def __init__(self, site, database):
        for program in PROGRAMS[database.vendor]:
            if shutil.which(program) is None:
                assert os.environ.get("CI") != "true", f"{program} is not installed"
                pytest.skip(f"{program} is not installed")
        self._site = site
        self._database = database
        user, _, password = (database.login or "").partition(":")
        host, port = database.host, str(database.port or "")
        options = {"host": host, "port": port, "user": user, "password": password}
        lines = [f"{name}={value}" for name, value in options.items() if value]
        (site.folder / ".my.cnf").write_text("\n".join(["[client]", *lines, ""]))
        login = {"PGHOST": host, "PGPORT": port, "PGUSER": user, "PGPASSWORD": password}
        self._environment = {
            **os.environ,
            **{name: value for name, value in login.items() if value},
            "HOME": str(site.folder),
            "DB": str(database.name),
            "SPOOL": str(site.spool),
        }

    def copy_spool(self, backup):
        backup.mkdir()
        shutil.copytree(self._site.spool, backup / "spool")

    def back_up_database(self, backup):
        self._type(f"backup-{self._database.vendor}", backup)

    def restore_database(self, backup):
        connection = connections[self._database.alias]
        if self._database.vendor == "sqlite":
            connection.close()
        else:
            # Like Grafana, which is easily forgotten.
            connection.ensure_connection()
        self._type(f"restore-{self._database.vendor}", backup)
        connection.close()
        # Whoever starts now need not wait until a file is surely whole.
        del connections[self._database.alias]

    def restore_spool(self, backup):
        self._type("restore-spool", backup)

    def _type(self, name, backup):
        subprocess.run(
            ["sh", "-ec", operate_document.commands(name)],
            env={**self._environment, "BACKUP": str(backup)},
            check=True,
            timeout=PATIENCE_SECONDS,
        )

    def count(self):
        assert self._site.manage("ingest_opens", "--once") == 0, self._site.output()

    def look(self, *commands):
        """The page's checks once everything was counted."""
        looks = [self._site.start(*command.split()) for command in commands]
        codes = [look.wait(PATIENCE_SECONDS) for look in looks]
        assert codes == [0] * len(looks), self._site.output()
