"""The list of whom a campaign asks whether being measured is all right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from campaigns.models import Contact
from consent.asking.services import ask
from consent.people import Subject
from tracking.opened import ContactFacts

# What the history says of a campaign whose list was taken.
DOWNLOADED = "Downloaded whom it may ask for consent, and recorded them as asked."
COLUMNS = ("campaign_id", "uuid", "email_hash", "external_id")


@dataclass(frozen=True)
class MayBeAsked:
    """Picks the contacts of a chunk who may be asked, and records exactly them as asked.

    A list that is cut off has recorded those up to there, and has them again if it is repeated.
    """

    campaign_id: int
    now: datetime

    def __call__(self, chunk: Sequence[ContactFacts]) -> list[UUID]:
        ids = [contact.contact_id for contact in chunk if contact.not_sent_at is None]
        rows = Contact.objects.filter(uuid__in=ids, forgotten_at__isnull=True).order_by()
        subjects = [Subject(*row) for row in rows.values_list(*COLUMNS)]
        asked = ask(subjects, campaign_id=self.campaign_id, now=self.now)
        chosen = {subject.contact_id for subject in asked}
        return [contact_id for contact_id in ids if contact_id in chosen]
