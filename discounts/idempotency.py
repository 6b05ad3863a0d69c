"""Stores idempotency keys, so that repeating a call gives the same answer.

A key belongs to one user and endpoint and is kept for a day. Must be the first write of the call's
transaction: a second call with the same key waits there for the first.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from discounts.models import IdempotencyKey
from foundation.errors import KeyReused

KEPT = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call with its user, key and content.

    `request` holds no personal data, or keyed hashes of it: plain hashes could be guessed.
    """

    user_id: int
    endpoint: str
    key: str
    request: Mapping[str, object]

    @property
    def key_hash(self) -> str:
        return _sha256(self.key)

    @property
    def request_hash(self) -> str:
        return _sha256(json.dumps(self.request, sort_keys=True))


def claim(call: Call, *, now: datetime) -> IdempotencyKey:
    """The locked row of a call's key; its ids are set if the call was carried out before.

    Raises KeyReused if the key was used with another request.
    """
    own = IdempotencyKey(
        user_id=call.user_id,
        endpoint=call.endpoint,
        key_hash=call.key_hash,
        request_hash=call.request_hash,
        created_at=now,
    )
    _insert_or_lock(own)
    row = IdempotencyKey.objects.get(
        user_id=call.user_id, endpoint=call.endpoint, key_hash=call.key_hash
    )
    if row.created_at <= now - KEPT:
        row.request_hash, row.created_at = call.request_hash, now
        row.usage_id = row.customer_id = None
        row.save(update_fields=["request_hash", "usage_id", "customer_id", "created_at"])
    if row.request_hash != call.request_hash:
        raise KeyReused("This Idempotency-Key came with another request: use a new key.")
    return row


def settle(row: IdempotencyKey, **made: int) -> None:
    """Store the result of a claimed call: `usage_id` or `customer_id`."""
    [(column, made_id)] = made.items()
    setattr(row, column, made_id)
    row.save(update_fields=[column])


def forget_keys(*, now: datetime) -> int:
    """Delete expired keys; returns how many."""
    return IdempotencyKey.objects.filter(created_at__lte=now - KEPT).delete()[0]


def _insert_or_lock(row: IdempotencyKey) -> None:
    """An upsert that changes nothing if the key exists.

    It waits for a concurrent transaction and locks the row; ignoring the conflict would hide other
    errors on MySQL.
    """
    has_target = connection.features.supports_update_conflicts_with_target
    IdempotencyKey.objects.bulk_create(
        [row],
        update_conflicts=True,
        update_fields=["key_hash"],
        unique_fields=["user", "endpoint", "key_hash"] if has_target else None,
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
