"""What needs attention, each with the page to act on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import cast

import structlog
from django.core.cache import cache
from django.db import Error
from django.urls import reverse
from django.utils import timezone
from redis.exceptions import RedisError

from campaigns.models import Campaign, ImportState
from campaigns.queries import imports_in_trouble
from console.campaigns.winner import PAGE as WINNER_PAGE
from console.home import upkeep
from console.home.visit import SHOWN, Visit
from console.subjects.campaign import CONTACTS
from contacts.exports import stale_in_words, stale_lists
from discounts import reconcile
from foundation import dates
from reports.outcomes.stops import groups_to_stop
from reports.planner.warnings import campaigns_apart
from tracking.ingest import backlog

LONGEST_LAG = timedelta(minutes=1)
# How long a failed import is shown.
RECENT = timedelta(days=7)
# Comparing budgets reads every usage.
KEPT_SECONDS = 300

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Notice:
    """What to look at; `address` is "" where the admin has no page for it.

    `fact` makes it another notice when it changes; "" where the whole sentence does.
    """

    sentence: str
    address: str = ""
    link: str = ""
    fact: str = ""


@dataclass(frozen=True)
class Check:
    """Looks for one kind of problem, for users with the permission.

    `others` is the page that has those beyond the first SHOWN.
    """

    name: str
    permission: str
    problems: Callable[[Visit], Iterator[Notice]]
    others: str = ""


def all_notices(visit: Visit) -> list[Notice]:
    """Every notice the user may see; a check that fails is one, while the others stay."""
    return [
        notice
        for check in CHECKS
        if visit.may(check.permission)
        for notice in _notices(check, visit)
    ]


def _notices(check: Check, visit: Visit) -> list[Notice]:
    try:
        notices = list(islice(check.problems(visit), SHOWN + 1))
    except Error:
        log.exception("check_failed", check=check.name)
        return [Notice(f"{check.name} could not be checked: look into logs/errors.log.")]
    if len(notices) > SHOWN:
        where = reverse(check.others) if _may_list(visit, check.others) else ""
        notices[SHOWN:] = [Notice(f"{check.name}: there are more.", where, "Show all")]
    return notices


def _may_list(visit: Visit, name: str) -> bool:
    if not name:
        return False
    app, model, _ = name.removeprefix("admin:").split("_")
    return visit.may(f"{app}.view_{model}")


def _lag(visit: Visit) -> Iterator[Notice]:
    until = visit.system.counted_until
    if until is None:
        words = "Opens are not being counted: is the ingest process running?"
        yield Notice(f"{words} {backlog.in_words(now=visit.now)}".rstrip(), fact=words)
    elif visit.now - until > LONGEST_LAG:
        shown = dates.moment(timezone.localtime(until, visit.zone))
        words = f"Counting is behind: opens since {shown} may be missing from every figure."
        yield Notice(f"{words} {backlog.in_words(now=visit.now)}".rstrip(), fact=words)


def _wrong_counters(visit: Visit) -> Iterator[Notice]:
    differences = visit.system.differences
    if differences:
        found = dates.moment(timezone.localtime(visit.system.audited_at, visit.zone))
        number = f"{differences:,} difference{'' if differences == 1 else 's'}"
        yield Notice(
            f"Counters differ from the opens: the audit of {found} found {number}. "
            "Run audit_counters --repair."
        )


def _imports(visit: Visit) -> Iterator[Notice]:
    for job in imports_in_trouble(since=visit.now - RECENT, limit=SHOWN + 1):
        where = [job.campaign_id, job.id]
        address = reverse("admin:campaigns_campaign_import_state", args=where)
        if job.state == ImportState.FAILED:
            what = "failed."
        else:
            what = f"left out {job.rejected:,} row{'' if job.rejected == 1 else 's'}."
        yield Notice(f"Import {job.id} into “{job.campaign.name}” {what}", address, "See why")


def _to_stop(visit: Visit) -> Iterator[Notice]:
    as_of = visit.system.counted_until
    if as_of is None or not visit.system.has_marks:
        return
    for found in groups_to_stop(now=visit.now, as_of=as_of):
        address = reverse("report-page", args=[found.campaign.id])
        yield Notice(f"“{found.campaign.name}”: {found.sentence}", address, "See the report")


def _sent_apart(visit: Visit) -> Iterator[Notice]:
    link = "Mix it" if visit.may("campaigns.change_contact") else "See it"
    name = "mix_schedule" if visit.may("campaigns.change_contact") else "change"
    for campaign, sentence in campaigns_apart(now=visit.now):
        address = reverse(f"admin:campaigns_campaign_{name}", args=[campaign.id])
        yield Notice(f"“{campaign.name}”: {sentence}", address, link)


def _rests(visit: Visit) -> Iterator[Notice]:
    may_give = visit.may("campaigns.change_contact")
    page, link = (WINNER_PAGE, "Give it") if may_give else ("report-page", "See the report")
    for rest in visit.rests:
        address = reverse(page, args=[rest.campaign_id])
        yield Notice(f"The rest of “{rest.campaign.name}” waits for the winner.", address, link)


def _stale_lists(visit: Visit) -> Iterator[Notice]:
    running = Campaign.objects.filter(archived_at__isnull=True, end_at__gt=visit.now)
    for stale in stale_lists(running):
        address = f"{reverse(CONTACTS)}?campaign={stale.campaign.id}"
        sentence = stale_in_words(stale.people, stale.made_at)
        yield Notice(f"“{stale.campaign.name}”: {sentence}", address, "See its contacts")


def _used_up(visit: Visit) -> Iterator[Notice]:
    link = "Raise it" if visit.may("discounts.change_discountcampaign") else "See it"
    for campaign_id, name in visit.discounts.used_up:
        sentence = f"The budget of the discount “{name}” is used up: nobody gets it any more."
        yield Notice(sentence, _discount(campaign_id), link)


def _wrong_budgets(visit: Visit) -> Iterator[Notice]:
    for difference in _differences():
        yield Notice(
            f"Discount budget differs from its usages: {difference}. "
            "Run reconcile_budgets --repair.",
            _discount(difference.campaign_id),
            "Open the campaign",
        )


def _differences() -> list[reconcile.BudgetDifference]:
    """Cached for KEPT_SECONDS; read each time if the cache can't be reached."""
    try:
        found = cache.get_or_set("dashboard:budgets", reconcile.budget_differences, KEPT_SECONDS)
        return cast(list[reconcile.BudgetDifference], found)
    except RedisError:
        return reconcile.budget_differences()


