"""Reads what moved in the counters of groups since this process knew them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from tracking.counting import changes
from tracking.counting.changes import MOST_ROWS, Moved, Row, rows_in
from tracking.models import GroupChange

# With more of them, or more rows than one may have, reading all counters takes no longer.
MOST_CHANGES = 50

# A version, and what moved then as text.
Stored = tuple[int, str]


@dataclass(frozen=True)
class Changes:
    """Those of groups up to `versions`, as a snapshot of the database has them.

    The caller holds that snapshot. What was read of a group is not read again.
    """

    versions: Mapping[int, int]
    _read: dict[int, Sequence[Stored]] = field(default_factory=dict)

    def since(self, known: Mapping[int, int]) -> dict[int, Moved]:
        """What moved since the version that is known of each group, taken together.

        Without groups of which that can't be told. In one query, in none where all are known.
        """
        behind = {one: self.version(one) - version for one, version in known.items()}
        near = {one: known[one] for one, count in behind.items() if 0 < count <= MOST_CHANGES}
        self._read_since({one: version for one, version in near.items() if one not in self._read})
        found: dict[int, Moved] = {one: {} for one, count in behind.items() if count == 0}
        for one, version in near.items():
            later = [moved for at, moved in self._read[one] if at > version]
            if len(later) == behind[one] and sum(map(rows_in, later)) <= MOST_ROWS:
                found[one] = _together(later)
        return found

    def version(self, group_id: int) -> int:
        return self.versions.get(group_id, 0)

    def _read_since(self, known: Mapping[int, int]) -> None:
        if not known:
            return
        wanted = Q()
        for group_id, version in known.items():
            wanted |= Q(group_id=group_id, version__gt=version)
        rows = GroupChange.objects.filter(wanted).values_list("group_id", "version", "moved")
        read: dict[int, list[Stored]] = {group_id: [] for group_id in known}
        for group_id, version, moved in rows:
            read[group_id].append((version, moved))
        self._read.update(read)


def _together(some: Sequence[str]) -> Moved:
    moved: dict[str, list[Row]] = defaultdict(list)
    for text in some:
        for counter, rows in changes.read(text).items():
            moved[counter].extend(rows)
    return moved
