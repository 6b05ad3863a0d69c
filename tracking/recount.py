"""Moves the counters by what a change of contacts makes of them."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from uuid import UUID

from tracking import counters, counting, state


@contextmanager
def recounted(contact_ids: Collection[UUID]) -> Iterator[None]:
    """Whatever the body changes about these contacts, the counters follow.

    The caller holds the ingest lock.
    """
    deltas = counting.Deltas()
    _add_all(deltas, contact_ids, -1)
    yield
    _add_all(deltas, contact_ids, +1)
    counters.move(deltas)


def _add_all(deltas: counting.Deltas, contact_ids: Collection[UUID], sign: int) -> None:
    contacts = state.contacts(contact_ids)
    deltas.add_contacts(contacts, state.summaries(contact_ids), state.buckets(contact_ids), sign)
