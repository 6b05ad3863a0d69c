"""Pixels, opens, the counters that reports read, and the one row that their writers lock."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


def make_lock_row(apps, schema_editor):
    database = schema_editor.connection.alias
    apps.get_model("tracking", "IngestLock").objects.using(database).create(id=1)


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("tracking", "0001_pixels_opens_counters"),
        ("tracking", "0002_ingest_lock_row"),
        ("tracking", "0003_contacts_by_due_minute"),
        ("tracking", "0004_count_contacts_by_due_minute"),
        ("tracking", "0005_slots"),
        ("tracking", "0006_fill_slots"),
        ("tracking", "0007_spool_progress"),
        ("tracking", "0008_counter_audit"),
        ("tracking", "0009_contacts_by_due_day"),
        ("tracking", "0010_fill_contacts_by_due_day"),
        ("tracking", "0011_contacts_due_minute"),
        ("tracking", "0012_upkeep"),
        ("tracking", "0013_clients_by_slot"),
        ("tracking", "0014_fill_clients_by_slot"),
    ]

    dependencies = [
        ("campaigns", "0001_squashed_0011_rejected_rows_whole"),
    ]

    operations = [
        migrations.CreateModel(
            name="CampaignLaunch",
            fields=[
                ("campaign_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("launched_at", models.DateTimeField()),
                ("strata_before", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ContactOpens",
            fields=[
                ("contact_id", models.UUIDField(primary_key=True, serialize=False)),
                ("group_id", models.BigIntegerField(db_index=True)),
                (
                    "best_kind",
                    models.SmallIntegerField(
                        choices=[(0, "machine"), (1, "proxied"), (2, "human")]
                    ),
                ),
                ("first_opened_at", models.DateTimeField()),
                ("first_counted_at", models.DateTimeField(null=True)),
                ("last_opened_at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "contact opens",
            },
        ),
        migrations.CreateModel(
            name="ContactsByDueDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "group_id",
                        "day",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("group_id", models.BigIntegerField()),
                ("day", models.BigIntegerField()),
                ("contacts", models.BigIntegerField()),
                ("opened", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="ContactsByKind",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "group_id",
                        "kind",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("group_id", models.BigIntegerField()),
                (
                    "kind",
                    models.SmallIntegerField(
                        choices=[(0, "machine"), (1, "proxied"), (2, "human")]
                    ),
                ),
                ("contacts", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="DiskSample",
            fields=[
                ("at", models.DateTimeField(primary_key=True, serialize=False)),
                ("free", models.BigIntegerField()),
                ("total", models.BigIntegerField()),
                ("lost", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="FirstOpensByAge",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "group_id",
                        "stratum",
                        "age_bin",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("group_id", models.BigIntegerField()),
                ("stratum", models.SmallIntegerField()),
                ("age_bin", models.SmallIntegerField()),
                ("counted", models.BigIntegerField()),
                ("with_machine", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="FirstOpensByMinute",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "group_id",
                        "minute",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("group_id", models.BigIntegerField()),
                ("minute", models.BigIntegerField()),
                ("counted", models.BigIntegerField()),
                ("with_machine", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="FirstOpensBySlot",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "group_id",
                        "slot",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("group_id", models.BigIntegerField()),
                ("slot", models.BigIntegerField()),
                ("counted", models.BigIntegerField()),
                ("with_machine", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="GroupVersion",
            fields=[
                ("group_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("version", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="OpensByClient",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "group_id",
                        "family",
                        "kind",
                        "hour",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("group_id", models.BigIntegerField()),
                ("family", models.CharField(max_length=32)),
                (
                    "kind",
                    models.SmallIntegerField(
                        choices=[(0, "machine"), (1, "proxied"), (2, "human")]
                    ),
                ),
                ("hour", models.BigIntegerField()),
                ("opens", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="OpensByClientSlot",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "group_id",
                        "family",
                        "kind",
                        "slot",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("group_id", models.BigIntegerField()),
                ("family", models.CharField(max_length=32)),
                (
                    "kind",
                    models.SmallIntegerField(
                        choices=[(0, "machine"), (1, "proxied"), (2, "human")]
                    ),
                ),
                ("slot", models.BigIntegerField()),
                ("opens", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="OpensByMinute",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "group_id",
                        "kind",
                        "minute",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("group_id", models.BigIntegerField()),
                (
                    "kind",
                    models.SmallIntegerField(
                        choices=[(0, "machine"), (1, "proxied"), (2, "human")]
                    ),
                ),
                ("minute", models.BigIntegerField()),
                ("opens", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="OpensBySlot",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "group_id",
                        "kind",
                        "slot",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("group_id", models.BigIntegerField()),
                (
                    "kind",
                    models.SmallIntegerField(
                        choices=[(0, "machine"), (1, "proxied"), (2, "human")]
                    ),
                ),
                ("slot", models.BigIntegerField()),
                ("opens", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="ProcessSeen",
            fields=[
                ("name", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("seen_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="SetAside",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "day",
                        "reason",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("day", models.DateField()),
                ("reason", models.CharField(max_length=16)),
                ("lines", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="SpoolProgress",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "spool",
                        "partition",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("spool", models.CharField(max_length=100)),
                ("partition", models.IntegerField()),
                ("partitions", models.IntegerField()),
                ("complete_until", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="StratumCut",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "group_id",
                        "stratum",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("group_id", models.BigIntegerField()),
                ("stratum", models.SmallIntegerField()),
                ("scheduled_at", models.DateTimeField()),
                ("contact_id", models.UUIDField()),
            ],
        ),
        migrations.CreateModel(
            name="UserAgent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("value", models.TextField()),
                ("family", models.CharField(max_length=32)),
                ("os_family", models.CharField(blank=True, max_length=64)),
                ("device_family", models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="ContactsByDueMinute",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "group_id",
                        "stratum",
                        "minute",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("group_id", models.BigIntegerField()),
                ("stratum", models.SmallIntegerField()),
                ("minute", models.BigIntegerField()),
                ("contacts", models.BigIntegerField()),
                ("opened", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["minute"], name="contacts_due_minute")],
            },
        ),
        migrations.CreateModel(
            name="CounterAudit",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("finished_at", models.DateTimeField()),
                ("differences", models.PositiveIntegerField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="counter_audit_is_one_row"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="IngestLock",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("pruned_before", models.DateTimeField(null=True)),
                ("complete_until", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="ingest_lock_is_one_row"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Open",
            fields=[
                ("event_id", models.UUIDField(primary_key=True, serialize=False)),
                ("contact_id", models.UUIDField()),
                ("pixel_id", models.UUIDField()),
                ("group_id", models.BigIntegerField()),
                ("opened_at", models.DateTimeField()),
                ("bucket", models.BigIntegerField()),
                (
                    "kind",
                    models.SmallIntegerField(
                        choices=[(0, "machine"), (1, "proxied"), (2, "human")]
                    ),
                ),
                ("rule", models.SmallIntegerField()),
                ("user_agent_id", models.BigIntegerField()),
                ("network", models.CharField(blank=True, max_length=32)),
                ("purpose", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "ordering": ["-opened_at", "-event_id"],
                "permissions": [("view_report", "Can view the report of a campaign")],
                "indexes": [
                    models.Index(
                        fields=["contact_id", "bucket", "kind", "user_agent_id"], name="open_bucket"
                    ),
                    models.Index(fields=["group_id", "opened_at"], name="open_group_time"),
                    models.Index(fields=["opened_at", "event_id"], name="open_time"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Pixel",
            fields=[
                ("uuid", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("number", models.PositiveSmallIntegerField(default=1)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pixels",
                        to="campaigns.contact",
                    ),
                ),
            ],
            options={
                "ordering": ["contact_id", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("contact", "number"), name="pixel_number"),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1)), name="pixel_number_positive"
                    ),
                ],
            },
        ),
        migrations.RunPython(make_lock_row, migrations.RunPython.noop),
    ]
