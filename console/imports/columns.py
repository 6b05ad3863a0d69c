"""The form that matches the columns of a contact file, and the preview of its first rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.utils import timezone

from campaigns.models import ContactImport
from console.base.forms import show_refusal
from console.imports.forms import MatchForm, first_guess
from contacts.fields import LABELS
from contacts.imports.prepare import start_import
from contacts.imports.preview import Preview, PreviewRow, Upload, preview
from contacts.imports.tasks import enqueue_import
from foundation.errors import DomainError
from foundation.invisible import visible

# Limits of the preview; the import reads all of the file.
COLUMNS_SHOWN = 30
CELL_SHOWN = 80
SAMPLES_SHOWN = 8
BUTTONS = {"start", "look"}
FATES = {
    "new": "New contact",
    "unchanged": "Already there",
    "repeated": "Repeated in the file",
    "refused": "Refused",
}


@dataclass(frozen=True)
class ShownRow:
    """A row on the page: its cells as (text, problem), and other problems in sentences."""

    line: int
    fate: str
    words: str
    cells: list[tuple[str, str]]
    problems: list[str]


@dataclass(frozen=True)
class Shown:
    """The columns as (name, label of their field or ""), the first rows, and what is drawn.

    `without_times` is whether no column holds them, `timeless` how many of the new contacts have
    none in theirs.
    """

    columns: list[tuple[str, str]]
    hidden: int
    rows: list[ShownRow]
    refused: int
    draw: str
    without_times: bool
    timeless: int

    @property
    def is_hopeless(self) -> bool:
        return bool(self.rows) and self.refused == len(self.rows)


@dataclass(frozen=True)
class Matching:
    """The form and its preview, None without one; `hints` say what is missing before it is sent."""

    form: MatchForm
    shown: Shown | None = None
    hints: Sequence[str] = ()


def match(upload: Upload, sent: Mapping[str, str], *, may_decide: bool) -> Matching:
    """The form, at first filled in by guessing, and its preview of the first rows.

    What is missing is an error only once one of its buttons is pressed.
    """
    groups = list(upload.job.campaign.groups.filter(archived_at__isnull=True).order_by("number"))
    table = upload.table(groups, now=timezone.now())
    make_form = partial(MatchForm, upload=upload, table=table, groups=groups, may_decide=may_decide)
    values = sent or first_guess(upload, table, groups)
    form = make_form(values)
    shown = _preview(upload, form) if form.is_valid() else None
    if shown or not BUTTONS.isdisjoint(sent):
        return Matching(form, shown)
    hints = [str(sentence) for sentences in form.errors.values() for sentence in sentences]
    return Matching(make_form(initial=dict(values.items())), hints=hints)


def _preview(upload: Upload, form: MatchForm) -> Shown | None:
    try:
        return _shown(upload, preview(upload, options=form.options(), now=timezone.now()))
    except DomainError as error:
        show_refusal(form, error)
        return None


def samples_of(upload: Upload) -> list[str]:
    """Cells in which a wrong encoding would show."""
    return [_short(cell) for cell in upload.samples[:SAMPLES_SHOWN]]


def try_to_start(form: MatchForm, job: ContactImport) -> bool:
    """Starts the import as the form says; False if it was refused."""
    try:
        start_import(
            import_id=job.id, options=form.options(), enqueue=enqueue_import, now=timezone.now()
        )
    except DomainError as error:
        show_refusal(form, error)
        return False
    return True


def _shown(upload: Upload, found: Preview) -> Shown:
    headers = upload.layout.headers
    labels = (LABELS[field] if field else "" for field in found.columns)
    columns = list(zip(headers, labels, strict=True))[:COLUMNS_SHOWN]
    rows = [_row(row, found.columns) for row in found.rows]
    return Shown(
        columns=columns,
        hidden=len(headers) - len(columns),
        rows=rows,
        refused=sum(row.fate == "refused" for row in rows),
        draw=found.draw,
        without_times="scheduled_at" not in found.columns,
        timeless=_timeless(found),
    )


def _timeless(found: Preview) -> int:
    if "scheduled_at" not in found.columns:
        return 0
    place = found.columns.index("scheduled_at")
    new = (row.record.cells for row in found.rows if row.fate == "new")
    return sum(not any(map(visible, cells[place : place + 1])) for cells in new)


def _row(row: PreviewRow, columns: list[str | None]) -> ShownRow:
    reasons = {problem.column: problem.reason for problem in row.problems}
    texts = row.record.cells + [""] * (len(columns) - len(row.record.cells))
    shown = list(zip(texts, columns, strict=False))[:COLUMNS_SHOWN]
    cells = [(_short(text), reasons.pop(field, "") if field else "") for text, field in shown]
    if row.record.problem:
        cells = [(_short(row.record.text), ""), *[("", "")] * (len(cells) - 1)]
    return ShownRow(
        line=row.record.line,
        fate=row.fate,
        words=FATES[row.fate],
        cells=cells,
        problems=[_sentence(column, reason) for column, reason in reasons.items()],
    )


def _sentence(column: str, reason: str) -> str:
    """A problem that belongs to no cell on the page."""
    return f"{LABELS[column]}: {reason}" if column else reason


def _short(text: str) -> str:
    return text if len(text) <= CELL_SHOWN else f"{text[:CELL_SHOWN]}…"
