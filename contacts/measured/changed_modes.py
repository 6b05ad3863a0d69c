"""Has the contacts of campaigns follow a change of modes, of theirs or of the installation.

The change is stored at once, and what was in force before it. Contacts follow in chunks, each in a
transaction of its own, so that the ingest lock is held shortly however many they are. A change that
was interrupted goes on where it stopped. Contacts that fell due meanwhile get what was in force
then.
"""

from datetime import datetime
from typing import cast

from campaigns.models import Campaign, Contact
from contacts.chunks import CHUNK
from contacts.measured.settling import changes, store
from foundation.database.transactions import in_transaction
from tracking.counting.campaign_slots import created_at_of
from tracking.counting.lock import hold_ingest_lock
from tracking.counting.recount import recounted

STEPS_OF_A_SWEEP = 500


def follow_modes(*, now: datetime, steps: int = STEPS_OF_A_SWEEP) -> bool:
    """Go on with the campaigns whose modes changed, so many steps; whether all is done."""
    waiting = Campaign.objects.filter(measuring_since__isnull=False).order_by("id")
    for campaign_id in list(waiting.values_list("id", flat=True)):
        while take_step(campaign_id, now=now):
            steps -= 1
            if steps <= 0:
                return False
    return True


@in_transaction
def take_step(campaign_id: int, *, now: datetime) -> bool:
    """The next chunk of a campaign's contacts; whether any are left."""
    campaign = Campaign.objects.select_for_update().get(id=campaign_id)
    hold_ingest_lock()
    if campaign.measuring_since is None:
        return False
    contacts = Contact.objects.filter(
        campaign_id=campaign_id, created_at__gte=cast(datetime, campaign.measuring_from)
    ).order_by("created_at", "uuid")
    end = created_at_of(contacts, CHUNK)
    if end is not None:
        contacts = contacts.filter(created_at__lt=end)
    ids = list(contacts.values_list("uuid", flat=True))
    changed = changes(ids, now=now, since=campaign.measuring_since)
    with recounted(list(changed)):
        store(changed)
    campaign.measuring_from = end
    campaign.measuring_since = None if end is None else campaign.measuring_since
    campaign.save(update_fields=["measuring_since", "measuring_from"])
    return end is not None
