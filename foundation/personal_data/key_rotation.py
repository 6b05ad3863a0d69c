"""Re-encrypts what is stored with the first key, so that older keys can be taken away.

Batch by batch while everything runs: a value that somebody changed meanwhile is looked at again
and never written over. Whoever is interrupted can begin anew: what is done is only read.
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

# So few that no other writer waits for long.
ROWS_AT_ONCE = 200
# Pieces of files are a few hundred kilobytes each.
PIECES_AT_ONCE = 4
# How often a batch is looked at again because one of its values had changed.
MOST_LOOKS = 20
CHANGING = "The rows of {} change all the time."


class Keys:
    """The first encrypts, all decrypt."""

    def __init__(self, keys: Sequence[str]) -> None:
        ciphers = [Fernet(key) for key in keys]
        self._first, self._all = ciphers[0], MultiFernet(ciphers)

    def renew(self, token: bytes) -> bytes | None:
        """The same value under the first key, None where it is already. Raises InvalidToken."""
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
        """The next rows: the key, then the columns as they are stored."""
        rows = self.model._base_manager.order_by("pk")
        if after is not None:
            rows = rows.filter(pk__gt=after)
        # Reading the column itself would decrypt it.
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
    """What one batch came to: `old` values were not under the first key (and now are, where
    that was asked for); `unreadable` are the (key, column) that no key decrypts.
    """

    rows: int
    old: int
    unreadable: tuple[tuple[object, str], ...]


def tables() -> list[Table]:
    """Every table that holds anything encrypted."""
    found = []
    for model in apps.get_models():
        fields = [f for f in model._meta.local_fields if isinstance(f, EncryptedField)]
        if fields and not model._meta.proxy:
            files = any(isinstance(field, EncryptedBytesField) for field in fields)
            at_once = PIECES_AT_ONCE if files else ROWS_AT_ONCE
            found.append(Table(model, tuple(field.name for field in fields), at_once))
    return found


def look(table: Table, *, keys: Keys) -> Iterator[Progress]:
    """Counts what still needs an older key, and changes nothing."""
    after = None
    while rows := table.read(after=after):
        changes, unreadable = _examine(table, rows, keys)
        yield Progress(len(rows), len(changes), unreadable)
        after = rows[-1][0]


def rotate(table: Table, *, keys: Keys) -> Iterator[Progress]:
    """Puts every value under the first key. Raises Busy; it can then be run again."""
    after, looks = None, 0
    while rows := table.read(after=after):
        changes, unreadable = _examine(table, rows, keys)
        replaced = _replace(table=table, changes=changes) if changes else 0
        if replaced == len(changes):
            yield Progress(len(rows), replaced, unreadable)
            after, looks = rows[-1][0], 0
            continue
        # Somebody changed or removed one of them meanwhile.
        yield Progress(0, replaced, ())
        looks += 1
        if looks == MOST_LOOKS:
            raise Busy(CHANGING.format(table.name))


def _examine(
    table: Table, rows: list[tuple], keys: Keys
) -> tuple[list[Change], tuple[tuple[object, str], ...]]:
    """What is to be changed, and what no key decrypts."""
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
    """How many values were still the same, and so were replaced."""
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
    # Only names of our own models and columns are put into the statement.
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
