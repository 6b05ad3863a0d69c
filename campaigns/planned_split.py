"""The planned split of a campaign's contacts between its groups: valid, exact, in words; pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

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
    """The parts of the groups by name: "A 45 %, B 45 %, Control 10 %"."""
    parts = zip(shares, exact_parts(list(shares.values())), strict=True)
    return ", ".join(f"{name} {_percent(part)} %" for name, part in parts)


def _percent(part: Fraction) -> str:
    hundredths = round(part * 10_000)
    return _plain(Decimal(hundredths) / 100)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
