"""Gives each group its name's key.

Names that were told apart until now and have one key keep their names: the later ones get a key
of their own, which no name has, because none begins with a blank.
"""

import unicodedata

from django.db import migrations

LENGTH = 400


def fill(apps, schema_editor):
    groups = apps.get_model("campaigns", "Group").objects
    taken = set()
    for group in groups.order_by("campaign_id", "number").iterator():
        key = unicodedata.normalize("NFKC", group.name).strip().casefold()
        if len(key) > LENGTH or (group.campaign_id, key) in taken:
            key = f" {group.number} {key}"[:LENGTH]
        taken.add((group.campaign_id, key))
        groups.filter(pk=group.pk).update(name_key=key)


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0004_name_keys")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
