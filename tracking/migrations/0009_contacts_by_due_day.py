from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tracking", "0008_counter_audit"),
    ]

    operations = [
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
    ]
