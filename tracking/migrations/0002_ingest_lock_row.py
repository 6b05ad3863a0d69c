"""Makes the one row of IngestLock."""

from django.db import migrations


def create(apps, schema_editor):
    apps.get_model("tracking", "IngestLock").objects.create(id=1)


def remove(apps, schema_editor):
    apps.get_model("tracking", "IngestLock").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("tracking", "0001_pixels_opens_counters")]

    operations = [migrations.RunPython(create, remove)]
