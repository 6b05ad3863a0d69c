"""When a campaign's groups are decided on, in a sentence for its page."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from campaigns.models import DECISION_AGES, Campaign, Group
from campaigns.roles import Role
from reports.report import moment_in_words
from reports.verdict.expected import expected_decision
from reports.verdict.facts import MAX_GROUPS
from reports.verdict.wording import too_many_groups


def decision_in_words(campaign: Campaign, groups: Sequence[Group], *, now: datetime) -> str:
    """When its groups will be decided on, by what is planned now, or why they will not be."""
    expected = expected_decision(campaign, now=now)
    if expected.groups > MAX_GROUPS:
        return f"{too_many_groups(expected.groups, limit=MAX_GROUPS)} Nothing will be decided."
    if expected.groups < 2:
        return _nothing_to_decide(campaign, groups, now)
    if expected.at is None:
        return "The report says how the comparison stands."
    if expected.nobody_measured:
        return "Nothing will be decided as long as none of its contacts may be measured."
    shown = moment_in_words(expected.at, now=now, zone=timezone.get_default_timezone())
    return f"Decides about {shown}, by what is planned now."


def _nothing_to_decide(campaign: Campaign, groups: Sequence[Group], now: datetime) -> str:
    """What is missing, and what follows once it is there."""
    if campaign.cut_off_at is not None and campaign.cut_off_at <= now:
        return "Nothing will be decided: at the cut-off fewer than two variants had contacts."
    if sum(group.role == Role.VARIANT for group in groups) < 2:
        return "Nothing is to be decided: there are fewer than two variants to compare."
    after = f"{dict(DECISION_AGES)[campaign.decision_age]} after the last contact is due"
    if campaign.cut_off_at is not None:
        after += ", but not before the cut-off"
    return (
        "Nothing is to be decided yet: fewer than two variants have contacts with a time of "
        f"sending. Once two have, it decides {after}."
    )
