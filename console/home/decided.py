"""What was called and decided lately, with the next step."""

from django.urls import reverse
from django.utils import timezone

from console.campaigns.winner import PAGE as WINNER_PAGE
from console.home.visit import Visit
from reports.outcomes.decisions import Outcome, newest_outcomes

MOST = 5


def decided(visit: Visit) -> list[dict[str, object]]:
    """The newest first; none where nothing was decided within a month."""
    return [_row(outcome, visit) for outcome in newest_outcomes(now=visit.now, limit=MOST)]


def _row(outcome: Outcome, visit: Visit) -> dict[str, object]:
    waits = any(rest.campaign_id == outcome.campaign_id for rest in visit.rests)
    may_give = waits and visit.may("campaigns.change_contact")
    where = [outcome.campaign_id]
    return {
        "name": outcome.name,
        "report": reverse("report-page", args=where),
        "text": outcome.text,
        "at": timezone.localtime(outcome.at, visit.zone),
        "is_preliminary": outcome.is_preliminary,
        "give": reverse(WINNER_PAGE, args=where) if may_give else "",
    }
