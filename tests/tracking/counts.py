"""Makes groups' counters for tests of the verdict."""

from reports.verdict.comparable import AGE_BINS, GroupCounts
from tracking.counting.strata import STRATA

SENT = 1_790_000_000_000
MINUTE = 60_000
GRACE = 30


def spread(total, parts=STRATA):
    """Nearly evenly: 23 over 10 strata is 3 3 3 2 2 2 2 2 2 2."""
    return [total // parts + (part < total % parts) for part in range(parts)]


def by_stratum(opens):
    """Opens by age bin, each spread over the strata."""
    rows = [[0] * AGE_BINS for _ in range(STRATA)]
    for number, total in enumerate(opens):
        for stratum, part in enumerate(spread(total)):
            rows[stratum][number] = part
    return rows


def make_group(number, contacts, opens, *, with_machine=None, **fields):
    """A group sent to at SENT at once, its opens given by age bin (and shown as A, B, C, ..)."""
    values = {
        "id": number,
        "name": "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number - 1],
        "planned_share": None,
        "sent": spread(contacts),
        "pending": [0] * STRATA,
        "max_sent_at": [SENT] * STRATA,
        "counted": by_stratum(opens),
        "with_machine": by_stratum(opens if with_machine is None else with_machine),
        "median_sent_at": SENT,
    }
    return GroupCounts(**(values | fields))


def make_groups(cells, **fields):
    """Groups from cells as (opens of each group, contacts at risk of each)."""
    contacts = cells[0][1]
    return [
        make_group(g + 1, contacts[g], [opens[g] for opens, _ in cells], **fields)
        for g in range(len(contacts))
    ]


def at(minutes, *, grace=GRACE):
    """The moment at which an age is released that everyone reached so many minutes after SENT."""
    return SENT + minutes * MINUTE + grace * 1000


C1 = [((30, 40), (1000, 1000)), ((50, 70), (970, 960)), ((40, 60), (920, 890))]
C2 = [((300, 360), (5000, 5000)), ((350, 430), (4700, 4640)), ((350, 410), (4350, 4210))]
THREE = [((100, 110, 150), (2000, 2000, 2000)), ((200, 210, 290), (1900, 1890, 1850))]
SAME = [
    ((1000, 1005), (20000, 20000)),
    ((1500, 1490), (19000, 18995)),
    ((1500, 1510), (17500, 17505)),
]
