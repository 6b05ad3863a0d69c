"""Finds mail domains of a campaign at which nobody opened anything: mail that may not arrive."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from campaigns.models import Contact
from tracking.models import ContactOpens

# So many contacts are looked at, the first that were added: a campaign may have a million.
LOOKED_AT = 20_000
FEWEST_SENT = 20
# Before, silence says nothing yet.
SETTLED_AFTER = timedelta(hours=4)
LISTED = 20


@dataclass(frozen=True)
class SilentDomains:
    """`domains` are (domain, contacts sent to), most first, LISTED at most."""

    domains: list[tuple[str, int]]
    looked_at: int

    @property
    def is_cut(self) -> bool:
        return self.looked_at == LOOKED_AT


def silent_domains(*, campaign_id: int, now: datetime) -> SilentDomains:
    """Domains of FEWEST_SENT contacts or more that were all sent to, but opened by nobody.

    Opened by a machine is opened, too: the mail has arrived. In one query.
    """
    opens = ContactOpens.objects.filter(contact_id=OuterRef("uuid"))
    contacts = Contact.objects.filter(campaign_id=campaign_id).annotate(opened=Exists(opens))
    rows = contacts.order_by("created_at", "uuid").values_list(
        "email_domain", "scheduled_at", "not_sent_at", "opened"
    )[:LOOKED_AT]
    looked_at, sent, opened = 0, Counter(), set()
    for domain, scheduled_at, not_sent_at, was_opened in rows:
        looked_at += 1
        if was_opened:
            opened.add(domain)
        if domain and scheduled_at and scheduled_at <= now - SETTLED_AFTER and not not_sent_at:
            sent[domain] += 1
    silent = [
        (domain, contacts)
        for domain, contacts in sent.most_common()
        if contacts >= FEWEST_SENT and domain not in opened
    ]
    return SilentDomains(domains=silent[:LISTED], looked_at=looked_at)
