"""Heartbeats of the processes, for the admin's home."""

from django.db import models


class ProcessSeen(models.Model):
    """When a kind of process, such as "sweep", was last at work."""

    name = models.CharField(max_length=32, primary_key=True)
    seen_at = models.DateTimeField()

    class Meta:
        app_label = "tracking"


class DiskSample(models.Model):
    """Free bytes on the spool's disk, and how many opens this machine had lost by then."""

    at = models.DateTimeField(primary_key=True)
    free = models.BigIntegerField()
    total = models.BigIntegerField()
    lost = models.BigIntegerField()

    class Meta:
        app_label = "tracking"


class SetAside(models.Model):
    """How many lines of the event log ingest set aside per day (UTC) and reason."""

    pk = models.CompositePrimaryKey("day", "reason")
    day = models.DateField()
    reason = models.CharField(max_length=16)
    lines = models.BigIntegerField()

    class Meta:
        app_label = "tracking"
