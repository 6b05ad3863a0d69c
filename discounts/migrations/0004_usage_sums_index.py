from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("discounts", "0003_refusals_by_day"),
    ]

    # In this order: on MySQL the foreign key of the campaign needs one of them at any time.
    operations = [
        migrations.AddIndex(
            model_name="discountusage",
            index=models.Index(
                fields=[
                    "campaign",
                    "customer",
                    "local_day",
                    "cancelled_at",
                    "discount_amount_minor",
                ],
                name="usage_sums",
            ),
        ),
        migrations.RemoveIndex(
            model_name="discountusage",
            name="usage_day",
        ),
    ]
