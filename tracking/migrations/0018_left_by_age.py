from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tracking", "0017_recount"),
    ]

    operations = [
        migrations.CreateModel(
            name="LeftByAge",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "group_id",
                        "slot",
                        "age_bin",
                        "reason",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("group_id", models.BigIntegerField()),
                ("slot", models.SmallIntegerField()),
                ("age_bin", models.SmallIntegerField()),
                ("reason", models.CharField(max_length=12)),
                ("contacts", models.BigIntegerField()),
            ],
        ),
        migrations.AddField("CampaignSlots", "looked_version", models.BigIntegerField(null=True)),
        migrations.AddField("CampaignSlots", "look_again_at", models.DateTimeField(null=True)),
    ]
