"""Reads who may be measured.

What is answered to somebody raises `consent.journal.NotReplayed` while the database lacks decisions
of the journal, as after a restore: who withdrew would look as if nothing had been decided.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import chain
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, Q

from campaigns.models import Campaign, Contact
from campaigns.modes import WIDEST, Mode, narrowest
from consent.former import read_former
from consent.journal import require_replayed
from consent.models import IN_FORCE, ConsentState, Decision, PersonConsent
from consent.modes import Answer, Dropped, Level, Levels, Policy, Standing
from consent.people import Subject

# Of somebody who has not answered.
UNANSWERED: Sequence[Standing | None] = [None]


@dataclass(frozen=True)
class Allowances:
    """What some subjects may be measured for, as of when it was read.

    `people` has each subject's person, and whom it was when it got mails; the narrowest counts.
    `standings` are the answers that may narrow something: a yes alone changes nothing in a campaign
    that measures everybody. `number` is the last that the database has given out.
    """

    policies: Mapping[int, Policy]
    people: Mapping[Subject, Sequence[str]]
    standings: Mapping[str, Standing]
    number: int = 0

    @cached_property
    def open_campaigns(self) -> frozenset[int]:
        """Those in which everybody is measured who did not refuse."""
        return frozenset(n for n, policy in self.policies.items() if policy.allows_all())

    def mode(self, subject: Subject) -> Mode:
        """The mode in force now."""
        policy = self.policies[subject.campaign_id]
        return narrowest(*map(policy.current, self._standings(subject)))

    def mode_of_hit(self, subject: Subject, at: datetime) -> Mode:
        """What may be kept of a hit of this moment."""
        policy = self.policies[subject.campaign_id]
        return narrowest(*(policy.of_hit(at, one) for one in self._standings(subject)))

    def why_dropped(self, subject: Subject, at: datetime) -> Dropped | None:
        """Why a hit of this moment is no open; None if it is one."""
        standings = self._standings(subject)
        if standings == UNANSWERED and subject.campaign_id in self.open_campaigns:
            return None
        policy = self.policies[subject.campaign_id]
        reasons = (policy.why_dropped(at, standing) for standing in standings)
        return next(filter(None, reasons), None)

    def _standings(self, subject: Subject) -> Sequence[Standing | None]:
        if not self.standings:
            return UNANSWERED
        return [self.standings.get(person) for person in self.people[subject]]


def person_of(subject: Subject) -> str:
    return subject.person(key=settings.HASH_KEY)


def former_people(subject: Subject) -> set[str]:
    """Whom a contact's decisions may belong to from before it had an address."""
    unnamed = subject._replace(email_hash=None)
    return {person_of(unnamed), person_of(unnamed._replace(external_id=None))}


def people_of(subject: Subject) -> set[str]:
    """Whom a contact is, and whom it was from before it had an address."""
    return {person_of(subject), *former_people(subject)}


def everybody_is_measured() -> bool:
    """Whether nobody has ever decided and nothing is narrowed, in one small query."""
    narrowed = Q(tracking_mode__isnull=False) | Q(never_asked__isnull=False)
    widened = Q(tracking_widened_at__isnull=False) | Q(never_asked_widened_at__isnull=False)
    limited = Campaign.objects.filter(narrowed | widened)
    state = ConsentState.objects.annotate(limited=Exists(limited)).filter(id=1).first()
    if state is None:
        return _installation(ConsentState()) == Levels() and not limited.exists()
    return not state.number and not state.limited and _installation(state) == Levels()


def read_policies(campaign_ids: Collection[int]) -> Mapping[int, Policy]:
    """The limits in force for each campaign, in two queries."""
    return _policies(campaign_ids, installation_levels())


def read_allowances(subjects: Collection[Subject]) -> Allowances:
    """In two queries, and two more once anybody has decided."""
    state = _state()
    policies = _policies({subject.campaign_id for subject in subjects}, _installation(state))
    if not state.number:
        return Allowances(policies, {}, {})
    former = read_former({subject.contact_id for subject in subjects})
    people = {
        subject: [person_of(subject), *(one.person for one in former.get(subject.contact_id, ()))]
        for subject in subjects
    }
    narrowing = all(policy.allows_all() for policy in policies.values())
    standings = _standings(chain.from_iterable(people.values()), narrowing=narrowing)
    return Allowances(policies, people, standings, state.number)


def subject_of(contact: Contact) -> Subject:
    columns = (contact.campaign_id, contact.uuid, contact.email_hash, contact.external_id)
    return Subject(*columns)


def widest_mode(campaign: Campaign) -> Mode:
    """The widest that anybody of a campaign may be measured, as who has agreed is."""
    return read_policies([campaign.pk])[campaign.pk].widest()


