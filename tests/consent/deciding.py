"""Lets people decide, and looks for traces of them in the whole database."""

from uuid import UUID

from django.db import connections
from django.utils import timezone

from consent.decisions import record_decisions
from consent.models import Way
from consent.modes import Answer
from consent.queries import person_of, subject_of
from consent.weighing import Report, Source

TEXT = "We measure whether you open our mails."


def decide(contact, answer, *, now=None, decided_at=None, proof="", clicks=None):
    """A decision of a contact's person, which counts as of `now`."""
    now = now or timezone.now()
    subject = subject_of(contact)
    report = Report(
        person_of(subject),
        None if subject.email_hash else subject.contact_id,
        answer,
        decided_at or now,
        text=TEXT if Answer.GRANTED in (answer, clicks) else "",
        proof=proof,
        clicks=clicks,
    )
    [result] = record_decisions([report], source=Source(Way.API), now=now)
    return result


def withdraw(contact, **fields):
    return decide(contact, Answer.DENIED, **fields)


def agree(contact, **fields):
    return decide(contact, Answer.GRANTED, **fields)


def tables_with(*traces, without=(), alias="default"):
    """The tables of a full dump in which one of the texts or uuids stands."""
    looked_for = [form for trace in traces for form in _forms(trace)]
    found = set()
    connection = connections[alias]
    with connection.cursor() as cursor:
        for table in set(connection.introspection.table_names(cursor)) - set(without):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            cells = {_text(cell) for row in cursor.fetchall() for cell in row if cell is not None}
            if any(form in cell for form in looked_for for cell in cells):
                found.add(table)
    return found


def _forms(trace):
    return (trace.hex, str(trace)) if isinstance(trace, UUID) else (trace,)


def _text(cell):
    if isinstance(cell, bytes | memoryview):
        return bytes(cell).decode(errors="replace")
    return str(cell)
