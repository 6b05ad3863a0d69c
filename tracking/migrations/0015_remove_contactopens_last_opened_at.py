"""Nobody read it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tracking", "0001_squashed_0014_fill_clients_by_slot")]

    operations = [migrations.RemoveField(model_name="contactopens", name="last_opened_at")]
