"""Chooses the language of the person's page; pure."""

import re
from collections.abc import Iterator

from consent.page.dutch import DUTCH
from consent.page.english import ENGLISH
from consent.page.french import FRENCH
from consent.page.german import GERMAN
from consent.page.italian import ITALIAN
from consent.page.sentences import Sentences
from consent.page.spanish import SPANISH

LANGUAGES = {one.code: one for one in (ENGLISH, GERMAN, FRENCH, ITALIAN, SPANISH, DUTCH)}
# What a browser sends is short; a header that is not is read as far as this.
MOST_RANGES = 20
RANGE = re.compile(r"([A-Za-z]{1,8})(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?))?")


def language_of(*, locale: str | None, accepted: str) -> Sentences:
    """The language of a contact's locale, else the one that the browser likes best, else English.

    `accepted` is the header Accept-Language.
    """
    known = (LANGUAGES.get(code) for code in (_primary(locale or ""), *_liked(accepted)))
    return next((language for language in known if language), ENGLISH)


def _primary(tag: str) -> str:
    return tag.partition("-")[0].lower()


def _liked(accepted: str) -> Iterator[str]:
    """The header's languages, the one liked best first."""
    ranges = accepted.split(",", MOST_RANGES)[:MOST_RANGES]
    found = [match for part in ranges if (match := RANGE.fullmatch(part.strip()))]
    weighed = [(float(match[2] or 1), match[1].lower()) for match in found]
    for weight, code in sorted(weighed, key=lambda pair: -pair[0]):
        if weight:
            yield code
