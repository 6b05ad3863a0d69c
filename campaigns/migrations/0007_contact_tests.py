"""Contacts that somebody made to see a pixel work."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0006_unique_group_name_keys")]

    operations = [
        migrations.AlterField(
            model_name="contact",
            name="not_sent_reason",
            field=models.CharField(
                blank=True,
                choices=[("bounced", "Bounced"), ("withdrawn", "Withdrawn"), ("test", "Test")],
                editable=False,
                max_length=10,
                null=True,
            ),
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
                (
                    "campaign",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tests",
                        to="campaigns.campaign",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
                "indexes": [
                    models.Index(fields=["campaign", "created_at"], name="contact_test_order")
                ],
            },
        ),
    ]
