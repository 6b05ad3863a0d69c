from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0008_contact_not_sent_order"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["group", "created_at", "uuid"], name="contact_group_order"),
        ),
    ]
