"""The values that only one contact may have: in its campaign, or everywhere."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from campaigns.models import Contact
from contacts.fields import KEYS, Field, Value


class Claim(NamedTuple):
    """A value that must be unique: in one campaign, or everywhere (a uuid)."""

    field: str
    campaign: int | None
    value: Value


def claims_of(columns: Mapping[str, Value], *, campaign: int, uuid: UUID) -> list[Claim]:
    """The claims of one contact by its columns."""
    values = {key.name: columns[key.stands_in] for key in KEYS}
    shared = [Claim(name, campaign, value) for name, value in values.items() if value]
    return [*shared, Claim("uuid", None, uuid)]


def stored_claims(
    rows: Sequence[Mapping[str, Value]], *, campaigns: Iterable[int], uuids: Sequence[UUID]
) -> set[Claim]:
    """The claims that stored contacts have already, of some rows' columns; in three queries."""
    shared = {claim for key in KEYS for claim in _of_key(key, campaigns, rows)}
    return shared.union(_of_uuids(uuids))


def _of_key(
    key: Field, campaigns: Iterable[int], rows: Sequence[Mapping[str, Value]]
) -> Iterator[Claim]:
    column = key.stands_in
    values = [value for columns in rows if (value := columns[column])]
    if values:
        wanted = {"campaign_id__in": list(campaigns), f"{column}__in": values}
        found = Contact.objects.filter(**wanted).order_by().values_list("campaign_id", column)
        yield from (Claim(key.name, campaign, value) for campaign, value in found)


def _of_uuids(uuids: Sequence[UUID]) -> Iterator[Claim]:
    if uuids:
        found = Contact.objects.filter(uuid__in=uuids).order_by().values_list("uuid", flat=True)
        yield from (Claim("uuid", None, value) for value in found)
