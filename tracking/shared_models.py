"""Tables of the mode `shared`: a group's pixel, and what is kept of its loads.

None of them holds anything by which two recipients could be told apart.
"""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from campaigns.models import Group
from consent.modes import Audience
from tracking.hits.classify import Kind
from tracking.hits.small_cells import OTHER, SMALLEST

AUDIENCES = [(audience.value, audience.value) for audience in Audience]
KINDS = [(kind.value, kind.name.lower()) for kind in Kind]


class SharedPixel(models.Model):
    """The pixel that recipients of a group have in common; its id is made here, never given."""

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    group = models.ForeignKey(
        Group, on_delete=models.PROTECT, related_name="shared_pixels", db_index=False
    )
    audience = models.CharField(max_length=10, choices=AUDIENCES)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["group", "audience"], name="shared_pixel_audience"),
            models.CheckConstraint(
                condition=Q(audience__in=[audience for audience, _ in AUDIENCES]),
                name="shared_pixel_known_audience",
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class SharedLoad(models.Model):
    """The event id of a counted load, kept for a week so that a replay changes nothing.

    It says of which day (UTC) it is, so that it can be deleted; nothing else, not even the group.
    """

    event_id = models.UUIDField(primary_key=True)
    day = models.DateField()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["day"], name="shared_load_day")]

    def __str__(self) -> str:
        return str(self.event_id)


class SharedLoadsByHour(models.Model):
    """Loads of shared pixels per group, hour (since 1970, UTC), kind and mail client.

    Written by `tracking.counting.shared` alone. A client with fewer than SMALLEST loads is in
    OTHER.
    """

    pk = models.CompositePrimaryKey("group_id", "hour", "kind", "family")
    group_id = models.BigIntegerField()
    hour = models.BigIntegerField()
    kind = models.SmallIntegerField(choices=KINDS)
    family = models.CharField(max_length=32)
    loads = models.BigIntegerField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(loads__gte=SMALLEST) | Q(family=OTHER, loads__gte=0),
                name="shared_loads_no_small_cell",
            )
        ]
