"""Deals groups in random blocks; pure.

A block is a number of contacts in a row in which every group has its planned part, in an order
that nobody can foretell without the seed. Blocks depend on the seed, the stratum, the split and the
block's number alone, by SHA-256: they are the same on every machine, and must stay so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256

from campaigns.planned_split import TOLERANCE, WHOLE

LARGEST_BLOCK = 20
# A change of how blocks come about takes another version.
VERSION = "pixeltrack-draw-1"
ALLOWED = Fraction(TOLERANCE / WHOLE)


@dataclass(frozen=True)
class Split:
    """What each group gets of all contacts: whole weights above 0 by the group's number."""

    weights: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, parts: Mapping[int, Fraction]) -> "Split":
        """From exact parts, which add up to 1; a group with no part gets nobody.

        Parts that whole numbers up to LARGEST_BLOCK give, but for rounding, become those numbers.
        """
        some = {number: part for number, part in sorted(parts.items()) if part}
        weights = _small_weights(list(some.values())) or _exact_weights(list(some.values()))
        return cls(tuple(zip(some, weights, strict=True)))

    @classmethod
    def read(cls, text: str) -> "Split":
        """From its text."""
        pairs = (pair.split(":") for pair in text.split(","))
        return cls(tuple((int(number), int(weight)) for number, weight in pairs))

    @property
    def numbers(self) -> frozenset[int]:
        return frozenset(number for number, _ in self.weights)

    @property
    def whole(self) -> int:
        return sum(weight for _, weight in self.weights)

    @property
    def block(self) -> int:
        """How many contacts a block has."""
        return min(self.whole, LARGEST_BLOCK)

    def __str__(self) -> str:
        return ",".join(f"{number}:{weight}" for number, weight in self.weights)


def _small_weights(parts: Sequence[Fraction]) -> list[int] | None:
    """The smallest whole numbers that give these parts, None where they would be too large."""
    for size in range(len(parts), LARGEST_BLOCK + 1):
        weights = [round(part * size) for part in parts]
        off = [abs(Fraction(w, size) - part) for w, part in zip(weights, parts, strict=True)]
        if all(weights) and sum(weights) == size and sum(off) <= ALLOWED:
            return weights
    return None


def _exact_weights(parts: Sequence[Fraction]) -> list[int]:
    # In lowest terms, since the parts add up to 1.
    common = 1
    for part in parts:
        common *= (part * common).denominator
    return [int(part * common) for part in parts]


@dataclass(slots=True)
class Dealer:
    """Deals the groups of one stratum: `counts` by group so far, `left` of the open block."""

    seed: str
    stratum: str
    split: Split
    counts: dict[int, int] = field(default_factory=dict)
    left: list[int] = field(default_factory=list)

    @property
    def dealt(self) -> int:
        return sum(self.counts.values())

    def next_group(self) -> int:
        """The number of the next contact's group."""
        if not self.left:
            self.left = self._next_block()
        group = self.left.pop(0)
        self.counts[group] = self.counts.get(group, 0) + 1
        return group

    def _next_block(self) -> list[int]:
        block = self.dealt // self.split.block
        key = "|".join((VERSION, self.seed, self.stratum, str(self.split), str(block)))
        groups = self._seats(key)
        order = sorted(range(len(groups)), key=lambda place: _digest(key, "place", place))
        return [groups[place] for place in order]

    def _seats(self, key: str) -> list[int]:
        """The groups of the next block, each as often as it is owed.

        By largest remainder: each seat goes to the group that is furthest behind its part of
        everybody dealt with this block, ties by the seed. So what one block rounds away the next
        ones give back.
        """
        split = self.split
        whole, dealt = split.whole, self.dealt + split.block
        owed = {g: dealt * w - whole * self.counts.get(g, 0) for g, w in split.weights}
        rank = {group: _digest(key, "tie", group) for group in owed}
        seats = []
        for _ in range(split.block):
            group = max(owed, key=lambda g: (owed[g], rank[g]))
            owed[group] -= whole
            seats.append(group)
        return seats


def _digest(key: str, kind: str, number: int) -> bytes:
    return sha256(f"{key}|{kind}|{number}".encode()).digest()
