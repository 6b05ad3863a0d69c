"""Validates the planned split of a campaign's contacts between its groups; pure."""

from collections.abc import Mapping
from decimal import Decimal

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


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
