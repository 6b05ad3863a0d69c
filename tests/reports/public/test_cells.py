"""No number of fewer than ten can be read from a shared table, nor worked out from its total."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from reports.public.cells import Cell, Split, split_cells, split_groups
from tracking.hits.small_cells import OTHER

counts = st.one_of(st.integers(0, 30), st.integers(0, 5_000))


@st.composite
def tables(draw):
    names = draw(st.lists(st.sampled_from(["A", "B", "C", "D", "E", OTHER]), unique=True))
    return [Cell(name, draw(counts)) for name in names]


@given(tables())
def test_no_small_cell_is_shown_or_follows_from_the_total(cells):
    split = split_cells(cells)
    if split is None:
        return
    total = sum(cell.opens for cell in cells)
    assert sum(cell.opens for cell in split.named) + split.others == total
    assert all(cell.opens >= 10 for cell in split.named)
    assert split.others == 0 or split.others >= 10
    merged = [cell.opens for cell in cells if cell.opens and cell not in split.named]
    # One small cell by itself would be the difference.
    assert len(merged) != 1 or merged[0] >= 10


@given(tables())
def test_what_is_large_enough_is_shown_as_it_was(cells):
    filled = [cell for cell in cells if cell.opens]
    if filled and all(cell.opens >= 10 and cell.name != OTHER for cell in filled):
        assert split_cells(cells) == Split(filled, 0)


def test_small_cells_are_summed():
    cells = [Cell("Gmail", 50), Cell("Outlook", 6), Cell("Thunderbird", 5), Cell("Pine", 0)]
    assert split_cells(cells) == Split([Cell("Gmail", 50)], 11)


def test_a_single_small_cell_takes_the_next_larger_one_with_it():
    cells = [Cell("Gmail", 50), Cell("Outlook", 20), Cell("Thunderbird", 3)]
    assert split_cells(cells) == Split([Cell("Gmail", 50)], 23)


def test_nothing_is_told_where_everything_would_be_merged():
    assert split_cells([Cell("Gmail", 50), Cell("Thunderbird", 3)]) is None
    assert split_cells([Cell("Thunderbird", 3)]) is None
    assert split_cells([]) is None


@dataclass(frozen=True)
class Sized:
    number: int
    measured: int


@given(st.lists(counts, max_size=6))
def test_no_small_group_is_shown_or_follows_from_the_totals(sizes):
    groups = [Sized(*row) for row in enumerate(sizes)]
    shown, hidden = split_groups(groups)
    assert sorted([*shown, *hidden], key=lambda group: group.number) == groups
    assert all(group.measured >= 10 for group in shown)
    if shown and hidden:
        assert len(hidden) > 1
        assert sum(group.measured for group in hidden) >= 10


def test_groups_keep_their_order_and_the_smallest_one_hides_the_small_one():
    groups = [Sized(1, 40), Sized(2, 4), Sized(3, 90), Sized(4, 30)]
    shown, hidden = split_groups(groups)
    assert [group.number for group in shown] == [1, 3]
    assert [group.number for group in hidden] == [2, 4]
