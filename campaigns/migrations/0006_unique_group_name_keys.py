"""Lets a group's key be unique in its campaign, in place of its name as a database compares it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0005_fill_group_name_keys")]

    operations = [
        migrations.RemoveConstraint(model_name="group", name="group_name"),
        migrations.AddConstraint(
            model_name="group",
            constraint=models.UniqueConstraint(fields=("campaign", "name_key"), name="group_name"),
        ),
    ]
