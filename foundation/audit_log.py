"""Who changed what and when: enters changes into the history that the admin shows of a row.

Called by the edges, which know who is asking. What is told of a row must hold no personal data:
whoever may see the row may read its history, and nothing erases it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model
from django.utils import timezone

from foundation.database.transactions import in_transaction

T = TypeVar("T")
Row = TypeVar("Row", bound=Model)
# Of a row by label: words, or the ids of the others that belong to it.
Told = Mapping[str, str | Set[int]]
# More ids than these are counted.
MOST_NAMED = 10


@dataclass(frozen=True)
class History(Generic[Row]):
    """How changes of a model's rows are told.

    `tell` says what a row is like; `part_of` gives the row in whose history they appear as well.
    """

    tell: Callable[[Row], Told]
    part_of: Callable[[Row], Model] | None = None

    @in_transaction
    def created(self, *, by: AbstractBaseUser, create: Callable[[], Row]) -> Row:
        """Creates a row and enters that, both or neither."""
        row = create()
        self._enter(by, row, ADDITION, ["Created."])
        return row

    @in_transaction
    def changed(self, *, by: AbstractBaseUser, row: Row, change: Callable[[], T]) -> T:
        """Changes or deletes a row and enters what differs, both or neither."""
        rows = type(row)._default_manager.filter(pk=row.pk)
        # Held, so that nobody else's change is taken for this one. If it is gone, `change` says so.
        before = rows.select_for_update().first()
        if before is None:
            return change()
        told = self.tell(before)
        result = change()
        after = rows.first()
        if after is None:
            self._enter(by, before, DELETION, ["Deleted."])
        elif lines := list(differences(told, self.tell(after))):
            self._enter(by, after, CHANGE, lines)
        return result

    def _enter(self, by: AbstractBaseUser, row: Row, flag: int, lines: list[str]) -> None:
        LogEntry.objects.log_actions(by.pk, [row], flag, "\n".join(lines))
        if self.part_of:
            about = f"{str(type(row)._meta.verbose_name).capitalize()} “{row}”"
            sentence = "\n".join(f"{about}: {line}" for line in lines)
            note(by=by, rows=[self.part_of(row)], sentence=sentence)


def note(*, by: AbstractBaseUser, rows: Iterable[Model], sentence: str) -> None:
    """Enter what was done with each row where nothing of the rows themselves differs."""
    LogEntry.objects.log_actions(by.pk, list(rows), CHANGE, sentence)


# --- In words -------------------------------------------------------------------------------


def differences(before: Told, after: Told) -> Iterator[str]:
    """A line for each label that is told in another way than before."""
    for label, now in after.items():
        was = before[label]
        if was == now:
            continue
        if isinstance(now, str) or isinstance(was, str):
            yield f"{label}: {was} → {now}"
        else:
            moved = {"added": now - was, "removed": was - now}
            words = [f"{what} {_named(ids)}" for what, ids in moved.items() if ids]
            yield f"{label}: {', '.join(words)}"


def _named(ids: Set[int]) -> str:
    named = ", ".join(map(str, sorted(ids)[:MOST_NAMED]))
    more = len(ids) - MOST_NAMED
    return f"{named} and {more:,} more" if more > 0 else named


def quoted(text: str) -> str:
    return f"“{text}”" if text else "empty"


def moment(at: datetime | None) -> str:
    """A time in the project's zone, such as "2026-03-31 21:30 CEST"."""
    if at is None:
        return "never"
    local = timezone.localtime(at, timezone.get_default_timezone())
    return f"{local.replace(tzinfo=None)}".removesuffix(":00") + f"{local: %Z}"
