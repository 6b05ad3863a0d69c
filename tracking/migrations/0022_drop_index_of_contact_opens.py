from django.db import migrations, models


class Migration(migrations.Migration):
    """Once `contact_opens_kind` stands: it begins with the group, too."""

    dependencies = [
        ("tracking", "0021_planned_shares"),
    ]

    operations = [
        migrations.AlterField(
            model_name="contactopens",
            name="group_id",
            field=models.BigIntegerField(),
        ),
    ]
