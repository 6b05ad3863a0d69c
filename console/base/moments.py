"""The fields in which every form asks for a moment or a day: the browser's own, and never guessed.

A browser without such fields shows a line of text. What is written there is read where it can be
read in one way alone.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.forms.widgets import Script
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from foundation.parsing import BadValue, read_moment

# Tests show that these are read.
MOMENT_EXAMPLE, DAY_EXAMPLE = "31 March 2026, 21:30", "31 March 2026"
NO_MOMENT = f"Write a date and a time such as {MOMENT_EXAMPLE}."
NO_DAY = f"Write a date such as {DAY_EXAMPLE}."
CLOCKS_CHANGE = (
    "The clocks of {} change at that time: it is left out, or comes twice. Give one an hour "
    "earlier or later."
)
# What browsers send, and what a stored moment is shown by.
TO_THE_MINUTE = "%Y-%m-%dT%H:%M"


class MomentInput(forms.DateTimeInput):
    """With the zone whose clock it asks for beside it."""

    input_type = "datetime-local"
    # What is stored must come back whole.
    supports_microseconds = True

    class Media:
        js = [Script("console/base/moments.js", defer=True)]

    def __init__(self) -> None:
        super().__init__(format=TO_THE_MINUTE)

    def render(self, *args: object, **kwargs: object) -> SafeString:
        field = super().render(*args, **kwargs)  # type: ignore[arg-type]
        return format_html('{} <span class="zone">{}</span>', field, _zone())


class MomentField(forms.DateTimeField):
    """A moment in the project's zone, within the years that every database holds.

    It shows minutes. What is left as it is shown stays what is stored, to the microsecond.
    """

    widget = MomentInput
    stored: object = None

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        bound = super().get_bound_field(form, field_name)
        self.stored = bound.initial
        return bound

    def clean(self, value: object) -> datetime | None:
        if isinstance(self.stored, datetime) and not self.has_changed(self.stored, value):
            return self.stored
        moment: datetime | None = super().clean(value)
        return moment

    def to_python(self, value: object) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            written = value if isinstance(value, datetime) else _written(str(value))
            return read_moment(_in_zone(written), zone=timezone.get_default_timezone())
        except BadValue as error:
            raise ValidationError(str(error), code="invalid") from None

    def has_changed(self, initial: object, data: object) -> bool:
        """Whether another minute is named, or a second."""
        if self.disabled:
            return False
        if not isinstance(initial, datetime) or data in self.empty_values:
            return initial not in self.empty_values or data not in self.empty_values
        try:
            written = _written(str(data))
        except BadValue:
            return True
        # A zone that is named tells an hour that comes twice apart.
        stored = initial if written.tzinfo else _on_the_clock(initial)
        second = stored.replace(microsecond=0)
        return written not in (stored, second, second.replace(second=0))


class DayField(forms.DateField):
    """A day of the calendar."""

    widget = forms.DateInput(attrs={"type": "date"})
    default_error_messages = {"invalid": NO_DAY}


def to_propose(moment: datetime) -> datetime:
    """The moment, or the next full hour that a clock shows once: a form must take what it shows."""
    local = timezone.localtime(moment)
    while local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset():
        moment += timedelta(minutes=60 - local.minute)
        local = timezone.localtime(moment)
    return moment


def _written(text: str) -> datetime:
    """A moment from text, with the zone if it names one; raises BadValue."""
    readers: list[Callable[[str], datetime]] = [_as_listed, datetime.fromisoformat]
    for read in readers:
        try:
            found = read(text.strip())
        except ValueError:
            continue
        # A date alone would silently mean midnight.
        if ":" in text:
            return found
    raise BadValue(NO_MOMENT)


def _as_listed(text: str) -> datetime:
    for known in formats.get_format("DATETIME_INPUT_FORMATS"):
        try:
            return datetime.strptime(text, known)
        except ValueError:
            continue
    raise ValueError


def _in_zone(written: datetime) -> datetime:
    """Raises BadValue where the clock doesn't show it, or shows it twice."""
    if written.tzinfo is not None:
        return written
    try:
        moment: datetime = forms.utils.from_current_timezone(written)
    except ValidationError:
        raise BadValue(CLOCKS_CHANGE.format(_zone())) from None
    return moment


def _on_the_clock(moment: datetime) -> datetime:
    """What a clock in the project's zone shows."""
    return timezone.make_naive(moment) if moment.tzinfo else moment


def _zone() -> str:
    return timezone.get_current_timezone_name()
