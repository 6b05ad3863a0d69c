"""Updates the counters when contacts change."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from uuid import UUID

from tracking.counting import facts, fold, tables


@contextmanager
def recounted(contact_ids: Collection[UUID]) -> Iterator[None]:
    """Apply whatever the body changes about these contacts to the counters.

    The caller holds the ingest lock.
    """
    deltas = fold.Deltas()
    _add_all(deltas, contact_ids, -1)
    yield
    _add_all(deltas, contact_ids, +1)
    tables.move(deltas)


def _add_all(deltas: fold.Deltas, contact_ids: Collection[UUID], sign: int) -> None:
    contacts = facts.contacts(contact_ids)
    deltas.add_contacts(contacts, facts.summaries(contact_ids), facts.buckets(contact_ids), sign)
