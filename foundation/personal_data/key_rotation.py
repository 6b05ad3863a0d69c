"""Re-encrypts stored values with the first key, so that older keys can be removed.

Works in batches on a running system: a value that changed meanwhile is read again and never
overwritten. An interrupted run can be restarted; values already re-encrypted are only read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.db import connection, models
from django.db.models import BinaryField, ExpressionWrapper, F
from fernet_fields import EncryptedField

from foundation.database.columns import column_of, field_of
from foundation.database.transactions import in_transaction
from foundation.errors import Busy
from foundation.personal_data.fields import EncryptedBytesField

# Few enough that no other writer waits for long.
ROWS_AT_ONCE = 200
# Pieces of files are a few hundred kilobytes each.
PIECES_AT_ONCE = 4
# How often a batch is read again because one of its values changed.
MOST_LOOKS = 20
CHANGING = "The rows of {} keep changing."


class Keys:
    """The first key encrypts, all decrypt."""

    def __init__(self, keys: Sequence[str]) -> None:
        ciphers = [Fernet(key) for key in keys]
        self._first, self._all = ciphers[0], MultiFernet(ciphers)

    def renew(self, token: bytes) -> bytes | None:
        """The value encrypted with the first key, None if it already is. Raises InvalidToken."""
        try:
            self._first.decrypt(token)
        except InvalidToken:
            return self._all.rotate(token)
        return None


@dataclass(frozen=True)
class Table:
    """A table with encrypted columns."""

    model: type[models.Model]
    columns: tuple[str, ...]
    rows_at_once: int

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    def count(self) -> int:
        return self.model._base_manager.count()

    def read(self, *, after: object | None) -> list[tuple]:
        """The next rows: the key, then the stored columns."""
        rows = self.model._base_manager.order_by("pk")
        if after is not None:
            rows = rows.filter(pk__gt=after)
        # Selecting the field itself would decrypt it.
        stored = [ExpressionWrapper(F(column), BinaryField()) for column in self.columns]
        return list(rows.values_list("pk", *stored)[: self.rows_at_once])


@dataclass(frozen=True)
class Change:
    key: object
    column: str
    stored: bytes
    renewed: bytes


@dataclass(frozen=True)
class Progress:
    """The result of a batch.

    `old` values were not encrypted with the first key (and now are, when rotating); `unreadable`
    are the (key, column) pairs that no key decrypts.
    """

    rows: int
    old: int
    unreadable: tuple[tuple[object, str], ...]


def tables() -> list[Table]:
    """Every table with encrypted columns."""
    found = []
    for model in apps.get_models():
        fields = [f for f in model._meta.local_fields if isinstance(f, EncryptedField)]
        if fields and not model._meta.proxy:
            files = any(isinstance(field, EncryptedBytesField) for field in fields)
            at_once = PIECES_AT_ONCE if files else ROWS_AT_ONCE
            found.append(Table(model, tuple(field.name for field in fields), at_once))
    return found


def look(table: Table, *, keys: Keys) -> Iterator[Progress]:
    """Count the values that still need an older key, without changing anything."""
    after = None
    while rows := table.read(after=after):
        changes, unreadable = _examine(table, rows, keys)
        yield Progress(len(rows), len(changes), unreadable)
        after = rows[-1][0]


def rotate(table: Table, *, keys: Keys) -> Iterator[Progress]:
    """Re-encrypt every value with the first key. Raises Busy; it can then be run again."""
    after, looks = None, 0
    while rows := table.read(after=after):
        changes, unreadable = _examine(table, rows, keys)
        replaced = _replace(table=table, changes=changes) if changes else 0
        if replaced == len(changes):
            yield Progress(len(rows), replaced, unreadable)
            after, looks = rows[-1][0], 0
            continue
        # One of them was changed or removed meanwhile.
        yield Progress(0, replaced, ())
        looks += 1
        if looks == MOST_LOOKS:
            raise Busy(CHANGING.format(table.name))


def _examine(
    table: Table, rows: list[tuple], keys: Keys
) -> tuple[list[Change], tuple[tuple[object, str], ...]]:
    """The values to re-encrypt, and those that no key decrypts."""
    changes, unreadable = [], []
    for key, *values in rows:
        for column, value in zip(table.columns, values, strict=True):
            if value is None:
                continue
            stored = bytes(value)
            try:
                renewed = keys.renew(stored)
            except InvalidToken:
                unreadable.append((key, column))
                continue
            if renewed is not None:
                changes.append(Change(key, column, stored, renewed))
    return changes, tuple(unreadable)


@in_transaction
def _replace(*, table: Table, changes: list[Change]) -> int:
    """Replace the values that are unchanged since they were read; returns how many."""
    return sum(
        _replace_column(table, column, [c for c in changes if c.column == column])
        for column in table.columns
    )


def _replace_column(table: Table, name: str, changes: list[Change]) -> int:
    if not changes:
        return 0
    quote = connection.ops.quote_name
    binary = connection.Database.Binary  # type: ignore[attr-defined]  # every backend has it
    column, pk = quote(column_of(field_of(table.model, name))), table.model._meta.pk
    # Only names of our own models and columns are interpolated.
    statement = (
        f"UPDATE {quote(table.name)} SET {column} = %s "  # noqa: S608
        f"WHERE {quote(column_of(pk))} = %s AND {column} = %s"
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            statement,
            [
                (binary(c.renewed), pk.get_db_prep_save(c.key, connection), binary(c.stored))
                for c in changes
            ],
        )
        replaced: int = cursor.rowcount
        return replaced
