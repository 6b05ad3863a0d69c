"""Whether an import can be undone: as long as nobody whom it made was sent to or measured."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from campaigns.models import (
    Campaign,
    Contact,
    ContactImport,
    Export,
    ExportKind,
    ImportedContact,
    ImportState,
)
from campaigns.roles import Role
from campaigns.services import ARCHIVED
from contacts.imports.prepare import ACTIVE
from tracking.models import ContactOpens, Pixel

UNDOABLE = (ImportState.FINISHED, ImportState.FAILED, ImportState.STOPPED)
NOT_ENDED = "This import has not ended: stop it first."
ALREADY = "This import was undone already."
NOTHING_MADE = "This import made no contact, or none that is still known to be its own."
DUE = (
    "A contact of this import has fallen due, so that its e-mail may have been sent: the import "
    "can no longer be undone. Erase single contacts instead."
)
OPENED = (
    "A contact of this import was opened already: the import can no longer be undone. Erase single "
    "contacts instead."
)
OTHER_RUNS = "Another import of this campaign is running: wait until it has ended, or stop it."
GIVEN_OUT = (ExportKind.MERGE_LIST, ExportKind.BULK_ANSWER)


@dataclass(frozen=True)
class Undo:
    """What undoing an import would remove, or in `refusal` why it can't be undone, "" if it can.

    `listed_at` is when pixels of the campaign were last given out since the import began.
    """

    contacts: int
    pixels: int
    refusal: str
    listed_at: datetime | None


def foresee_undo(job: ContactImport, *, now: datetime) -> Undo:
    own = {"contact_id": OuterRef("contact_id"), "contact_import_id": job.id}
    pixels = Pixel.objects.filter(Exists(ImportedContact.objects.filter(**own)))
    lists = Export.objects.filter(
        campaign_id=job.campaign_id, kind__in=GIVEN_OUT, made_at__gte=job.created_at
    )
    return Undo(
        contacts=made_by(job.id).count(),
        pixels=pixels.count(),
        refusal=refusal_of(job, now=now),
        listed_at=lists.aggregate(last=Max("made_at"))["last"],
    )


def may_be_undone(job: ContactImport) -> bool:
    """Whether it is worth asking, without looking at its contacts."""
    return job.state in UNDOABLE and job.created > job.removed


def refusal_of(job: ContactImport, *, now: datetime) -> str:
    """Why an import can't be undone at this moment; "" if it can."""
    if job.state in (ImportState.UNDOING, ImportState.UNDONE):
        return ALREADY
    if job.state not in UNDOABLE:
        return NOT_ENDED
    if Campaign.objects.filter(id=job.campaign_id, archived_at__isnull=False).exists():
        return ARCHIVED.format("campaign")
    if ContactImport.objects.filter(campaign_id=job.campaign_id, state__in=ACTIVE).exists():
        return OTHER_RUNS
    made = made_by(job.id)
    if not made.exists():
        return NOTHING_MADE
    if opened(job).exists():
        return OPENED
    return DUE if made.filter(was_due(now)).exists() else ""


def made_by(import_id: int) -> QuerySet[Contact]:
    return Contact.objects.filter(imported__contact_import_id=import_id).order_by()


def was_due(now: datetime) -> Q:
    """Contacts that were sent to by now, or that a control group held back.

    Who was erased before it was due never got an e-mail.
    """
    kept = Q(erased_at__isnull=True)
    sent = Q(due_at__lte=now) & (kept | Q(erased_at__gte=F("due_at")))
    held_back = Q(group__role=Role.CONTROL, scheduled_at__lte=now) & (
        kept | Q(erased_at__gte=F("scheduled_at"))
    )
    return sent | held_back


def opened(job: ContactImport) -> QuerySet[ContactOpens]:
    """Summaries of contacts that the import made, found by the campaign's groups."""
    groups = job.campaign.groups.values("id")
    own = {"contact_id": OuterRef("contact_id"), "contact_import_id": job.id}
    return ContactOpens.objects.filter(
        Exists(ImportedContact.objects.filter(**own)), group_id__in=groups
    )
