"""On MySQL, tells external ids apart by case, as the other databases do by themselves."""

from django.db import migrations


def _modify(collation):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "mysql":
            schema_editor.execute(
                "ALTER TABLE campaigns_contact MODIFY external_id varchar(100) "
                f"CHARACTER SET utf8mb4 COLLATE {collation} NULL"
            )

    return run


class Migration(migrations.Migration):
    # MySQL commits at each change of a table.
    atomic = False

    dependencies = [("campaigns", "0001_campaign_group_contact")]

    operations = [
        migrations.RunPython(_modify("utf8mb4_bin"), _modify("utf8mb4_general_ci")),
    ]
