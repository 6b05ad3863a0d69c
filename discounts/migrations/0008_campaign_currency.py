"""Stores what a campaign's amounts are in.

The database gives every row that is there, and every row that an older version still writes, the
setting's currency of now and two decimals: until now there was no other. So no data is moved.
"""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("discounts", "0007_shop_role_customers"),
    ]

    operations = [
        migrations.AddField(
            model_name="discountcampaign",
            name="currency",
            field=models.CharField(db_default=settings.CURRENCY, editable=False, max_length=3),
        ),
        migrations.AddField(
            model_name="discountcampaign",
            name="currency_digits",
            field=models.IntegerField(db_default=2, editable=False),
        ),
    ]
