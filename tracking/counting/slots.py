"""Which contacts fell due together, and how old an event is: slots and age bins; pure.

Contacts are compared only with contacts that fell due in the same slot, so that neither the hour
of day nor the order of importing is taken for a group. Due times are minutes since 1970.
"""

from bisect import bisect_left
from dataclasses import dataclass

MINUTE_MS = 60_000
WEEK = 10_080
# The widths a slot may have, in minutes; the last one is also that of slots after the cut-off.
WIDTHS = (15, 60, 240, 1440, WEEK)
MOST_SLOTS = 100
# How long after the first due time the slots are fixed: an import may take a while.
FIXED_AFTER_MINUTES = 60

# Minutes since the due time at which age bins end; bin j is (edge[j-1], edge[j]], 0 starts at -inf.
# fmt: off
AGE_EDGES = (
    5, 10, 15, 20, 30, 40, 50, 60, 75, 90, 105, 120, 150, 180, 210, 240, 300, 360, 420, 480,
    600, 720, 840, 960, 1200, 1440, 1800, 2160, 2880, 3600, 4320, 5760, 7200, 10080,
    14400, 20160, 30240, 43200,
)
# fmt: on
AGE_EDGES_MS = tuple(minutes * MINUTE_MS for minutes in AGE_EDGES)
# The last bin is beyond every edge and is never compared.
AGE_BINS = len(AGE_EDGES) + 1


@dataclass(frozen=True)
class Slots:
    """A campaign's slots, which stay as they are once they are fixed.

    `first_due` and `cut_off` are the first and the last due minute of regular slots, `width`
    minutes each. The last of them ends with the cut-off; then a slot is a week.
    """

    first_due: int
    width: int
    cut_off: int

    @property
    def last_regular(self) -> int:
        return (self.cut_off - self.first_due) // self.width

    def number(self, due: int) -> int:
        """The slot of a contact that fell due in this minute."""
        if due <= self.cut_off:
            return (due - self.first_due) // self.width
        return self.last_regular + 1 + (due - self.cut_off - 1) // WEEK

    def start(self, number: int) -> int:
        """The slot's first minute."""
        if number <= self.last_regular:
            return self.first_due + number * self.width
        return self.cut_off + 1 + (number - self.last_regular - 1) * WEEK

    def end(self, number: int) -> int:
        """The minute from which on nobody can fall due in the slot any more."""
        return self.start(number + 1) if number != self.last_regular else self.cut_off + 1


def fix_slots(*, first_due: int, last_due: int, cut_off: int | None = None) -> Slots:
    """The slots, from the first and last due minute known and the cut-off that was chosen."""
    end = max(first_due, last_due if cut_off is None else cut_off)
    fitting = (width for width in WIDTHS if (end - first_due) // width < MOST_SLOTS)
    return Slots(first_due, next(fitting, WEEK), end)


def age_bin(age_ms: int) -> int:
    """The index of the bin an age in milliseconds falls in; len(AGE_EDGES) is beyond the last."""
    return bisect_left(AGE_EDGES_MS, age_ms)


def bins_until(minutes: int) -> int:
    """How many age bins end by this edge."""
    return AGE_EDGES.index(minutes) + 1
