"""What a page is narrowed by, each with a link that takes it away; pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Chip:
    """A filter in use; `without` is the address of the page without it."""

    title: str
    words: str
    without: str
