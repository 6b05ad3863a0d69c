"""Finds mail domains of a campaign at which nobody opened anything: mail that may not arrive."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Exists, OuterRef, Q, Value, When

from campaigns.models import Contact
from tracking.models import ContactOpens

# So many contacts are looked at, the first that were added: a campaign may have a million.
LOOKED_AT = 10_000
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
    is_settled = Q(scheduled_at__lte=now - SETTLED_AFTER, not_sent_at__isnull=True)
    contacts = Contact.objects.filter(campaign_id=campaign_id).annotate(
        settled=_one_where(is_settled), opened=_one_where(Exists(opens))
    )
    ordered = contacts.order_by("created_at", "uuid")
    alike = Counter(ordered.values_list("email_domain", "settled", "opened")[:LOOKED_AT])
    sent, opened = Counter(), {domain for domain, _, was_opened in alike if was_opened}
    for (domain, was_settled, _), number in alike.items():
        if domain and was_settled:
            sent[domain] += number
    silent = [
        (domain, contacts)
        for domain, contacts in sent.most_common()
        if contacts >= FEWEST_SENT and domain not in opened
    ]
    return SilentDomains(domains=silent[:LISTED], looked_at=alike.total())


def _one_where(condition: Q | Exists) -> Case:
    # As a number, which needs no conversion on its way: there are many rows.
    return Case(When(condition, then=Value(1)), default=Value(0))
