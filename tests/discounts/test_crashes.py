"""A process that dies or an error between any two statements leaves nothing half done."""

from functools import partial
from itertools import count

import pytest
from django.db import connection

from discounts import customers, models
from discounts.campaigns.services import mark_expired, remove_campaign
from tests.discounts.factories import (
    DAY,
    NOW,
    apply,
    cancel,
    make_campaign,
    make_customer,
    update,
)
from tests.discounts.running import crash_after

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
TABLES = (
    models.Customer,
    models.DiscountCampaign,
    models.CampaignTarget,
    models.DiscountUsage,
    models.UsagesByDay,
    models.IdempotencyKey,
)
MOST_STATEMENTS = 40


class Failed(Exception):
    """Any unexpected error."""


def stored():
    """Every row of every table."""
    return [sorted(map(repr, model.objects.values())) for model in TABLES]


def prepare(django_user_model):
    """Calls by name, each of which changes something."""
    user = django_user_model.objects.create_user(username="shop")
    ann, bob = make_customer(), make_customer()
    used = make_campaign(
        is_targeted=True, target_customer_ids=[ann.id], max_usage_per_customer_per_day=9
    )
    usage = apply(used, ann)
    small, unused = make_campaign(total_budget_minor=500), make_campaign()
    update(unused, is_targeted=True, target_customer_ids=[ann.id])
    return {
        "apply": partial(apply, used, ann, user=user, key="one"),
        "exhaust": partial(apply, small, bob, user=user, key="two"),
        "cancel": partial(cancel, usage),
        "create": partial(make_campaign, is_targeted=True, target_customer_ids=[ann.id, bob.id]),
        "edit": partial(update, used, total_budget_minor=1000, target_customer_ids=[bob.id]),
        "archive": partial(remove_campaign, campaign_id=used.id, now=NOW),
        "delete": partial(remove_campaign, campaign_id=unused.id, now=NOW),
        "expire": partial(mark_expired, now=NOW + 2 * DAY),
        "erase": partial(customers.erase_customer, customer_id=ann.id, now=NOW),
    }


CALLS = ("apply", "exhaust", "cancel", "create", "edit", "archive", "delete", "expire", "erase")


def fail_after(statements, call):
    """Run a call that fails after this number of statements; returns whether it failed."""
    left = statements

    def countdown(execute, sql, params, many, context):
        nonlocal left
        result = execute(sql, params, many, context)
        # Nothing has begun that could be left half done.
        left -= not sql.startswith("BEGIN")
        if not left:
            raise Failed
        return result

    try:
        with connection.execute_wrapper(countdown):
            call()
    except Failed:
        return True
    return False


@pytest.mark.parametrize("name", CALLS)
def test_an_error_after_any_statement_changes_nothing(django_user_model, name):
    call = prepare(django_user_model)[name]
    before = stored()
    for statements in count(1):
        assert statements < MOST_STATEMENTS
        if not fail_after(statements, call):
            break
        assert stored() == before
    assert statements > 2
    assert stored() != before


@pytest.mark.parametrize("name", ["apply", "cancel"])
def test_a_process_that_dies_after_any_statement_changes_nothing(django_user_model, name):
    call = prepare(django_user_model)[name]
    before = stored()
    for statements in count(1):
        assert statements < MOST_STATEMENTS
        if not crash_after(statements, call):
            break
        assert stored() == before
    assert statements > 2
    assert stored() != before
