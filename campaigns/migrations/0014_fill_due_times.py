from django.db import migrations
from django.db.models.functions import Greatest


def fill_due_times(apps, schema_editor):
    """Per campaign, so that no statement writes every contact there is."""
    contact = apps.get_model("campaigns", "Contact")
    for campaign in apps.get_model("campaigns", "Campaign").objects.order_by("id"):
        contacts = contact.objects.filter(campaign=campaign, scheduled_at__isnull=False)
        contacts.update(due_at=Greatest("scheduled_at", "created_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0013_due_times"),
    ]

    operations = [
        migrations.RunPython(fill_due_times, migrations.RunPython.noop, elidable=True),
    ]
