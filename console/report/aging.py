"""The share opened by hours since sending as a report draws it, and its table; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from console.base.plot import Line, Plot, marks_across, marks_up, share_scale, straight
from reports.by_age.curve import Curve, together
from reports.data import ReportData
from reports.rates import NONE
from reports.verdict.wording import age
from tracking.counting.slots import AGE_EDGES

# Where the drawing may end, and how many parts its scale has then.
ENDS = {60: 4, 240: 4, 720: 4, 1440: 4, 2880: 4, 4320: 3, 7200: 5, 10080: 7, 20160: 2, 43200: 3}
# The part of the opens that the drawing holds: a single late one would leave no room for them.
DRAWN = 0.97
# The rows of the table, in minutes.
ROWS = (60, 240, 720, 1440, 2880, 4320, 7200, 10080, 20160, 43200)
OTHERS = f"of {{:,}} the age is over {age(AGE_EDGES[-1])} or not known, as after a second e-mail"

Shown = dict[str, object]


def aging(data: ReportData, names: Mapping[int, str], numbers: Mapping[int, int]) -> Shown | None:
    """None before ages are known; `numbers` are the places of groups among all."""
    curves = {one: curve for one, curve in data.curves.items() if curve.has_ages}
    if not curves:
        return None
    whole = together(list(data.curves.values()))
    # Of some nobody knows the age: they are in no drawing.
    aged = replace(whole, opened=whole.by_edge[-1])
    end = next(edge for edge in ENDS if edge >= (aged.reached_by(DRAWN) or 0) or edge == max(ENDS))
    return {
        "plot": _plot(curves, names, numbers, end),
        "groups": [names[one] for one in curves],
        "rows": _rows(list(curves.values()), end),
        "summary": _summary(whole, end),
    }


def half_in_words(curves: Sequence[Curve]) -> str:
    """The age by which half of all opened were; NONE where that is not known."""
    minutes = together(curves).reached_by(0.5)
    return NONE if minutes is None else age(minutes)


def _plot(
    curves: Mapping[int, Curve], names: Mapping[int, str], numbers: Mapping[int, int], end: int
) -> Plot:
    drawn = {one: _points(curve, end) for one, curve in curves.items()}
    scale = share_scale(max(share for points in drawn.values() for _, share in points))
    lines = [
        Line(names[one], numbers[one], straight([(at, share / scale) for at, share in points]))
        for one, points in drawn.items()
    ]
    parts = ENDS[end]
    across = [(n / parts, age(end * n // parts) if n else "0") for n in range(parts + 1)]
    texts = (f"{100 * scale * part:.3g}%" for part in (0, 0.5, 1))
    return Plot(lines, marks_up(texts), marks_across(across))


def _points(curve: Curve, end: int) -> list[tuple[float, float]]:
    pairs = zip(AGE_EDGES, curve.by_edge, strict=True)
    known = [(edge / end, curve.share(opened)) for edge, opened in pairs if edge <= end]
    return [(0.0, 0.0), *known]


def _rows(curves: Sequence[Curve], end: int) -> list[Shown]:
    """Of the ages up to the drawing's end, and what the groups' figures are so far."""
    rows: list[Shown] = [
        {
            "age": age(edge),
            "shares": [_share(one, one.by_edge[AGE_EDGES.index(edge)]) for one in curves],
        }
        for edge in ROWS
        if edge <= end
    ]
    return [*rows, {"age": "So far", "shares": [_share(one, one.opened) for one in curves]}]


def _share(curve: Curve, opened: int) -> str:
    return f"{curve.share(opened):.1%}"


def _summary(whole: Curve, end: int) -> str:
    half = half_in_words([whole])
    drawn = whole.by_edge[AGE_EDGES.index(end)]
    said = "" if half == NONE else f"Half of those who opened did so within {half} of sending. "
    if drawn == whole.opened:
        return f"{said}Whoever opened is drawn."
    said += f"{drawn:,} of the {whole.opened:,} who opened did so within {age(end)}"
    unknown = whole.opened - whole.by_edge[-1]
    return f"{said}; {OTHERS.format(unknown)}." if unknown else f"{said}."
