from django.db import migrations, models


class Migration(migrations.Migration):
    """Once `contact_opens_kind` stands: it begins with the group, too."""

    dependencies = [
        ("tracking", "0020_contact_opens_by_kind"),
    ]

    operations = [
        migrations.AlterField(
            model_name="contactopens",
            name="group_id",
            field=models.BigIntegerField(),
        ),
    ]
