"""Campaigns, groups, contacts and their imports.

On MySQL the columns that tell names and external ids apart are compared exactly, as the other
databases do by themselves: its usual collations take "Cafe" for "Café" and "a" for "A".
"""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import foundation.personal_data.fields

EXACT = (
    ("campaigns_campaign", "name_key varchar(400)", "NOT NULL"),
    ("campaigns_group", "name_key varchar(400)", "NOT NULL"),
    ("campaigns_contact", "external_id varchar(100)", "NULL"),
)


def compare_exactly(apps, schema_editor):
    if schema_editor.connection.vendor == "mysql":
        for table, column, null in EXACT:
            schema_editor.execute(
                f"ALTER TABLE {table} MODIFY {column} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin {null}"
            )


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("campaigns", "0001_campaign_group_contact"),
        ("campaigns", "0002_contact_external_id_case"),
        ("campaigns", "0003_contact_import"),
        ("campaigns", "0004_name_keys"),
        ("campaigns", "0005_fill_group_name_keys"),
        ("campaigns", "0006_unique_group_name_keys"),
        ("campaigns", "0007_contact_tests"),
        ("campaigns", "0008_contact_not_sent_order"),
        ("campaigns", "0009_contact_group_order"),
        ("campaigns", "0010_contactimport_forgotten_at"),
        ("campaigns", "0011_rejected_rows_whole"),
    ]

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Contact",
            fields=[
                ("uuid", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("scheduled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "email",
                    foundation.personal_data.fields.SafeEncryptedCharField(
                        blank=True, max_length=254, null=True
                    ),
                ),
                (
                    "name",
                    foundation.personal_data.fields.SafeEncryptedCharField(
                        blank=True, max_length=200, null=True
                    ),
                ),
                (
                    "email_hash",
                    models.CharField(db_index=True, editable=False, max_length=64, null=True),
                ),
                ("email_domain", models.CharField(editable=False, max_length=253, null=True)),
                ("external_id", models.CharField(blank=True, max_length=100, null=True)),
                ("not_sent_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "not_sent_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("bounced", "Bounced"),
                            ("withdrawn", "Withdrawn"),
                            ("test", "Test"),
                        ],
                        editable=False,
                        max_length=10,
                        null=True,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("erased_at", models.DateTimeField(blank=True, editable=False, null=True)),
            ],
            options={
                "ordering": ["created_at", "uuid"],
            },
        ),
        migrations.CreateModel(
            name="Campaign",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("name_key", models.CharField(editable=False, max_length=400)),
                ("live", models.BooleanField(default=True, editable=False, null=True)),
                ("description", models.TextField(blank=True, max_length=5000)),
                ("start_at", models.DateTimeField()),
                ("end_at", models.DateTimeField()),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("archived_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-start_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="ContactTest",
            fields=[
                (
                    "contact",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="test",
                        serialize=False,
                        to="campaigns.contact",
                    ),
                ),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.AddField(
            model_name="contact",
            name="campaign",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="contacts",
                to="campaigns.campaign",
            ),
        ),
        migrations.CreateModel(
            name="Group",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=100)),
                ("name_key", models.CharField(editable=False, max_length=400)),
                ("description", models.TextField(blank=True, max_length=5000)),
                (
                    "planned_share",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True),
                ),
                ("archived_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="groups",
                        to="campaigns.campaign",
                    ),
                ),
            ],
            options={
                "ordering": ["campaign_id", "number"],
            },
        ),
        migrations.CreateModel(
            name="ContactImport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploaded", "Uploaded"),
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("finished", "Finished"),
                            ("failed", "Failed"),
                        ],
                        default="uploaded",
                        max_length=10,
                    ),
                ),
                (
                    "file_name",
                    foundation.personal_data.fields.SafeEncryptedCharField(max_length=200),
                ),
                ("size", models.BigIntegerField(default=0)),
                ("encoding", models.CharField(blank=True, max_length=10)),
                ("separator", models.CharField(blank=True, max_length=1)),
                ("columns", models.JSONField(default=list)),
                ("headers", foundation.personal_data.fields.SafeEncryptedTextField(null=True)),
                ("schedule_format", models.CharField(blank=True, max_length=50)),
                ("zone", models.CharField(blank=True, max_length=100)),
                ("pixels_per_contact", models.PositiveSmallIntegerField(default=1)),
                ("offset", models.BigIntegerField(default=0)),
                ("line", models.BigIntegerField(default=1)),
                ("created", models.BigIntegerField(default=0)),
                ("unchanged", models.BigIntegerField(default=0)),
                ("rejected", models.BigIntegerField(default=0)),
                ("failure", models.CharField(blank=True, max_length=300)),
                ("lease_holder", models.UUIDField(null=True)),
                ("lease_until", models.DateTimeField()),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("forgotten_at", models.DateTimeField(null=True)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imports",
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "default_group",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="campaigns.group",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="contact",
            name="group",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="contacts",
                to="campaigns.group",
            ),
        ),
        migrations.CreateModel(
            name="ImportPiece",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("content", foundation.personal_data.fields.EncryptedBytesField()),
                (
                    "contact_import",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pieces",
                        to="campaigns.contactimport",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RejectedRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line", models.BigIntegerField()),
                ("column", models.CharField(blank=True, max_length=20)),
                ("value", foundation.personal_data.fields.SafeEncryptedCharField(max_length=1000)),
                ("reason", models.CharField(max_length=500)),
                ("cells", foundation.personal_data.fields.SafeEncryptedTextField(null=True)),
                (
                    "contact_import",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rejected_rows",
                        to="campaigns.contactimport",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.UniqueConstraint(
                fields=("name_key", "live"), name="campaign_live_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("end_at__gt", models.F("start_at"))), name="campaign_dates"
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("archived_at__isnull", True), ("live", True)),
                    models.Q(("archived_at__isnull", False), ("live__isnull", True)),
                    _connector="OR",
                ),
                name="campaign_live_means_not_archived",
            ),
        ),
        migrations.AddField(
            model_name="contacttest",
            name="campaign",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tests",
                to="campaigns.campaign",
            ),
        ),
        migrations.AddConstraint(
            model_name="group",
            constraint=models.UniqueConstraint(fields=("campaign", "number"), name="group_number"),
        ),
        migrations.AddConstraint(
            model_name="group",
            constraint=models.UniqueConstraint(fields=("campaign", "name_key"), name="group_name"),
        ),
        migrations.AddConstraint(
            model_name="group",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gte", 1)), name="group_number_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="group",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("planned_share__isnull", True),
                    models.Q(("planned_share__gt", 0), ("planned_share__lte", 100)),
                    _connector="OR",
                ),
                name="group_share_is_a_percentage",
            ),
        ),
        migrations.AddIndex(
            model_name="contactimport",
            index=models.Index(fields=["state", "lease_until"], name="import_lease"),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["group", "scheduled_at"], name="contact_group_schedule"),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                fields=["campaign", "created_at", "uuid"], name="contact_campaign_order"
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["group", "created_at", "uuid"], name="contact_group_order"),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["created_at", "uuid"], name="contact_order"),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                fields=["not_sent_reason", "created_at", "uuid"], name="contact_not_sent_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.UniqueConstraint(
                fields=("campaign", "email_hash"), name="contact_email"
            ),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.UniqueConstraint(
                fields=("campaign", "external_id"), name="contact_external_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("not_sent_at__isnull", True), ("not_sent_reason__isnull", True)),
                    models.Q(("not_sent_at__isnull", False), ("not_sent_reason__isnull", False)),
                    _connector="OR",
                ),
                name="contact_not_sent_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("erased_at__isnull", True),
                    models.Q(
                        ("email__isnull", True),
                        ("email_hash__isnull", True),
                        ("name__isnull", True),
                        ("email_domain__isnull", True),
                        ("external_id__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="contact_erased_is_empty",
            ),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("email__isnull", True),
                        ("email_domain__isnull", True),
                        ("email_hash__isnull", True),
                    ),
                    models.Q(
                        ("email__isnull", False),
                        ("email_domain__isnull", False),
                        ("email_hash__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="contact_email_is_findable",
            ),
        ),
        migrations.AddConstraint(
            model_name="importpiece",
            constraint=models.UniqueConstraint(
                fields=("contact_import", "number"), name="import_piece"
            ),
        ),
        migrations.AddIndex(
            model_name="contacttest",
            index=models.Index(fields=["campaign", "created_at"], name="contact_test_order"),
        ),
        # MySQL commits at each change of a table.
        migrations.RunPython(compare_exactly, migrations.RunPython.noop, atomic=False),
    ]
