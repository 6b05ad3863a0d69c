"""Records decisions that a call reports, and finds the person that each row names."""

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from typing import NamedTuple, cast
from uuid import UUID

from django.utils import timezone

from campaigns.models import Contact
from consent.decisions import record_decisions
from consent.people import Subject
from consent.reading import FIELDS, Told, read_decision
from consent.weighing import Report, Result, Source
from foundation.errors import WHOLE, InvalidInput
from foundation.parsing import BadValue, read_id, read_text, read_uuid, unknown_fields
from foundation.personal_data.addresses import read_email
from foundation.personal_data.hashes import read_email_hash

MAX_ROWS = 10_000
EXTERNAL_ID_LENGTH = 100
NAME_ONE = "Say whose decision it is: give email, contact, or campaign and external_id."
NO_CONTACT = "There is no such contact, or it was erased."
NAMING: dict[str, Callable[[object], object]] = {
    "email": read_email,
    "contact": read_uuid,
    "campaign": read_id,
    "external_id": lambda value: read_text(value, longest=EXTERNAL_ID_LENGTH),
}


class Named(NamedTuple):
    """A row as it was read: what names the person by field name, and what that person decided."""

    values: Mapping[str, object]
    told: Told
    errors: dict[str, list[str]]

    def heard(self) -> Told | None:
        """What is recorded of it: of a row with errors each no, if it says whose."""
        if not self.errors:
            return self.told
        is_named = _names_one(self.values) and self.errors.keys().isdisjoint({*NAMING, WHOLE})
        return self.told.refusals() if is_named else None


def record_reported(rows: Sequence[object], *, source: Source) -> list[Result]:
    """Record the decisions of a call; each invalid row has errors, and affects no other."""
    if len(rows) > MAX_ROWS:
        sentence = f"Send at most {MAX_ROWS:,} decisions in one call."
        raise InvalidInput.field("decisions", sentence)
    zone = timezone.get_default_timezone()
    read = [_read(row, zone) for row in rows]
    contacts = _Contacts([one.values for one in read if one.heard()])
    results = [Result(errors=dict(one.errors)) for one in read]
    reports = {}
    for index, one in enumerate(read):
        told = one.heard()
        if told is None:
            continue
        report = _report(one.values, told, contacts)
        if report is None:
            results[index].errors[_naming(one.values)] = [NO_CONTACT]
        else:
            reports[index] = report
    recorded = record_decisions(list(reports.values()), source=source)
    for index, result in zip(reports, recorded, strict=True):
        result.errors = results[index].errors | result.errors
        results[index] = result
    return results


def _read(row: object, zone: tzinfo) -> Named:
    if not isinstance(row, Mapping):
        return Named({}, Told(), {WHOLE: ["Give an object with the decision's fields."]})
    values: dict[str, object] = {}
    errors = unknown_fields(row, known=(*NAMING, *FIELDS))
    for name, reader in NAMING.items():
        if row.get(name) is not None:
            try:
                values[name] = reader(row[name])
            except BadValue as error:
                errors[name] = [str(error)]
    told, wrong = read_decision(row, zone=zone)
    errors |= wrong
    if not errors and not _names_one(values):
        errors[WHOLE] = [NAME_ONE]
    return Named(values, told, errors)


def _names_one(values: Mapping[str, object]) -> bool:
    return values.keys() in ({"email"}, {"contact"}, {"campaign", "external_id"})


def _naming(values: Mapping[str, object]) -> str:
    return "contact" if "contact" in values else "external_id"


class _Contacts:
    """The contacts that some rows name by uuid, or by campaign and external id."""

    def __init__(self, rows: Sequence[Mapping[str, object]]) -> None:
        known = Contact.objects.filter(erased_at__isnull=True).order_by()
        columns = ("campaign_id", "uuid", "email_hash", "external_id")
        uuids = [cast(UUID, row["contact"]) for row in rows if "contact" in row]
        keys = [row for row in rows if "external_id" in row]
        by_uuid = known.filter(uuid__in=uuids) if uuids else known.none()
        by_key = known.none()
        if keys:
            by_key = known.filter(
                campaign_id__in={row["campaign"] for row in keys},
                external_id__in=[row["external_id"] for row in keys],
            )
        found = [*by_uuid.values_list(*columns), *by_key.values_list(*columns)]
        subjects = [Subject(*row) for row in found]
        self._by_uuid: dict[object, Subject] = {s.contact_id: s for s in subjects}
        self._by_key: dict[object, Subject] = {(s.campaign_id, s.external_id): s for s in subjects}

    def named(self, row: Mapping[str, object]) -> Subject | None:
        if "contact" in row:
            return self._by_uuid.get(row["contact"])
        return self._by_key.get((row["campaign"], row["external_id"]))


def _report(values: Mapping[str, object], told: Told, contacts: _Contacts) -> Report | None:
    if "email" in values:
        return Report.of(read_email_hash(str(values["email"])), None, told)
    subject = contacts.named(values)
    return None if subject is None else Report.about(subject, told)
