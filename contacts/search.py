"""Finds contacts by a search term: an e-mail address, a uuid or an external id."""

import re
from uuid import UUID

from campaigns.models import Campaign, Contact
from foundation.parsing import BadValue, read_uuid
from foundation.personal_data.hashes import email_hash

MOST = 1000
DIGEST = re.compile(r"[0-9a-f]{64}")


def search_term(typed: str) -> str:
    """A term for use in a URL that finds the same contacts.

    An e-mail address becomes its keyed hash.
    """
    typed = typed.strip()
    return email_hash(typed) if "@" in typed else typed


def contacts_found(term: str) -> list[UUID]:
    """The contacts that exactly match a search term, at most MOST."""
    term = search_term(term)
    try:
        return [read_uuid(term)]
    except BadValue:
        pass
    found = [*_with_external_id(term), *(_with_hash(term) if DIGEST.fullmatch(term) else ())]
    return found[:MOST]


def _with_hash(digest: str) -> list[UUID]:
    contacts = Contact.objects.filter(email_hash=digest).order_by()
    return list(contacts.values_list("uuid", flat=True)[:MOST])


def _with_external_id(external_id: str) -> list[UUID]:
    # The index begins with the campaign.
    campaigns = list(Campaign.objects.order_by().values_list("id", flat=True))
    contacts = Contact.objects.filter(campaign_id__in=campaigns, external_id=external_id)
    return list(contacts.order_by().values_list("uuid", flat=True)[:MOST])
