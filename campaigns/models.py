"""Campaigns, their groups and their contacts.

A `name_key` is `identity.name_key` of the name beside it, and is what has to be unique: databases
compare names differently.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from campaigns import modes
from campaigns.export_models import Export, ExportKind
from campaigns.import_models import ImportedContact
from campaigns.link_models import ReportLink
from campaigns.roles import CHOICES, SINGLE_ROLES, Role
from foundation.parsing import LANGUAGE_LENGTH
from foundation.personal_data.fields import (
    EncryptedBytesField,
    SafeEncryptedCharField,
    SafeEncryptedTextField,
)

__all__ = ["Export", "ExportKind", "ImportedContact", "ReportLink"]

NAME_KEY_LENGTH = 400
SEED_LENGTH = 32
# In minutes.
DECISION_AGES = [(240, "4 hours"), (1_440, "24 hours"), (4_320, "72 hours"), (10_080, "7 days")]
DEFAULT_DECISION_AGE = 4_320
# What can be measured today: the first open by a person.
GOALS = [("opened", "Opened by a person")]
DEFAULT_GOAL = "opened"


class Campaign(models.Model):
    """One mailing whose opens are compared between its groups; archived, never deleted."""

    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=NAME_KEY_LENGTH, editable=False)
    live = models.BooleanField(null=True, default=True, editable=False)
    description = models.TextField(blank=True, max_length=5000)
    start_at = models.DateTimeField()
    end_at = models.DateTimeField()
    # The event that groups are compared by; of `reports.verdict.experiment.Goal`.
    goal = models.CharField(
        max_length=10, choices=GOALS, default=DEFAULT_GOAL, db_default=DEFAULT_GOAL
    )
    # Minutes after its due time up to which a contact's events decide which group does better.
    decision_age = models.PositiveIntegerField(
        choices=DECISION_AGES,
        default=DEFAULT_DECISION_AGE,
        db_default=DEFAULT_DECISION_AGE,
        help_text="Groups are compared by who opened within this time of the due time, and "
        "decided on once. It can't change once the first contact is due.",
    )
    # NULL is the last due time known when slots are fixed.
    cut_off_at = models.DateTimeField(null=True, blank=True)
    # Since when a mixing of its schedule that is not finished was begun, or resumed.
    mixing_since = models.DateTimeField(null=True, blank=True, editable=False)
    # How far its contacts may be measured, and those who never answered; NULL is as far as the
    # installation allows. The moments are when a mode last became wider.
    tracking_mode = models.CharField(max_length=10, null=True, blank=True, choices=modes.CHOICES)
    never_asked = models.CharField(max_length=10, null=True, blank=True, choices=modes.CHOICES)
    tracking_widened_at = models.DateTimeField(null=True, editable=False)
    never_asked_widened_at = models.DateTimeField(null=True, editable=False)
    # The first change of modes that not all contacts follow yet, and the creation of the first of
    # those that don't, NULL for all (`contacts.measured.changed_modes`).
    measuring_since = models.DateTimeField(null=True, editable=False)
    measuring_from = models.DateTimeField(null=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-start_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(goal__in=[goal for goal, _ in GOALS]), name="campaign_goal"
            ),
            models.CheckConstraint(
                condition=Q(decision_age__in=[age for age, _ in DECISION_AGES]),
                name="campaign_decision_age",
            ),
            models.CheckConstraint(
                condition=Q(tracking_mode__isnull=True)
                | Q(tracking_mode__in=[mode.value for mode in modes.Mode]),
                name="campaign_tracking_mode",
            ),
            models.CheckConstraint(
                condition=Q(never_asked__isnull=True)
                | Q(never_asked__in=[mode.value for mode in modes.Mode]),
                name="campaign_never_asked",
            ),
            models.CheckConstraint(
                condition=Q(cut_off_at__isnull=True) | Q(cut_off_at__gt=F("start_at")),
                name="campaign_cut_off",
            ),
            # MySQL has no partial unique index; NULLs never collide in a plain one.
            models.UniqueConstraint(fields=["name_key", "live"], name="campaign_live_name"),
            models.CheckConstraint(condition=Q(end_at__gt=F("start_at")), name="campaign_dates"),
            models.CheckConstraint(
                condition=Q(archived_at__isnull=True, live=True)
                | Q(archived_at__isnull=False, live__isnull=True),
                name="campaign_live_means_not_archived",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FormerModes(models.Model):
    """How far a campaign, the installation where it is NULL, let people be measured until then.

    Only added: what was in force when a contact fell due can be looked up later.
    """

    campaign = models.ForeignKey(
        Campaign, null=True, on_delete=models.PROTECT, related_name="former_modes", db_index=False
    )
    until = models.DateTimeField()
    tracking_mode = models.CharField(max_length=10, null=True, choices=modes.CHOICES)
    never_asked = models.CharField(max_length=10, null=True, choices=modes.CHOICES)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["campaign", "until"], name="former_modes_of_campaign")]
        constraints = [
            models.CheckConstraint(
                condition=Q(**{f"{name}__isnull": True})
                | Q(**{f"{name}__in": [mode.value for mode in modes.Mode]}),
                name=f"former_{name}",
            )
            for name in ("tracking_mode", "never_asked")
        ]

    def __str__(self) -> str:
        return f"Modes until {self.until}"


class Group(models.Model):
    """A group of a campaign; `planned_share` is a percentage, None for an even split.

    `single_role` is the role where a campaign has one group of it at most, for the database to hold
    that. The contacts of the rest are due once a winner is given to them, those of the control
    group never. Between `winner_chosen_at` and `winner_given_at` the rest's contacts get their due
    times (`contacts.schedules.winner`): from `winner_start_at` on, `winner_shift` later than
    planned.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="groups")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=100)
    name_key = models.CharField(max_length=NAME_KEY_LENGTH, editable=False)
    description = models.TextField(blank=True, max_length=5000)
    planned_share = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    role = models.CharField(
        max_length=10, choices=CHOICES, default=Role.VARIANT.value, db_default=Role.VARIANT.value
    )
    single_role = models.CharField(max_length=10, null=True, editable=False)
    # Of the rest: the variant whose mail it gets, and whether that was called by watching only.
    winner = models.ForeignKey(
        "self", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    winner_chosen_at = models.DateTimeField(null=True, blank=True, editable=False)
    winner_start_at = models.DateTimeField(null=True, blank=True, editable=False)
    # NULL where nobody of the rest had a schedule.
    winner_shift = models.DurationField(null=True, blank=True, editable=False)
    winner_given_at = models.DateTimeField(null=True, blank=True, editable=False)
    winner_is_preliminary = models.BooleanField(default=False, db_default=False, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["campaign_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="group_number"),
            models.UniqueConstraint(fields=["campaign", "name_key"], name="group_name"),
            models.CheckConstraint(condition=Q(number__gte=1), name="group_number_positive"),
            models.CheckConstraint(
                condition=Q(planned_share__isnull=True)
                | Q(planned_share__gt=0, planned_share__lte=100),
                name="group_share_is_a_percentage",
            ),
            models.UniqueConstraint(fields=["campaign", "single_role"], name="group_single_role"),
            models.CheckConstraint(
                condition=Q(role=Role.VARIANT.value, single_role__isnull=True)
                | Q(
                    role__in=[role.value for role in SINGLE_ROLES],
                    single_role=F("role"),
                    archived_at__isnull=True,
                )
                | Q(
                    role__in=[role.value for role in SINGLE_ROLES],
                    single_role__isnull=True,
                    archived_at__isnull=False,
                ),
                name="group_role",
            ),
            models.CheckConstraint(
                condition=Q(
                    winner__isnull=True,
                    winner_chosen_at__isnull=True,
                    winner_start_at__isnull=True,
                    winner_shift__isnull=True,
                    winner_given_at__isnull=True,
                    winner_is_preliminary=False,
                )
                | Q(
                    role=Role.REST.value,
                    winner__isnull=False,
                    winner_chosen_at__isnull=False,
                    winner_start_at__isnull=False,
                ),
                name="group_winner_is_for_the_rest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    @property
    def is_counted(self) -> bool:
        """A control group gets no mail: who opens in it is in no list, count, sum or file."""
        return self.role != Role.CONTROL

    @property
    def is_mailed(self) -> bool:
        """Whether its contacts are due as they are scheduled."""
        return self.role == Role.VARIANT or self.winner_given_at is not None

    @property
    def is_being_given(self) -> bool:
        """Whether a winner was chosen for it, and some of its contacts have no due time yet."""
        return self.winner_id is not None and self.winner_given_at is None


class NotSentReason(models.TextChoices):
    """Why a contact is not sent to; test contacts have their reason from the start."""

    BOUNCED = "bounced"
    WITHDRAWN = "withdrawn"
    TEST = "test"


MEASURED = [
    (modes.Measured.NO.value, "Not measured"),
    (modes.Measured.YES.value, "Measured"),
    (modes.Measured.LAPSED.value, "Measured when due, not since"),
]

# The reasons that can be set later.
NOT_SENT_MARKS = [(r.value, r.label) for r in (NotSentReason.BOUNCED, NotSentReason.WITHDRAWN)]


class Contact(models.Model):
    """One recipient of one campaign; erased, never deleted, so that every count stays.

    The exception is an import that is undone: what it made goes, as long as nobody was sent to.
    """

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="contacts")
    group = models.ForeignKey(
        Group, on_delete=models.PROTECT, related_name="contacts", db_index=False
    )
    scheduled_at = models.DateTimeField(null=True, blank=True)
    # The first due time: once it has passed, no new schedule moves it.
    due_at = models.DateTimeField(null=True, blank=True, editable=False)
    # When the contact was mailed again; its opens from then on say nothing of the first mail.
    resent_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Kept by `contacts.measured`. No constraint: adding one would lock the table for a check of
    # every row.
    measured = models.SmallIntegerField(
        choices=MEASURED,
        default=modes.Measured.YES.value,
        db_default=modes.Measured.YES.value,
        editable=False,
    )
    # The age bin in which a measured one's person withdrew, None if that did not happen. No moment:
    # it would tell whose an erased contact was, beside the decision that is kept.
    withdrew_in = models.SmallIntegerField(null=True, editable=False)
    email = SafeEncryptedCharField(max_length=254, null=True, blank=True)
    name = SafeEncryptedCharField(max_length=200, null=True, blank=True)
    email_hash = models.CharField(max_length=64, null=True, editable=False, db_index=True)
    email_domain = models.CharField(max_length=253, null=True, editable=False)
    external_id = models.CharField(max_length=100, null=True, blank=True)
    # BCP 47. Not in contact_erased_is_empty: changing that would lock the table for a check of
    # every row.
    locale = models.CharField(max_length=LANGUAGE_LENGTH, null=True, blank=True)
    not_sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    not_sent_reason = models.CharField(
        max_length=10, null=True, blank=True, choices=NotSentReason, editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    # When what was measured of it was removed; nothing is measured of it from then on.
    forgotten_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        permissions = [
            ("forget_contact", "Can forget what was measured of a contact"),
            ("view_person", "Can read everything about a person"),
        ]
        # By creation, then uuid: pages stay stable when contacts are added.
        ordering = ["created_at", "uuid"]
        indexes = [
            models.Index(fields=["group", "scheduled_at"], name="contact_group_schedule"),
            models.Index(fields=["campaign", "due_at"], name="contact_campaign_due"),
            models.Index(fields=["campaign", "created_at", "uuid"], name="contact_campaign_order"),
            models.Index(fields=["group", "created_at", "uuid"], name="contact_group_order"),
            models.Index(fields=["created_at", "uuid"], name="contact_order"),
            # Only a few of a million contacts are marked not sent: this lists them without a full
            # scan.
            models.Index(
                fields=["not_sent_reason", "created_at", "uuid"], name="contact_not_sent_order"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "email_hash"], name="contact_email"),
            models.UniqueConstraint(fields=["campaign", "external_id"], name="contact_external_id"),
            models.CheckConstraint(
                condition=Q(not_sent_at__isnull=True, not_sent_reason__isnull=True)
                | Q(not_sent_at__isnull=False, not_sent_reason__isnull=False),
                name="contact_not_sent_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(email__isnull=True, name__isnull=True, email_hash__isnull=True)
                & Q(email_domain__isnull=True, external_id__isnull=True),
                name="contact_erased_is_empty",
            ),
            models.CheckConstraint(
                condition=Q(email__isnull=True, email_hash__isnull=True, email_domain__isnull=True)
                | Q(email__isnull=False, email_hash__isnull=False, email_domain__isnull=False),
                name="contact_email_is_findable",
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class ForgottenPeople(models.Model):
    """How many people a campaign's figures no longer hold, since somebody asked to be forgotten."""

    # Checked by the database, inserting would lock the campaign's row after that of counting.
    campaign = models.OneToOneField(
        Campaign,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="forgotten",
        db_constraint=False,
    )
    people = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.people} people"


class ContactTest(models.Model):
    """Marks a test contact, which is excluded from every count.

    A table of its own, since a campaign may have a million contacts.
    """

    contact = models.OneToOneField(
        Contact, on_delete=models.PROTECT, primary_key=True, related_name="test"
    )
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="tests", db_index=False
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["campaign", "created_at"], name="contact_test_order")]

    def __str__(self) -> str:
        return str(self.contact_id)


class Draw(models.Model):
    """The seed from which a campaign's groups are drawn; its row is the lock of drawing."""

    campaign = models.OneToOneField(
        Campaign, on_delete=models.PROTECT, primary_key=True, related_name="draw"
    )
    seed = models.CharField(max_length=SEED_LENGTH)


class DrawStratum(models.Model):
    """How far one stratum is drawn: by one seed and one split, of which a change begins another.

    `counts` are contacts by the number of their group; `left` is what is left of the open block.
    `begun_with` are the counts it began with, None for none: of contacts whose draw had another
    seed, before an import was undone.
    """

    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="strata", db_index=False
    )
    seed = models.CharField(max_length=SEED_LENGTH)
    name = models.CharField(max_length=40)
    split = models.TextField()
    # `split` is too long for a key.
    split_digest = models.CharField(max_length=64)
    counts = models.JSONField(default=dict)
    left = models.JSONField(default=list)
    begun_with = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "seed", "split_digest", "name"], name="draw_stratum"
            )
        ]


