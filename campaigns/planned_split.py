"""The planned split of a campaign's contacts between its groups: valid, exact, in words; pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

WHOLE = Decimal(100)
# Thirds and sevenths are rounded.
TOLERANCE = Decimal("0.1")
NOT_WHOLE = (
    "The planned shares add up to {}%: make it 100%, or leave one of them empty to take the rest."
)
NOTHING_LEFT = (
    "The planned shares add up to {}%, which leaves nothing for {}: give a share to each group, "
    "or less to the others. With all of them empty the groups share evenly."
)


class PlannedGroup(Protocol):
    """A group as far as a split is concerned: `planned_share` is a percentage, None to share."""

    @property
    def id(self) -> int: ...
    @property
    def planned_share(self) -> Decimal | None: ...
    @property
    def archived_at(self) -> datetime | None: ...


def planned_weights_of(
    groups: Iterable[PlannedGroup], *, with_contacts: Collection[int]
) -> dict[int, float]:
    """Each group's planned percentage of all contacts of a campaign, by id.

    `groups` are all of the campaign, whatever their roles. One that is archived counts if it has
    contacts: the others' shares were drawn beside it. Without any contacts it never took a part.
    """
    taking = [group for group in groups if group.archived_at is None or group.id in with_contacts]
    parts = exact_parts([group.planned_share for group in taking])
    return {group.id: float(100 * part) for group, part in zip(taking, parts, strict=True)}


def planned_since(
    groups: Sequence[PlannedGroup], planned: Mapping[int, float], *, compared: Collection[int]
) -> dict[int, float]:
    """The planned percentages once a plan is kept, by id; `compared` are groups with contacts.

    Groups of the plan keep their proportions, whatever became of them. Those that came later take
    the part beside them that they would have as the groups are.
    """
    there = [group for group in groups if group.id in planned or group.id in compared]
    now = planned_weights_of(there, with_contacts={group.id for group in there})
    left = 100 - sum(share for group, share in now.items() if group not in planned)
    return {
        group: left * planned[group] / 100 if group in planned else share
        for group, share in now.items()
    }


def split_problem(shares: Mapping[str, Decimal | None]) -> str:
    """The problem with the shares (percentages by group name); "" if there is none.

    Groups without a share divide the rest evenly.
    """
    given = [share for share in shares.values() if share is not None]
    without = [name for name, share in shares.items() if share is None]
    total = sum(given, Decimal(0))
    if given and without and total >= WHOLE:
        return NOTHING_LEFT.format(_plain(total), " and ".join(without))
    if given and not without and abs(total - WHOLE) > TOLERANCE:
        return NOT_WHOLE.format(_plain(total))
    return ""


def exact_parts(shares: Sequence[Decimal | None]) -> list[Fraction]:
    """Each group's exact part of all contacts; together they are 1.

    Groups without a share divide the rest of 100 evenly. Shares that don't add up to 100 count by
    their proportions.
    """
    given = sum((Fraction(share) for share in shares if share is not None), Fraction(0))
    without = sum(share is None for share in shares)
    left = max(Fraction(0), Fraction(WHOLE) - given) / without if without else Fraction(0)
    parts = [left if share is None else Fraction(share) for share in shares]
    return [part / sum(parts) for part in parts]


def split_in_words(shares: Mapping[str, Decimal | None]) -> str:
    """The parts of the groups by name: "A 45%, B 45%, Control 10%"."""
    parts = zip(shares, exact_parts(list(shares.values())), strict=True)
    return ", ".join(f"{name} {_percent(part)}%" for name, part in parts)


def _percent(part: Fraction) -> str:
    hundredths = round(part * 10_000)
    return _plain(Decimal(hundredths) / 100)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
