"""The admin's forms of contact imports: a file, and how its columns are to be read."""

from collections.abc import Mapping
from typing import Any, cast
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils import timezone

from campaigns.models import Group
from console.base.forms import LongSelect, PlainForm
from console.contacts.forms import WIDE, pixels_field
from contacts.fields import DECISION, DRAW, LABELS, Choice
from contacts.imports.columns import FIELDS
from contacts.imports.encodings import name_of, offered
from contacts.imports.guessing.columns import Table, guess_columns
from contacts.imports.guessing.dates import FORMATS, ISO, Found, find_format
from contacts.imports.guessing.written_times import BAD_EXAMPLE, format_of
from contacts.imports.prepare import ImportOptions
from contacts.imports.preview import Upload
from contacts.imports.row_reader import LONGEST_FORMAT
from contacts.imports.stored_files import largest_file

SCHEDULE_FORMATS = [
    (ISO, "2026-03-31 21:30 (or with a zone: 2026-03-31T21:30:00+01:00)"),
    ("%d.%m.%Y %H:%M", "31.03.2026 21:30"),
    ("%d/%m/%Y %H:%M", "31/03/2026 21:30"),
    ("%m/%d/%Y %H:%M", "03/31/2026 21:30"),
    ("%m/%d/%Y %I:%M %p", "03/31/2026 09:30 PM"),
]
LONGEST_CHOICE = 60
# Values shown beside the name of a column.
SHOWN_VALUES = 3
LONGEST_VALUE = 24
HOW_WRITTEN = "Choose how times are written."


class UploadForm(PlainForm):
    """A file of contacts."""

    file = forms.FileField(
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv,text/plain"}),
    )
    # The browser's, told by a script.
    zone = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs["data-largest"] = largest_file()
        self.fields["file"].help_text = (
            "CSV or Unicode text, separated by comma, semicolon, tab or |, of at most "
            f"{settings.IMPORT_MAX_MB:,} MB. Its first line names the columns; which of them "
            "holds what, and how its letters are encoded, you see and say on the next page."
        )

    def known_zone(self) -> str:
        """The browser's zone, "" where it told none that is known here."""
        zone: str = self.cleaned_data["zone"]
        return zone if zone in available_timezones() else ""


class EncodingForm(PlainForm):
    """The encoding in which a file is read."""

    encoding = forms.ChoiceField(
        help_text="Choose another one if letters in these cells or in the rows below look wrong."
    )

    def __init__(self, *, upload: Upload) -> None:
        name = name_of(upload.layout.encoding)
        super().__init__(initial={"encoding": name})
        encoding = cast(forms.ChoiceField, self.fields["encoding"])
        encoding.choices = [(known.name, known.label) for known in offered(upload.job.encoding)]


class WrittenField(forms.ChoiceField):
    """How times are written; a choice for another column stays, and none is shown as a code."""

    default_error_messages = {"invalid_choice": HOW_WRITTEN}

    def valid_value(self, value: object) -> bool:
        return value in FORMATS


