"""Creates contacts in bulk: valid rows are stored, each invalid one is reported.

A contact is counted and gets its pixels in the transaction that creates it. Works in chunks, one
short transaction each, so that other writers are not blocked.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import NamedTuple, cast
from uuid import UUID, uuid4

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from campaigns.models import Campaign, Contact, Group
from campaigns.services import ARCHIVED, OTHER_CAMPAIGN
from contacts import rows
from contacts.fields import KEYS, OWN, TAKEN, ContactRow, Field, Value
from contacts.limits import MAX_ROWS
from contacts.registering import register_contacts
from contacts.stored import columns_of, first_due
from foundation.database import bulk_sql
from foundation.database.transactions import in_transaction
from foundation.errors import WHOLE, InvalidInput
from tracking.models import Pixel

CHUNK = 500
# A chunk that lost a race to a concurrent writer is checked again; then each row by itself.
ATTEMPTS = 3
COLUMNS = [field.name for field in Contact._meta.concrete_fields]
ATTRIBUTES = [field.attname for field in Contact._meta.concrete_fields]
COLLIDED = "Another contact was being written at the same time: send this one again."

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class RowResult:
    """The result for one row: a contact with its pixels, or `errors` and their code."""

    index: int
    uuid: UUID | None = None
    pixels: list[Pixel] = field(default_factory=list)
    errors: dict[str, list[str]] = field(default_factory=dict)
    code: str = "invalid"
    warnings: list[str] = field(default_factory=list)


class Claim(NamedTuple):
    """A value that must be unique: in one campaign, or everywhere (a uuid)."""

    field: str
    campaign: int | None
    value: Value


@dataclass(slots=True)
class _Candidate:
    """A valid row with the columns it fills."""

    row: ContactRow
    result: RowResult
    uuid: UUID
    columns: dict[str, Value]

    def claims(self) -> list[Claim]:
        values = {key.name: self.columns[key.stands_in] for key in KEYS}
        shared = [Claim(name, self.row.campaign, value) for name, value in values.items() if value]
        return [*shared, Claim("uuid", None, self.uuid)]


class _Problem(NamedTuple):
    field: str
    sentence: str
    code: str = "invalid"


@dataclass(slots=True)
class _Verdict:
    problems: list[_Problem]
    warnings: list[str] = field(default_factory=list)
    pixels: list[Pixel] = field(default_factory=list)

    def errors(self) -> dict[str, list[str]]:
        return {problem.field: [problem.sentence] for problem in self.problems}

    def code(self) -> str:
        """The problems' common code."""
        codes = {problem.code for problem in self.problems}
        return codes.pop() if len(codes) == 1 else "invalid"


@dataclass(frozen=True, slots=True)
class _Stored:
    """The stored rows that some candidates refer to, read in at most five queries."""

    campaigns: dict[int, Campaign]
    groups: dict[int, Group]
    claims: set[Claim]

    @classmethod
    def read(cls, candidates: Sequence[_Candidate]) -> "_Stored":
        campaigns = Campaign.objects.in_bulk({c.row.campaign for c in candidates})
        shared = {claim for key in KEYS for claim in _stored_claims(key, campaigns, candidates)}
        return cls(
            campaigns=campaigns,
            groups=Group.objects.in_bulk({c.row.group for c in candidates}),
            claims=shared.union(_stored_uuids(candidates)),
        )


def _stored_claims(
    key: Field, campaigns: Iterable[int], candidates: Sequence[_Candidate]
) -> Iterator[Claim]:
    column = key.stands_in
    values = [value for candidate in candidates if (value := candidate.columns[column])]
    if values:
        wanted = {"campaign_id__in": list(campaigns), f"{column}__in": values}
        found = Contact.objects.filter(**wanted).order_by().values_list("campaign_id", column)
        yield from (Claim(key.name, campaign, value) for campaign, value in found)


def _stored_uuids(candidates: Sequence[_Candidate]) -> Iterator[Claim]:
    # Generated uuids need no check.
    given = [c.row.uuid for c in candidates if c.row.uuid]
    if given:
        found = Contact.objects.filter(uuid__in=given).order_by().values_list("uuid", flat=True)
        yield from (Claim("uuid", None, value) for value in found)


def create_contact(
    *, values: object, now: datetime, pixels_per_contact: int
) -> tuple[Contact, list[str]]:
    """Create one contact and return it with its warnings; raises InvalidInput."""
    [result] = create_contacts(contacts=[values], now=now, pixels_per_contact=pixels_per_contact)
    if result.errors:
        raise InvalidInput.fields(result.errors, code=result.code)
    # Without errors it was created.
    return Contact.objects.get(uuid=cast(UUID, result.uuid)), result.warnings


def create_contacts(
    *, contacts: Sequence[object], now: datetime, pixels_per_contact: int
) -> list[RowResult]:
    """Create a contact for each valid row of at most MAX_ROWS; the results keep their order.

    A row is a ContactRow or a mapping of names to values for `rows.read_row`. Of rows with the same
    e-mail address, uuid or external id the first valid one is stored.
    """
    if len(contacts) > MAX_ROWS:
        raise InvalidInput.field("contacts", f"Send at most {MAX_ROWS:,} contacts in one call.")
    results = [RowResult(index) for index in range(len(contacts))]
    candidates = [c for c in map(_candidate, contacts, results) if c is not None]
    # The index of the first row with each claim.
    claimed: dict[Claim, int] = {}
    for start in range(0, len(candidates), CHUNK):
        _create_chunk(candidates[start : start + CHUNK], claimed, now, pixels_per_contact)
    created = sum(not result.errors for result in results)
    log.info("contacts_created", created=created, failed=len(results) - created)
    return results


