"""Pixels, opens and the counters that reports read.

Opens and counters hold plain ids instead of foreign keys, so that deletions never change history.
Only `tracking.counting.tables` writes the counters.
"""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from campaigns.models import Contact
from tracking.heartbeat_models import DiskSample, ProcessSeen, SetAside
from tracking.hits.classify import Kind
from tracking.hits.progress_notes import MAX_NAME
from tracking.last_day_models import LastDay
from tracking.shared_models import SharedLoad, SharedLoadsByHour, SharedPixel
from tracking.version_models import GroupChange, GroupVersion

__all__ = [
    "DiskSample",
    "GroupChange",
    "GroupVersion",
    "LastDay",
    "ProcessSeen",
    "SetAside",
    "SharedLoad",
    "SharedLoadsByHour",
    "SharedPixel",
]

KIND_CHOICES = [(kind.value, kind.name.lower()) for kind in Kind]


class Pixel(models.Model):
    """The 1x1 image of one contact; a contact may have several, distinguished by number."""

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4)
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="pixels", db_index=False
    )
    number = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["contact_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["contact", "number"], name="pixel_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="pixel_number_positive"),
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class UserAgent(models.Model):
    """One distinct user-agent string, stored and parsed once.

    `unused_since` is when no open had it (`tracking.upkeep.unused_agents`).
    """

    digest = models.CharField(max_length=64, unique=True)
    value = models.TextField()
    family = models.CharField(max_length=32)
    os_family = models.CharField(max_length=64, blank=True)
    device_family = models.CharField(max_length=64, blank=True)
    unused_since = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return self.value[:100]


class Open(models.Model):
    """A recorded hit of a pixel; the hits of one bucket are one counted open.

    `bucket` is the number of ten-second spans since 1970 (UTC); `network` a keyed hash of the
    client's /24 or /48; `rule` the code of the rule that decided `kind` (`tracking.hits.classify`).
    """

    event_id = models.UUIDField(primary_key=True)
    contact_id = models.UUIDField()
    pixel_id = models.UUIDField()
    group_id = models.BigIntegerField()
    opened_at = models.DateTimeField()
    bucket = models.BigIntegerField()
    kind = models.SmallIntegerField(choices=KIND_CHOICES)
    rule = models.SmallIntegerField()
    user_agent_id = models.BigIntegerField()
    network = models.CharField(max_length=32, blank=True)
    purpose = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-opened_at", "-event_id"]
        permissions = [("view_report", "Can view the report of a campaign")]
        indexes = [
            models.Index(
                fields=["contact_id", "bucket", "kind", "user_agent_id"], name="open_bucket"
            ),
            models.Index(fields=["group_id", "opened_at"], name="open_group_time"),
            models.Index(fields=["opened_at", "event_id"], name="open_time"),
        ]

    def __str__(self) -> str:
        return str(self.event_id)


class ContactOpens(models.Model):
    """The summary of all hits of one contact.

    `first_opened_at` is the first hit of any kind, `first_counted_at` the first human or proxied
    one; `best_kind` never decreases.
    """

    contact_id = models.UUIDField(primary_key=True)
    group_id = models.BigIntegerField()
    best_kind = models.SmallIntegerField(choices=KIND_CHOICES)
    first_opened_at = models.DateTimeField()
    first_counted_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "contact opens"
        indexes = [
            # Lists who of a group opened: by a person, or by machines only.
            models.Index(fields=["group_id", "best_kind", "contact_id"], name="contact_opens_kind")
        ]


class OpensByMinute(models.Model):
    """Opens per group, kind and minute (minutes since 1970, UTC)."""

    pk = models.CompositePrimaryKey("group_id", "kind", "minute")
    group_id = models.BigIntegerField()
    kind = models.SmallIntegerField(choices=KIND_CHOICES)
    minute = models.BigIntegerField()
    opens = models.BigIntegerField()


class OpensBySlot(models.Model):
    """Opens per group, kind and quarter of an hour (quarters since 1970, UTC).

    The hours and days of every time zone are sums of quarters; a long campaign has far fewer of
    them than minutes.
    """

    pk = models.CompositePrimaryKey("group_id", "kind", "slot")
    group_id = models.BigIntegerField()
    kind = models.SmallIntegerField(choices=KIND_CHOICES)
    slot = models.BigIntegerField()
    opens = models.BigIntegerField()


