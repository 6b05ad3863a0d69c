from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0009_contact_group_order"),
    ]

    operations = [
        migrations.AddField(
            model_name="contactimport",
            name="forgotten_at",
            field=models.DateTimeField(null=True),
        ),
    ]
