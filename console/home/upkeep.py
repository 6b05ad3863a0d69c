"""Problems of the processes and of the spool's disk, in sentences, for the admin's home page."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from consent import undecided
from consent.page.visit import NEEDED, missing_settings
from console.home.visit import SHOW_SET_ASIDE, Visit
from contacts.pixels.links import leads_nowhere
from foundation import dates
from foundation.metrics.disk_forecast import in_words
from tracking import heartbeats
from tracking.heartbeats import Spool

# Both report at least once a minute, but a sweep with much to delete takes longer.
LATEST = {"sweep": timedelta(minutes=15), "tasks": timedelta(minutes=5)}
# As in the alert BackupMissing.
LATEST_BACKUP = timedelta(hours=2)
WARN_BEFORE_FULL = timedelta(days=3)


def sweep_missing(visit: Visit) -> Iterator[str]:
    since = _missing_since(visit, "sweep")
    if since:
        yield (
            f"The sweep {since}: nothing that lapsed is cleared away, and imports that died do not "
            "go on. Does manage.py sweep run? Its log says which job fails."
        )


def tasks_missing(visit: Visit) -> Iterator[str]:
    since = _missing_since(visit, "tasks")
    if since:
        yield f"The process of long jobs {since}: imports wait. Does manage.py db_worker run?"


def backup_missing(visit: Visit) -> Iterator[str]:
    due = visit.upkeep.seen.get(heartbeats.BACKUP_DUE)
    if due is not None and visit.now - due > LATEST_BACKUP:
        made = visit.upkeep.seen.get(heartbeats.BACKUP_MADE)
        last = f"the last one is of {_shown(made, visit)}" if made else "there is none so far"
        yield (
            f"A backup has been due since {_shown(due, visit)}, and {last}. Does manage.py back_up "
            "run? Its log says why it fails."
        )


def disk(visit: Visit) -> Iterator[str]:
    spool = visit.upkeep.spool
    if spool is None:
        return
    if spool.lost:
        opens = "1 open was" if spool.lost == 1 else f"{spool.lost:,} opens were"
        yield (
            f"{opens} answered and not recorded within a day, and so lost: the spool's disk was "
            "full, or could not be written to."
        )
    if spool.is_low or (spool.left is not None and spool.left < WARN_BEFORE_FULL):
        yield _room(spool)


def set_aside(visit: Visit) -> Iterator[str]:
    found = visit.upkeep.set_aside
    where = "the dead-letter topic" if settings.KAFKA else "the spool's folder “rejected”"
    for reason, lines in sorted(found.items()):
        what = "1 record was" if lines == 1 else f"{lines:,} records were"
        yield (
            f"{what} set aside as {reason} within {SHOW_SET_ASIDE.days} days and not counted: "
            f"look into {where}."
        )


def person_page_incomplete(visit: Visit) -> Iterator[str]:
    """Where somebody has begun to set the page up; without any of its settings it is not wanted."""
    missing = missing_settings()
    if missing and len(missing) < len(NEEDED):
        yield (
            f"The page on which people agree or withdraw is not there yet: set "
            f"{', '.join(missing)} too."
        )


def pixels_lead_nowhere(visit: Visit) -> Iterator[str]:
    if leads_nowhere(settings.PUBLIC_URL):
        yield (
            f"Pixels lead to {settings.PUBLIC_URL}, which only the server's own computer reaches: "
            "set PUBLIC_URL to an address that everybody reaches before contacts are downloaded."
        )


def never_asked_undecided(visit: Visit) -> Iterator[str]:
    if undecided.is_undecided():
        yield undecided.NOTICE


def _missing_since(visit: Visit, name: str) -> str:
    """Since when a kind of process has been away; "" if it is running."""
    seen = visit.upkeep.seen.get(name)
    if seen is None:
        return "has never run"
    if visit.now - seen <= LATEST[name]:
        return ""
    return f"has been away since {_shown(seen, visit)}"


def _shown(moment: datetime, visit: Visit) -> str:
    return dates.moment(timezone.localtime(moment, visit.zone))


def _room(spool: Spool) -> str:
    free, total = filesizeformat(spool.free), filesizeformat(spool.total)
    words = f"The spool's disk has {free} of {total} left"
    if spool.left is not None:
        words += f", {in_words(spool.left)} at this rate"
    return f"{words}: opens are lost once it is full. Make room."
