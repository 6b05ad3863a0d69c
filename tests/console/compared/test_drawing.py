"""Open rates are drawn on one scale that begins at 0."""

from hypothesis import given
from hypothesis import strategies as st

from console.compared.drawing import WIDTH, drawing_of

rates = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted)


def test_solid_ends_at_the_lower_rate_and_pale_at_the_higher():
    drawing = drawing_of([("Spring", 0.1, 0.15), ("Summer", 0.2, 0.2)])
    assert [(bar.solid, bar.pale) for bar in drawing.bars] == [(48.0, 24.0), (96.0, 0.0)]
    assert [bar.rate for bar in drawing.bars] == ["10.0% to 15.0%", "20.0%"]
    assert drawing.marks == [(0.0, "0%"), (48.0, "10%"), (96.0, "20%")]


def test_a_campaign_without_a_rate_has_no_bar():
    [bar] = drawing_of([("Draft", None, None)]).bars
    assert (bar.rate, bar.solid, bar.pale) == ("-", 0.0, 0.0)


def test_marks_may_stand_between_whole_percents():
    assert [text for _, text in drawing_of([("Spring", 0.04, 0.04)]).marks] == ["0%", "2.5%", "5%"]


@given(st.lists(rates, min_size=1, max_size=8))
def test_every_bar_lies_within_the_scale_in_the_order_of_rates(pairs):
    drawing = drawing_of([("x", low, high) for low, high in pairs])
    for (low, high), bar in zip(pairs, drawing.bars, strict=True):
        assert 0 <= bar.solid <= bar.solid + bar.pale <= WIDTH + 0.01
        assert (bar.solid > 0) == (low > 0)
        assert (bar.solid + bar.pale > 0) == (high > 0)
    ends = [bar.solid + bar.pale for bar in drawing.bars]
    highs = [high for _, high in pairs]
    assert ends[highs.index(max(highs))] >= max(ends) - 0.01
