"""Django finds every command and every admin page by the apps that are installed."""

from django.contrib import admin
from django.core.management import get_commands
from django.urls import get_resolver

COMMANDS = {
    "audit_counters": "tracking",
    "back_up": "pixeltrack",
    "check_consistency": "tracking",
    "dashboard_user": "pixeltrack",
    # In the place of the queue's own.
    "db_worker": "pixeltrack",
    "deactivate_expired": "discounts",
    "first_admin": "pixeltrack",
    "forward_opens": "tracking",
    "ingest_opens": "tracking",
    "prune_opens": "tracking",
    "reclassify_opens": "pixeltrack",
    "reconcile_budgets": "discounts",
    "record_set_aside": "tracking",
    "restore_drill": "pixeltrack",
    "rotate_keys": "pixeltrack",
    "seed_demo": "demo",
    "sweep": "pixeltrack",
}
ADMIN_PAGES = {
    "auth.Group",
    "auth.User",
    "axes.AccessAttempt",
    "axes.AccessFailureLog",
    "axes.AccessLog",
    "campaigns.Campaign",
    "campaigns.Contact",
    "campaigns.Group",
    "discounts.Customer",
    "discounts.DiscountCampaign",
    "discounts.DiscountUsage",
    "django_tasks_database.DBTaskResult",
    "tracking.Open",
    "tracking.Pixel",
    "tracking.UserAgent",
}
OURS = {"pixeltrack", "console", "demo", "campaigns", "tracking", "discounts"}


def test_every_command_is_found_where_it_lies():
    found = get_commands()
    assert {name: found.get(name) for name in COMMANDS} == COMMANDS
    assert {name for name, app in found.items() if app in OURS} == set(COMMANDS)


def test_every_admin_page_is_registered():
    # The addresses take out what shows refresh tokens.
    assert get_resolver().url_patterns
    assert {model._meta.label for model in admin.site._registry} == ADMIN_PAGES
