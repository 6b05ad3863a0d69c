"""Limits what the new columns and all amounts may be; nothing that an older version writes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("discounts", "0008_campaign_currency"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="discountcampaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("currency", ""), _negated=True),
                    ("currency_digits__gte", 0),
                    ("currency_digits__lte", 4),
                ),
                name="discount_campaign_currency",
            ),
        ),
        migrations.AddConstraint(
            model_name="discountcampaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("total_budget_minor__lte", 9007199254740991),
                    ("min_cart_value_minor__lte", 9007199254740991),
                    models.Q(
                        ("discount_flat_minor__isnull", True),
                        ("discount_flat_minor__lte", 9007199254740991),
                        _connector="OR",
                    ),
                    models.Q(
                        ("max_discount_amount_minor__isnull", True),
                        ("max_discount_amount_minor__lte", 9007199254740991),
                        _connector="OR",
                    ),
                ),
                name="discount_campaign_largest",
            ),
        ),
    ]
