"""Chooses few rows that contain each pair of values of any two factors; pure."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

Place = tuple[str, int]
Pair = frozenset[Place]


def choose(factors: Mapping[str, Sequence[object]]) -> list[dict[str, object]]:
    """Rows with one value of each factor; one of them has each pair of values of two factors.

    Greedy: each row begins with a missing pair, and takes from each other factor the
    value with the most missing pairs. The same factors give the same rows.
    """
    missing = dict.fromkeys(_pairs({name: range(len(v)) for name, v in factors.items()}))
    if not missing:
        return [{name: value} for name, values in factors.items() for value in values]
    rows = []
    while missing:
        row = _row(factors, missing)
        for pair in combinations(row.items(), 2):
            missing.pop(frozenset(pair), None)
        rows.append({name: values[row[name]] for name, values in factors.items()})
    return rows


def _pairs(factors: Mapping[str, Sequence[int]]) -> Iterator[Pair]:
    for one, other in combinations(factors, 2):
        for i in factors[one]:
            for j in factors[other]:
                yield frozenset({(one, i), (other, j)})


def _row(factors: Mapping[str, Sequence[object]], missing: Mapping[Pair, None]) -> dict[str, int]:
    row = dict(next(iter(missing)))
    for name, values in factors.items():
        if name not in row:
            row[name] = max(range(len(values)), key=lambda n: _brought((name, n), row, missing))
    return row


def _brought(place: Place, row: Mapping[str, int], missing: Mapping[Pair, None]) -> int:
    return sum(frozenset({place, known}) in missing for known in row.items())
