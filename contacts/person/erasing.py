"""Erases a person over all campaigns, and tells what is kept, why and until when."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from consent.models import IN_FORCE
from consent.modes import Answer
from consent.proofs import proof_ends
from contacts.change import erase_contact
from contacts.imports.retention import KEPT_REJECTED
from contacts.person.file import contacts_of, decisions_about
from contacts.person.forgetting import forget_contacts
from contacts.person.formerly import formerly_of
from contacts.person.traces import erase_traces
from discounts.customers import erase_customer
from discounts.models import Customer
from foundation.database.transactions import in_transaction
from foundation.personal_data.addresses import read_email
from foundation.personal_data.hashes import read_email_hash
from tracking.spool.rejected import KEPT as KEPT_LINES
from tracking.upkeep.unused_agents import EVERY

FOR_GOOD = "for good"


@dataclass(frozen=True)
class Kept:
    """What stays after an erasure."""

    what: str
    why: str
    until: str


@dataclass(frozen=True)
class Receipt:
    """What an erasure did; it names nobody."""

    erased_at: datetime
    contacts: int
    forgotten: int
    customers: int
    kept: tuple[Kept, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"erased_at": self.erased_at.isoformat()}


@in_transaction
def erase_person(address: str, *, now: datetime, proof_years: int) -> Receipt:
    """Forget what was measured of an address and erase it everywhere, all or nothing.

    Raises BadValue for what is no address, and `consent.journal.NotReplayed`.
    """
    address = read_email(address)
    person, contacts = read_email_hash(address), contacts_of(address)
    has_decided = bool(decisions_about(address, contacts))
    ids = [contact.pk for contact in contacts]
    forgotten = forget_contacts(contact_ids=ids, now=now) + _forget_former(person, now)
    for contact_id in ids:
        erase_contact(contact_id=contact_id, now=now)
    erase_traces(person, now=now)
    customers = list(Customer.objects.filter(email_hash=person).values_list("id", flat=True))
    for customer_id in customers:
        erase_customer(customer_id=customer_id, now=now)
    has_refused = any(
        model._default_manager.filter(person=person, **{purpose: Answer.DENIED}).exists()
        for purpose, model in IN_FORCE.items()
    )
    kept = [
        *(_kept_of_decisions(now, proof_years, has_refused=has_refused) if has_decided else ()),
        *_kept_in_journal(),
        *_kept_otherwise(now, with_customer=bool(customers)),
    ]
    return Receipt(now, len(ids), forgotten, len(customers), tuple(kept))


def _forget_former(person: str, now: datetime) -> int:
    """Forget contacts that were the person, whom they belong to now; how many.

    Their pixels lie in the person's mails, so that whatever is loaded may be the person's.
    """
    former = [contact.pk for contact in formerly_of(person)]
    return forget_contacts(contact_ids=former, now=now, whatever=True)


def _kept_of_decisions(now: datetime, proof_years: int, *, has_refused: bool) -> Iterator[Kept]:
    yield Kept(
        "The decisions about being measured, under a keyed hash of the address",
        "They prove what the person agreed to or refused",
        f"{proof_ends(now, years=proof_years):%Y-%m-%d}",
    )
    if has_refused:
        yield Kept(
            "The refusal: the keyed hash of the address, that it was refused, and when",
            "Otherwise the next import of the address would undo it",
            FOR_GOOD,
        )


def _kept_in_journal() -> Iterator[Kept]:
    """Nothing removes a line, and there may be some from before: they are not looked up."""
    yield Kept(
        "Lines of the journal: the keyed hash of the address (HMAC-SHA256), what was decided or "
        "asked and when, the text that was shown and what proves a yes; ids of contacts that were "
        "erased or forgotten, and when",
        "After a restore they withdraw and erase again what the backup still has",
        FOR_GOOD,
    )


def _kept_otherwise(now: datetime, *, with_customer: bool) -> Iterator[Kept]:
    yield Kept(
        "Numbers without a person: contacts that were sent to, and decisions about groups",
        "They say who nobody is",
        FOR_GOOD,
    )
    if with_customer:
        yield Kept("Discounts that were used, without a person", "Budgets count them", FOR_GOOD)
    yield Kept(
        "What e-mail clients of the person call themselves, if nobody else's did",
        "It says who nobody is, and goes once it is certain that no open has it",
        f"{now + 2 * EVERY:%Y-%m-%d}",
    )
    yield Kept(
        "Loads that could not be recorded: with Kafka, and on other machines that take pixels",
        "Whoever looks for the fault needs them; they name a pixel, and nobody's address",
        f"{now + KEPT_LINES:%Y-%m-%d}",
    )
    yield Kept(
        "Rows that an import left out, encrypted",
        "Whoever corrects a file needs them; they can't be searched for an address",
        f"{now + KEPT_REJECTED:%Y-%m-%d}",
    )
    yield Kept(
        "Backups, and lists that were downloaded",
        "They are out of reach; after a restore the journal erases again, customers excepted",
        "until you throw them away",
    )
