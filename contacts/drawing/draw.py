"""Draws the groups of new contacts and keeps how far each stratum is drawn.

A person is drawn in the transaction that creates the contact: what is rolled back was never drawn,
and comes out the same when it is tried again.
"""

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Exists, OuterRef

from campaigns.models import SEED_LENGTH, Campaign, Contact, ContactDraw, Draw, DrawStratum, Group
from campaigns.planned_split import exact_parts, split_in_words
from contacts.drawing.blocks import Dealer, Split
from contacts.drawing.strata import History, stratum_of
from foundation.database import bulk_sql
from tracking.models import ContactOpens


class Person(NamedTuple):
    """Who is to be drawn, with the blind index and the domain of the address, if any."""

    uuid: UUID
    email_hash: str | None
    email_domain: str | None


class Place(NamedTuple):
    """Where a person was drawn, from 1 in the stratum, and the group that it gave."""

    person: UUID
    group: int
    stratum: DrawStratum
    number: int


def hold_draws(campaign_ids: Collection[int]) -> dict[int, str]:
    """The seeds of campaigns; nobody else draws in them until the transaction ends.

    A campaign gets its seed where it is drawn for the first time. Unknown campaigns have none.
    """
    seeds = _locked(campaign_ids)
    new = set(campaign_ids) - seeds.keys()
    known = Campaign.objects.filter(id__in=new).order_by("id").values_list("id", flat=True)
    if new and known:
        rows = [Draw(campaign_id=campaign, seed=_new_seed()) for campaign in known]
        # Somebody else may be as early.
        Draw.objects.bulk_create(rows, ignore_conflicts=True)
        seeds = _locked(campaign_ids)
    return seeds


def _locked(campaign_ids: Collection[int]) -> dict[int, str]:
    # All in one order, so that no two wait for each other.
    draws = Draw.objects.filter(campaign_id__in=campaign_ids).order_by("campaign_id")
    return dict(draws.select_for_update().values_list("campaign_id", "seed"))


def _new_seed() -> str:
    return secrets.token_hex(SEED_LENGTH // 2)


def draw_anew(campaign_id: int) -> None:
    """Give a campaign another seed, after contacts that were drawn were removed.

    Its strata begin again, from what groups have of the contacts that are left, so that whatever
    the others took with them is dealt first. Whoever stays keeps the place of the draw.
    """
    if not hold_draws([campaign_id]):
        return
    seed = _new_seed()
    Draw.objects.filter(campaign_id=campaign_id).update(seed=seed)
    for (name, split, digest), counts in _left_in_strata(campaign_id).items():
        DrawStratum.objects.create(
            campaign_id=campaign_id,
            seed=seed,
            split=split,
            split_digest=digest,
            name=name,
            counts=counts,
            begun_with=counts,
        )


def _left_in_strata(campaign_id: int) -> dict[tuple[str, str, str], dict[str, int]]:
    """Contacts by name and split of the stratum and by number of their group, whatever the seed.

    Those of a group that the split does not name are of no account to it.
    """
    draws = ContactDraw.objects.filter(stratum__campaign_id=campaign_id).order_by()
    stratum = ("stratum__name", "stratum__split", "stratum__split_digest")
    rows = draws.values_list(*stratum, "contact__group__number").annotate(contacts=Count("pk"))
    left: dict[tuple[str, str, str], dict[str, int]] = defaultdict(dict)
    for name, split, digest, number, contacts in rows:
        if number in Split.read(split).numbers:
            left[name, split, digest][str(number)] = contacts
    return left


def drawable(groups: Iterable[Group], *, campaign_id: int) -> list[Group]:
    """The groups of a campaign that contacts are drawn for, by number."""
    own = [g for g in groups if g.campaign_id == campaign_id and g.archived_at is None]
    return sorted(own, key=lambda group: group.number)


def drawable_of(campaign_id: int) -> list[Group]:
    return drawable(Group.objects.filter(campaign_id=campaign_id), campaign_id=campaign_id)


def draw_in_words(groups: Iterable[Group]) -> str:
    """What a draw gives each of its groups: "A 45%, B 45%, Control 10%"."""
    return split_in_words({group.name: group.planned_share for group in groups})


def draw(
    people: Sequence[Person], *, campaign_id: int, seed: str, groups: Sequence[Group]
) -> list[Place]:
    """Draw people in their order for `drawable` groups by their planned shares.

    Under `hold_draws`. Call `keep_places` once their contacts are stored.
    """
    split = _split_of(groups)
    names = _strata(people)
    strata = _stored_strata(campaign_id, seed, split)
    for name in sorted(set(names) - strata.keys()):
        strata[name] = _new_stratum(campaign_id, seed, split, name)
    dealers = {name: _dealer(strata[name], split) for name in set(names)}
    ids = {group.number: group.id for group in groups}
    places = []
    for person, name in zip(people, names, strict=True):
        group = ids[dealers[name].next_group()]
        places.append(Place(person.uuid, group, strata[name], dealers[name].dealt))
    _save(dealers, strata)
    return places


def keep_places(places: Iterable[Place]) -> None:
    """Keep for each contact where it was drawn."""
    rows = [(place.person, place.stratum.pk, place.number) for place in places]
    bulk_sql.insert(ContactDraw, ("contact", "stratum", "place"), rows)


def _split_of(groups: Sequence[Group]) -> Split:
    parts = exact_parts([group.planned_share for group in groups])
    # By number: ids differ between databases.
    return Split.of({group.number: part for group, part in zip(groups, parts, strict=True)})


def _strata(people: Sequence[Person]) -> list[str]:
    histories = _histories([person.email_hash for person in people if person.email_hash])
    return [
        stratum_of(person.email_domain, histories.get(person.email_hash, History.NEW))
        for person in people
    ]


def _histories(email_hashes: Sequence[str]) -> dict[str | None, History]:
    """What campaigns know of addresses, those that none knows left out.

    They are other campaigns: the one that is drawn in has none of these addresses yet.
    """
    opens = ContactOpens.objects.filter(contact_id=OuterRef("uuid"), first_counted_at__isnull=False)
    known = Contact.objects.filter(email_hash__in=email_hashes).order_by()
    pairs = known.annotate(opened=Exists(opens)).values_list("email_hash", "opened").distinct()
    # Those that opened come last.
    found = sorted(pairs, key=lambda pair: pair[1])
    return {digest: History.OPENED if opened else History.NEVER for digest, opened in found}


def _stored_strata(campaign_id: int, seed: str, split: Split) -> dict[str, DrawStratum]:
    rows = DrawStratum.objects.filter(
        campaign_id=campaign_id, seed=seed, split_digest=_digest_of(split)
    )
    return {row.name: row for row in rows}


def _new_stratum(campaign_id: int, seed: str, split: Split, name: str) -> DrawStratum:
    return DrawStratum.objects.create(
        campaign_id=campaign_id,
        seed=seed,
        split=str(split),
        split_digest=_digest_of(split),
        name=name,
    )


def _digest_of(split: Split) -> str:
    return sha256(str(split).encode()).hexdigest()


def _dealer(row: DrawStratum, split: Split) -> Dealer:
    counts = {int(number): count for number, count in row.counts.items()}
    return Dealer(row.seed, row.name, split, counts, list(row.left))


def _save(dealers: dict[str, Dealer], strata: dict[str, DrawStratum]) -> None:
    for name, dealer in dealers.items():
        strata[name].counts, strata[name].left = dict(dealer.counts), dealer.left
    moved = [strata[name] for name in dealers]
    DrawStratum.objects.bulk_update(moved, ["counts", "left"])
