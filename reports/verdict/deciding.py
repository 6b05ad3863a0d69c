"""Whether one group's share is larger than another's, decided once with 4%; pure.

Contacts are compared within slots: of `n` contacts of a group `x` had the event. Every function
takes arrays whose last axis is slots (or cells of a slot and an age bin) and works on any
leading axes at once, so that simulations run the code that reports run.

The bound is the upper 2% point for any number of groups: being best is hardest to claim wrongly
when two are tied at the top (Gutmann and Maymon 1987, Annals of Statistics 15:456).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

BOUND = 2.053749
MIN_EVENTS = 40
MIN_EXPECTED = 5.0
MIN_CONTACTS = 50


@dataclass(frozen=True, eq=False)
class Pair:
    """Group g against group h: events and contacts of each, by slot or cell.

    Where one of them has nobody the slot says nothing, and counts as empty.
    """

    x_g: Numbers
    n_g: Numbers
    x_h: Numbers
    n_h: Numbers

    @classmethod
    def of(cls, events: npt.ArrayLike, contacts: npt.ArrayLike, *, g: int, h: int) -> "Pair":
        """From arrays whose last axis is the groups."""
        x, n = np.asarray(events, dtype=float), np.asarray(contacts, dtype=float)
        both = (n[..., g] > 0) & (n[..., h] > 0)
        of_g, of_h = np.where(both, n[..., g], 0.0), np.where(both, n[..., h], 0.0)
        return cls(x[..., g] * both, of_g, x[..., h] * both, of_h)

    @cached_property
    def m(self) -> Numbers:
        return self.x_g + self.x_h

    @cached_property
    def n(self) -> Numbers:
        return self.n_g + self.n_h

    @cached_property
    def share_of_g(self) -> Numbers:
        return self.n_g / np.maximum(self.n, 1)

    @cached_property
    def share_of_h(self) -> Numbers:
        return self.n_h / np.maximum(self.n, 1)

    @property
    def events(self) -> Numbers:
        return np.asarray(self.m.sum(axis=-1))

    def suffices(self) -> npt.NDArray[np.bool_]:
        """Whether there is enough of everything for the bound to hold."""
        expected = (self.m * self.share_of_g).sum(axis=-1)
        fewest = np.minimum(self.n_g.sum(axis=-1), self.n_h.sum(axis=-1))
        rarest = np.minimum(expected, self.events - expected)
        enough = (self.events >= MIN_EVENTS) & (rarest >= MIN_EXPECTED)
        return np.asarray(enough & (fewest >= MIN_CONTACTS))


def excess(pair: Pair) -> Numbers:
    """U by slot: how many more events g has than its part of the contacts lets expect."""
    return pair.x_g - pair.m * pair.share_of_g


def variance(pair: Pair) -> Numbers:
    """H by slot: the variance of U where nothing differs (hypergeometric)."""
    share, m, n = pair.share_of_g, pair.m, pair.n
    return m * share * (1 - share) * (n - m) / np.maximum(n - 1, 1)


def z(u: Numbers, h: Numbers) -> Numbers:
    """U in standard deviations; 0 where nothing can differ."""
    return np.where(h > 0, u / np.sqrt(np.where(h > 0, h, 1.0)), 0.0)


def z_of(pair: Pair) -> Numbers:
    return z(excess(pair).sum(axis=-1), variance(pair).sum(axis=-1))


def z_matrix(events: npt.ArrayLike, contacts: npt.ArrayLike) -> Numbers:
    """z of every group (rows) over every other, from arrays (..., slots, groups).

    The diagonal is infinite, so that the smallest of a row is over the others.
    """
    x, n = np.asarray(events, dtype=float), np.asarray(contacts, dtype=float)
    groups = x.shape[-1]
    found = np.full((*x.shape[:-2], groups, groups), np.inf)
    for g in range(groups):
        for h in range(g):
            found[..., g, h] = z_of(Pair.of(x, n, g=g, h=h))
            found[..., h, g] = -found[..., g, h]
    return found


def leader(matrix: Numbers) -> tuple[npt.NDArray[np.intp], Numbers]:
    """The group whose smallest z is largest, and that z; the first one where several tie."""
    least = matrix.min(axis=-1)
    return least.argmax(axis=-1), least.max(axis=-1)
