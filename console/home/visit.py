"""A visit to the home page: who asks, when, and what several panels need, read once."""

from datetime import timedelta
from functools import cached_property

from django.http import HttpRequest
from django.utils import timezone

from campaigns.models import Group
from contacts.schedules.winner import waiting_rests
from discounts.overview import Glance, glance_at_campaigns
from reports.overview import System, read_system
from tracking.heartbeats import Upkeep, read_upkeep

# How many rows of a kind are shown; a link leads to the others.
SHOWN = 8
SHOW_SET_ASIDE = timedelta(days=7)


class Visit:
    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.now = timezone.now()
        self.zone = timezone.get_default_timezone()

    def may(self, *permissions: str) -> bool:
        return self.request.user.has_perms(permissions)

    @cached_property
    def system(self) -> System:
        return read_system(now=self.now)

    @property
    def is_first(self) -> bool:
        """Whether nobody has made a campaign yet."""
        system = self.system
        return system.newest_campaign is None and not system.has_campaign_with_groups

    @cached_property
    def upkeep(self) -> Upkeep:
        return read_upkeep(now=self.now, set_aside=SHOW_SET_ASIDE)

    @cached_property
    def rests(self) -> list[Group]:
        """Groups that wait for a winner which can be given to them."""
        return waiting_rests(limit=SHOWN + 1)

    @cached_property
    def discounts(self) -> Glance:
        return glance_at_campaigns(now=self.now, limit=SHOWN + 1)
