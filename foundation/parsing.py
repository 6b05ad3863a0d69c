"""Reads plain values from requests and files: ids, uuids, times, texts, languages.

Pure: returns the Python value, or raises BadValue with a sentence that says what to do and never
repeats the value. Each reader accepts its own result, so that reading twice is harmless.
"""

import re
import uuid
from collections.abc import Collection, Container, Iterable
from datetime import UTC, datetime, tzinfo
from itertools import islice

LARGEST_ID = 2**63 - 1
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
MOST_UNKNOWN = 20
# The length that RFC 5646 (section 4.4.1) says is enough for every tag of registered parts.
LANGUAGE_LENGTH = 35
LANGUAGE = re.compile(
    r"(?P<language>[a-z]{2,3})(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)",
    re.IGNORECASE | re.ASCII,
)
REQUIRED = "Give a value: this field is required."
NO_TEXT = "Remove the characters that are not text (NUL or half a surrogate pair)."
# Prevents addresses and long texts from getting into answers and logs as a field's name.
SHOWABLE = re.compile(r"[A-Za-z0-9_ -]{1,50}")


class BadValue(ValueError):
    """A value is invalid; the message is for the person who sent it."""


def read_number(value: object, *, smallest: int, largest: int) -> int:
    """A whole number between two bounds, both included; no text, no booleans."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadValue("Give a whole number.")
    if not smallest <= value <= largest:
        raise BadValue(f"Give a whole number between {smallest} and {largest}.")
    return value


def read_id(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LARGEST_ID:
        raise BadValue("Give an id: a whole number from 1.")
    return value


def read_uuid(value: object) -> uuid.UUID:
    """A uuid in its canonical 36 characters; of RFC 4122, because some databases refuse others."""
    parsed = value if isinstance(value, uuid.UUID) else _parse_uuid(value)
    if parsed is None or parsed.variant != uuid.RFC_4122:
        raise BadValue("Give a uuid such as 6f1c2a1e-58cc-4372-a567-0e02b2c3d479.")
    return parsed


def read_random_uuid(value: object) -> uuid.UUID:
    """One that nobody can guess from others, as those that are made here."""
    parsed = read_uuid(value)
    if parsed.version != 4:
        raise BadValue("Give a random uuid, of version 4, or none: others can be guessed.")
    return parsed


def _parse_uuid(value: object) -> uuid.UUID | None:
    if not isinstance(value, str) or len(value) != 36:
        return None
    try:
        parsed = uuid.UUID(value)
    except ValueError:
        return None
    return parsed if str(parsed) == value.lower() else None


def read_moment(value: object, *, zone: tzinfo) -> datetime:
    """A time from ISO 8601 text, in UTC; one without a zone is interpreted in `zone`."""
    parsed = value if isinstance(value, datetime) else _parse_moment(value)
    if parsed is None:
        raise BadValue("Give a date and time such as 2026-03-01T09:00:00+01:00.")
    try:
        moment = (parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)).astimezone(UTC)
    except (OverflowError, ValueError):
        moment = None
    if moment is None or not EARLIEST <= moment < LATEST:
        raise BadValue("Give a date and time between the years 2000 and 2199.")
    return moment


def _parse_moment(value: object) -> datetime | None:
    # A date alone would silently mean midnight.
    if not isinstance(value, str) or not 13 <= len(value) <= 40 or not value.isascii():
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def read_text(value: object, *, longest: int) -> str:
    """A text without surrounding whitespace; "" is valid."""
    if not isinstance(value, str):
        raise BadValue("Give a text.")
    text = value.strip()
    if len(text) > longest:
        raise BadValue(f"Give at most {longest} characters.")
    if not is_storable(text):
        raise BadValue(NO_TEXT)
    return text


def read_language(value: object) -> str:
    """A language tag such as de-AT in its usual case; an underscore is read as a hyphen.

    Of BCP 47 (RFC 5646, section 2.1) it accepts language[-script][-region][-variants]: no
    extensions, no private use, and no language of more than three letters, since none is registered
    and any word would match. It checks the form, not whether the parts are registered.
    """
    text = read_text(value, longest=LANGUAGE_LENGTH).replace("_", "-")
    found = LANGUAGE.fullmatch(text)
    variants = found["variants"].lower().split("-")[1:] if found else []
    if found is None or len(variants) != len(set(variants)):
        raise BadValue("Give a language tag such as de or de-AT.")
    script, region = (found["script"] or "").title(), (found["region"] or "").upper()
    return "-".join(filter(None, (found["language"].lower(), script, region, *variants)))


def read_flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise BadValue("Say true or false.")
    return text == "true"


def with_plus(text: str) -> str:
    """A time from a URL, where an unescaped plus sign has become a blank."""
    text = text.strip()
    return text.replace(" ", "+") if "T" in text else text


def is_storable(text: str) -> bool:
    """Whether every database and every response can hold the text."""
    if "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def unknown_fields(
    given: Iterable[str],
    *,
    known: Collection[str],
    passed_over: Container[str] = (),
    thing: str = "field",
) -> dict[str, list[str]]:
    """An error for each of the first MOST_UNKNOWN unknown names, listing the known ones.

    Names in `passed_over`, which a response has and a request may repeat, are not listed.
    """
    strange = (name for name in given if name not in known and name not in passed_over)
    shown = (name if SHOWABLE.fullmatch(name) else "?" for name in islice(strange, MOST_UNKNOWN))
    valid = f"Known here: {', '.join(sorted(known))}." if known else "None is known here."
    return {name: [f"There is no such {thing}. {valid}"] for name in shown}
