"""Test contacts, for sending a pixel to one's own mailbox and watching its open arrive.

A test contact is marked not sent from the start, so it counts nowhere, also when counters are
recomputed. It has no schedule, e-mail address or external id, so it takes part in no comparison
and conflicts with no import. The merge list leaves it out.
"""

from datetime import datetime
from uuid import UUID, uuid4

import structlog

from campaigns.models import Contact, ContactTest, Group, NotSentReason
from campaigns.services import ARCHIVED, OTHER_CAMPAIGN
from contacts.registering import register_contacts
from foundation.database.transactions import in_transaction
from foundation.errors import InvalidInput

log = structlog.get_logger(__name__)


@in_transaction
def make_test(*, campaign_id: int, group_id: int, label: str, now: datetime) -> UUID:
    """Create a test contact with one pixel; `label` is an optional name, "" for none.

    Raises InvalidInput.
    """
    _refuse(campaign_id, Group.objects.select_related("campaign").filter(id=group_id).first())
    contact = Contact.objects.create(
        uuid=uuid4(),
        campaign_id=campaign_id,
        group_id=group_id,
        name=label or None,
        not_sent_at=now,
        not_sent_reason=NotSentReason.TEST,
        created_at=now,
    )
    ContactTest.objects.create(contact=contact, campaign_id=campaign_id, created_at=now)
    register_contacts(contact_ids=[contact.uuid], per_contact=1)
    log.info("contact_test_made", contact=str(contact.uuid), campaign=campaign_id)
    return contact.uuid


def _refuse(campaign_id: int, group: Group | None) -> None:
    if group is None:
        raise InvalidInput.field("group", "Choose a group.")
    if group.campaign_id != campaign_id:
        raise InvalidInput.field("group", OTHER_CAMPAIGN.format(group.id))
    if group.campaign.archived_at is not None:
        raise InvalidInput(ARCHIVED.format("campaign"), code="archived")
    if group.archived_at is not None:
        raise InvalidInput.field("group", ARCHIVED.format("group"), code="archived")
