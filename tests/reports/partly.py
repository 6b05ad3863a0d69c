"""A campaign in which some may be measured, some not, and some withdraw."""

from datetime import timedelta

from campaigns import services
from contacts.measured.changed_modes import follow_modes
from contacts.measured.decided import follow_decisions
from tests.consent.deciding import agree, withdraw
from tests.tracking.factories import GMAIL, SCANNER, START, make_campaign, make_contact, make_hit
from tracking.counting.record import record

HOUR = timedelta(hours=1)
LATER = START + 9 * HOUR


def partly_measured():
    """A campaign whose first group has ten contacts, due at START, and one who never is.

    Six may be measured: a person opened one of them, a machine one, and two withdrew later, of
    whom a person had opened one.
    """
    campaign = make_campaign()
    services.update_campaign(campaign_id=campaign.id, changes={"never_asked": "off"}, now=START)
    group = campaign.groups.get(number=1)
    contacts = [make_contact(group, email=f"n{n}@example.com") for n in range(10)]
    make_contact(group, email="never@example.com", scheduled_at=None)
    for contact in contacts[:6]:
        agree(contact, now=START - HOUR)
    opened = [(contacts[0], GMAIL), (contacts[1], SCANNER), (contacts[2], GMAIL)]
    record([make_hit(contact, agent=agent) for contact, agent in opened])
    for contact in contacts[2:4]:
        withdraw(contact, now=START + 2 * HOUR)
    for contact in contacts[9:]:
        agree(contact, now=START + 2 * HOUR)
    assert follow_decisions(now=LATER)
    assert follow_modes(now=LATER)
    return campaign, contacts
