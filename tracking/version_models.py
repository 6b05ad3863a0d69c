"""How often the counters of each group changed, and by what."""

from django.db import models


class GroupVersion(models.Model):
    """How often a group's counters changed: data read at the current version is still valid."""

    group_id = models.BigIntegerField(primary_key=True)
    version = models.BigIntegerField()

    class Meta:
        app_label = "tracking"


class GroupChange(models.Model):
    """What moved in a group's counters when they came to this version, kept for a few minutes.

    Whoever read them at an earlier version adds this instead of reading all of them. `moved` is
    written by `tracking.counting.changes`; changes that can't be added to what reports keep have
    no row.
    """

    pk = models.CompositePrimaryKey("group_id", "version")
    group_id = models.BigIntegerField()
    version = models.BigIntegerField()
    moved = models.TextField()
    changed_at = models.DateTimeField()

    class Meta:
        app_label = "tracking"
        indexes = [models.Index(fields=["changed_at"], name="group_change_time")]
