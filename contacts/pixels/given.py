"""Which pixel goes into whose e-mail: the contact's own ones, its group's shared one, or none."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from uuid import UUID

from campaigns.models import Contact, NotSentReason
from campaigns.modes import OWN_PIXEL, Mode
from consent.queries import modes_of, read_policies
from contacts.pixels.shared import SharedPixels

# A shared pixel takes the place of the first of a contact's own; the others have none.
SHARED_NUMBER = 1
# The columns of a contact that are looked at.
COLUMNS = (
    *("uuid", "campaign_id", "group_id", "email_hash", "external_id"),
    *("erased_at", "forgotten_at", "not_sent_reason"),
)


@dataclass(frozen=True)
class Given:
    """Who gets the own pixels, and who which shared one; nobody else gets any."""

    own: AbstractSet[UUID]
    shared: Mapping[UUID, UUID]

    def pixels(self, contact_id: UUID, own: Mapping[int, UUID]) -> dict[int, UUID]:
        """The pixels for a contact's e-mail by number, given its own ones."""
        if contact_id in self.own:
            return dict(own)
        shared = self.shared.get(contact_id)
        return {} if shared is None else {SHARED_NUMBER: shared}


def given_to(
    contacts: Iterable[Contact],
    *,
    modes: Mapping[UUID, Mode] | None = None,
    shared: SharedPixels | None = None,
) -> Given:
    """What the e-mails of contacts carry now.

    `modes` are theirs if they are known; `shared` goes from one part of a list to the next.
    """
    contacts = list(contacts)
    modes = modes_of(contacts) if modes is None else modes
    own = {contact_id for contact_id, mode in modes.items() if mode in OWN_PIXEL}
    sharing = [c for c in contacts if modes[c.uuid] == Mode.SHARED and _is_recipient(c)]
    if not sharing:
        return Given(own, {})
    shared = shared or SharedPixels()
    policies = read_policies({contact.campaign_id for contact in sharing})
    pixels = {
        contact.uuid: shared.of(contact.group_id, policies[contact.campaign_id].audience())
        for contact in sharing
    }
    return Given(own, {contact_id: pixel for contact_id, pixel in pixels.items() if pixel})


def _is_recipient(contact: Contact) -> bool:
    """A test contact's loads could not be told from those of recipients."""
    return contact.erased_at is None and contact.not_sent_reason != NotSentReason.TEST
