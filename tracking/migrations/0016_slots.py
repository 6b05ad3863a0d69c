from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0014_fill_due_times"),
        ("tracking", "0015_remove_contactopens_last_opened_at"),
    ]

    operations = [
        migrations.DeleteModel("CampaignLaunch"),
        migrations.DeleteModel("StratumCut"),
        migrations.DeleteModel("FirstOpensByAge"),
        migrations.DeleteModel("ContactsByDueMinute"),
        migrations.CreateModel(
            name="CampaignSlots",
            fields=[
                ("campaign_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("first_due", models.BigIntegerField()),
                ("width", models.PositiveIntegerField()),
                ("cut_off", models.BigIntegerField()),
                ("groups", models.PositiveIntegerField()),
                ("fixed_at", models.DateTimeField()),
                ("filled_before", models.DateTimeField(null=True)),
                ("looked_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="VerdictCall",
            fields=[
                ("campaign_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("called_at", models.DateTimeField()),
                ("goal", models.CharField(max_length=10)),
                ("way", models.CharField(max_length=10)),
                ("group_id", models.BigIntegerField()),
                ("figures", models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name="VerdictDecision",
            fields=[
                ("campaign_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("decided_at", models.DateTimeField()),
                ("state", models.CharField(max_length=40)),
                ("group_id", models.BigIntegerField(null=True)),
                ("figures", models.JSONField()),
                ("ratios", models.JSONField()),
                ("text", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="FirstOpensByAge",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "group_id",
                        "slot",
                        "age_bin",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("group_id", models.BigIntegerField()),
                ("slot", models.SmallIntegerField()),
                ("age_bin", models.SmallIntegerField()),
                ("counted", models.BigIntegerField()),
                ("with_machine", models.BigIntegerField()),
                ("left_counted", models.BigIntegerField()),
                ("left_with_machine", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="ContactsByDueMinute",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "group_id",
                        "slot",
                        "minute",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("group_id", models.BigIntegerField()),
                ("slot", models.SmallIntegerField()),
                ("minute", models.BigIntegerField()),
                ("contacts", models.BigIntegerField()),
                ("opened", models.BigIntegerField()),
                ("drawn", models.BigIntegerField()),
                ("removed", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["minute"], name="contacts_due_minute")],
            },
        ),
    ]
