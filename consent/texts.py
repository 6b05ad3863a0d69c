"""The texts that people were shown, which decisions name by their digest."""

import hashlib
from collections.abc import Iterable

from consent.models import DIGEST_LENGTH, ConsentText


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Texts:
    """The digests of texts: of those sent in full, and of those that are known by their digest."""

    def __init__(self, sent: Iterable[str]) -> None:
        self._digests = {text: digest_of(text) for text in set(sent) if text}
        named = {*filter(_is_digest, self._digests), *self._digests.values()}
        known = ConsentText.objects.filter(digest__in=named).values_list("digest", flat=True)
        self._known = set(known) if named else set()

    def digest(self, text: str) -> str:
        """ "" for no text, and for a digest that no known text has."""
        if text in self._known:
            return text
        return "" if _is_digest(text) else self._digests.get(text, "")

    def is_new(self, text: str) -> bool:
        return bool(digest := self.digest(text)) and digest not in self._known


def _is_digest(text: str) -> bool:
    return len(text) == DIGEST_LENGTH and not set(text) - set("0123456789abcdef")
