"""What a person can do on its own page: agree to what it has read, and withdraw.

Where a contact's address has changed, nobody knows which of its people got the mail with the link:
it tells nothing of either and agrees for neither, and a no counts for all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User

from campaigns.models import Contact
from consent.decisions import record_decisions
from consent.former import NOBODY, read_former
from consent.journal import require_replayed
from consent.models import IN_FORCE, AnswerInForce, Way
from consent.modes import Answer
from consent.page.notice import Facts, Notice
from consent.queries import person_of, subject_of
from consent.reading import Told
from consent.tokens import Named, make_token, read_token
from consent.weighing import Report, Source
from consent.words import Outcome
from foundation.errors import Busy

# A year from the last mail that we know of.
AGREES_FOR = timedelta(days=366)
PROOF = "Said on the person's own page."
# The settings without which the page can't say who measures.
NEEDED = ("PRIVACY_SENDER", "PRIVACY_CONTACT", "PRIVACY_POLICY_URL")
SAVED = (Outcome.STORED, Outcome.UNCHANGED)
NOT_COUNTED = "Not saved yet: another decision came first. Try again in a moment."


# Why nobody can agree by a link, as the sentence is called that says so.
WhyNot = Literal["too_old", "unclear"]


@dataclass(frozen=True)
class Shown:
    """What a link may tell and do beside withdrawing."""

    address: str | None = None
    answers: Sequence[AnswerInForce] = ()
    why_not: WhyNot | None = None


def missing_settings() -> list[str]:
    """The settings that the page still needs; it serves once there are none."""
    return [name for name in NEEDED if not getattr(settings, name)]


def read_facts() -> Facts | None:
    """What the page says of who measures; None while that is not set."""
    if missing_settings():
        return None
    sender, contact, policy = (getattr(settings, name) for name in NEEDED)
    return Facts(sender, contact, policy, settings.OPEN_RETENTION_DAYS)


def may_give_pages(user: User) -> bool:
    """Whoever holds the address of a page decides for its person: only who may do so gets it."""
    return user.has_perm("consent.add_decision")


def consent_url(*, campaign_id: int, contact_id: UUID, base: str) -> str | None:
    """The address of a contact's page; None while the page does not serve."""
    if missing_settings():
        return None
    named = Named(campaign_id, contact_id)
    return f"{base}/privacy/{make_token(named, key=settings.HASH_KEY)}"


def find_contact(token: str) -> Contact | None:
    """The contact that a token names; None for a forged token and for an erased contact alike.

    Raises `consent.journal.NotReplayed`: what people decided may be missing.
    """
    named = read_token(token, key=settings.HASH_KEY)
    if named is None:
        return None
    require_replayed()
    known = Contact.objects.filter(campaign_id=named.campaign_id, erased_at__isnull=True)
    return known.filter(uuid=named.contact_id).first()


def read_shown(contact: Contact, *, now: datetime) -> Shown:
    why_not = why_not_agree(contact, now=now)
    if why_not == "unclear":
        return Shown(why_not=why_not)
    return Shown(contact.email, _answers_of(contact), why_not)


def why_not_agree(contact: Contact, *, now: datetime) -> WhyNot | None:
    """Why nobody can agree by the contact's link; None if its person can.

    It is unclear whose it is where an address was changed, or came, after a mail may have gone out.
    Without a due time nobody knows whether one has, nor to whom.
    """
    if _was_somebody_else(contact):
        return "unclear"
    return None if _is_young(contact, now) else "too_old"


def _is_young(contact: Contact, now: datetime) -> bool:
    moments = (contact.created_at, contact.due_at, contact.resent_at)
    return now < max(filter(None, moments)) + AGREES_FOR


def _was_somebody_else(contact: Contact) -> bool:
    return bool(read_former([contact.uuid]))


def _answers_of(contact: Contact) -> list[AnswerInForce]:
    """What the person has decided so far."""
    person = person_of(subject_of(contact))
    found = (model._default_manager.filter(person=person).first() for model in IN_FORCE.values())
    return [answer for answer in found if answer is not None]


def agree(contact: Contact, *, opens: bool, clicks: bool, notice: Notice, now: datetime) -> None:
    """Record the boxes of the notice: one that was left empty is a no. Raises Busy."""
    told = Told(
        opens=_answer(opens),
        clicks=_answer(clicks),
        decided_at=now,
        text=notice.text(),
        proof=PROOF,
    )
    _record([Report.about(subject_of(contact), told)], now)


def withdraw(contact: Contact, *, now: datetime) -> None:
    """Record a no to everything, of whomever the contact is and was. Raises Busy."""
    told = Told(opens=Answer.DENIED, clicks=Answer.DENIED, decided_at=now, proof=PROOF)
    own = Report.about(subject_of(contact), told)
    former = {one.person for one in read_former([contact.uuid]).get(contact.uuid, ())}
    others = sorted(former - {own.person, NOBODY})
    _record([own, *(Report.of(person, None, told) for person in others)], now)


def _answer(ticked: bool) -> Answer:
    return Answer.GRANTED if ticked else Answer.DENIED


def _record(reports: Sequence[Report], now: datetime) -> None:
    results = record_decisions(reports, source=Source(Way.PAGE), now=now)
    if any(result.errors or result.outcome not in SAVED for result in results):
        # To a yes, a no of the same moment or of a host whose clock is ahead stands for an instant.
        raise Busy(NOT_COUNTED)
