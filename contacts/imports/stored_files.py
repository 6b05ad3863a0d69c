"""Stores uploaded contact files: encrypted, in pieces, until their import has ended.

They are in the database, where every host can read them; only one piece is held in memory.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

import structlog
from django.conf import settings
from django.contrib.auth.models import User

from campaigns.models import Campaign, ContactImport, ImportPiece, ImportState
from campaigns.services import ARCHIVED
from contacts.imports.columns import BadFile
from contacts.imports.csv_files import LONGEST_LINE
from contacts.imports.file_scan import Scan
from foundation.database.transactions import in_transaction
from foundation.errors import InvalidInput, NotFound, TooLarge

PIECE_BYTES = 256 * 1024
# Together longer than any line.
HEAD_PIECES = LONGEST_LINE // PIECE_BYTES + 1
# Deleted per statement, so that other writers are not blocked.
DROPPED_AT_ONCE = 20
MEGABYTE = 2**20
DISCARDED = "The file was discarded before anything was imported."

log = structlog.get_logger(__name__)


def receive_file(
    *,
    campaign_id: int,
    chunks: Iterable[bytes],
    file_name: str,
    created_by: User | None,
    now: datetime,
    zone: str = "",
) -> ContactImport:
    """Store a file that arrives in chunks of any size, and check that it is text.

    `zone` is that of the sender, to be proposed for times without one.
    Raises NotFound, InvalidInput and TooLarge, and then stores nothing.
    """
    _refuse_archived(campaign_id)
    job = ContactImport.objects.create(
        campaign_id=campaign_id,
        file_name=file_name[-200:],
        created_by=created_by,
        zone=zone,
        created_at=now,
        lease_until=now,
    )
    try:
        scan = _store(job, chunks)
        job.size, job.encoding = scan.size, scan.encoding()
    except BadFile as bad:
        discard_import(import_id=job.id)
        raise InvalidInput.field("file", str(bad), code="bad_file") from None
    except TooLarge:
        discard_import(import_id=job.id)
        raise
    job.save(update_fields=["size", "encoding"])
    log.info("import_received", contact_import=job.id, campaign=campaign_id, size=job.size)
    return job


def read_pieces(job: ContactImport, *, offset: int) -> Iterator[bytes]:
    """The file's bytes from an offset on. Raises ImportPiece.DoesNotExist for a gap."""
    first, skip = divmod(offset, PIECE_BYTES)
    for number in range(first, -(-job.size // PIECE_BYTES)):
        content = ImportPiece.objects.get(contact_import_id=job.id, number=number).content
        yield content[skip:]
        skip = 0


def read_head(job: ContactImport) -> bytes:
    """The beginning of the file, long enough for its first line."""
    pieces = ImportPiece.objects.filter(contact_import_id=job.id, number__lt=HEAD_PIECES)
    return b"".join(pieces.order_by("number").values_list("content", flat=True))


def drop_file(*, import_id: int) -> None:
    pieces = ImportPiece.objects.filter(contact_import_id=import_id)
    while ids := list(pieces.values_list("id", flat=True)[:DROPPED_AT_ONCE]):
        ImportPiece.objects.filter(id__in=ids).delete()


def discard_upload(*, import_id: int) -> bool:
    """Delete an import and its file unless it was started meanwhile; returns whether it was
    deleted.
    """
    waiting = ContactImport.objects.filter(id=import_id, state=ImportState.UPLOADED)
    # Nobody can start it any more, and if this is interrupted the sweep deletes the file.
    mine = waiting.update(state=ImportState.FAILED, failure=DISCARDED)
    if mine:
        discard_import(import_id=import_id)
        log.info("import_discarded", contact_import=import_id)
    return bool(mine)


def discard_import(*, import_id: int) -> None:
    """Delete an import that was never started, and its file."""
    drop_file(import_id=import_id)
    ContactImport.objects.filter(id=import_id).delete()


def largest_file() -> int:
    """In bytes."""
    return settings.IMPORT_MAX_MB * MEGABYTE


def too_large() -> TooLarge:
    sentence = f"The file is larger than {settings.IMPORT_MAX_MB} MB: split it and send its parts."
    return TooLarge(sentence, errors={"file": [sentence]})


def _refuse_archived(campaign_id: int) -> None:
    campaign = Campaign.objects.filter(id=campaign_id).first()
    if campaign is None:
        raise NotFound("Campaign not found")
    if campaign.archived_at is not None:
        raise InvalidInput(ARCHIVED.format("campaign"), code="archived")


def _store(job: ContactImport, chunks: Iterable[bytes]) -> Scan:
    scan, largest = Scan(), largest_file()
    for number, piece in enumerate(_cut(chunks)):
        if scan.size + len(piece) > largest:
            raise too_large()
        scan.feed(piece)
        _save_piece(job.id, number, piece)
    return scan


def _cut(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of PIECE_BYTES; the last one may be shorter."""
    waiting = b""
    for chunk in chunks:
        waiting += chunk
        whole = len(waiting) - len(waiting) % PIECE_BYTES
        for start in range(0, whole, PIECE_BYTES):
            yield waiting[start : start + PIECE_BYTES]
        waiting = waiting[whole:]
    if waiting:
        yield waiting


@in_transaction
def _save_piece(import_id: int, number: int, piece: bytes) -> None:
    ImportPiece.objects.create(contact_import_id=import_id, number=number, content=piece)
