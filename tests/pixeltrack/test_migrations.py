"""The code of the previous version can still write to the migrated tables."""

from datetime import timedelta

import pytest
from django.db import connection, migrations
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from campaigns.models import Campaign, Group

pytestmark = pytest.mark.django_db
OURS = ("campaigns", "discounts", "tracking")
OF_0012 = {
    Campaign: ["name", "name_key", "live", "description", "start_at", "end_at", "created_at"],
    Group: ["campaign", "number", "name", "name_key", "description"],
}


def added_columns():
    """Columns that migrations add to existing tables."""
    for (app, name), migration in MigrationLoader(None).disk_migrations.items():
        made = {
            operation.name_lower
            for operation in migration.operations
            if isinstance(operation, migrations.CreateModel)
        }
        for operation in migration.operations if app in OURS else ():
            is_added = isinstance(operation, migrations.AddField)
            if is_added and operation.model_name_lower not in made and "squashed" not in name:
                yield f"{app}/{name}: {operation.model_name}.{operation.name}", operation.field


def insert(model, values):
    """Insert like the code of migration 0012, which names no later column."""
    fields = [model._meta.get_field(name) for name in OF_0012[model]]
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    table = connection.ops.quote_name(model._meta.db_table)
    row = [
        field.get_db_prep_save(value, connection)
        for field, value in zip(fields, values, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", row)


def test_every_added_column_may_be_left_out():
    columns = dict(added_columns())
    assert len(columns) > 10
    needed = [
        name for name, field in columns.items() if not field.null and not field.has_db_default()
    ]
    assert needed == []


def test_older_code_still_makes_campaigns_and_groups():
    now = timezone.now()
    insert(Campaign, ["Spring", "spring", True, "", now, now + timedelta(days=1), now])
    campaign = Campaign.objects.get()
    insert(Group, [campaign.id, 1, "A", "a", ""])
    group = Group.objects.get()
    assert (campaign.goal, campaign.decision_age) == ("opened", 4320)
    assert (group.role, group.winner_is_preliminary) == ("variant", False)


def sql_of(name):
    loader = MigrationLoader(connection)
    # A migration, and whether it is undone.
    plan = [(loader.get_migration("tracking", name), False)]
    return "\n".join(loader.collect_sql(plan))


def test_an_index_that_replaces_another_is_made_first_and_without_blocking_writers(vendor):
    if vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time anyhow")
    made = sql_of("0020_contact_opens_by_kind")
    assert "CREATE INDEX" in made
    assert ("CREATE INDEX CONCURRENTLY" in made) is (vendor == "postgresql")
    assert "contact_opens_kind" not in sql_of("0022_drop_index_of_contact_opens")
