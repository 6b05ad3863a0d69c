"""Records who changed what and when in the history that the admin shows for each row.

Called by the console and the API, which know the user. The described values must not contain
personal data: anyone who may see the row may read its history, and nothing erases it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.utils import timezone

from foundation import dates
from foundation.database.transactions import in_transaction

T = TypeVar("T")
Row = TypeVar("Row", bound=Model)
# A row's values by label: text, or the ids of related rows.
Told = Mapping[str, str | Set[int]]
# Longer lists of ids are counted instead of named.
MOST_NAMED = 10


@dataclass(frozen=True)
class History(Generic[Row]):
    """How changes to a model's rows are described.

    `tell` describes a row; `part_of` returns the parent row, whose history also shows the change.
    """

    tell: Callable[[Row], Told]
    part_of: Callable[[Row], Model] | None = None

    @in_transaction
    def created(self, *, by: AbstractBaseUser, create: Callable[[], Row]) -> Row:
        """Create a row and record that, both or neither."""
        row = create()
        self._enter(by, row, ADDITION, ["Created."])
        return row

    @in_transaction
    def changed(self, *, by: AbstractBaseUser, row: Row, change: Callable[[], T]) -> T:
        """Change or delete a row and record the differences, both or neither."""
        rows = type(row)._default_manager.filter(pk=row.pk)
        # Locked, so that a concurrent change is not attributed to this user. If the row is gone,
        # `change` raises.
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
    """Record an action on each row where no value of the row itself changed."""
    LogEntry.objects.log_actions(by.pk, list(rows), CHANGE, sentence)


def notes_ending(row: Model, words: str, *, most: int) -> list[tuple[datetime, str]]:
    """The newest notes on a row that end so, and when each was made."""
    kind = ContentType.objects.get_for_model(row)
    notes = LogEntry.objects.filter(content_type=kind, object_id=str(row.pk))
    notes = notes.filter(action_flag=CHANGE, change_message__endswith=words)
    return list(
        notes.order_by("-action_time", "-id").values_list("action_time", "change_message")[:most]
    )


# --- In words -------------------------------------------------------------------------------


def differences(before: Told, after: Told) -> Iterator[str]:
    """A line for each label whose value changed."""
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
    """A time in the project's zone, such as "31 March 2026, 21:30 CEST"."""
    if at is None:
        return "never"
    local = timezone.localtime(at, timezone.get_default_timezone())
    return f"{dates.day(local)}, {local.time()}".removesuffix(":00") + f"{local: %Z}"
