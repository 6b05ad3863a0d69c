from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0026_last_day"),
    ]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="withdrew_in",
            field=models.SmallIntegerField(editable=False, null=True),
        ),
    ]