def _discount(campaign_id: int) -> str:
    return reverse("admin:discounts_discountcampaign_change", args=[campaign_id])


def _in(sentences: Callable[[Visit], Iterator[str]]) -> Callable[[Visit], Iterator[Notice]]:
    return lambda visit: map(Notice, sentences(visit))


DISCOUNTS = "admin:discounts_discountcampaign_changelist"
CHECKS = (
    Check("Counting of opens", "tracking.view_report", _lag),
    Check("Room for opens", "tracking.view_report", _in(upkeep.disk)),
    Check("Records set aside", "tracking.view_report", _in(upkeep.set_aside)),
    Check("The sweep", "tracking.view_report", _in(upkeep.sweep_missing)),
    Check("Backups", "tracking.view_report", _in(upkeep.backup_missing)),
    Check("Addresses of pixels", "tracking.view_pixel", _in(upkeep.pixels_lead_nowhere)),
    Check("The person's page", "tracking.view_pixel", _in(upkeep.person_page_incomplete)),
    Check("People never asked", "campaigns.view_campaign", _in(upkeep.never_asked_undecided)),
    Check("Long jobs", "campaigns.view_contactimport", _in(upkeep.tasks_missing)),
    Check("Counters of opens", "tracking.view_report", _wrong_counters),
    Check(
        "Groups to stop",
        "tracking.view_report",
        _to_stop,
        "admin:campaigns_campaign_changelist",
    ),
    Check(
        "Imports of contacts",
        "campaigns.view_contactimport",
        _imports,
        "admin:campaigns_campaign_changelist",
    ),
    Check(
        "Schedules of groups",
        "campaigns.view_campaign",
        _sent_apart,
        "admin:campaigns_campaign_changelist",
    ),
    Check(
        "Winners for the rest",
        "tracking.view_report",
        _rests,
        "admin:campaigns_campaign_changelist",
    ),
    Check(
        "Lists of contacts",
        "campaigns.view_contact",
        _stale_lists,
        "admin:campaigns_campaign_changelist",
    ),
    Check("Used-up budgets", "discounts.view_discountcampaign", _used_up, DISCOUNTS),
    Check("Discount budgets", "discounts.view_discountcampaign", _wrong_budgets, DISCOUNTS),
)
