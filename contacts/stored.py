"""Maps a contact's values to columns."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from django.db.models import F, Q

from campaigns.models import Group
from contacts.fields import OWN, Value
from foundation.errors import InvalidInput
from foundation.personal_data.hashes import read_email_hash
from foundation.personal_data.identity import email_domain

BEING_GIVEN = "The rest is being given the winner just now: try again in a minute."


def columns_of(values: Mapping[str, Value]) -> dict[str, Value]:
    """The columns of validated values, without those that identify the contact."""
    columns = {name: values[name] for name in OWN if name in values}
    if "email" in columns:
        columns |= email_columns(cast("str | None", columns["email"]))
    return columns


def email_columns(email: str | None) -> dict[str, str | None]:
    """The three columns of a validated address."""
    if email is None:
        return {"email": None, "email_hash": None, "email_domain": None}
    digest = read_email_hash(email)
    return {"email": email, "email_hash": digest, "email_domain": email_domain(email)}


def could_be_mailed(*, due_at: datetime | None, not_sent_at: datetime | None) -> bool:
    """Whether its mail could go out when a contact fell due: no mark stood then."""
    return due_at is not None and not (not_sent_at is not None and not_sent_at < due_at)


# The same of rows: those whose mail could not go out.
MARKED_WHEN_DUE = Q(not_sent_at__lt=F("due_at"))


def first_due(scheduled_at: datetime | None, *, group: Group, told_at: datetime) -> datetime | None:
    """When a contact falls due: as scheduled, but never before PixelTrack was told of it.

    None in a group that gets no mail, or none yet.
    """
    if scheduled_at is None or not group.is_mailed:
        return None
    return max(scheduled_at, told_at)


def refuse_while_given(group: Group, *, field: str = "scheduled_at") -> None:
    """Keep schedules of a rest as they are until all of its due times are reckoned from them."""
    if group.is_being_given:
        raise InvalidInput.field(field, BEING_GIVEN, code="being_given")
