"""Reads everything that is kept about one e-mail address, for the person to see."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max, Q

from campaigns.models import Contact, Export
from campaigns.modes import Measured
from consent.journal import require_replayed
from consent.models import Asked, Decision
from consent.queries import former_people, subject_of
from contacts.person.formerly import Span, formerly_of, own_spans
from discounts.models import Customer
from foundation.personal_data.addresses import read_email
from foundation.personal_data.hashes import read_email_hash
from tracking.hits.classify import Kind
from tracking.models import LastDay, Open, Pixel, UserAgent

# What can't be searched for one address, and how long it is kept.
NOT_SEARCHED = (
    "Rows that an import left out, which are kept encrypted for 30 days.",
    "Loads of pixels that are not counted yet, or could not be: they lie in files or in Kafka, "
    "without an address.",
    "Backups, and files that were downloaded.",
)

Told = dict[str, Any]


def contacts_of(address: str) -> list[Contact]:
    """The contacts with this address over all campaigns; raises BadValue for what is none."""
    own = Contact.objects.filter(email_hash=read_email_hash(read_email(address)))
    return list(own.select_related("campaign", "group").order_by("created_at", "uuid"))


def person_file(address: str, *, now: datetime) -> Told:
    """What is kept about an address, as JSON can hold it; raises BadValue for what is none.

    The number of queries does not grow with what is found. Raises `consent.journal.NotReplayed`.
    """
    require_replayed()
    address = read_email(address)
    person, contacts = read_email_hash(address), contacts_of(address)
    former = formerly_of(person)
    spans = own_spans(person, [*contacts, *former])
    opens, pixels = _opens(spans), _pixels(spans)
    loaded = {pk: {"pixels": pixels[pk], "opens": opens[pk]} for pk in spans}
    return {
        "address": address,
        "as_of": now.isoformat(),
        "contacts": [_contact(contact) | loaded[contact.pk] for contact in contacts],
        "former_contacts": [
            _former(contact, spans[contact.pk]) | loaded[contact.pk] for contact in former
        ],
        "last_open_day": _last_day(address, contacts),
        "decisions": list(map(_decision, decisions_about(address, contacts))),
        "asked": list(_asked(_people(address, contacts))),
        "exports": list(_exports([*contacts, *former], spans)),
        "customers": list(_customers(address)),
        "not_searched": list(NOT_SEARCHED),
    }


def _former(contact: Contact, spans: Sequence[Span]) -> Told:
    """Nothing of the person that it is now."""
    return {
        "uuid": str(contact.pk),
        "campaign": contact.campaign.name,
        "group": contact.group.name,
        "until": _at(_until(spans)),
    }


def _until(spans: Sequence[Span]) -> datetime | None:
    return spans[-1][1] if spans else None


def _contact(contact: Contact) -> Told:
    return {
        "uuid": str(contact.pk),
        "campaign": contact.campaign.name,
        "group": contact.group.name,
        "email": contact.email,
        "name": contact.name,
        "external_id": contact.external_id,
        "locale": contact.locale,
        "created_at": _at(contact.created_at),
        "scheduled_at": _at(contact.scheduled_at),
        "due_at": _at(contact.due_at),
        "resent_at": _at(contact.resent_at),
        "not_sent_at": _at(contact.not_sent_at),
        "not_sent_reason": contact.not_sent_reason,
        "measured": Measured(contact.measured) is not Measured.NO,
        "withdrew_since": contact.withdrew_in is not None,
        "forgotten_at": _at(contact.forgotten_at),
    }


def _pixels(contact_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    pixels: dict[UUID, list[str]] = {contact_id: [] for contact_id in contact_ids}
    rows = Pixel.objects.filter(contact_id__in=contact_ids).order_by("number")
    for contact_id, pixel_id in rows.values_list("contact_id", "uuid"):
        pixels[contact_id].append(str(pixel_id))
    return pixels


def _opens(spans: Mapping[UUID, Sequence[Span]]) -> dict[UUID, list[Told]]:
    opens: dict[UUID, list[Told]] = {contact_id: [] for contact_id in spans}
    found = Open.objects.filter(contact_id__in=spans).order_by("opened_at", "event_id")
    rows = [
        row
        for row in found
        if any(since <= row.opened_at < until for since, until in spans[row.contact_id])
    ]
    agents = UserAgent.objects.in_bulk({row.user_agent_id for row in rows})
    for row in rows:
        agent = agents.get(row.user_agent_id)
        told = {
            "at": _at(row.opened_at),
            "pixel": str(row.pixel_id),
            "taken_for": Kind(row.kind).name.lower(),
            "user_agent": agent.value if agent else None,
            "network_hash": row.network,
            "purpose": row.purpose,
        }
        opens[row.contact_id].append(told)
    return opens


def decisions_about(address: str, contacts: Sequence[Contact]) -> list[Decision]:
    """Of the address, and of what the contacts were known by before they had it."""
    decisions = Decision.objects.filter(person__in=_people(address, contacts))
    return list(decisions.select_related("text").order_by("number"))


def _people(address: str, contacts: Sequence[Contact]) -> set[str]:
    people = {read_email_hash(address)}
    for contact in contacts:
        people |= former_people(subject_of(contact))
    return people


def _last_day(address: str, contacts: Sequence[Contact]) -> str | None:
    """The day of the last open, which the mode `last_day` keeps in no campaign."""
    days = LastDay.objects.filter(person__in=_people(address, contacts))
    last = days.aggregate(day=Max("day"))["day"]
    return None if last is None else last.isoformat()


def _decision(decision: Decision) -> Told:
    return {
        "opens": decision.opens,
        "clicks": decision.clicks,
        "decided_at": _at(decision.decided_at),
        "recorded_at": _at(decision.recorded_at),
        "way": decision.way,
        "proof": decision.proof,
        "text": decision.text.value if decision.text else None,
    }


def _asked(people: set[str]) -> Iterator[Told]:
    for one in Asked._default_manager.filter(person__in=people).order_by("id"):
        yield {"campaign": one.campaign_id, "asked_at": _at(one.asked_at)}


def _exports(contacts: Sequence[Contact], spans: Mapping[UUID, Sequence[Span]]) -> Iterator[Told]:
    """Those that may have had one of the contacts in them, while it was the person."""
    may_hold = Q(pk__in=[])
    for contact in contacts:
        whole_or_own = Q(group__isnull=True) | Q(group=contact.group_id)
        own_or_all = Q(campaign__isnull=True) | Q(campaign=contact.campaign_id)
        since = own_or_all & Q(made_at__gte=contact.created_at)
        until = Q(made_at__lt=_until(spans[contact.pk]) or contact.created_at)
        may_hold |= since & until & whole_or_own
    for export in Export.objects.filter(may_hold).select_related("campaign"):
        yield {
            "made_at": _at(export.made_at),
            "campaign": export.campaign.name if export.campaign else None,
            "what": export.get_kind_display(),
            "opened": export.opened,
            "rows": export.rows,
        }


def _customers(address: str) -> Iterator[Told]:
    own = Customer.objects.filter(email_hash=read_email_hash(address))
    for customer in own.prefetch_related("usages__campaign"):
        yield {
            "email": customer.email,
            "name": customer.name,
            "created_at": _at(customer.created_at),
            "discounts": [
                {
                    "campaign": usage.campaign.name,
                    "used_at": _at(usage.used_at),
                    "cancelled_at": _at(usage.cancelled_at),
                    "currency": usage.campaign.currency,
                    "original_amount_minor": usage.original_amount_minor,
                    "discount_amount_minor": usage.discount_amount_minor,
                    "final_amount_minor": usage.final_amount_minor,
                }
                for usage in customer.usages.all()
            ],
        }


def _at(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