class ContactDraw(models.Model):
    """The place at which a contact was drawn, from 1 in its stratum; it stays, whatever happens.

    A table of its own: not every contact was drawn.
    """

    contact = models.OneToOneField(
        Contact, on_delete=models.PROTECT, primary_key=True, related_name="draw"
    )
    stratum = models.ForeignKey(
        DrawStratum, on_delete=models.PROTECT, related_name="draws", db_index=False
    )
    place = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stratum", "place"], name="contact_draw_place"),
            models.CheckConstraint(condition=Q(place__gte=1), name="contact_draw_place_positive"),
        ]


class ImportState(models.TextChoices):
    UPLOADED = "uploaded"
    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    STOPPED = "stopped"
    UNDOING = "undoing", "Being undone"
    UNDONE = "undone"


class ContactImport(models.Model):
    """An import of a contact file into a campaign, and its progress.

    `offset` (in bytes) and `line` (from 1) are where the first unprocessed row begins. Only the
    holder of the lease may change them. `unchanged` rows are of contacts that were there before,
    `repeated` ones of contacts that the same file made; `removed` are those that undoing took away.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="imports")
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.UPLOADED)
    file_name = SafeEncryptedCharField(max_length=200)
    size = models.BigIntegerField(default=0)
    encoding = models.CharField(max_length=10, blank=True)
    separator = models.CharField(max_length=1, blank=True)
    columns = models.JSONField(default=list)
    # The file's column names as JSON; without rejected rows they are removed with the file's name.
    headers = SafeEncryptedTextField(null=True)
    # Rows that name no group get this one, or are drawn; `drawn` counts those by group.
    default_group = models.ForeignKey(Group, null=True, on_delete=models.PROTECT, related_name="+")
    draws_groups = models.BooleanField(default=False, db_default=False)
    drawn = models.JSONField(null=True)
    schedule_format = models.CharField(max_length=50, blank=True)
    zone = models.CharField(max_length=100, blank=True)
    pixels_per_contact = models.PositiveSmallIntegerField(default=1)
    offset = models.BigIntegerField(default=0)
    line = models.BigIntegerField(default=1)
    created = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    repeated = models.BigIntegerField(default=0, db_default=0)
    rejected = models.BigIntegerField(default=0)
    removed = models.BigIntegerField(default=0, db_default=0)
    failure = models.CharField(max_length=300, blank=True)
    lease_holder = models.UUIDField(null=True)
    lease_until = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    # When its rejected rows and the file's name were removed.
    forgotten_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "lease_until"], name="import_lease")]
        constraints = [
            models.CheckConstraint(
                condition=Q(draws_groups=False) | Q(default_group__isnull=True),
                name="import_draws_or_has_a_default_group",
            ),
            models.CheckConstraint(condition=Q(state__in=ImportState.values), name="import_state"),
            models.CheckConstraint(
                condition=Q(removed__lte=F("created")), name="import_removes_what_it_made"
            ),
        ]

    def __str__(self) -> str:
        return f"Import {self.pk}"


class ImportPiece(models.Model):
    """A piece of an uploaded file, encrypted; all but the last have the same size."""

    contact_import = models.ForeignKey(
        ContactImport, on_delete=models.CASCADE, related_name="pieces", db_index=False
    )
    number = models.PositiveIntegerField()
    content = EncryptedBytesField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact_import", "number"], name="import_piece")
        ]


class RejectedRow(models.Model):
    """An invalid value of a rejected row; `column` is "" for the row as a whole.

    The first one of each row holds its `cells`: JSON of a list, or of the unparsed text.
    """

    contact_import = models.ForeignKey(
        ContactImport, on_delete=models.CASCADE, related_name="rejected_rows"
    )
    line = models.BigIntegerField()
    column = models.CharField(max_length=20, blank=True)
    value = SafeEncryptedCharField(max_length=1000)
    reason = models.CharField(max_length=500)
    cells = SafeEncryptedTextField(null=True)

    class Meta:
        ordering = ["id"]
