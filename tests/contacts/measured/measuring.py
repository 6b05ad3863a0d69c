"""Looks at who is measured."""

from campaigns.modes import Measured
from contacts.measured.changed_modes import follow_modes
from contacts.measured.decided import follow_decisions
from tracking.upkeep import audit


def measured(*contacts):
    """What is stored of contacts; counters hold the same."""
    assert list(audit.find_differences().lines()) == []
    for contact in contacts:
        contact.refresh_from_db()
    return [Measured(contact.measured) for contact in contacts]


def followed(*contacts, now):
    """The same, once contacts have followed what was decided and changed."""
    assert follow_decisions(now=now)
    assert follow_modes(now=now)
    return measured(*contacts)
