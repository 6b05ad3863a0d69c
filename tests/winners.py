"""Makes campaigns with a rest, calls and decisions, and gives the winner to the rest."""

from datetime import timedelta

from campaigns import services
from campaigns.models import Group
from campaigns.queries import rest_of
from campaigns.roles import Role
from contacts.schedules import winner
from tests.tracking.factories import START
from tracking.models import VerdictCall, VerdictDecision

NOW = START + timedelta(hours=5)


def with_roles(campaign):
    """Of four groups: two variants, the rest and the control group."""
    a, b, rest, control = campaign.groups.order_by("number")
    for group, role in ((rest, Role.REST), (control, Role.CONTROL)):
        services.update_group(group_id=group.id, changes={"role": role})
    return a, b, rest_of(campaign.id), Group.objects.get(id=control.id)


def call(group, *, at=NOW, rates=None):
    """What watching finds."""
    VerdictCall.objects.create(
        campaign_id=group.campaign_id,
        called_at=at,
        goal="opened",
        way="watching",
        group_id=group.id,
        figures={"age": 240, "rates": rates or {}},
    )


def decide(campaign, group=None, *, at=NOW, text="Decided."):
    VerdictDecision.objects.create(
        campaign_id=campaign.id,
        decided_at=at,
        state="better" if group else "decided_open",
        group_id=group and group.id,
        figures={"age": 4320, "rates": {}},
        ratios=[],
        text=text,
    )


def give(rest, *, now=NOW, **wish):
    winner.choose_winner(rest_id=rest.id, now=now, **wish)
    assert winner.schedule_rest(rest_id=rest.id, now=now)
    return Group.objects.get(id=rest.id)
