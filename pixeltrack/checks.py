"""Django checks of the database, run before migrating and with `check --database default`."""

from collections.abc import Sequence

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from foundation import database_fit


@register(Tags.database)
def database_fits(*, databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:
    """An error for each problem; none if the database is down."""
    if not databases:
        return []
    try:
        waiting = database_fit.migrations_wait()
        found = database_fit.half_migrated() + database_fit.problems(may_lack_tables=waiting)
    except DatabaseError:
        return []
    return [Error(sentence, id="pixeltrack.E001") for sentence in found]
