"""Gives groups the key by which campaigns tell names apart, and compares it exactly on MySQL.

There the usual collations take "Cafe" for "Café"; the other databases do not.
"""

from django.db import migrations, models

TABLES = ("campaigns_campaign", "campaigns_group")


def _modify(collation):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "mysql":
            for table in TABLES:
                schema_editor.execute(
                    f"ALTER TABLE {table} MODIFY name_key varchar(400) "
                    f"CHARACTER SET utf8mb4 COLLATE {collation} NOT NULL"
                )

    return run


class Migration(migrations.Migration):
    # MySQL commits at each change of a table.
    atomic = False

    dependencies = [("campaigns", "0003_contact_import")]

    operations = [
        migrations.AddField(
            model_name="group",
            name="name_key",
            field=models.CharField(default="", editable=False, max_length=400),
            preserve_default=False,
        ),
        migrations.RunPython(_modify("utf8mb4_bin"), _modify("utf8mb4_general_ci")),
    ]
