"""The filters a list is narrowed by, each with a link that takes it away."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.admin.views.main import ChangeList
from django.utils.text import capfirst

# A value from an address that the filter does not offer.
NOT_OFFERED = "something that is not there"


@dataclass(frozen=True)
class Chip:
    """A filter in use; `without` is the address of the list without it."""

    title: str
    words: str
    without: str


class ListWithChips(ChangeList):
    """A list whose page names the filters in use."""

    def chips(self) -> list[Chip]:
        return list(self._chips())

    def _chips(self) -> Iterator[Chip]:
        for spec in self.filter_specs:
            own = [name for name in spec.expected_parameters() if name is not None]
            if not any(self.filter_params.get(name) for name in own):
                continue
            chosen = (str(choice["display"]) for choice in spec.choices(self) if choice["selected"])
            without = self.get_query_string(remove=own)
            yield Chip(str(capfirst(spec.title)), next(chosen, NOT_OFFERED), without)
