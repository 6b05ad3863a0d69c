"""Finds mail domains of a campaign at which nobody opened anything: mail that may not arrive."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Sum, Value, When

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
    """`domains` are (domain, contacts sent to), most first, LISTED at most; `is_cut` where only
    the first `looked_at` contacts were looked at.
    """

    domains: list[tuple[str, int]]
    is_cut: bool
    looked_at: int


def silent_domains(*, campaign_id: int, now: datetime) -> SilentDomains:
    """Domains of FEWEST_SENT contacts or more that were all sent to, but opened by nobody.

    Opened by a machine is opened, too: the mail has arrived. In two queries.
    """
    contacts = Contact.objects.filter(campaign_id=campaign_id)
    last = contacts.order_by("created_at", "uuid").values_list("created_at", "uuid")
    cut = list(last[LOOKED_AT - 1 : LOOKED_AT])
    if cut:
        created_at, uuid = cut[0]
        contacts = contacts.filter(
            Q(created_at__lt=created_at) | Q(created_at=created_at, uuid__lte=uuid)
        )
    return SilentDomains(domains=_silent(contacts, now=now), is_cut=bool(cut), looked_at=LOOKED_AT)


def _silent(contacts: QuerySet, *, now: datetime) -> list[tuple[str, int]]:
    opens = ContactOpens.objects.filter(contact_id=OuterRef("uuid"))
    is_settled = Q(scheduled_at__lte=now - SETTLED_AFTER, not_sent_at__isnull=True)
    domains = contacts.filter(email_domain__isnull=False).order_by().values("email_domain")
    silent = domains.annotate(
        sent=Sum(_one_where(is_settled)), opened=Sum(_one_where(Exists(opens)))
    ).filter(sent__gte=FEWEST_SENT, opened=0)
    ordered = silent.order_by("-sent", "email_domain")
    return list(ordered.values_list("email_domain", "sent")[:LISTED])


def _one_where(condition: Q | Exists) -> Case:
    return Case(When(condition, then=Value(1)), default=Value(0))