class MatchForm(PlainForm):
    """Which column of a file holds which field, and how to read them."""

    default_group = forms.ChoiceField(
        required=False,
        label="Group of rows that name none",
        help_text="The column of the group may hold its name or its number. Drawn groups get their "
        "planned shares of every mail service, and of those who opened before and who didn't.",
    )
    schedule_format = WrittenField(required=False, label="Times are written like")
    other_format = forms.CharField(
        required=False,
        max_length=LONGEST_FORMAT,
        widget=forms.TextInput(attrs=WIDE),
        label="Or in another way",
        help_text="Write 31 March 2026, 21:30 as the file would, such as 31 Mar 2026 9:30 PM.",
    )
    zone = forms.ChoiceField(
        widget=LongSelect, label="Time zone", help_text="Of times that name none."
    )
    pixels_per_contact = pixels_field()

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        upload: Upload,
        table: Table,
        groups: list[Group],
        may_decide: bool,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.may_decide = may_decide
        # Who may not record decisions is not asked where they are.
        self.matched = [field for field in FIELDS if may_decide or field not in DECISION]
        default_group = cast(forms.ChoiceField, self.fields["default_group"])
        default_group.choices = [
            ("", "(each row names its group)"),
            (DRAW, "Draw it by the planned shares"),
            *((str(group.id), str(group)) for group in groups),
        ]
        zones = cast(forms.ChoiceField, self.fields["zone"])
        zones.choices = [(zone, zone) for zone in sorted(available_timezones())]
        self.encoding = name_of(upload.layout.encoding)
        columns = _columns(table)
        for field in self.matched:
            self.fields[f"{field}_column"] = forms.ChoiceField(
                required=False, label=LABELS[field], choices=[("", "(not in the file)"), *columns]
            )
        self.written = _how_written(data or initial or {}, table)
        formats = cast(forms.ChoiceField, self.fields["schedule_format"])
        formats.choices, formats.help_text = _formats(self.written), self.written.question

    def clean_other_format(self) -> str:
        """An example in, the format out."""
        example: str = self.cleaned_data["other_format"]
        found = format_of(example) if example else ""
        if found is None:
            raise forms.ValidationError(BAD_EXAMPLE)
        return found

    def clean(self) -> dict[str, Any] | None:
        """Nobody is sent to half a year early because a day was taken for a month."""
        given = self.cleaned_data
        is_open = not given.get("schedule_format") and not given.get("other_format")
        if self.written.question and is_open and "other_format" in given:
            self.add_error("schedule_format", self.written.question)
        return given

    def columns(self) -> list[forms.BoundField]:
        return [field for field in self if field.name.endswith("_column")]

    def others(self) -> list[forms.BoundField]:
        return [field for field in self if not field.name.endswith("_column")]

    def options(self) -> ImportOptions:
        given = self.cleaned_data
        chosen = {field: given[f"{field}_column"] for field in self.matched}
        return ImportOptions(
            places={field: int(place) for field, place in chosen.items() if place},
            default_group=_group_choice(given["default_group"]),
            schedule_format=self._written_format(),
            zone=given["zone"],
            pixels_per_contact=given["pixels_per_contact"],
            encoding=self.encoding,
            may_decide=self.may_decide,
        )

    def _written_format(self) -> str:
        """As chosen, else as found; "" is ISO 8601."""
        given = self.cleaned_data
        chosen: str = given["other_format"] or given["schedule_format"]
        if not chosen and self.written.sure:
            chosen = self.written.sure.format
        return "" if chosen == ISO else chosen


def first_guess(upload: Upload, table: Table, groups: list[Group]) -> dict[str, Any]:
    """The first values of a MatchForm, before anybody changes them."""
    places = guess_columns(table)
    guess = {f"{field}_column": str(place) for field, place in places.items()}
    return guess | {
        "default_group": _first_choice(groups, names_groups="group" in places),
        "schedule_format": "",
        "zone": upload.job.zone or timezone.get_default_timezone_name(),
        "pixels_per_contact": 1,
    }


def _how_written(values: Mapping[str, Any], table: Table) -> Found:
    """How the chosen column writes times, else that of decisions about consent."""
    chosen = (values.get(f"{field}_column") for field in ("scheduled_at", "consent_at"))
    place = next((str(place) for place in chosen if place), "")
    if not place.isdecimal() or int(place) >= len(table.headers):
        return Found()
    return find_format(table.values(int(place)))


def _formats(written: Found) -> list[tuple[str, str]]:
    """First what the column's values tell, then what else there is."""
    if written.sure:
        first = f"as found: {written.sure}"
    elif written.readings:
        first = "(choose)"
    else:
        first = SCHEDULE_FORMATS[0][1]
    found = [("", first), *((one.format, str(one)) for one in written.readings)]
    named = {known for known, _ in found}
    return found + [choice for choice in SCHEDULE_FORMATS if choice[0] not in named]


def _first_choice(groups: list[Group], *, names_groups: bool) -> str:
    if len(groups) == 1:
        return str(groups[0].id)
    return DRAW if groups and not names_groups else ""


def _group_choice(text: str) -> Choice | None:
    if text == DRAW:
        return DRAW
    return int(text) if text else None


def _columns(table: Table) -> list[tuple[str, str]]:
    return [
        (str(n), _named(header or f"Column {n + 1}", table.values(n)[:SHOWN_VALUES]))
        for n, header in enumerate(table.headers)
    ]


def _named(header: str, values: list[str]) -> str:
    """A column's name with its first values."""
    shown = ", ".join(map(_short, values))
    name = header[:LONGEST_CHOICE]
    return f"{name} ({shown})" if shown else name


def _short(value: str) -> str:
    return value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]}…"
