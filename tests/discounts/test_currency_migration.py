"""Campaigns from before currencies were stored keep two decimals, in the currency of then."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from discounts.models import DiscountCampaign
from tests.discounts.factories import apply, make_campaign, make_customer

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE, AFTER = "0007_shop_role_customers", "0009_campaign_currency_limits"


def migrate(name):
    MigrationExecutor(connection).migrate([("discounts", name)])


def test_what_is_there_is_taken_to_be_in_the_currency_of_the_migration():
    campaign, customer = make_campaign(), make_customer()
    apply(campaign, customer)
    migrate(BEFORE)
    with connection.cursor() as cursor:
        table = connection.introspection.get_table_description(cursor, campaign._meta.db_table)
    assert not any(column.name.startswith("currency") for column in table)
    migrate(AFTER)
    [found] = DiscountCampaign.objects.all()
    assert (found.currency, found.currency_digits, found.used_budget_minor) == ("INR", 2, 1000)
    assert apply(found, make_customer()).campaign_id == campaign.id
