"""Checks that the database matches the settings: tables exist, and the keys match the rows.

A few rows of each table are sampled, so that it is cheap enough for every start and every health
check; `rotate_keys --check` reads every row.
"""

from collections.abc import Iterator

import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection, models
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.models import BinaryField, ExpressionWrapper, F

from foundation.personal_data.identity import blind_index

NAMED = 3
WRONG_FERNET_KEY = (
    "FERNET_KEY can't decrypt stored addresses: set the key they were encrypted with "
    "(several, separated by commas, if it was changed)."
)
WRONG_HASH_KEY = (
    "HASH_KEY does not match the hashes of stored addresses: set the key they were hashed with."
)

log = structlog.get_logger(__name__)


def problems(*, may_lack_tables: bool = False) -> list[str]:
    """A sentence for each problem; database errors propagate."""
    missing = missing_tables()
    complaints = [lacking(missing)] if missing and not may_lack_tables else []
    return complaints + wrong_keys(except_for=missing)


def log_problems() -> None:
    """Log the problems at a process's start; the process starts anyway, even if the database is
    down.
    """
    try:
        found = problems()
    except DatabaseError:
        return
    for sentence in found:
        log.error("database_mismatch", problem=sentence)


def missing_tables() -> set[str]:
    """The tables of our models that are missing from the database."""
    wanted = connection.introspection.django_table_names(include_views=False)
    return set(wanted) - set(connection.introspection.table_names())


def migrations_wait() -> bool:
    """Whether migrations are pending: then missing tables are expected."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def half_migrated() -> list[str]:
    """A sentence for each app whose earlier migrations were applied only in part.

    The replaced migrations no longer exist. If some of them were applied, Django skips the squashed
    one without an error.
    """
    loader = MigrationLoader(connection)
    applied = loader.applied_migrations.keys()
    unfinished = [
        max(begun)
        for migration in loader.replacements.values()
        if (begun := applied & migration.replaces) and len(begun) < len(migration.replaces)
    ]
    return [
        f"The migrations of {label} stopped at {name}: run manage.py migrate of the version that "
        "was installed before, then install this one."
        for label, name in sorted(unfinished)
    ]


def lacking(tables: set[str]) -> str:
    """The message about missing tables."""
    named = ", ".join(sorted(tables)[:NAMED])
    more = f" and {len(tables) - NAMED} more" if len(tables) > NAMED else ""
    return (
        f"The database lacks {named}{more}: run manage.py migrate, or restore a backup where "
        "that finds nothing to do."
    )


def wrong_keys(*, except_for: set[str]) -> list[str]:
    """A sentence for each key that does not match the stored data.

    Tables in `except_for` are skipped. Addresses are checked because they are stored both encrypted
    and hashed.
    """
    cipher = MultiFernet([Fernet(key) for key in settings.FERNET_KEYS])
    wrong = {
        sentence
        for model in _models_with_addresses()
        if model._meta.db_table not in except_for
        for digest, token in _samples(model)
        if (sentence := _complaint(cipher, digest=digest, token=token))
    }
    return sorted(wrong)


def _models_with_addresses() -> Iterator[type[models.Model]]:
    for model in apps.get_models():
        if {"email", "email_hash"} <= {field.name for field in model._meta.local_fields}:
            yield model


def _samples(model: type[models.Model]) -> Iterator[tuple[str, bytes]]:
    """The first and the last address by hash, which amounts to a random sample."""
    # Selecting the field itself would decrypt it.
    stored = ExpressionWrapper(F("email"), BinaryField())
    rows = model._base_manager.filter(email_hash__isnull=False)
    for order in ("email_hash", "-email_hash"):
        yield from rows.order_by(order).values_list("email_hash", stored)[:1]


def _complaint(cipher: MultiFernet, *, digest: str, token: bytes) -> str | None:
    try:
        address = cipher.decrypt(bytes(token)).decode()
    except InvalidToken:
        return WRONG_FERNET_KEY
    return None if blind_index(address, key=settings.HASH_KEY) == digest else WRONG_HASH_KEY
