"""Prepares imports of contact files: options, starting and restarting.

`contacts.imports.preview` shows the expected result, `contacts.imports.run` does the import in a
background process, `contacts.imports.outcome` says what it came to.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from django.utils import timezone

from campaigns.models import Campaign, ContactImport, Group, ImportState
from campaigns.services import ARCHIVED, OTHER_CAMPAIGN
from contacts.drawing.draw import drawable_of
from contacts.fields import DRAW, NOTHING_TO_DRAW, Choice
from contacts.imports.columns import BadFile, match_columns, place_columns
from contacts.imports.csv_files import Layout, Record, read_layout, read_records
from contacts.imports.encodings import NAMES, UTF8, offered
from contacts.imports.guessing.dates import DAYS
from contacts.imports.leases import PATIENCE, Resumed, requeue
from contacts.imports.outcome import has_decisions
from contacts.imports.rejected import pack_headers
from contacts.imports.row_reader import BAD_FORMAT, RowReader, group_keys, is_format
from contacts.imports.stored_files import discard_upload, drop_file, read_head, read_pieces
from contacts.limits import MAX_PIXELS
from foundation.database.transactions import in_transaction
from foundation.errors import InvalidInput, NotAllowed, NotFound

ACTIVE = (ImportState.WAITING, ImportState.RUNNING)
# Nobody reads its file any more.
ENDED = (ImportState.FINISHED, ImportState.FAILED, ImportState.STOPPED, ImportState.UNDONE)
# How long an uploaded file is kept if no import is started.
KEPT_UPLOAD = timedelta(days=1)
OTHER_ENCODING = "This file can't be in that encoding. Give one of: {}."
UNKNOWN_ENCODING = f"Give one of: {', '.join(NAMES)}."
MAY_NOT_DECIDE = (
    "You may not record decisions about consent: leave the columns of consent out, or ask somebody "
    "who may."
)
BEING_UNDONE = "Another import of this campaign is just being undone: wait until that has ended."
GIVEN_UP = "The import stopped near line {} repeatedly: see the log for the reason."

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ImportOptions:
    """How a file is to be read; `mapping` gives the column name by field, None to leave it out.

    `places` gives the column's position by field, and replaces all names. Times without a zone are
    in `zone` (by default the project's); `schedule_format` is strptime's, by default ISO 8601. One
    of dates alone means their midnight.
    Rows that name no group get the `default_group`, or DRAW it; None draws where no column names
    one.
    `encoding` is one of `encodings.NAMES`, by default the detected one. Who lacks the permission to
    record decisions (`may_decide`) can't import a column of them.
    """

    mapping: Mapping[str, str | None] = field(default_factory=dict)
    places: Mapping[str, int] | None = None
    default_group: Choice | None = None
    schedule_format: str = ""
    zone: str = ""
    pixels_per_contact: int = 1
    encoding: str = ""
    may_decide: bool = False


@in_transaction
def start_import(
    *, import_id: int, options: ImportOptions, enqueue: Callable[[int], object], now: datetime
) -> ContactImport:
    """Start the import of an uploaded file; `enqueue` is called in the same transaction.

    Raises NotFound and InvalidInput, and then changes nothing.
    """
    job = uploaded(ContactImport.objects.select_for_update().filter(id=import_id).first())
    _refuse_beside_undoing(job)
    prepare(job, layout_of(job, encoding=options.encoding), options)
    job.state, job.lease_until = ImportState.WAITING, now + PATIENCE
    job.save()
    enqueue(job.id)
    log.info("import_started", contact_import=job.id, campaign=job.campaign_id)
    return job


def _refuse_beside_undoing(job: ContactImport) -> None:
    """Rows of contacts that are about to be removed would count as unchanged, and be lost."""
    Campaign.objects.select_for_update().get(id=job.campaign_id)
    others = ContactImport.objects.filter(campaign_id=job.campaign_id, state=ImportState.UNDOING)
    if others.exists():
        raise InvalidInput(BEING_UNDONE, code="being_undone")


def requeue_lapsed(*, enqueue: Callable[[int], object], now: datetime) -> int:
    """Queue imports again whose worker died; returns how many."""
    return requeue(Resumed(ACTIVE, GIVEN_UP, enqueue), now=now)


def clear_away(*, now: datetime) -> None:
    """Delete uploads that were never started, and files of finished imports."""
    stale = ContactImport.objects.filter(
        state=ImportState.UPLOADED, created_at__lt=now - KEPT_UPLOAD
    )
    for import_id in list(stale.values_list("id", flat=True)):
        discard_upload(import_id=import_id)
    left = ContactImport.objects.filter(state__in=ENDED, pieces__isnull=False).distinct()
    for import_id in list(left.order_by().values_list("id", flat=True)):
        drop_file(import_id=import_id)


def open_records(job: ContactImport) -> Iterator[Record]:
    """The records from the committed offset on."""
    return read_records(
        read_pieces(job, offset=job.offset),
        encoding=job.encoding,
        separator=job.separator,
        offset=job.offset,
        line=job.line,
    )


def row_reader(job: ContactImport) -> RowReader:
    groups = Group.objects.filter(campaign_id=job.campaign_id)
    columns = ("id", "number", "name")
    return RowReader(
        campaign=job.campaign_id,
        columns=job.columns,
        groups=group_keys(groups.filter(archived_at=None).values_list(*columns)),
        archived=group_keys(groups.exclude(archived_at=None).values_list(*columns)),
        default_group=DRAW if job.draws_groups else job.default_group_id,
        schedule_format=job.schedule_format,
        zone=ZoneInfo(job.zone),
    )


def uploaded(job: ContactImport | None) -> ContactImport:
    """The uploaded import; raises NotFound, and InvalidInput if it can't be started (any more)."""
    if job is None:
        raise NotFound("Import not found")
    if job.state != ImportState.UPLOADED:
        raise InvalidInput("This import was started already.", code="started")
    if job.campaign.archived_at is not None:
        raise InvalidInput(ARCHIVED.format("campaign"), code="archived")
    return job


def layout_of(job: ContactImport, *, encoding: str = "") -> Layout:
    """The layout of the file; raises InvalidInput if it can't be read.

    `encoding` overrides the detected one.
    """
    try:
        return read_layout(read_head(job), encoding=_codec(job, encoding))
    except BadFile as bad:
        raise _bad_file(bad) from None


def _codec(job: ContactImport, name: str) -> str:
    if not name:
        # The size of a file that is still being uploaded is unknown.
        return job.encoding or UTF8.codec
    codecs = {encoding.name: encoding.codec for encoding in offered(job.encoding)}
    if name not in NAMES:
        raise InvalidInput.field("encoding", UNKNOWN_ENCODING)
    if name not in codecs:
        raise InvalidInput.field("encoding", OTHER_ENCODING.format(", ".join(codecs)))
    return codecs[name]


def prepare(job: ContactImport, layout: Layout, options: ImportOptions) -> None:
    """Set the options on an import without saving it. Raises InvalidInput and NotAllowed."""
    job.encoding, job.separator = layout.encoding, layout.separator
    job.offset, job.line = layout.offset, layout.line
    job.columns = _columns(layout.headers, options)
    if has_decisions(job) and not options.may_decide:
        raise NotAllowed(MAY_NOT_DECIDE)
    job.headers = pack_headers(layout.headers)
    _choose_group(job, options.default_group)
    job.schedule_format = _format(options.schedule_format)
    job.zone = _zone(options.zone)
    job.pixels_per_contact = options.pixels_per_contact
    if not 1 <= options.pixels_per_contact <= MAX_PIXELS:
        raise InvalidInput.field("pixels_per_contact", f"Give a number from 1 to {MAX_PIXELS}.")


def _columns(headers: Sequence[str], options: ImportOptions) -> list[str | None]:
    try:
        if options.places is None:
            return list(match_columns(headers, mapping=options.mapping))
        return list(place_columns(headers, places=options.places))
    except BadFile as bad:
        raise _bad_file(bad) from None


def _bad_file(bad: BadFile) -> InvalidInput:
    return InvalidInput.field("file", str(bad), code="bad_file")


def _choose_group(job: ContactImport, choice: Choice | None) -> None:
    """What rows get that name no group."""
    if choice is None and "group" not in job.columns:
        choice = DRAW
    job.draws_groups = choice == DRAW
    if choice == DRAW and not drawable_of(job.campaign_id):
        raise InvalidInput.field("default_group", NOTHING_TO_DRAW)
    is_group = isinstance(choice, int)
    job.default_group = _live_group(job, cast(int, choice)) if is_group else None


def _live_group(job: ContactImport, group_id: int) -> Group:
    group = Group.objects.filter(id=group_id).first()
    if group is None:
        raise InvalidInput.field("default_group", f"There is no group {group_id}.")
    if group.campaign_id != job.campaign_id:
        raise InvalidInput.field("default_group", OTHER_CAMPAIGN.format(group_id))
    if group.archived_at is not None:
        raise InvalidInput.field("default_group", ARCHIVED.format("group"), code="archived")
    return group


def _format(text: str) -> str:
    if text and text not in DAYS and not is_format(text):
        raise InvalidInput.field("schedule_format", BAD_FORMAT)
    return text


def _zone(name: str) -> str:
    name = name or timezone.get_default_timezone_name()
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput.field("zone", "Give a zone such as Europe/Berlin.") from None
