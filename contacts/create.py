"""Creates contacts in bulk: valid rows are stored, each invalid one is reported.

A contact is counted and gets its pixels in the transaction that creates it. Works in chunks, one
short transaction each, so that other writers are not blocked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import NamedTuple, cast
from uuid import UUID, uuid4

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from campaigns.models import Campaign, Contact, Group
from campaigns.services import ARCHIVED, OTHER_CAMPAIGN
from contacts import rows
from contacts.claims import Claim, claims_of, stored_claims
from contacts.drawing.draw import Person, Place, draw, drawable, hold_draws, keep_places
from contacts.fields import DRAW, NOTHING_TO_DRAW, OWN, TAKEN, ContactRow, Value
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
    """The result for one row: a contact with its group and pixels, or `errors` and their code."""

    index: int
    uuid: UUID | None = None
    group: int | None = None
    pixels: list[Pixel] = field(default_factory=list)
    errors: dict[str, list[str]] = field(default_factory=dict)
    code: str = "invalid"
    warnings: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Candidate:
    """A valid row with the columns it fills."""

    row: ContactRow
    result: RowResult
    uuid: UUID
    columns: dict[str, Value]

    @property
    def is_drawn(self) -> bool:
        return self.row.group == DRAW

    def person(self) -> Person:
        """As the draw knows the contact."""
        digest, domain = self.columns["email_hash"], self.columns["email_domain"]
        return Person(self.uuid, cast("str | None", digest), cast("str | None", domain))

    def claims(self) -> list[Claim]:
        return claims_of(self.columns, campaign=self.row.campaign, uuid=self.uuid)


class _Problem(NamedTuple):
    field: str
    sentence: str
    code: str = "invalid"


@dataclass(slots=True)
class _Verdict:
    problems: list[_Problem]
    group: int = 0
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
    """The stored rows that some candidates refer to, read in at most five queries.

    `seeds` are of the campaigns that candidates are drawn in; their groups are all here.
    """

    seeds: Mapping[int, str]
    campaigns: dict[int, Campaign]
    groups: dict[int, Group]
    claims: set[Claim]

    @classmethod
    def read(cls, candidates: Sequence[_Candidate]) -> "_Stored":
        # First, since it may have to wait: what is read then is all that was committed before.
        seeds = hold_draws({c.row.campaign for c in candidates if c.is_drawn})
        campaigns = Campaign.objects.in_bulk({c.row.campaign for c in candidates})
        named = Q(id__in={c.row.group for c in candidates if not c.is_drawn})
        groups = Group.objects.filter(named | Q(campaign_id__in=seeds) if seeds else named)
        claims = stored_claims(
            [candidate.columns for candidate in candidates],
            campaigns=campaigns,
            # Generated uuids need no check.
            uuids=[c.row.uuid for c in candidates if c.row.uuid],
        )
        return cls(seeds, campaigns, {group.id: group for group in groups}, claims)

    def draws(self, campaign_id: int) -> list[Group]:
        """The groups that a campaign's contacts are drawn for."""
        return drawable(self.groups.values(), campaign_id=campaign_id)


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
    e-mail address, uuid or external id the first valid one is stored. Where the group is DRAW it is
    drawn; a contact that the campaign has already is never drawn again.
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
        candidate.result.uuid, candidate.result.group = candidate.uuid, verdict.group
        candidate.result.pixels = verdict.pixels
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
        places = _draw([candidate for candidate, _ in accepted], stored)
        drawn = {place.person: place.group for place in places}
        for candidate, verdict in accepted:
            verdict.group = drawn.get(candidate.uuid) or cast(int, candidate.row.group)
        contacts = [_contact(c, stored.groups[v.group], now) for c, v in accepted]
        pixels = _store(contacts, places, pixels_per_contact)
        _refuse_changed(stored.groups)
        for candidate, verdict in accepted:
            verdict.pixels = pixels[candidate.uuid]
    return verdicts


def _draw(accepted: Sequence[_Candidate], stored: _Stored) -> list[Place]:
    places: list[Place] = []
    for campaign, seed in stored.seeds.items():
        people = [c.person() for c in accepted if c.is_drawn and c.row.campaign == campaign]
        if people:
            groups = stored.draws(campaign)
            places += draw(people, campaign_id=campaign, seed=seed, groups=groups)
    return places


def _store(
    contacts: Sequence[Contact], places: Sequence[Place], pixels_per_contact: int
) -> dict[UUID, list[Pixel]]:
    if not contacts:
        return {}
    bulk_sql.insert(Contact, COLUMNS, map(attrgetter(*ATTRIBUTES), contacts))
    keep_places(places)
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


def _contact(candidate: _Candidate, group: Group, now: datetime) -> Contact:
    row = candidate.row
    # Lists go by creation: contacts of one call keep its order.
    created_at = now + timedelta(microseconds=candidate.result.index)
    return Contact(
        uuid=candidate.uuid,
        campaign_id=row.campaign,
        group_id=group.id,
        due_at=first_due(row.scheduled_at, group=group, told_at=created_at),
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
    campaign = stored.campaigns.get(row.campaign)
    if campaign is None:
        return [_Problem("campaign", f"There is no campaign {row.campaign}.")]
    if campaign.archived_at is not None:
        return [_Problem("campaign", ARCHIVED.format("campaign"), "archived")]
    if row.group == DRAW:
        return [] if stored.draws(campaign.id) else [_Problem("group", NOTHING_TO_DRAW)]
    return _group_problems(row, stored.groups.get(row.group), campaign)


def _group_problems(row: ContactRow, group: Group | None, campaign: Campaign) -> list[_Problem]:
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
