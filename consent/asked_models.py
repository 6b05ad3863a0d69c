"""Whom a campaign asked whether being measured is all right."""

from django.db import models

from consent.people import PERSON_LENGTH


class Asked(models.Model):
    """One asking: a list that names the person was given out.

    No foreign key: inserting would lock the campaign's row after the state of consent.
    """

    person = models.CharField(max_length=PERSON_LENGTH)
    campaign_id = models.BigIntegerField()
    asked_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["person", "campaign_id"], name="asked_once"),
        ]

    def __str__(self) -> str:
        return f"Asked by campaign {self.campaign_id}"
