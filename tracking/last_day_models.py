"""The table of the mode `last_day`."""

from django.db import models

from consent.people import PERSON_LENGTH


class LastDay(models.Model):
    """The day on which a person last opened an e-mail, overwritten by a later one.

    It says nothing of a campaign, and nothing else is kept. `person` is a keyed hash
    (`consent.people`), `day` one of the project's zone. Only to find whom to stop writing to.
    """

    person = models.CharField(max_length=PERSON_LENGTH, primary_key=True)
    day = models.DateField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.day)
