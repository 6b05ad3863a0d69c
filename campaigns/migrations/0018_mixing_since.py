from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0017_goal_and_winner"),
    ]

    operations = [
        migrations.AddField(
            model_name="campaign",
            name="mixing_since",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
