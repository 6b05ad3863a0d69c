"""What was recorded of second mails, and what one more would do to the decision."""

from datetime import datetime

from django.utils import timezone

from campaigns.models import Campaign
from campaigns.queries import compared_groups
from console.report.in_words import decides_in_words
from contacts.pixels.opened_lists import AGAIN, recorded_in
from foundation import dates
from foundation.audit_log import notes_ending
from reports.report import decision_of
from reports.verdict.expected import expected_decision
from reports.verdict.facts import MAX_GROUPS

SHOWN = 5
LOOKED_AT = 50
NOTHING_TO_WAIT_FOR = "So nothing will be decided, and there is nothing to wait for."
DROP_OUT = (
    "If you say yes before, whoever is mailed again, and those sent to at the same times, drop out "
    "of the decision. Better wait."
)


def mailed_again(campaign: Campaign) -> list[str]:
    """How many contacts of a campaign were recorded and when, the newest first, at most SHOWN.

    From its history, of which it reads LOOKED_AT entries at most.
    """
    notes = notes_ending(campaign, AGAIN, most=LOOKED_AT)
    counted = [(at, recorded_in(sentence)) for at, sentence in notes]
    return [_in_words(count, at) for at, count in counted if count][:SHOWN]


def _in_words(count: int, at: datetime) -> str:
    contacts = "1 contact was" if count == 1 else f"{count:,} contacts were"
    return f"{contacts} recorded as mailed again on {dates.moment(timezone.localtime(at))}."


def before_decision(campaign: Campaign, *, now: datetime) -> str:
    """What saying yes does to the groups' decision, or why there is none to wait for.

    "" where it is made, and where there are not two groups to compare, or too many.
    """
    if compared_groups(campaign.id).count() < 2:
        return ""
    zone = timezone.get_default_timezone()
    decision = decision_of(campaign.id, now=now, zone=zone)
    if decision.is_made:
        return ""
    if decision.ruled_out:
        return f"{decision.ruled_out} {NOTHING_TO_WAIT_FOR}"
    if decision.at is None and not _may_be_decided(campaign, now):
        return ""
    on = decides_in_words(decision.at, zone)
    return f"{f'Groups are decided on {on}.' if on else 'Groups are not decided yet.'} {DROP_OUT}"


def _may_be_decided(campaign: Campaign, now: datetime) -> bool:
    """Whether there are not too many groups to compare, and two, or may be by the cut-off."""
    groups = expected_decision(campaign, now=now).groups
    is_over = campaign.cut_off_at is not None and campaign.cut_off_at <= now
    return groups <= MAX_GROUPS and (groups > 1 or not is_over)
