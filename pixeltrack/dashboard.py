"""The admin's home: Django's own, with what needs attention on top."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.contrib import admin
from django.core.cache import cache
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from discounts import reconcile
from tracking.queries import counted_until

LONGEST_LAG = timedelta(minutes=1)
# Comparing budgets reads every usage.
KEPT_SECONDS = 300

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Check:
    """Something to look at, for whoever has the permission; it yields one sentence a problem."""

    name: str
    permission: str
    problems: Callable[[], Iterator[str]]


def home(request: HttpRequest) -> HttpResponse:
    """Django's index page, which tells what needs attention too."""
    return admin.site.index(request, extra_context={"attention": list(_attention(request))})


def _attention(request: HttpRequest) -> Iterator[str]:
    """A check that fails says so, while the others stay."""
    for check in CHECKS:
        if not request.user.has_perm(check.permission):
            continue
        try:
            yield from check.problems()
        except Error:
            log.exception("check_failed", check=check.name)
            yield f"{check.name} could not be checked: look into logs/errors.log."


def _lag() -> Iterator[str]:
    until = counted_until()
    if until is None:
        yield "Opens are not being counted: is the ingest process running?"
    elif timezone.now() - until > LONGEST_LAG:
        shown = timezone.localtime(until).strftime("%Y-%m-%d %H:%M")
        yield f"Counting is behind: opens since {shown} may be missing from every figure."


def _wrong_budgets() -> Iterator[str]:
    differences = cache.get_or_set(
        "dashboard:budgets",
        lambda: [str(difference) for difference in reconcile.budget_differences()],
        KEPT_SECONDS,
    )
    for line in differences:
        yield f"Discount budget differs from its usages: {line}. Run reconcile_budgets --repair."


CHECKS = (
    Check("Counting of opens", "tracking.view_report", _lag),
    Check("Discount budgets", "discounts.view_discountcampaign", _wrong_budgets),
)