def mode_of(contact: Contact) -> Mode:
    """How far a contact may be measured now."""
    return modes_of([contact])[contact.uuid]


def modes_of(contacts: Iterable[Contact]) -> dict[UUID, Mode]:
    """How far each contact may be measured now; not at all whoever was forgotten.

    Raises NotReplayed.
    """
    require_replayed()
    contacts = list(contacts)
    subjects = [subject_of(contact) for contact in contacts if contact.forgotten_at is None]
    modes = dict.fromkeys((contact.uuid for contact in contacts), Mode.OFF)
    if everybody_is_measured():
        return modes | {subject.contact_id: WIDEST for subject in subjects}
    allowances = read_allowances(subjects)
    return modes | {subject.contact_id: allowances.mode(subject) for subject in subjects}


@dataclass
class ChangedConsent:
    """What one decision still says of a person; None where another one is in force, or none."""

    person: str
    contact_id: UUID | None
    decided_at: datetime
    since: datetime
    way: str
    version: int
    opens: str | None = None
    clicks: str | None = None


def changed_consents(*, since: int, limit: int) -> list[ChangedConsent]:
    """The decisions in force with a number above `since`, in order.

    Numbers are given out and committed in the same order, one transaction after the other. So all
    up to the one that is read first are there; later ones might be seen by one query and not by the
    other, and wait for the next page. Raises NotReplayed.
    """
    require_replayed()
    columns = ("person", "contact_id", "decided_at", "since", "way", "version")
    changed: dict[int, ChangedConsent] = {}
    last = _state().number
    for purpose, model in IN_FORCE.items():
        rows = model._default_manager.filter(version__gt=since, version__lte=last)
        rows = rows.order_by("version")
        for row in rows[:limit]:
            fresh = ChangedConsent(*(getattr(row, name) for name in columns))
            # One decision has one number, whatever it is about.
            setattr(changed.setdefault(row.version, fresh), purpose, row.answer)
    return [changed[version] for version in sorted(changed)[:limit]]


def unmeasured_now(contact_ids: Collection[UUID]) -> set[UUID]:
    """Those of the contacts whose own opens may not be measured now; raises NotReplayed."""
    require_replayed()
    if everybody_is_measured():
        return set()
    columns = ("campaign_id", "uuid", "email_hash", "external_id")
    rows = Contact.objects.filter(uuid__in=contact_ids).order_by().values_list(*columns)
    subjects = [Subject(*row) for row in rows]
    allowances = read_allowances(subjects)
    return {s.contact_id for s in subjects if allowances.mode(s) != Mode.INDIVIDUAL}


def decisions_of(person: str) -> list[Decision]:
    """A person's decisions, the newest first; raises NotReplayed."""
    require_replayed()
    return list(Decision.objects.filter(person=person).select_related("text", "by"))


def installation_levels() -> Levels:
    """How far the installation lets people be measured."""
    return _installation(_state())


def _state() -> ConsentState:
    return ConsentState.objects.filter(id=1).first() or ConsentState()


def _standings(people: Iterable[str], *, narrowing: bool) -> dict[str, Standing]:
    """The answers of people; `narrowing` leaves out those of who has only ever agreed."""
    rows = PersonConsent.objects.filter(person__in=set(people))
    if narrowing:
        rows = rows.filter(Q(opens=Answer.DENIED) | Q(after_refusal=True))
    columns = ("person", "opens", "since", "after_refusal")
    return {
        person: Standing(Answer(opens), since, after)
        for person, opens, since, after in rows.values_list(*columns)
    }


def _installation(state: ConsentState) -> Levels:
    return Levels(
        tracking=_level(settings.TRACKING_MODE, state.tracking_mode, state.tracking_since),
        never_asked=_level(settings.NEVER_ASKED, state.never_asked, state.never_asked_since),
    )


def _level(setting: str, noted: str | None, since: datetime | None) -> Level:
    """A wider mode comes into force once ingest has noted since when."""
    return Level(narrowest(Mode(setting), Mode(noted or setting)), since)


def _policies(campaign_ids: Collection[int], installation: Levels) -> dict[int, Policy]:
    columns = (
        *("tracking_mode", "tracking_widened_at"),
        *("never_asked", "never_asked_widened_at"),
    )
    campaigns = Campaign.objects.filter(id__in=campaign_ids).order_by().only(*columns)
    return {campaign.pk: _policy(installation, campaign) for campaign in campaigns}


def _policy(installation: Levels, campaign: Campaign) -> Policy:
    tracking, never_asked = campaign.tracking_mode, campaign.never_asked
    return Policy(
        installation,
        Levels(
            tracking=Level(Mode(tracking or WIDEST), campaign.tracking_widened_at),
            never_asked=Level(Mode(never_asked or WIDEST), campaign.never_asked_widened_at),
        ),
    )