def _candidate(values: object, result: RowResult) -> _Candidate | None:
    try:
        row = _row(values)
    except rows.BadRow as bad:
        result.errors = bad.errors
        return None
    columns = columns_of({name: getattr(row, name) for name in OWN})
    return _Candidate(row, result, row.uuid or uuid4(), columns)


def _row(values: object) -> ContactRow:
    if isinstance(values, ContactRow):
        return values
    return rows.read_row(values, zone=timezone.get_default_timezone())


def _create_chunk(
    candidates: Sequence[_Candidate],
    claimed: dict[Claim, int],
    now: datetime,
    pixels_per_contact: int,
) -> None:
    for _ in range(ATTEMPTS):
        try:
            verdicts = _insert(candidates, claimed, now, pixels_per_contact)
        except IntegrityError:
            log.info("contacts_collided", rows=len(candidates))
            continue
        for candidate, verdict in zip(candidates, verdicts, strict=True):
            _settle(candidate, verdict, claimed)
        return
    if len(candidates) == 1:
        candidates[0].result.errors = {WHOLE: [COLLIDED]}
        return
    for candidate in candidates:
        _create_chunk([candidate], claimed, now, pixels_per_contact)


def _settle(candidate: _Candidate, verdict: _Verdict, claimed: dict[Claim, int]) -> None:
    """Store the result once it is committed; until then a chunk may be retried."""
    candidate.result.errors = verdict.errors()
    candidate.result.code = verdict.code()
    candidate.result.warnings = verdict.warnings
    if not verdict.problems:
        candidate.result.uuid, candidate.result.pixels = candidate.uuid, verdict.pixels
        claimed.update(dict.fromkeys(candidate.claims(), candidate.result.index))


@in_transaction
def _insert(
    candidates: Sequence[_Candidate],
    claimed: Mapping[Claim, int],
    now: datetime,
    pixels_per_contact: int,
) -> list[_Verdict]:
    # A savepoint, so that a collision does not spoil an outer transaction.
    with transaction.atomic():
        stored = _Stored.read(candidates)
        verdicts = _judge(candidates, claimed, stored)
        accepted = [(c, v) for c, v in zip(candidates, verdicts, strict=True) if not v.problems]
        contacts = [_contact(candidate, stored, now) for candidate, _ in accepted]
        pixels = _store(contacts, pixels_per_contact)
        _refuse_changed(stored.groups)
        for candidate, verdict in accepted:
            verdict.pixels = pixels[candidate.uuid]
    return verdicts


def _store(contacts: Sequence[Contact], pixels_per_contact: int) -> dict[UUID, list[Pixel]]:
    if not contacts:
        return {}
    bulk_sql.insert(Contact, COLUMNS, map(attrgetter(*ATTRIBUTES), contacts))
    return register_contacts(
        contact_ids=[contact.uuid for contact in contacts], per_contact=pixels_per_contact
    )


def _refuse_changed(groups: Mapping[int, Group]) -> None:
    """Raise IntegrityError where a group began or ceased to be mailed meanwhile.

    Under the ingest lock, or beside a foreign key that keeps the group as it is.
    """
    now = Group.objects.in_bulk(groups)
    if any(now[number].is_mailed != group.is_mailed for number, group in groups.items()):
        raise IntegrityError("a group changed while its contacts were stored")


def _contact(candidate: _Candidate, stored: _Stored, now: datetime) -> Contact:
    row = candidate.row
    # Lists go by creation: contacts of one call keep its order.
    created_at = now + timedelta(microseconds=candidate.result.index)
    return Contact(
        uuid=candidate.uuid,
        campaign_id=row.campaign,
        group_id=row.group,
        due_at=first_due(row.scheduled_at, group=stored.groups[row.group], told_at=created_at),
        created_at=created_at,
        **candidate.columns,
    )


def _judge(
    candidates: Sequence[_Candidate], claimed: Mapping[Claim, int], stored: _Stored
) -> list[_Verdict]:
    """The problems of each candidate, given the stored rows and the candidates before it."""
    before = dict(claimed)
    verdicts = []
    for candidate in candidates:
        references = _reference_problems(candidate.row, stored)
        verdict = _Verdict([*references, *_claim_problems(candidate, before, stored)])
        if not verdict.problems:
            before.update(dict.fromkeys(candidate.claims(), candidate.result.index))
            campaign = stored.campaigns[candidate.row.campaign]
            verdict.warnings = rows.schedule_warnings(
                candidate.row.scheduled_at, start_at=campaign.start_at, end_at=campaign.end_at
            )
        verdicts.append(verdict)
    return verdicts


def _reference_problems(row: ContactRow, stored: _Stored) -> list[_Problem]:
    campaign, group = stored.campaigns.get(row.campaign), stored.groups.get(row.group)
    if campaign is None:
        return [_Problem("campaign", f"There is no campaign {row.campaign}.")]
    if campaign.archived_at is not None:
        return [_Problem("campaign", ARCHIVED.format("campaign"), "archived")]
    if group is None:
        return [_Problem("group", f"There is no group {row.group}.")]
    if group.campaign_id != campaign.id:
        return [_Problem("group", OTHER_CAMPAIGN.format(group.id))]
    if group.archived_at is not None:
        return [_Problem("group", ARCHIVED.format("group"), "archived")]
    return []


def _claim_problems(
    candidate: _Candidate, before: Mapping[Claim, int], stored: _Stored
) -> Iterator[_Problem]:
    for claim in candidate.claims():
        if claim in before:
            sentence = f"The contact at index {before[claim]} of this call has it too."
            yield _Problem(claim.field, sentence, "taken")
        elif claim in stored.claims:
            yield _Problem(claim.field, TAKEN[claim.field], "taken")
