from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0011_rejected_rows_whole"),
    ]

    operations = [
        # Nullable and without a default: no engine rewrites the table for it.
        migrations.AddField(
            model_name="contact",
            name="locale",
            field=models.CharField(blank=True, max_length=35, null=True),
        ),
    ]
