"""The keyed hash by which stored e-mail addresses are found, by the setting HASH_KEY."""

import contextlib

from django.conf import settings

from foundation.parsing import BadValue
from foundation.personal_data.addresses import read_email
from foundation.personal_data.identity import blind_index


def email_hash(address: str) -> str:
    """What columns `email_hash` hold for an address, in whatever spelling a person typed it."""
    with contextlib.suppress(BadValue):
        address = read_email(address)
    return read_email_hash(address)


def read_email_hash(address: str) -> str:
    """The same for an address that `read_email` returned; it is not read once more."""
    return blind_index(address, key=settings.HASH_KEY)
