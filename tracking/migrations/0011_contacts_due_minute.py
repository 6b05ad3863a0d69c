from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tracking", "0010_fill_contacts_by_due_day"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="contactsbydueminute",
            index=models.Index(fields=["minute"], name="contacts_due_minute"),
        ),
    ]
