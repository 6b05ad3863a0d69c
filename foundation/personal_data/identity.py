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


def masked_email(address: str) -> str:
    """An address as its owner knows it again and nobody else learns it: a…@e….org."""
    local, _, domain = address.rpartition("@")
    name, dot, ending = domain.rpartition(".")
    return f"{local[:1]}…@{name[:1]}…{dot}{ending}"
