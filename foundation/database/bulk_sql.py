"""Bulk inserts, upserts and updates for one model, on every database.

The ORM's own methods cost about twice as much for many rows.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, IntegerField, TextField

from foundation.database.columns import column_of, field_of

MYSQL, POSTGRESQL = "mysql", "postgresql"

Value = str | int | bytes | Decimal | date | UUID | None
Row = Sequence[Value]
OFFSET_LENGTH = len("+00:00")
Preparer = Callable[[Any], Any]

# Every database accepts values of these fields unconverted, and converting them takes long. Fields
# with their own conversion, such as encrypted ones, are not included.
PLAIN_FIELDS = (CharField, IntegerField, TextField)


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Insert rows of values in the order of `columns` (field names)."""
    _execute(model, columns, rows, tail="")


def upsert(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Row],
    *,
    key: Sequence[str],
    adding: bool,
) -> None:
    """Insert rows; on a duplicate key add to the other columns, or replace them."""
    connection = connections[DEFAULT_DB_ALIAS]
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    others = [quote(column_of(field_of(model, c))) for c in columns if c not in key]
    if connection.vendor == MYSQL:
        head = " ON DUPLICATE KEY UPDATE "
        new, old = "VALUES({0})", "{0}"
    else:
        conflict = ", ".join(quote(column_of(field_of(model, c))) for c in key)
        head = f" ON CONFLICT ({conflict}) DO UPDATE SET "
        new, old = "EXCLUDED.{0}", table + ".{0}"
    value = f"{old} + {new}" if adding else new
    tail = head + ", ".join(f"{c} = {value.format(c)}" for c in others)
    _execute(model, columns, rows, tail=tail)


def update(model: type[models.Model], columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Set columns of a row each, which the last one identifies."""
    quote = connections[DEFAULT_DB_ALIAS].ops.quote_name
    names = [quote(column_of(field_of(model, column))) for column in columns]
    changes = ", ".join(f"{name} = %s" for name in names[:-1])
    # Only names of our own models and columns are interpolated.
    statement = f"UPDATE {quote(model._meta.db_table)} SET {changes} WHERE {names[-1]} = %s"  # noqa: S608
    _run(statement, model, columns, rows)


def _execute(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Row], *, tail: str
) -> None:
    quote = connections[DEFAULT_DB_ALIAS].ops.quote_name
    names = ", ".join(quote(column_of(field_of(model, column))) for column in columns)
    marks = ", ".join(["%s"] * len(columns))
    # Only names of our own models and columns are interpolated.
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({marks}){tail}"  # noqa: S608
    _run(statement, model, columns, rows)


def _run(
    statement: str, model: type[models.Model], columns: Sequence[str], rows: Iterable[Row]
) -> None:
    connection = connections[DEFAULT_DB_ALIAS]
    preparers = [preparer_of(field_of(model, column), connection) for column in columns]
    if not (by_column := list(zip(*rows, strict=True))):
        return
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(zip(*prepared(by_column, preparers), strict=True)))


def prepared(
    by_column: Sequence[Sequence[Any]], preparers: Sequence[Preparer | None]
) -> list[Sequence[Any]]:
    """Whole columns of what the driver takes."""
    return [
        column if prepare is None else list(map(prepare, column))
        for prepare, column in zip(preparers, by_column, strict=True)
    ]


def preparer_of(field: models.Field, connection: BaseDatabaseWrapper) -> Preparer | None:
    """What turns a value of a field into what the driver takes; None where that is the same."""
    if isinstance(field, models.ForeignKey):
        return preparer_of(field.target_field, connection)
    if type(field).get_db_prep_save is models.Field.get_db_prep_save:
        if isinstance(field, PLAIN_FIELDS):
            return None
        if isinstance(field, models.UUIDField) and connection.vendor != POSTGRESQL:
            return _dashed if connection.features.has_native_uuid_field else _hexadecimal
        if isinstance(field, models.DateTimeField) and connection.vendor != POSTGRESQL:
            return _in_utc
    return partial(field.get_db_prep_save, connection=connection)


def _dashed(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _hexadecimal(value: UUID | None) -> str | None:
    return None if value is None else value.hex


def _in_utc(moment: datetime | None) -> str | None:
    """SQLite and MySQL store no time zone."""
    if moment is None:
        return None
    in_utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return in_utc.isoformat(" ")[:-OFFSET_LENGTH]
