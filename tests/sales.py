"""Fixtures of discounts: one customer, and one campaign that gives ten percent."""

import pytest
import time_machine

from tests.discounts.factories import NOW, make_campaign, make_customer


@pytest.fixture
def at_now():
    """The clock shows the moment of the factories."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def customer(db):
    return make_customer()


@pytest.fixture
def discount_campaign(db):
    return make_campaign()


@pytest.fixture
def user(django_user_model, db):
    return django_user_model.objects.create_user(username="shop")
