"""Looks at campaigns that are not decided yet, and stores what is called or decided.

Only where counters have changed since, or time alone may tell more: most of the many campaigns of
an installation lie still.

Whoever looks at a report stores nothing: what is decided must not depend on anybody's looking.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from django.db import InterfaceError, OperationalError
from django.db.models import Count, Exists, F, OuterRef, Q

from campaigns.models import Campaign, Group
from campaigns.roles import Role
from foundation.database.transactions import in_transaction
from foundation.errors import Busy
from foundation.timestamps import from_ms, to_ms
from reports.verdict import calls, stored
from reports.verdict.compare import GRACE_MS
from reports.verdict.facts import Facts, Moment
from reports.verdict.reading import counters_version, read_experiment
from reports.verdict.states import Stored
from tracking.counting.fold import MINUTE_MS
from tracking.models import CampaignSlots, IngestLock, VerdictDecision

LOOK_AGAIN_AFTER = timedelta(seconds=50)
# After its cut-off, where counters have changed: by then whatever can be decided is.
LOOK_UNTIL = timedelta(days=90)

log = structlog.get_logger(__name__)


def store_verdicts(*, now: datetime) -> None:
    """Look at each undecided campaign of which there may be something new to say.

    It has several variants, and its slots are filled. One that fails keeps no other from being
    looked at; what failed first is raised in the end.
    """
    # First: what is counted later than this moment is not looked at.
    counted = IngestLock.objects.values_list("complete_until", flat=True).get(id=1)
    if counted is None:
        return
    failures = []
    for campaign_id, version in _changed(now, as_of=min(now, counted)):
        try:
            _look(campaign_id, version, as_of=min(now, counted), now=now)
        except (InterfaceError, OperationalError, Busy):
            raise
        except Exception as failure:
            log.exception("verdict_failed", campaign=campaign_id)
            failures.append(failure)
    if failures:
        raise failures[0]


def _changed(now: datetime, *, as_of: datetime) -> list[tuple[int, int]]:
    """Undecided campaigns to look at, with the version of their counters.

    Those not looked at for the longest time come first.
    """
    decided = VerdictDecision.objects.values("campaign_id")
    rows = CampaignSlots.objects.filter(filled_before__isnull=True).exclude(campaign_id__in=decided)
    groups = Group.objects.order_by().filter(campaign_id=OuterRef("campaign_id"), role=Role.VARIANT)
    several = groups.values("campaign_id").annotate(groups=Count("id")).filter(groups__gt=1)
    recent = Q(cut_off__gt=to_ms(now - LOOK_UNTIL) // MINUTE_MS)
    moved = Q(looked_version__isnull=True) | ~Q(looked_version=F("version"))
    again = Q(looked_at__lte=now - LOOK_AGAIN_AFTER)
    # Time alone tells more a bounded number of times: whatever stood still meanwhile is caught up.
    again &= (recent & moved) | Q(look_again_at__lte=as_of)
    # A clock that was ahead once must not put off whatever it looked at then.
    never = Q(looked_at__isnull=True) | Q(looked_at__gt=now)
    due = rows.annotate(version=counters_version()).filter(never | again)
    ordered = due.filter(Exists(several)).order_by(
        F("looked_at").asc(nulls_first=True), "campaign_id"
    )
    return [(row[0], int(row[1])) for row in ordered.values_list("campaign_id", "version")]


def _look(campaign_id: int, version: int, *, as_of: datetime, now: datetime) -> None:
    campaign = Campaign.objects.filter(id=campaign_id).first()
    if campaign is None:
        return
    groups = list(Group.objects.filter(campaign_id=campaign_id).order_by("number"))
    before = stored.read(campaign_id)
    moment = Moment(to_ms(as_of), GRACE_MS)
    experiment = read_experiment(campaign, groups)
    new = calls.advance(experiment, before, moment)
    again = Facts(experiment, moment).look_again_at
    look = _Look(now, version, None if again is None else from_ms(again))
    _store(campaign_id, new, before=before, look=look)


class _Look(NamedTuple):
    """When a campaign was looked at, at which version, and when time alone may tell more."""

    looked_at: datetime
    looked_version: int
    look_again_at: datetime | None


@in_transaction
def _store(campaign_id: int, new: Stored, *, before: Stored, look: _Look) -> None:
    # Held, so that of two who looked at once only one stores.
    held = CampaignSlots.objects.select_for_update().filter(campaign_id=campaign_id)
    if not list(held) or stored.read(campaign_id) != before:
        return
    stored.write(campaign_id, new, before=before)
    CampaignSlots.objects.filter(campaign_id=campaign_id).update(**look._asdict())
    if new != before:
        log.info("verdict_stored", campaign=campaign_id, decided=new.decision is not None)
