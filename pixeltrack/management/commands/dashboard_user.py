"""Creates or renews the database user of Grafana's dashboards."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from foundation.env import FILES
from foundation.errors import DomainError
from pixeltrack.grafana_user import make_dashboard_user


class Command(BaseCommand):
    help = "Make the read-only database user of Grafana (MySQL and MariaDB, as root)."
    requires_system_checks = [FILES]

    def handle(self, **options: object) -> None:
        name = settings.GRAFANA_DB_USER
        try:
            make_dashboard_user(name=name, password=settings.GRAFANA_DB_PASSWORD)
        except DomainError as error:
            raise CommandError(error.detail) from None
        self.stdout.write(f"The database user {name} may read what the dashboards show.")
