"""What the processes tell of themselves, for the admin's home."""

from django.db import models


class ProcessSeen(models.Model):
    """When a sort of process, such as "sweep", last did its work."""

    name = models.CharField(max_length=32, primary_key=True)
    seen_at = models.DateTimeField()

    class Meta:
        app_label = "tracking"


class DiskSample(models.Model):
    """Bytes of the spool's disk at a moment, and how many opens this machine had lost by then."""

    at = models.DateTimeField(primary_key=True)
    free = models.BigIntegerField()
    total = models.BigIntegerField()
    lost = models.BigIntegerField()

    class Meta:
        app_label = "tracking"


class SetAside(models.Model):
    """How many lines of the event log ingest set aside on a day (UTC), by reason."""

    pk = models.CompositePrimaryKey("day", "reason")
    day = models.DateField()
    reason = models.CharField(max_length=16)
    lines = models.BigIntegerField()

    class Meta:
        app_label = "tracking"
