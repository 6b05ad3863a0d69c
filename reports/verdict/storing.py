"""Looks at campaigns that are not decided yet, and stores what is called or decided.

Whoever looks at a report stores nothing: what is decided must not depend on anybody's looking.
"""

from datetime import datetime, timedelta

import structlog
from django.db import InterfaceError, OperationalError
from django.db.models import Count, Exists, F, OuterRef, Q

from campaigns.models import Campaign, Group
from campaigns.roles import Role
from foundation.database.transactions import in_transaction
from foundation.errors import Busy
from foundation.timestamps import to_ms
from reports.verdict import calls, stored
from reports.verdict.compare import GRACE_MS, read_experiment
from reports.verdict.facts import Moment
from reports.verdict.states import Stored
from tracking.counting.fold import MINUTE_MS
from tracking.models import CampaignSlots, IngestLock, VerdictDecision

LOOK_AGAIN_AFTER = timedelta(seconds=50)
# After its cut-off: by then whatever can be decided is.
LOOK_UNTIL = timedelta(days=90)

log = structlog.get_logger(__name__)


def store_verdicts(*, now: datetime) -> None:
    """Look once at each undecided campaign of several variants whose slots are filled.

    One that fails keeps no other from being looked at; what failed first is raised in the end.
    """
    failures = []
    for campaign_id in _undecided(now):
        try:
            _look(campaign_id, now)
        except (InterfaceError, OperationalError, Busy):
            raise
        except Exception as failure:
            log.exception("verdict_failed", campaign=campaign_id)
            failures.append(failure)
    if failures:
        raise failures[0]


def _undecided(now: datetime) -> list[int]:
    """Those not looked at for the longest time first."""
    decided = VerdictDecision.objects.values("campaign_id")
    rows = CampaignSlots.objects.filter(filled_before__isnull=True).exclude(campaign_id__in=decided)
    groups = Group.objects.order_by().filter(campaign_id=OuterRef("campaign_id"), role=Role.VARIANT)
    several = groups.values("campaign_id").annotate(groups=Count("id")).filter(groups__gt=1)
    recent = Q(cut_off__gt=to_ms(now - LOOK_UNTIL) // MINUTE_MS)
    again = recent & Q(looked_at__lte=now - LOOK_AGAIN_AFTER)
    due = rows.filter(Exists(several)).filter(Q(looked_at__isnull=True) | again)
    ordered = due.order_by(F("looked_at").asc(nulls_first=True), "campaign_id")
    return list(ordered.values_list("campaign_id", flat=True))


def _look(campaign_id: int, now: datetime) -> None:
    # First: what is counted later than this moment is not looked at.
    counted = IngestLock.objects.values_list("complete_until", flat=True).get(id=1)
    campaign = Campaign.objects.filter(id=campaign_id).first()
    if counted is None or campaign is None:
        return
    groups = list(Group.objects.filter(campaign_id=campaign_id).order_by("number"))
    before = stored.read(campaign_id)
    moment = Moment(to_ms(min(now, counted)), GRACE_MS)
    new = calls.advance(read_experiment(campaign, groups), before, moment)
    _store(campaign_id, new, before=before, now=now)


@in_transaction
def _store(campaign_id: int, new: Stored, *, before: Stored, now: datetime) -> None:
    # Held, so that of two who looked at once only one stores.
    held = CampaignSlots.objects.select_for_update().filter(campaign_id=campaign_id)
    if not list(held) or stored.read(campaign_id) != before:
        return
    stored.write(campaign_id, new, before=before)
    CampaignSlots.objects.filter(campaign_id=campaign_id).update(looked_at=now)
    if new != before:
        log.info("verdict_stored", campaign=campaign_id, decided=new.decision is not None)
