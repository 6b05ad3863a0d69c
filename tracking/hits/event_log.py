"""The record of one hit, as nginx and the web process write it and every event log carries it.

Pure: bytes in, a Hit out, and back. One JSON object per line; the keys are fixed by the contract
with nginx: id, at, method, pixel, ua, network, purpose.
"""

import json
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from json.encoder import encode_basestring_ascii as quoted
from typing import Generic, Literal, NamedTuple, Protocol, TypeVar, get_args

from tracking.hits.progress_notes import SpoolNote

MAX_LINE_BYTES = 64 * 1024
MAX_USER_AGENT = 1024
MAX_PURPOSE = 64
MAX_NETWORK = 64
CANONICAL_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# An IPv4-mapped IPv6 network, as nginx writes it if the address had hexadecimal digits.
MAPPED = re.compile(r"::ffff:([0-9a-f]{1,4}):([0-9a-f]{0,2})00/120")
# The bits of a uuid that tell its version and variant (RFC 9562, sections 4.1 and 4.2).
VERSION_4 = (4 << 76) | (2 << 62)
WITHOUT_VERSION = ~((15 << 76) | (3 << 62))
EVENT_ID = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# 2000 and 2200 (seconds since 1970): a time outside is invalid.
EARLIEST, LATEST = 946_684_800, 7_258_118_400

# Why a line was set aside: it is not a record, the database refused it, or its time is impossible,
# being in the future or before its contact was created.
OutOfTime = Literal["ahead", "before_contact"]
Reason = Literal["unreadable", "refused", OutOfTime]
OUT_OF_TIME: tuple[OutOfTime, ...] = get_args(OutOfTime)


# The position in an event log, in the backend's own type.
Position = TypeVar("Position")


class BadRecord(ValueError):
    """The line is not a record; the message never repeats the line."""


class Hit(NamedTuple):
    """One GET of a pixel; `at` has millisecond precision, `network` is a /24 or /48."""

    event_id: uuid.UUID
    at: datetime
    pixel_id: uuid.UUID
    user_agent: str = ""
    network: str = ""
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class Batch(Generic[Position]):
    """The result of one read: the records, the invalid lines, and the position.

    `position` is the backend's own and is passed to `acknowledge`. `more` tells whether there may
    be further hits that were in the log when the read began. `notes` hold the progress of the
    spools that the records came from.
    """

    hits: tuple[Hit, ...]
    bad_lines: tuple[bytes, ...]
    position: Position
    more: bool = False
    notes: tuple[SpoolNote, ...] = ()


class EventLog(Protocol[Position]):
    """Where hits wait for ingest; anything read and not acknowledged is read again.

    Records may be delivered more than once (at-least-once delivery).
    """

    def read(self, *, limit: int) -> Batch[Position] | None:
        """At most `limit` records and bad lines together; None if there is nothing new."""

    def acknowledge(self, batch: Batch[Position]) -> None:
        """Everything in `batch` is committed and may be removed."""

    def set_aside(self, lines: Iterable[bytes], *, reason: Reason) -> int:
        """Keep lines that can't be recorded for inspection; returns how many were kept.

        Unreadable lines are kept up to a limit. All others are acknowledged opens, which are all
        kept, or OSError is raised.
        """

    def close(self) -> None:
        """Release all resources; anything not acknowledged stays in the log."""


def encode(
    *,
    event_id: str,
    at: float,
    pixel: str,
    user_agent: str,
    network: str,
    purpose: str,
) -> bytes:
    """One record without its newline; `at` is in seconds since 1970."""
    return (
        f'{{"id":{quoted(event_id)},"at":{at:.3f},"method":"GET","pixel":{quoted(pixel)},'
        f'"ua":{quoted(user_agent[:MAX_USER_AGENT])},"network":{quoted(network)},'
        f'"purpose":{quoted(purpose[:MAX_PURPOSE])}}}'
    ).encode()


def parse(line: bytes) -> Hit | None:
    """The hit in a line; None if the line is valid but not an open (HEAD, a malformed pixel id).

    Raises BadRecord for an invalid line.
    """
    record = _load(line)
    if _text(record, "method", 16) != "GET":
        return None
    pixel_id = parse_pixel_id(_text(record, "pixel", 256))
    if pixel_id is None:
        return None
    return Hit(
        _event_id(_text(record, "id", 64)),
        _moment(record.get("at")),
        pixel_id,
        _clean(_text(record, "ua", MAX_LINE_BYTES))[:MAX_USER_AGENT],
        # nginx can't convert an IPv6 address to lower case.
        _of_ipv4(_clean(_text(record, "network", MAX_NETWORK)).lower()),
        _clean(_text(record, "purpose", MAX_LINE_BYTES))[:MAX_PURPOSE],
    )


def to_line(hit: Hit) -> bytes:
    """The line that `parse` reads as this hit."""
    return encode(
        event_id=hit.event_id.hex,
        at=(hit.at - EPOCH) / timedelta(seconds=1),
        pixel=str(hit.pixel_id),
        user_agent=hit.user_agent,
        network=hit.network,
        purpose=hit.purpose,
    )


def is_pixel_id(value: str) -> bool:
    """Whether this is a uuid in canonical form (36 characters, either case)."""
    return CANONICAL_UUID.fullmatch(value) is not None


def parse_pixel_id(value: str) -> uuid.UUID | None:
    """The uuid in its canonical form, None for anything else."""
    return uuid.UUID(int=int(value.replace("-", ""), 16)) if is_pixel_id(value) else None


def _load(line: bytes) -> dict:
    if len(line) > MAX_LINE_BYTES:
        raise BadRecord("longer than any record")
    try:
        # Some mail clients send a user agent that is not UTF-8, and nginx logs the bytes as they
        # are.
        record = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise BadRecord("no JSON") from None
    if not isinstance(record, dict):
        raise BadRecord("no JSON object")
    return record


def _text(record: dict, key: str, longest: int) -> str:
    value = record.get(key, "")
    if not isinstance(value, str) or len(value) > longest:
        raise BadRecord(f"{key} is no text of at most {longest} characters")
    return value


def _of_ipv4(network: str) -> str:
    """The network as the web process writes it: nginx can't convert digits to decimal."""
    mapped = MAPPED.fullmatch(network) if network.startswith("::ffff:") else None
    if mapped is None:
        return network
    first, second = divmod(int(mapped[1], 16), 256)
    return f"{first}.{second}.{int(mapped[2] or '0', 16)}.0/24"


def _clean(value: str) -> str:
    """Without NULs and lone surrogates, which databases refuse."""
    if value.isascii() and "\x00" not in value:
        return value
    return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _event_id(value: str) -> uuid.UUID:
    if not EVENT_ID.fullmatch(value):
        raise BadRecord("id is not 32 hexadecimal digits")
    # The version bits are set so that every database's uuid type accepts the id.
    return uuid.UUID(int=int(value, 16) & WITHOUT_VERSION | VERSION_4)


def _moment(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadRecord("at is no number")
    if not EARLIEST <= value <= LATEST:
        raise BadRecord("at is out of range")
    return EPOCH + timedelta(milliseconds=round(value * 1000))
