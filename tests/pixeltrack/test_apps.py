"""Django finds every command and every admin page through the installed apps."""

import os
import subprocess
import sys

from django.contrib import admin
from django.core.management import get_commands, load_command_class
from django.urls import get_resolver

from foundation.env import FILES
from tracking.checks import ROBOTS

COMMANDS = {
    "audit_counters": "tracking",
    "back_up": "pixeltrack",
    "check_consistency": "tracking",
    "dashboard_user": "pixeltrack",
    # Replaces the command of the queue's library.
    "db_worker": "pixeltrack",
    "deactivate_expired": "discounts",
    "first_admin": "pixeltrack",
    "forward_opens": "tracking",
    "ingest_opens": "tracking",
    "prune_opens": "tracking",
    "reclassify_opens": "pixeltrack",
    "reconcile_budgets": "discounts",
    "record_set_aside": "tracking",
    "person": "pixeltrack",
    "replay_consent": "pixeltrack",
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
# They start, and wait, without a database, or bring the files to their place.
UNCHECKED = {
    "back_up",
    "db_worker",
    "forward_opens",
    "ingest_opens",
    "replay_consent",
    "restore_drill",
    "sweep",
}
# Wrong lists of robots would classify history wrongly.
CLASSIFYING = {"reclassify_opens", "record_set_aside"}
OURS = {"pixeltrack", "console", "demo", "campaigns", "consent", "tracking", "discounts"}


def test_every_command_is_found_in_its_package():
    found = get_commands()
    assert {name: found.get(name) for name in COMMANDS} == COMMANDS
    assert {name for name, app in found.items() if app in OURS} == set(COMMANDS)


def test_every_command_checks_where_files_lie_or_must_start_in_any_case():
    commands = {name: load_command_class(app, name) for name, app in COMMANDS.items()}
    checked = {name: command.requires_system_checks for name, command in commands.items()}
    assert {name for name, tags in checked.items() if not tags} == UNCHECKED
    rest = {name: tags for name, tags in checked.items() if name not in UNCHECKED}
    assert {name for name, tags in rest.items() if ROBOTS in tags} == CLASSIFYING
    assert all(set(tags) <= {FILES, ROBOTS} and FILES in tags for tags in rest.values())


def test_every_admin_page_is_registered():
    # The URLs leave out the pages of refresh tokens.
    assert get_resolver().url_patterns
    assert {model._meta.label for model in admin.site._registry} == ADMIN_PAGES


WITHOUT_PAGES = """
import sys
import django
django.setup()
from django.core.checks import run_checks
from foundation.env import FILES
run_checks(tags=[FILES])
loaded = [name for name in sys.modules if name.startswith("console.") and name.endswith("pages")]
from django.contrib import admin
run_checks(tags=["admin"])
print(loaded, len(admin.site._registry))
"""


def test_a_process_loads_pages_only_to_serve_or_check_them():
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_PAGES],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "pixeltrack.settings"},
        capture_output=True,
        text=True,
    )
    loaded, pages = ran.stdout.rsplit(maxsplit=1)
    assert loaded == "[]", ran.stderr
    assert int(pages) >= len(ADMIN_PAGES)
