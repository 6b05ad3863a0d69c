"""Cells for tests of the verdict: known ones, and generated ones."""

import numpy as np
from hypothesis import strategies as st

from reports.verdict.deciding import Pair
from reports.verdict.watching import log_evidence

C1 = [((30, 40), (1000, 1000)), ((50, 70), (970, 960)), ((40, 60), (920, 890))]
C2 = [((300, 360), (5000, 5000)), ((350, 430), (4700, 4640)), ((350, 410), (4350, 4210))]
C3 = [((100, 110, 150), (2000, 2000, 2000)), ((200, 210, 290), (1900, 1890, 1850))]
C4 = [((27, 5), (9000, 1000)), ((40, 9), (8973, 995)), ((33, 8), (8933, 986))]
CELLS = {"C1": C1, "C2": C2, "C3": C3, "C4": C4}


def pair_of(cells, g=1, h=0):
    """From cells as (events of each group, contacts of each)."""
    events, contacts = zip(*cells, strict=True) if cells else ([(0, 0, 0)], [(0, 0, 0)])
    return Pair.of(events, contacts, g=g, h=h)


def least_evidence(lead):
    """Over the other groups; 0 where nobody leads."""
    return min((float(log_evidence(pair)) for pair in lead.pairs), default=0.0)


def joined(pairs):
    """Several campaigns in one batch, filled up with empty cells."""
    longest = max(one.n.shape[-1] for one in pairs)
    columns = []
    for name in ("x_g", "n_g", "x_h", "n_h"):
        rows = [getattr(one, name) for one in pairs]
        columns.append(np.array([np.pad(row, (0, longest - row.shape[-1])) for row in rows]))
    return Pair(*columns)


@st.composite
def cell_lists(draw, groups=2, most=300, smallest=0):
    """Empty cells, one-sided ones, and those with nobody or everybody among them."""
    cells = []
    for _ in range(draw(st.integers(smallest, 6))):
        size = draw(st.sampled_from([1, 10, most]))
        contacts = draw(st.tuples(*[st.integers(0, size)] * groups))
        chance = st.sampled_from([lambda n: st.just(0), st.just, lambda n: st.integers(0, n)])
        events = tuple(draw(draw(chance)(one)) for one in contacts)
        cells.append((events, contacts))
    return cells


huge_cell_lists = cell_lists(most=10_000_000, smallest=1)
