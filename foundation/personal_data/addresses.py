"""Parses e-mail addresses; pure."""

import re
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from foundation.invisible import visible_address
from foundation.parsing import BadValue, read_text

EMAIL_LENGTH = 254
LOCAL_LENGTH = 64
# A local part without special characters.
PLAIN_LOCAL = re.compile(r"[A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*")


def read_email(value: object) -> str:
    """An address in normal form (domain in lower case, IDN decoded)."""
    seen = visible_address(value) if isinstance(value, str) else value
    text = read_text(seen, longest=EMAIL_LENGTH)
    local, _, domain = text.rpartition("@")
    try:
        if _is_plain(local) and domain.isascii():
            address = f"{local}@{_read_domain(domain)}"
        else:
            address = validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        # The library's message may repeat a part of the address.
        raise BadValue("Give an e-mail address such as ann@example.com.") from None
    return read_text(address, longest=EMAIL_LENGTH)


def _is_plain(local: str) -> bool:
    return len(local) <= LOCAL_LENGTH and PLAIN_LOCAL.fullmatch(local) is not None


@lru_cache(maxsize=10_000)
def _read_domain(domain: str) -> str:
    """A domain in normal form; raises EmailNotValidError.

    Contacts share few domains, and parsing the address is the most expensive part of reading a row.
    """
    return validate_email(f"x@{domain}", check_deliverability=False).domain
