"""Checks rules that no database constraint can express."""

from collections.abc import Callable, Iterator

from django.db.models import Exists, F, OuterRef, QuerySet

from campaigns.models import Contact
from tracking.models import ContactOpens, Open, Pixel

SHOWN = 5

CONTACT_OF_ROW = Contact.objects.filter(uuid=OuterRef("contact_id"))
IN_THE_ROWS_GROUP = CONTACT_OF_ROW.filter(group_id=OuterRef("group_id"))

# The problem, and the rows that have it; opens and summaries have no foreign keys.
CHECKS: dict[str, Callable[[], QuerySet]] = {
    "contacts in a group of another campaign": lambda: Contact.objects.exclude(
        group__campaign_id=F("campaign_id")
    ),
    "pixels without contact": lambda: Pixel.objects.filter(~Exists(CONTACT_OF_ROW)),
    "opens whose contact is gone or in another group": lambda: Open.objects.filter(
        ~Exists(IN_THE_ROWS_GROUP)
    ),
    "summaries whose contact is gone or in another group": lambda: ContactOpens.objects.filter(
        ~Exists(IN_THE_ROWS_GROUP)
    ),
}


def problems() -> Iterator[tuple[str, int, list[str]]]:
    """The problems found: a description, the number of rows, and the first keys."""
    for what, wrong in CHECKS.items():
        rows = wrong().order_by()
        if count := rows.count():
            yield what, count, [str(key) for key in rows.values_list("pk", flat=True)[:SHOWN]]
