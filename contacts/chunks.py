"""Splits contacts into chunks, one transaction each; pure."""

from collections.abc import Iterator, Sequence
from uuid import UUID

CHUNK = 2000


def chunks(contact_ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(contact_ids), CHUNK):
        yield contact_ids[start : start + CHUNK]