class OpensByClientSlot(models.Model):
    """Opens per group, client family, kind and quarter of an hour (quarters since 1970, UTC)."""

    pk = models.CompositePrimaryKey("group_id", "family", "kind", "slot")
    group_id = models.BigIntegerField()
    family = models.CharField(max_length=32)
    kind = models.SmallIntegerField(choices=KIND_CHOICES)
    slot = models.BigIntegerField()
    opens = models.BigIntegerField()


class OpensByClient(models.Model):
    """The same by the hour, as version 1.0 stored it; no longer read or updated.

    Kept for one release, so that processes of the old version can run beside the new ones.
    """

    pk = models.CompositePrimaryKey("group_id", "family", "kind", "hour")
    group_id = models.BigIntegerField()
    family = models.CharField(max_length=32)
    kind = models.SmallIntegerField(choices=KIND_CHOICES)
    hour = models.BigIntegerField()
    opens = models.BigIntegerField()


class FirstOpensByMinute(models.Model):
    """Contacts per group and minute in which they were first opened.

    `counted` by the first human or proxied open, `with_machine` also those that have none, by
    their first machine open.
    """

    pk = models.CompositePrimaryKey("group_id", "minute")
    group_id = models.BigIntegerField()
    minute = models.BigIntegerField()
    counted = models.BigIntegerField()
    with_machine = models.BigIntegerField()


class FirstOpensBySlot(models.Model):
    """The same by quarter of an hour."""

    pk = models.CompositePrimaryKey("group_id", "slot")
    group_id = models.BigIntegerField()
    slot = models.BigIntegerField()
    counted = models.BigIntegerField()
    with_machine = models.BigIntegerField()


class FirstOpensByAge(models.Model):
    """Contacts per group, slot and age bin of their first open: counted, and of any kind.

    Kept once a campaign's slots are fixed. `age_bin` is an index into `counting.slots.AGE_EDGES`.
    `left_counted` and `left_with_machine` are contacts that were mailed again at this age, before
    a first open of that sort.
    """

    pk = models.CompositePrimaryKey("group_id", "slot", "age_bin")
    group_id = models.BigIntegerField()
    slot = models.SmallIntegerField()
    age_bin = models.SmallIntegerField()
    counted = models.BigIntegerField()
    with_machine = models.BigIntegerField()
    left_counted = models.BigIntegerField()
    left_with_machine = models.BigIntegerField()


class LeftByAge(models.Model):
    """Contacts per group, slot and age bin at which they first left what is watched.

    Kept once a campaign's slots are fixed, of contacts as they were drawn. Each contact counts
    once, by whatever came first. `reason` is that of the mark (`campaigns.models.NotSentReason`),
    `fold.MAILED_AGAIN`, or `fold.CONSENT`. `unmeasured` are those of them who may not be measured.
    """

    pk = models.CompositePrimaryKey("group_id", "slot", "age_bin", "reason")
    group_id = models.BigIntegerField()
    slot = models.SmallIntegerField()
    age_bin = models.SmallIntegerField()
    reason = models.CharField(max_length=12)
    contacts = models.BigIntegerField()
    unmeasured = models.BigIntegerField(db_default=0)


class ContactsByKind(models.Model):
    """Contacts per group and best kind."""

    pk = models.CompositePrimaryKey("group_id", "kind")
    group_id = models.BigIntegerField()
    kind = models.SmallIntegerField(choices=KIND_CHOICES)
    contacts = models.BigIntegerField()


class ContactsByDueMinute(models.Model):
    """Contacts per group, slot and minute in which they fall due; those of them opened.

    Minutes since 1970 (UTC), `fold.NEVER` for contacts without a schedule or erased before
    it; `fold.NO_SLOT` before the slots are fixed and for those. `drawn` counts whoever was not
    marked not sent before the due time, `removed` who was: a later mark takes nobody out of a
    comparison. `unmeasured` of the contacts, `drawn_unmeasured` of the drawn, may not be measured;
    `lapsed` are contacts that were, withdrew later and had not been opened.
    """

    pk = models.CompositePrimaryKey("group_id", "slot", "minute")
    group_id = models.BigIntegerField()
    slot = models.SmallIntegerField()
    minute = models.BigIntegerField()
    contacts = models.BigIntegerField()
    opened = models.BigIntegerField()
    drawn = models.BigIntegerField()
    removed = models.BigIntegerField()
    unmeasured = models.BigIntegerField(db_default=0)
    drawn_unmeasured = models.BigIntegerField(db_default=0)
    lapsed = models.BigIntegerField(db_default=0)

    class Meta:
        indexes = [
            models.Index(fields=["minute"], name="contacts_due_minute"),
            # The progress of sending reads one day of a group, whatever the slots.
            models.Index(fields=["group_id", "minute"], name="contacts_due_group_minute"),
        ]


