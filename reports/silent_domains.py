"""Finds mail domains of a campaign without any opens: mail may not be delivered."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Case, Exists, OuterRef, Q, Value, When

from campaigns.models import Contact
from campaigns.modes import Measured
from tracking.models import ContactOpens

# Only the first contacts are checked: a campaign may have a million.
LOOKED_AT = 2_000
FEWEST_SENT = 20
# Before, missing opens say nothing yet.
SETTLED_AFTER = timedelta(hours=4)
LISTED = 20
# Some databases return sums as Decimal.
Row = tuple[str | None, int, int | Decimal, int | Decimal]


@dataclass(frozen=True)
class SilentDomains:
    """`domains` are (domain, contacts sent to), most first, LISTED at most."""

    domains: list[tuple[str, int]]
    looked_at: int

    @property
    def is_cut(self) -> bool:
        return self.looked_at == LOOKED_AT


def silent_domains(*, campaign_id: int, now: datetime) -> SilentDomains:
    """Domains with at least FEWEST_SENT contacts that were all sent to, but never opened.

    Machine opens count, since they show that the mail was delivered. In one query.
    """
    rows = _by_domain(campaign_id, now=now)
    silent = [
        (domain, int(sent))
        for domain, _, sent, opened in rows
        if domain and sent >= FEWEST_SENT and not opened
    ]
    silent.sort(key=lambda row: (-row[1], row[0]))
    looked_at = sum(contacts for _, contacts, *_ in rows)
    return SilentDomains(domains=silent[:LISTED], looked_at=looked_at)


def _by_domain(campaign_id: int, *, now: datetime) -> list[Row]:
    """(domain, contacts, sent to, opened) of the first contacts."""
    opens = ContactOpens.objects.filter(contact_id=OuterRef("uuid"))
    # Whoever may not be measured is silent anyhow.
    is_settled = Q(due_at__lte=now - SETTLED_AFTER, not_sent_at__isnull=True, measured=Measured.YES)
    contacts = (
        Contact.objects.filter(campaign_id=campaign_id)
        .annotate(sent=_one_where(is_settled), opened=_one_where(Exists(opens)))
        .order_by("created_at", "uuid")
        .values_list("email_domain", "sent", "opened")
    )
    # The ORM can't group a slice, and loading the contacts takes longer than the whole report.
    first, parameters = contacts[:LOOKED_AT].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT email_domain, COUNT(*), SUM(sent), SUM(opened) "  # noqa: S608
            f"FROM ({first}) AS looked_at GROUP BY email_domain",
            parameters,
        )
        rows: list[Row] = cursor.fetchall()
    return rows


def _one_where(condition: Q | Exists) -> Case:
    return Case(When(condition, then=Value(1)), default=Value(0))
