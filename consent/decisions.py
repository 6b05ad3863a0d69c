"""Records what people decide; the only writer of decisions.

A decision is committed without the lock of counting, and is in the journal before that.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

import structlog
from django.utils import timezone

from campaigns.models import Contact
from consent import journal
from consent.models import (
    IN_FORCE,
    ConsentState,
    ConsentText,
    Decision,
    Way,
)
from consent.modes import Answer, Purpose
from consent.people import Subject
from consent.queries import person_of
from consent.reading import Told
from consent.weighing import GivenAgain, Recorded, Report, Result, Source, Weighed
from consent.words import Outcome
from foundation.database import bulk_sql
from foundation.database.columns import field_of
from foundation.database.transactions import in_transaction

# Few enough that nobody waits for long.
CHUNK = 500
CARRIED = "Carried over when the contact's address changed."
DECISION_COLUMNS = (
    *("number", "person", "contact_id", "opens", "clicks", "decided_at", "recorded_at"),
    *("way", "text", "proof", "by"),
)
# Beside the answer, whose column is named after the purpose.
CURRENT_COLUMNS = (
    *("person", "contact_id", "decided_at", "since", "after_refusal"),
    *("is_proven", "way", "text", "version"),
)

log = structlog.get_logger(__name__)


def record_decisions(
    reports: Sequence[Report], *, source: Source, now: datetime | None = None
) -> list[Result]:
    """Record each decision that counts; the results keep the order. Repeating it changes nothing.

    Of a report with a yes that does not count no yes is recorded, and every no is.
    `now` is when they become known. Raises `journal.NotReplayed`, and Busy if the journal can't be
    written; chunks before that are recorded.
    """
    now = now or timezone.now()
    results: list[Result] = []
    for start in range(0, len(reports), CHUNK):
        results += _record(reports[start : start + CHUNK], source, now)
    recorded = sum(result.outcome == Outcome.STORED for result in results)
    log.info("decisions_recorded", recorded=recorded, of=len(reports), way=source.way.value)
    return results


def foresee_decisions(reports: Sequence[Report], *, now: datetime) -> list[Result]:
    """The results that recording them now would have; changes nothing."""
    weighed = Weighed(reports, source=Source(Way.API), now=now, number=0)
    return weighed.results


@in_transaction
def carry_refusal(*, before: Subject, after: Subject, now: datetime) -> None:
    """Let a no follow a contact to another address; a yes never does.

    Called in the transaction that changes the contact.
    """
    old = person_of(before)
    if old == person_of(after):
        return
    # A no that is being recorded is committed first; whoever comes later meets the new address.
    locked_state()
    held = [model._default_manager.filter(person=old).first() for model in IN_FORCE.values()]
    refused = [one for one in held if one is not None and one.answer == Answer.DENIED]
    if refused:
        # One decision, whose way is that of the last.
        way = Way(max(refused, key=lambda one: one.version).way)
        opens, clicks = (
            Answer.DENIED if purpose in {one.purpose for one in refused} else None
            for purpose in Purpose
        )
        told = Told(opens, clicks, proof=CARRIED)
        record_decisions([Report.about(after, told)], source=Source(way), now=now)


@in_transaction
def note_erasure(*, contact_id: UUID, now: datetime) -> None:
    """Enter an erasure into the journal, in the transaction that erases."""
    note([{"erased": str(contact_id), "at": now.isoformat()}])


@in_transaction
def note_forgetting(*, contact_ids: Sequence[UUID], now: datetime) -> None:
    """The same of contacts of which what was measured is removed."""
    note([{"forgotten": str(contact_id), "at": now.isoformat()} for contact_id in contact_ids])


@in_transaction
def note_erased_person(person: str, *, now: datetime) -> None:
    """The same of everything that is kept of a person without a contact of its own."""
    note([{"erased_person": person, "at": now.isoformat()}])


def locked_state() -> ConsentState:
    """The row that whoever records locks before reading what it goes by, until its end.

    It comes after the ingest lock and the rows of contacts (`tracking.counting.lock`).
    """
    state, _ = ConsentState.objects.select_for_update().get_or_create(id=1)
    return state


@in_transaction
def _record(reports: Sequence[Report], source: Source, now: datetime) -> list[Result]:
    state = locked_state()
    if not source.is_replayed:
        journal.require_known(state.number)
    weighed = Weighed(_as_of_now(reports), source=source, now=now, number=state.number)
    if count := len(weighed.recorded) + len(weighed.given_again):
        _move_on(state, count)
        new = _store(weighed)
        if not source.is_replayed:
            # Texts in full the first time, so that the proof outlives a restore too.
            shown = [{"shown": text} for text in new.values()]
            again = map(_entry_again, weighed.given_again)
            journal.write(state.number, [*shown, *map(_entry, weighed.recorded), *again])
    return weighed.results


def _as_of_now(reports: Sequence[Report]) -> list[Report]:
    """The reports by whom the contacts that they name are now: an address may have changed."""
    named = {report.whose for report in reports if report.whose is not None}
    columns = ("campaign_id", "uuid", "email_hash", "external_id")
    rows = Contact.objects.filter(uuid__in=named, erased_at__isnull=True).order_by()
    found = [Subject(*row) for row in rows.values_list(*columns)] if named else []
    subjects: dict[UUID | None, Subject] = {subject.contact_id: subject for subject in found}
    return [
        report.renamed(subjects[report.whose]) if report.whose in subjects else report
        for report in reports
    ]


def note(entries: Sequence[journal.Entry]) -> None:
    """Enter something else than a decision into the journal, in the transaction that stores it."""
    state = locked_state()
    journal.require_known(state.number)
    _move_on(state, len(entries))
    journal.write(state.number, entries)


def _move_on(state: ConsentState, count: int) -> None:
    state.number += count
    state.save(update_fields=["number"])


def _store(weighed: Weighed) -> dict[str, str]:
    """Store what counts; returns the texts that are new by their digest."""
    recorded = weighed.recorded
    texts = [(one.digest, one.report.text) for one in recorded]
    new = {digest: text for digest, text in texts if weighed.texts.is_new(text)}
    stored = [(digest, text, recorded[0].recorded_at) for digest, text in new.items()]
    bulk_sql.insert(ConsentText, ("digest", "value", "first_used_at"), stored)
    bulk_sql.insert(Decision, DECISION_COLUMNS, map(_row, recorded))
    for purpose, model in IN_FORCE.items():
        changed: list[Recorded | GivenAgain] = [*recorded, *weighed.given_again]
        people = sorted({one.report.person for one in changed if purpose in one.answers})
        columns = (*CURRENT_COLUMNS, purpose.value)
        attributes = [field_of(model, name).attname for name in columns]
        current = [weighed.current[purpose, person] for person in people]
        rows = [tuple(getattr(one, name) for name in attributes) for one in current]
        bulk_sql.upsert(model, columns, rows, key=("person",), adding=False)
    return new


def _row(one: Recorded) -> tuple[bulk_sql.Value, ...]:
    report, source = one.report, one.source
    opens, clicks = (one.answers[p].value if p in one.answers else None for p in Purpose)
    return (
        *(one.number, report.person, report.contact_id, opens, clicks),
        *(one.decided_at, one.recorded_at, source.way.value),
        *(one.digest or None, report.proof, cast("int | None", source.by and source.by.pk)),
    )


def _entry(one: Recorded) -> journal.Entry:
    return _entry_of(one) | {
        "decided_at": one.decided_at.isoformat(),
        "recorded_at": one.recorded_at.isoformat(),
        "text": one.digest,
    }


def _entry_again(one: GivenAgain) -> journal.Entry:
    """A decision without a moment, which a replay weighs like any other."""
    return _entry_of(one) | {"decided_at": None, "recorded_at": one.at.isoformat(), "text": ""}


def _entry_of(one: Recorded | GivenAgain) -> dict[str, object]:
    report = one.report
    return {
        "person": report.person,
        "contact": report.contact_id and str(report.contact_id),
        **{purpose.value: answer.value for purpose, answer in one.answers.items()},
        "way": one.source.way.value,
        "proof": report.proof,
    }
