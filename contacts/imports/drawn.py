"""How many contacts of an import were drawn for each group."""

from collections import Counter
from collections.abc import Mapping, Sequence

from campaigns.models import ContactImport, Group
from contacts.create import RowResult
from contacts.fields import DRAW
from contacts.imports.known_contacts import Entry


def add_drawn(
    before: Mapping[str, int] | None, entries: Sequence[Entry], results: Sequence[RowResult]
) -> dict[str, int] | None:
    """ContactImport.drawn with the contacts of one more chunk; None where none was drawn."""
    drawn = Counter(before or {})
    for entry, result in zip(entries, results, strict=True):
        if entry.row.contact.group == DRAW and not result.errors:
            drawn[str(result.group)] += 1
    return dict(drawn) or None


def drawn_ids(job: ContactImport) -> list[tuple[int, int]]:
    """The ids of groups and how many contacts were drawn for each."""
    return sorted((int(group), contacts) for group, contacts in (job.drawn or {}).items())


def drawn_groups(job: ContactImport) -> list[tuple[Group, int]]:
    """The groups by number and how many contacts were drawn for each."""
    counts = dict(drawn_ids(job))
    if not counts:
        return []
    return [(g, counts[g.id]) for g in Group.objects.filter(id__in=counts).order_by("number")]
