"""Copies a campaign with its groups, for the next mailing of its kind."""

from datetime import datetime

import structlog
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from campaigns import services
from campaigns.copying import dates_of_copy, mode_of_copy, names_of_copies
from campaigns.models import NAME_KEY_LENGTH, Campaign, Group
from foundation.database.transactions import in_transaction
from foundation.errors import InvalidInput, NotFound
from foundation.personal_data.identity import name_key

LONGEST_NAME = Campaign._meta.get_field("name").max_length or 0
MOST_COPIES = 1000
TOO_MANY = (
    f"There are {MOST_COPIES:,} copies with this name: rename the campaign, or archive copies."
)
KEPT = ("description", "goal", "decision_age")
GROUP_KEPT = ("number", "name", "name_key", "description", "planned_share", "role", "single_role")

log = structlog.get_logger(__name__)


@in_transaction
def duplicate_campaign(*, campaign_id: int, created_by: User | None, now: datetime) -> Campaign:
    """A campaign with the settings of another one and its groups that are not archived.

    It has dates of its own, no cut-off, and neither contacts nor pixels. It measures no further
    than the installation allows today, and not in the mode `last_day`, which would have to be
    confirmed. Raises NotFound and InvalidInput.
    """
    source = Campaign.objects.filter(id=campaign_id).first()
    if source is None:
        raise NotFound("Campaign not found")
    copy = _save_copy(source, created_by, now)
    groups = Group.objects.filter(campaign=source, archived_at=None).order_by("number")
    Group.objects.bulk_create(
        [
            Group(campaign=copy, **{name: getattr(one, name) for name in GROUP_KEPT})
            for one in groups
        ]
    )
    log.info("campaign_duplicated", campaign=copy.id, of=source.id)
    return copy


def _save_copy(source: Campaign, created_by: User | None, now: datetime) -> Campaign:
    """With the first name that is free, also where others take names meanwhile."""
    start_at, end_at = dates_of_copy(
        source.start_at, source.end_at, now=now, zone=timezone.get_default_timezone()
    )
    values = {name: getattr(source, name) for name in KEPT} | {
        "start_at": start_at,
        "end_at": end_at,
        "tracking_mode": mode_of_copy(source.tracking_mode, allowed=settings.TRACKING_MODE),
        "never_asked": mode_of_copy(source.never_asked, allowed=settings.NEVER_ASKED),
    }
    for name in _free_names(source.name):
        try:
            return services.create_campaign(created_by=created_by, values={"name": name} | values)
        except InvalidInput as error:
            if error.code != "taken":
                raise
    raise InvalidInput.field("name", TOO_MANY, code="taken")


def _free_names(name: str) -> list[str]:
    names = list(
        names_of_copies(name, longest=LONGEST_NAME, longest_key=NAME_KEY_LENGTH, most=MOST_COPIES)
    )
    keys = {name_key(one): one for one in names}
    taken = Campaign.objects.filter(live=True, name_key__in=list(keys)).order_by()
    for key in taken.values_list("name_key", flat=True):
        keys.pop(key, None)
    return list(keys.values())
