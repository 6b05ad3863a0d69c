"""A rate that a mailing is expected to reach by its decision age; pure."""

from dataclasses import dataclass
from enum import StrEnum


class RateFrom(StrEnum):
    """Where a rate comes from: past mailings' own, what somebody gave, or nowhere."""

    PAST = "past"
    GIVEN = "given"
    ASSUMED = "assumed"


@dataclass(frozen=True)
class ExpectedRate:
    """The share of contacts that open up to an age in minutes; `mailings` are those it is of."""

    share: float
    source: RateFrom
    age: int
    mailings: int = 0
