"""Creates the first administrator of a new installation and shows the password once."""

import secrets

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand

from foundation.env import FILES

USERNAME = "admin"


class Command(BaseCommand):
    help = "Make an administrator if nobody has an account yet."
    requires_system_checks = [FILES]

    def handle(self, **options: object) -> None:
        users = get_user_model().objects
        if users.exists():
            return
        password = secrets.token_urlsafe(12)
        users.create_superuser(USERNAME, password=password)
        self.stdout.write(
            f"Sign in at {settings.PUBLIC_URL}/admin/ as {USERNAME} with the password {password}\n"
            "It is shown only now; change it once you are in."
        )
