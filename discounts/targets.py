"""The target customers of campaigns, written in bulk."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from discounts.models import CampaignTarget, Customer
from foundation.database.bulk_sql import insert
from foundation.errors import NotFound

SHOWN_CUSTOMERS = 100
# Below the limit of parameters per statement on any database.
CHUNK = 5000


@dataclass(frozen=True)
class Targets:
    """The targets of a campaign: all ids, and the first customers in full."""

    ids: list[int]
    customers: list[Customer]

    @property
    def count(self) -> int:
        return len(self.ids)


def add_targets(*, campaign_id: int, customer_ids: Collection[int]) -> None:
    """Add customers who are not targets yet and passed `refuse_strangers`."""
    columns = ("campaign_id", "customer_id")
    rows = ((campaign_id, customer_id) for customer_id in sorted(set(customer_ids)))
    insert(CampaignTarget, columns, rows)


def refuse_strangers(customer_ids: Collection[int]) -> None:
    """Raises NotFound for the first id without a customer, or with an erased one."""
    for chunk in _chunks(sorted(set(customer_ids))):
        live = Customer.objects.filter(id__in=chunk, erased_at__isnull=True)
        missing = set(chunk) - set(live.values_list("id", flat=True))
        if missing:
            raise NotFound(f"Target customer with ID {min(missing)} not found")


def replace_targets(*, campaign_id: int, customer_ids: Collection[int]) -> None:
    """Replace the campaign's targets; its row must be locked. Raises NotFound for unknown ids.

    Only differences are written, and nothing before all ids are checked.
    """
    wanted = set(customer_ids)
    rows = CampaignTarget.objects.filter(campaign_id=campaign_id)
    present = set(rows.values_list("customer_id", flat=True))
    added = wanted - present
    refuse_strangers(added)
    for chunk in _chunks(sorted(present - wanted)):
        rows.filter(customer_id__in=chunk).delete()
    add_targets(campaign_id=campaign_id, customer_ids=added)


def targets_of(campaign_ids: Iterable[int]) -> dict[int, Targets]:
    """The targets of campaigns by id; the number of queries depends on the targets only."""
    ids: dict[int, list[int]] = {campaign_id: [] for campaign_id in campaign_ids}
    pairs = CampaignTarget.objects.filter(campaign_id__in=list(ids)).order_by("pk")
    for campaign_id, customer_id in pairs.values_list("campaign_id", "customer_id").iterator():
        ids[campaign_id].append(customer_id)
    customers = _customers({c for own in ids.values() for c in own[:SHOWN_CUSTOMERS]})
    return {
        campaign_id: Targets(own, [customers[c] for c in own[:SHOWN_CUSTOMERS]])
        for campaign_id, own in ids.items()
    }


def _customers(ids: Collection[int]) -> dict[int, Customer]:
    found: dict[int, Customer] = {}
    for chunk in _chunks(sorted(ids)):
        found |= Customer.objects.in_bulk(chunk)
    return found


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
