from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0012_contact_locale"),
    ]

    operations = [
        migrations.AddField(
            model_name="campaign",
            name="decision_age",
            field=models.PositiveIntegerField(
                choices=[
                    (240, "4 hours"),
                    (1440, "24 hours"),
                    (4320, "72 hours"),
                    (10080, "7 days"),
                ],
                db_default=4320,
                default=4320,
                help_text="Groups are compared by who opened within this time of the due time, and "
                "decided on once. It can't change once the first contact is due.",
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="cut_off_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("decision_age__in", [240, 1440, 4320, 10080])),
                name="campaign_decision_age",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cut_off_at__isnull", True),
                    ("cut_off_at__gt", models.F("start_at")),
                    _connector="OR",
                ),
                name="campaign_cut_off",
            ),
        ),
        migrations.AddField(
            model_name="contact",
            name="due_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="contact",
            name="resent_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["campaign", "due_at"], name="contact_campaign_due"),
        ),
    ]
