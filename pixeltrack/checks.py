"""Django checks of the database (before migrating, `check --database default`) and of files."""

from collections.abc import Sequence

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from consent import journal
from foundation import database_fit
from foundation.env import FILES


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


@register(FILES)
def journal_is_in_its_place(**_: object) -> list[CheckMessage]:
    """An error where the journal of decisions lies where nothing reads it."""
    sentence = journal.left_behind()
    # `replay_consent` does not check: it is what brings two of them together.
    return [Error(sentence, id="pixeltrack.E002")] if sentence else []
