"""The keyed hash used to look up stored e-mail addresses, with the key HASH_KEY."""

import contextlib

from django.conf import settings

from foundation.parsing import BadValue
from foundation.personal_data.addresses import read_email
from foundation.personal_data.identity import blind_index


def email_hash(address: str) -> str:
    """The value of an `email_hash` column for an address in any spelling."""
    with contextlib.suppress(BadValue):
        address = read_email(address)
    return read_email_hash(address)


def read_email_hash(address: str) -> str:
    """The same for an address returned by `read_email`, which is not parsed again."""
    return blind_index(address, key=settings.HASH_KEY)
