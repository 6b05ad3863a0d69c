"""Prints everything about one e-mail address as JSON, or erases it."""

import json
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from contacts.person.erasing import erase_person
from contacts.person.file import person_file
from foundation.env import FILES
from foundation.errors import DomainError
from foundation.parsing import BadValue


class Command(BaseCommand):
    help = (
        "Print everything about one e-mail address as JSON, or with --erase erase it and print "
        "what is kept. Without an argument the address is read from standard input, where no list "
        "of processes and no history of a shell shows it."
    )
    requires_system_checks = [FILES]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", nargs="?", help="left out, it is read from standard input")
        parser.add_argument("--erase", action="store_true", help="forget and erase the person")

    def handle(self, *, address: str | None, erase: bool, **options: object) -> None:
        address = (sys.stdin.readline() if address is None else address).strip()
        try:
            told = _erased(address) if erase else person_file(address, now=timezone.now())
        except BadValue as error:
            raise CommandError(str(error)) from None
        except DomainError as error:
            raise CommandError(error.detail) from None
        self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))


def _erased(address: str) -> dict[str, Any]:
    years = settings.CONSENT_PROOF_YEARS
    return erase_person(address, now=timezone.now(), proof_years=years).as_json()
