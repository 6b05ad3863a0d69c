from django.db import migrations, models


class Migration(migrations.Migration):
    """What moved in counters, for reports to follow; and an index for the progress of sending."""

    dependencies = [
        ("tracking", "0027_left_unmeasured"),
    ]

    operations = [
        migrations.CreateModel(
            name="GroupChange",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "group_id",
                        "version",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("group_id", models.BigIntegerField()),
                ("version", models.BigIntegerField()),
                ("moved", models.TextField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["changed_at"], name="group_change_time")],
            },
        ),
        migrations.AddIndex(
            model_name="contactsbydueminute",
            index=models.Index(fields=["group_id", "minute"], name="contacts_due_group_minute"),
        ),
    ]
