"""Under which key a person's decisions are kept; pure, the key of the hash is an argument."""

from typing import NamedTuple
from uuid import UUID

from foundation.personal_data.identity import keyed_hash

PERSON_LENGTH = 64


class Subject(NamedTuple):
    """What of a contact says which person it is."""

    campaign_id: int
    contact_id: UUID
    email_hash: str | None
    external_id: str | None

    def person(self, *, key: str) -> str:
        """The address over all campaigns; without one the external id, else the contact itself.

        Two addresses are two persons. No address holds a line feed, so none has another's key.
        """
        if self.email_hash:
            return self.email_hash
        if self.external_id:
            return keyed_hash(f"external\n{self.campaign_id}\n{self.external_id}", key=key)
        return keyed_hash(f"contact\n{self.contact_id}", key=key)