class ContactsByDueDay(models.Model):
    """The same per group and day (days since 1970, UTC), whatever the slot.

    Sums over many campaigns use days, and minutes only for today.
    """

    pk = models.CompositePrimaryKey("group_id", "day")
    group_id = models.BigIntegerField()
    day = models.BigIntegerField()
    contacts = models.BigIntegerField()
    opened = models.BigIntegerField()
    unmeasured = models.BigIntegerField(db_default=0)
    lapsed = models.BigIntegerField(db_default=0)


class CampaignSlots(models.Model):
    """The slots of a campaign, fixed for good an hour after its first contact fell due.

    `first_due` and `cut_off` are minutes since 1970 (UTC), `width` is in minutes; see
    `tracking.counting.slots`. Contacts created before `filled_before` count in their slots, all do
    where it is NULL. `planned` are the groups' planned percentages of all contacts by id, as they
    were then: a group that is archived, added or changed later does not change the plan.
    """

    campaign_id = models.BigIntegerField(primary_key=True)
    first_due = models.BigIntegerField()
    width = models.PositiveIntegerField()
    cut_off = models.BigIntegerField()
    # How many had anybody to send to.
    groups = models.PositiveIntegerField()
    planned = models.JSONField(null=True)
    fixed_at = models.DateTimeField()
    filled_before = models.DateTimeField(null=True)
    # When it was last looked at whether there is something to decide, at which version of its
    # groups' counters, and from when on time alone may tell more; NULL where it never will.
    looked_at = models.DateTimeField(null=True)
    looked_version = models.BigIntegerField(null=True)
    look_again_at = models.DateTimeField(null=True)


class VerdictCall(models.Model):
    """The first call of a better group in a campaign, which stays; see `reports.verdict.states`.

    `figures` are the shares it named: the age in minutes, and events and contacts by group id.
    """

    campaign_id = models.BigIntegerField(primary_key=True)
    called_at = models.DateTimeField()
    goal = models.CharField(max_length=10)
    way = models.CharField(max_length=10)
    group_id = models.BigIntegerField()
    figures = models.JSONField()


class VerdictDecision(models.Model):
    """What was decided of a campaign's groups, once, with the sums that it was decided on.

    `ratios` are rows of group, other group, lowest and highest ratio of their shares. In `text`
    groups are named by their ids (`reports.verdict.wording.placeholder`).
    """

    campaign_id = models.BigIntegerField(primary_key=True)
    decided_at = models.DateTimeField()
    state = models.CharField(max_length=40)
    group_id = models.BigIntegerField(null=True)
    figures = models.JSONField()
    ratios = models.JSONField()
    text = models.TextField()


class CounterAudit(models.Model):
    """The result of the last run of `audit_counters`; one row, none before the first run."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    finished_at = models.DateTimeField()
    differences = models.PositiveIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="counter_audit_is_one_row")]


class IngestLock(models.Model):
    """The row that every writer of counters locks first; see `tracking.counting.lock`.

    Raw opens older than `pruned_before` are deleted; every hit older than `complete_until` was in
    the database when ingest last checked. Contacts follow the decisions of people up to number
    `decisions_followed` (`contacts.measured.decided`). Ids of shared loads from before
    `shared_pruned_before` are deleted. User agents without an open were looked for at
    `agents_checked_at`.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    pruned_before = models.DateTimeField(null=True)
    complete_until = models.DateTimeField(null=True)
    decisions_followed = models.BigIntegerField(default=0, db_default=0)
    shared_pruned_before = models.DateTimeField(null=True)
    agents_checked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="ingest_lock_is_one_row")]


class SpoolProgress(models.Model):
    """The last note (`tracking.hits.progress_notes`) of a spool recorded from one partition."""

    pk = models.CompositePrimaryKey("spool", "partition")
    spool = models.CharField(max_length=MAX_NAME)
    partition = models.IntegerField()
    partitions = models.IntegerField()
    complete_until = models.DateTimeField(null=True)
