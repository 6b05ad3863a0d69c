"""Records whom a campaign asks whether being measured is all right."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from django.conf import settings

from campaigns.models import Campaign
from campaigns.modes import Mode
from consent import journal
from consent.asking.rule import History, Said, is_asked_anew, may_ask
from consent.decisions import locked_state, note
from consent.models import IN_FORCE, Asked
from consent.page.visit import missing_settings
from consent.people import Subject
from consent.queries import person_of, widest_mode
from foundation.database import bulk_sql
from foundation.database.transactions import in_transaction
from foundation.errors import InvalidInput

NO_PAGE = "People answer on their own page, which needs the settings {}."
MEASURES = (
    "A campaign that asks measures nobody: set its tracking mode, or the installation's, to off."
)
COLUMNS = ("person", "campaign_id", "asked_at")


def refuse_asking(campaign: Campaign) -> None:
    """Raise InvalidInput where a campaign can't ask."""
    if missing := missing_settings():
        raise InvalidInput.field("ask", NO_PAGE.format(", ".join(missing)), code="no_page")
    if widest_mode(campaign) != Mode.OFF:
        raise InvalidInput.field("ask", MEASURES, code="measures")


def can_ask(campaign: Campaign) -> bool:
    """Whether people can answer, and the campaign measures nobody."""
    return not missing_settings() and widest_mode(campaign) == Mode.OFF


@in_transaction
def ask(subjects: Collection[Subject], *, campaign_id: int, now: datetime) -> set[Subject]:
    """Those of a campaign's contacts who may be asked; from now on they count as asked.

    Raises `journal.NotReplayed`.
    """
    state = locked_state()
    journal.require_known(state.number)
    people = {subject: person_of(subject) for subject in subjects}
    histories, months = _histories(people.values()), settings.CONSENT_ASK_AGAIN_MONTHS
    chosen = {
        subject
        for subject, person in people.items()
        if may_ask(histories[person], campaign_id=campaign_id, now=now, months=months)
    }
    named = {people[subject] for subject in chosen}
    new = sorted(
        person
        for person in named
        if is_asked_anew(histories[person], campaign_id=campaign_id, now=now)
    )
    record_asked([(person, campaign_id, now) for person in new])
    if new:
        note([{"asked": p, "campaign": campaign_id, "at": now.isoformat()} for p in new])
    return chosen


@in_transaction
def carry_askings(*, before: Subject, after: Subject) -> None:
    """Let askings follow a contact to another address, in the transaction that changes it."""
    old, new = person_of(before), person_of(after)
    if old == new:
        return
    # What is being asked is committed first.
    locked_state()
    histories = _histories([old, new])
    known = histories[new].asked
    carried = {n: at for n, at in histories[old].asked.items() if n not in known or known[n] < at}
    record_asked([(new, campaign, at) for campaign, at in carried.items()])
    if carried:
        note([{"asked": new, "campaign": n, "at": at.isoformat()} for n, at in carried.items()])


def record_asked(rows: Collection[tuple[str, int, datetime]]) -> None:
    """Store askings; repeating them changes nothing."""
    key = ("person", "campaign_id")
    bulk_sql.upsert(Asked, COLUMNS, rows, key=key, adding=False)


def _histories(people: Collection[str]) -> Mapping[str, History]:
    found: dict[str, History] = defaultdict(History)
    for model in IN_FORCE.values():
        for one in model._default_manager.filter(person__in=set(people)):
            found[one.person].said.append(
                Said(one.answer, max(one.since, one.decided_at), one.purpose)
            )
    rows = Asked._default_manager.filter(person__in=set(people)).values_list(*COLUMNS)
    for person, campaign_id, at in rows:
        found[person].asked[campaign_id] = at
    return found
