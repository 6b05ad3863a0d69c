"""Keeps small numbers out of tables that anybody with a link may read; pure.

Beside a table stands its total. So it is not enough to leave a small cell out: what is left out
must be large together, and be more than one cell, or the total tells what it is.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from tracking.hits.small_cells import OTHER, SMALLEST


class Cell(NamedTuple):
    """How many opens one row of a table has."""

    name: str
    opens: int


class Measurable(Protocol):
    """A group, as far as it matters how many of its contacts may be measured."""

    @property
    def measured(self) -> int: ...


Group = TypeVar("Group", bound=Measurable)


class Split(NamedTuple):
    """Cells to show by themselves, in the order given, and the sum of all others, 0 for none."""

    named: list[Cell]
    others: int


def split_cells(cells: Iterable[Cell]) -> Split | None:
    """Merge cells with fewer than SMALLEST opens; None where nothing but the total can be told.

    Cells without opens are left out. One that is called OTHER is merged whatever its size.
    """
    filled = [cell for cell in cells if cell.opens]
    large = [cell for cell in filled if cell.opens >= SMALLEST and cell.name != OTHER]
    others = sum(cell.opens for cell in filled) - sum(cell.opens for cell in large)
    large.sort(key=lambda cell: -cell.opens)
    while large and 0 < others < SMALLEST:
        others += large.pop().opens
    if not large:
        return None
    return Split([cell for cell in filled if cell in large], others)


def split_groups(groups: Sequence[Group]) -> tuple[list[Group], list[Group]]:
    """Groups to show by themselves, and those to leave out, of which only the totals tell.

    Those with fewer than SMALLEST contacts who may be measured are left out, and with them as many
    of the next larger ones as it takes for two groups and SMALLEST contacts.
    """
    shown = sorted((g for g in groups if g.measured >= SMALLEST), key=lambda group: -group.measured)
    hidden = [group for group in groups if group.measured < SMALLEST]
    # One that is hidden by itself is never enough.
    while shown and hidden and sum(group.measured for group in hidden) < SMALLEST:
        hidden.append(shown.pop())
    return [g for g in groups if g in shown], [g for g in groups if g in hidden]
