from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tracking", "0011_contacts_due_minute")]

    operations = [
        migrations.CreateModel(
            name="ProcessSeen",
            fields=[
                ("name", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("seen_at", models.DateTimeField()),
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
    ]
