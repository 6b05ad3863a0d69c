"""Normalises and hashes e-mail addresses and names; pure, the key is an argument."""

import hashlib
import hmac
import unicodedata


def normalise_email(address: str) -> str:
    """The form in which spellings of one mailbox are equal: NFKC, stripped, lower case."""
    return unicodedata.normalize("NFKC", address).strip().lower()


def blind_index(address: str, *, key: str) -> str:
    """The keyed hash (HMAC-SHA256, 64 hex digits) used to look up an encrypted address."""
    return keyed_hash(normalise_email(address), key=key)


def keyed_hash(text: str, *, key: str) -> str:
    """A hash that identifies a text and can't be guessed without the key."""
    return hmac.new(key.encode(), text.encode(), digestmod=hashlib.sha256).hexdigest()


def email_domain(address: str) -> str:
    return normalise_email(address).rpartition("@")[2]


def name_key(name: str) -> str:
    """The form in which spellings of one name are equal: NFKC, stripped, casefolded."""
    return unicodedata.normalize("NFKC", name).strip().casefold()
