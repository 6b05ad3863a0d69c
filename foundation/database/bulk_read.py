"""Reads rows of one model by thousands of keys, on every database.

The ORM prepares each key and converts each value by many calls, which takes longer than the query.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Col

from foundation.database.bulk_sql import MYSQL, POSTGRESQL, prepared, preparer_of
from foundation.database.columns import column_of, field_of

# SQLite takes 32,766 values in one statement.
VALUES_AT_ONCE = 30_000

Row = tuple[Any, ...]
Convert = Callable[[Any], Any]


def rows_with(
    model: type[models.Model],
    columns: Sequence[str],
    *,
    key: str,
    values: Collection[Any],
    distinct: bool = False,
) -> list[Row]:
    """The rows of `columns` in which the field `key` has one of some values, in no order.

    With `distinct` each once that has the same in all of `columns`.
    """
    return _rows(model, columns, [key], [list(set(values))], distinct=distinct)


def rows_with_keys(
    model: type[models.Model],
    columns: Sequence[str],
    *,
    key: Sequence[str],
    values: Collection[Row],
    distinct: bool = False,
) -> list[Row]:
    """The same of several fields at once, where an index begins with them."""
    by_field = zip(*set(values), strict=True) if values else [()] * len(key)
    return _rows(model, columns, key, list(by_field), distinct=distinct)


def _rows(
    model: type[models.Model],
    columns: Sequence[str],
    key: Sequence[str],
    by_field: Sequence[Sequence[Any]],
    *,
    distinct: bool,
) -> list[Row]:
    """`by_field` has the values of the first field of all keys, then those of the next."""
    connection = connections[DEFAULT_DB_ALIAS]
    preparers = [preparer_of(field_of(model, name), connection) for name in key]
    asked = prepared(by_field, preparers)
    converters = [_converter_of(field_of(model, name), connection) for name in columns]
    known = dict(zip(key, map(_by_text, asked, by_field), strict=True))
    of_keys = [known.get(name, {}) for name in columns]
    keys = list(zip(*asked, strict=True))
    at_once = VALUES_AT_ONCE // len(key)
    found: list[Row] = []
    for start in range(0, len(keys), at_once):
        chunk = keys[start : start + at_once]
        statement = _statement(model, columns, key, count=len(chunk), distinct=distinct)
        with connection.cursor() as cursor:
            cursor.execute(statement, list(chain.from_iterable(chunk)))
            found += _converted(cursor.fetchall(), converters, of_keys)
    return found


def _statement(
    model: type[models.Model],
    columns: Sequence[str],
    key: Sequence[str],
    *,
    count: int,
    distinct: bool,
) -> str:
    """Finds each of `count` keys by an index, whatever a database knows of the table's size.

    Only MySQL does so for a list of several columns. The others would rather read all of a large
    table: SQLite joins in the order that is written, and PostgreSQL asks anew for each key.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    names, keys = (
        [f"{table}.{quote(column_of(field_of(model, name)))}" for name in some]
        for some in (columns, key)
    )
    marks = ", ".join([f"({', '.join(['%s'] * len(key))})"] * count)
    select = f"SELECT {'DISTINCT ' if distinct else ''}{', '.join(names)}"
    if len(key) == 1 or connection.vendor == MYSQL:
        return f"{select} FROM {table} WHERE ({', '.join(keys)}) IN ({marks})"
    asked = [f"k{n}" for n in range(len(key))]
    same = " AND ".join(f"{own} = asked.{other}" for own, other in zip(keys, asked, strict=True))
    head = f"WITH asked({', '.join(asked)}) AS (VALUES {marks})"
    if connection.vendor == POSTGRESQL:
        found = f"CROSS JOIN LATERAL ({select} FROM {table} WHERE {same} OFFSET 0) AS found"
        return f"{head} SELECT found.* FROM asked {found}"  # noqa: S608
    return f"{head} {select} FROM asked CROSS JOIN {table} ON {same}"


def _by_text(texts: Sequence[Any], values: Sequence[Any]) -> dict[Any, Any]:
    return dict(zip(texts, values, strict=True))


def _converted(
    rows: Sequence[Row], converters: Sequence[Convert | None], known: Sequence[Mapping[Any, Any]]
) -> Sequence[Row]:
    if not rows or not any(converters):
        return rows
    by_column = zip(*rows, strict=True)
    return list(zip(*map(_each, converters, known, by_column), strict=True))


def _each(
    convert: Convert | None, known: Mapping[Any, Any], column: Sequence[Any]
) -> Iterable[Any]:
    """Each value once: rows have much in common, as contacts that were imported together."""
    if convert is None:
        return column
    values = {value: convert(value) for value in set(column).difference(known)}
    return map({**known, **values}.__getitem__, column)


def _converter_of(field: models.Field, connection: BaseDatabaseWrapper) -> Convert | None:
    """What turns the driver's values into the field's; None where they are the same."""
    if isinstance(field, models.ForeignKey):
        return _converter_of(field.target_field, connection)
    expression = Col(field.model._meta.db_table, field)
    ways = [*connection.ops.get_db_converters(expression), *field.get_db_converters(connection)]
    if not ways:
        return None
    if isinstance(field, models.UUIDField):
        return _to_uuid
    if isinstance(field, models.DateTimeField):
        return _to_moment
    return partial(_by_all, ways, expression, connection)


def _by_all(
    ways: Sequence[Callable[..., Any]],
    expression: Col,
    connection: BaseDatabaseWrapper,
    value: Any,  # whatever a driver returns
) -> Any:
    for way in ways:
        value = way(value, expression, connection)
    return value


def _to_uuid(text: str | None) -> UUID | None:
    """Of 32 hexadecimal digits, with or without dashes."""
    return None if text is None else UUID(int=int(text.replace("-", ""), 16))


def _to_moment(stored: datetime | str | None) -> datetime | None:
    """SQLite returns text, MySQL a datetime; either is in UTC."""
    if stored is None:
        return None
    moment = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return moment.replace(tzinfo=UTC)
