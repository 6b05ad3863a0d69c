"""One customer and one campaign that gives ten percent."""

import pytest

from tests.discounts.factories import make_campaign, make_customer


@pytest.fixture
def customer(db):
    return make_customer()


@pytest.fixture
def campaign(db):
    return make_campaign()


@pytest.fixture
def user(django_user_model, db):
    return django_user_model.objects.create_user(username="shop")
