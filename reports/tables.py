"""A report's tables to download; pure. Cells are as the API answers them."""

from collections.abc import Iterator, Mapping

FIGURES = ("contacts", "sent", "unique_opens")
KINDS = ("human", "proxied", "machine")
RATES = ("opens", "open_rate", "open_rate_with_machine")
STANDING = ("ci_low", "ci_high", "probability_best")
UNIQUE_KINDS = tuple(f"unique_{kind}" for kind in KINDS)
ALL_GROUPS = "All groups"

Data = Mapping[str, object]


def groups_table(data: Data) -> Iterator[tuple[object, ...]]:
    """A header, a row for each group, and one for all of them."""
    yield ("number", "group", *FIGURES, *UNIQUE_KINDS, *RATES, *STANDING)
    for group in data["groups"]:
        yield (group["number"], group["name"], *_figures(group))
    yield ("", ALL_GROUPS, *_figures(data["totals"]))


def _figures(row: Data) -> Iterator[object]:
    yield from (row[name] for name in FIGURES)
    yield from (row["unique_by_kind"][kind] for kind in KINDS)
    yield from (row[name] for name in RATES)
    yield from (row.get(name) for name in STANDING)


def series_table(data: Data) -> Iterator[tuple[object, ...]]:
    """A header, and a row for each step of time and group."""
    series = data["series"]
    yield (series["step"], "number", "group", "opens", "unique_opens")
    for point in series["points"]:
        counts = zip(data["groups"], point["opens"], point["unique_opens"], strict=True)
        for group, opens, unique in counts:
            yield (point["at"].isoformat(), group["number"], group["name"], opens, unique)
