"""No counter of shared loads names a mail client with few of them."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from tracking.hits.small_cells import OTHER, SMALLEST, Cell, Counted, count

GMAIL, UNNAMED = Cell(1, 2, 1, "Gmail"), Cell(1, 2, 1, OTHER)
CELLS = st.builds(
    Cell,
    st.integers(1, 2),
    st.integers(1, 2),
    st.integers(0, 1),
    st.sampled_from(["Gmail", "Yahoo", OTHER]),
)
BATCHES = st.lists(
    st.tuples(st.integers(0, 2), st.lists(st.tuples(CELLS, st.integers(1, 12)), max_size=4)),
    max_size=12,
)


def test_a_client_with_few_loads_is_not_named():
    assert count([GMAIL] * 9, stored={}, waiting=Counter()) == Counted(
        {UNNAMED: 9}, Counter({GMAIL: 9})
    )


def test_a_client_with_enough_loads_is_named():
    assert count([GMAIL] * 10, stored={}, waiting=Counter()) == Counted({GMAIL: 10}, Counter())


def test_what_waits_is_named_once_there_are_enough():
    counted = count([GMAIL], stored={UNNAMED: 12}, waiting=Counter({GMAIL: 9}))
    assert counted == Counted({GMAIL: 10, UNNAMED: 3}, Counter())


def test_a_client_that_is_named_stays_so():
    assert count([GMAIL], stored={GMAIL: 10}, waiting=Counter()).sums == {GMAIL: 11}


def test_no_more_is_named_than_is_stored():
    """The database may have been restored while the process ran on."""
    counted = count([GMAIL], stored={UNNAMED: 2}, waiting=Counter({GMAIL: 9}))
    assert counted == Counted({UNNAMED: 3}, Counter({GMAIL: 3}))


@given(BATCHES)
@settings(max_examples=300, deadline=None)
def test_no_sequence_of_loads_makes_a_small_cell(batches):
    """Of two processes that count into the same tables, each may be killed and forget."""
    stored: dict[Cell, int] = {}
    waiting = [Counter(), Counter()]
    sent: Counter[tuple[int, int, int]] = Counter()
    by_client: Counter[Cell] = Counter()
    for process, loads in batches:
        if process == 2:
            waiting[0] = Counter()
            process = 0
        cells = [cell for cell, times in loads for _ in range(times)]
        counted = count(cells, stored=stored, waiting=waiting[process])
        stored |= counted.sums
        waiting[process] = counted.waiting
        sent.update(cell[:3] for cell in cells)
        by_client.update(cells)
        for cell, number in stored.items():
            assert number >= (0 if cell.family == OTHER else SMALLEST)
            assert cell.family == OTHER or number <= by_client[cell]
    kept: Counter[tuple[int, int, int]] = Counter()
    for cell, number in stored.items():
        kept[cell[:3]] += number
    assert +kept == sent
