"""Decisions of people about being measured: only ever added, since they are the proof.

Nothing here says who somebody is: a `person` is a keyed hash (`consent.people`).
"""

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from campaigns.modes import CHOICES
from consent.asked_models import Asked
from consent.modes import Answer, Purpose
from consent.people import PERSON_LENGTH
from consent.reading import PROOF_LENGTH

__all__ = [
    "ANSWERS",
    "IN_FORCE",
    "Asked",
    "ClickConsent",
    "ConsentState",
    "ConsentText",
    "Decision",
    "FormerPerson",
    "GonePerson",
    "PersonConsent",
    "Way",
]
ANSWERS = [(Answer.GRANTED.value, "Agreed"), (Answer.DENIED.value, "Refused or withdrew")]
DIGEST_LENGTH = 64
NO_YES = ~Q(opens=Answer.GRANTED.value) & ~Q(clicks=Answer.GRANTED.value)
STAYS = "Decisions and their texts are only added: neither changed nor deleted."


class Way(models.TextChoices):
    """How a decision became known."""

    PAGE = "page", "The person's page"
    IMPORT = "import", "Import"
    API = "api", "API"
    ADMIN = "admin", "Admin"


class Stays(TypeError):
    """Code tried to change or delete what is kept as proof."""


class AddedQuerySet(models.QuerySet):
    def update(self, **kwargs: Any) -> NoReturn:
        raise Stays(STAYS)

    def delete(self) -> NoReturn:
        raise Stays(STAYS)


class Added(models.Model):
    """Rows that are only added."""

    objects = AddedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise Stays(STAYS)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise Stays(STAYS)


class ConsentText(Added):
    """A text that people were shown, once; `digest` is the SHA-256 of its UTF-8."""

    digest = models.CharField(max_length=DIGEST_LENGTH, primary_key=True)
    value = models.TextField()
    first_used_at = models.DateTimeField()

    class Meta:
        default_permissions = ()


class Decision(Added):
    """One decision. It holds from when it was recorded; `decided_at` is when it was made.

    It is about opens, clicks or both; null says nothing about one. Numbers have no gaps and rise in
    the order of commits. `contact_id` is set where there is no address to find the person by.
    """

    number = models.BigIntegerField(primary_key=True)
    person = models.CharField(max_length=PERSON_LENGTH)
    contact_id = models.UUIDField(null=True)
    opens = models.CharField(max_length=10, null=True, choices=ANSWERS)
    clicks = models.CharField(max_length=10, null=True, choices=ANSWERS)
    decided_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    way = models.CharField(max_length=10, choices=Way)
    text = models.ForeignKey(
        ConsentText, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    proof = models.CharField(max_length=PROOF_LENGTH, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-number"]
        default_permissions = ("add", "view")
        indexes = [models.Index(fields=["person", "number"], name="decision_person")]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens__in=[answer for answer, _ in ANSWERS]), name="decision_opens"
            ),
            models.CheckConstraint(
                condition=Q(clicks__in=[answer for answer, _ in ANSWERS]), name="decision_clicks"
            ),
            models.CheckConstraint(
                condition=Q(opens__isnull=False) | Q(clicks__isnull=False),
                name="decision_of_something",
            ),
            models.CheckConstraint(condition=Q(way__in=Way.values), name="decision_way"),
            models.CheckConstraint(
                condition=NO_YES | Q(text__isnull=False), name="decision_yes_has_a_text"
            ),
            models.CheckConstraint(
                condition=Q(decided_at__lte=F("recorded_at")), name="decision_moments"
            ),
        ]

    def __str__(self) -> str:
        return f"Decision {self.number}"


class AnswerInForce(models.Model):
    """The decision of a person about one purpose that is in force.

    `since` is when it came into force, `version` the number of the person's last decision about it.
    """

    person = models.CharField(max_length=PERSON_LENGTH, primary_key=True)
    contact_id = models.UUIDField(null=True)
    decided_at = models.DateTimeField()
    since = models.DateTimeField()
    after_refusal = models.BooleanField()
    is_proven = models.BooleanField()
    way = models.CharField(max_length=10, choices=Way)
    text = models.ForeignKey(
        ConsentText, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    version = models.BigIntegerField(unique=True)

    purpose: Purpose

    class Meta:
        abstract = True
        default_permissions = ()

    @property
    def answer(self) -> Answer:
        return Answer(getattr(self, self.purpose))


class PersonConsent(AnswerInForce):
    """Whether a person's opens may be measured, as ingest reads it."""

    purpose = Purpose.OPENS

    opens = models.CharField(max_length=10, choices=ANSWERS)

    class Meta(AnswerInForce.Meta):
        # Who withdrew since a list was downloaded.
        indexes = [models.Index(fields=["opens", "since"], name="consent_since")]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens__in=[answer for answer, _ in ANSWERS]), name="consent_opens"
            ),
            models.CheckConstraint(
                condition=Q(opens=Answer.DENIED.value) | Q(text__isnull=False),
                name="consent_yes_has_a_text",
            ),
        ]


class ClickConsent(AnswerInForce):
    """Whether it may be measured which links a person follows."""

    purpose = Purpose.CLICKS

    clicks = models.CharField(max_length=10, choices=ANSWERS)

    class Meta(AnswerInForce.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(clicks__in=[answer for answer, _ in ANSWERS]), name="consent_clicks"
            ),
            models.CheckConstraint(
                condition=Q(clicks=Answer.DENIED.value) | Q(text__isnull=False),
                name="consent_clicks_yes_has_a_text",
            ),
        ]


IN_FORCE: dict[Purpose, type[AnswerInForce]] = {
    model.purpose: model for model in (PersonConsent, ClickConsent)
}


class GonePerson(models.Model):
    """A person with decisions of whom no contact is left, and since when: the proof expires."""

    person = models.CharField(max_length=PERSON_LENGTH, primary_key=True)
    gone_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()


class ConsentState(models.Model):
    """One row: the last number given out, and the installation's modes as ingest last saw them.

    Whoever records a decision or an erasure locks it first. `tracking_since` and
    `never_asked_since` are when a mode became wider.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)
    tracking_mode = models.CharField(max_length=10, null=True, choices=CHOICES)
    never_asked = models.CharField(max_length=10, null=True, choices=CHOICES)
    tracking_since = models.DateTimeField(null=True)
    never_asked_since = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(id=1), name="consent_state_is_one_row")]


class FormerPerson(models.Model):
    """Whom a contact was until its address changed, once a mail may have gone out to it.

    Its pixels lie in that person's mails, so that person's word counts for them as well.
    """

    contact = models.ForeignKey("campaigns.Contact", on_delete=models.CASCADE, related_name="+")
    person = models.CharField(max_length=PERSON_LENGTH)
    until = models.DateTimeField()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["person"], name="former_person")]
