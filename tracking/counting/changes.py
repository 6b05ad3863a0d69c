"""What moved in each group's counters, as text, so that reports need not read all of them; pure.

A report keeps what opens come to. It can follow a change that consists of opens alone: who is sent
to, who is compared and who left stay as they were.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from tracking.counting import fold

# What reports keep of a group.
FOLLOWED = (
    fold.OPENS_BY_MINUTE,
    fold.OPENS_BY_SLOT,
    fold.OPENS_BY_CLIENT,
    fold.FIRST_BY_MINUTE,
    fold.FIRST_BY_SLOT,
    fold.FIRST_BY_AGE,
    fold.CONTACTS_BY_KIND,
)
# Of the contacts by due minute: those that only `reports.sent` reads, which keeps nothing.
OPENED, UNMEASURED, LAPSED = 1, 4, 6
# Longer ones take as long to follow as to read anew.
MOST_ROWS = 2_000

# Of one counter: its key without the group, then the amounts.
Row = Sequence[Any]
Moved = Mapping[str, Sequence[Row]]
Amounts = tuple[int, ...]


def written(deltas: fold.Deltas) -> dict[int, str]:
    """By group; without groups whose change reports can't follow."""
    changes: dict[int, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    others = set()
    for counter in deltas.by_counter:
        for (group_id, *key), amounts in deltas.of(counter).items():
            if counter in FOLLOWED:
                changes[group_id][counter].append([*key, *amounts])
            elif not _may_move(counter, amounts):
                others.add(group_id)
    return {
        group_id: json.dumps(moved, separators=(",", ":"))
        for group_id, moved in changes.items()
        if group_id not in others and sum(map(len, moved.values())) <= MOST_ROWS
    }


def _may_move(counter: str, amounts: Amounts) -> bool:
    if counter == fold.CONTACTS_BY_DUE:
        places = (place for place, amount in enumerate(amounts) if amount)
        return all(place in (OPENED, UNMEASURED, LAPSED) for place in places)
    return counter == fold.CONTACTS_BY_DUE_DAY


def read(moved: str) -> Moved:
    rows: Moved = json.loads(moved)
    return rows


def rows_in(moved: str) -> int:
    """How many rows `read` would give, without reading them: each counter is a list of lists."""
    return moved.count("[") - moved.count(":[")
