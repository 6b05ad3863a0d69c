"""Dates and times in forms: one field of the browser's own, and never a guess."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django import forms

from console.base.moments import (
    CLOCKS_CHANGE,
    DAY_EXAMPLE,
    MOMENT_EXAMPLE,
    NO_DAY,
    NO_MOMENT,
    DayField,
    MomentField,
    to_propose,
)

ROOT = Path(__file__).resolve().parents[3]
STORED = datetime(2026, 3, 2, 8, 0, 7, 123456, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _in_berlin(settings):
    settings.TIME_ZONE = "Europe/Berlin"


class Form(forms.Form):
    at = MomentField(required=False)
    day = DayField(required=False)


def sent(at="", day="", *, stored=None):
    return Form({"at": at, "day": day}, initial={"at": stored})


def test_it_is_a_native_field_with_its_zone_beside_it():
    page = str(sent(stored=STORED)["at"]) + str(Form(initial={"at": STORED})["at"])
    assert 'type="datetime-local"' in page
    assert 'value="2026-03-02T09:00"' in page
    assert '<span class="zone">Europe/Berlin</span>' in page
    day = str(Form(initial={"day": date(2026, 3, 2)})["day"])
    assert 'type="date"' in day
    assert 'value="2026-03-02"' in day


@pytest.mark.parametrize(
    "text", ["2026-03-31T21:30", "2026-03-31 21:30", MOMENT_EXAMPLE, "31 Mar 2026 21:30"]
)
def test_what_can_be_read_in_one_way_is_read(text):
    form = sent(text, DAY_EXAMPLE)
    assert form.is_valid()
    assert form.cleaned_data == {
        "at": datetime(2026, 3, 31, 19, 30, tzinfo=UTC),
        "day": date(2026, 3, 31),
    }


@pytest.mark.parametrize("text", ["01.11.2026", "11/05/2026", "11/05/2026 09:00", "5 May", "noon"])
def test_what_would_be_a_guess_gets_an_example(text):
    assert sent(text, text).errors == {"at": [NO_MOMENT], "day": [NO_DAY]}
    assert MOMENT_EXAMPLE in NO_MOMENT
    assert DAY_EXAMPLE in NO_DAY


@pytest.mark.parametrize("text", ["2026-03-31", "20260331T21", "2026-W14-2"])
def test_a_day_alone_does_not_mean_its_midnight(text):
    assert sent(text).errors == {"at": [NO_MOMENT]}


def test_a_form_that_was_not_touched_changes_no_second():
    for shown in ("2026-03-02T09:00", "2026-03-02 09:00", "2026-03-02T09:00:07"):
        form = sent(shown, stored=STORED)
        assert form.is_valid()
        assert (form.changed_data, form.cleaned_data["at"]) == ([], STORED)
    for other in ("2026-03-02T09:01", "2026-03-02T09:00:08", ""):
        assert sent(other, stored=STORED).changed_data == ["at"]


def test_an_hour_that_comes_twice_is_asked_about_unless_it_is_what_is_stored():
    twice = "2026-10-25T02:30"
    stored = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert sent(twice).errors == {"at": [CLOCKS_CHANGE.format("Europe/Berlin")]}
    assert sent("2026-03-29T02:30").errors == {"at": [CLOCKS_CHANGE.format("Europe/Berlin")]}
    form = sent(twice, stored=stored)
    assert form.is_valid()
    assert form.cleaned_data["at"] == stored


@pytest.mark.parametrize(
    ("now", "proposed"),
    [
        ("2026-10-24T23:59", "2026-10-25T01:59"),
        # The hour from two comes twice.
        ("2026-10-25T00:00", "2026-10-25T03:00"),
        ("2026-10-25T00:41", "2026-10-25T03:00"),
        ("2026-10-25T01:59", "2026-10-25T03:00"),
        ("2026-10-25T02:00", "2026-10-25T03:00"),
        ("2026-03-29T00:59", "2026-03-29T01:59"),
    ],
)
def test_what_a_form_proposes_comes_once_and_is_taken(now, proposed):
    at = to_propose(datetime.fromisoformat(now).replace(tzinfo=UTC))
    shown = Form(initial={"at": at})["at"]
    assert f'value="{proposed}"' in str(shown)
    form = sent(proposed)
    assert form.is_valid() and form.cleaned_data["at"] == at


def test_a_zone_that_is_named_is_heeded_in_an_hour_that_comes_twice():
    stored = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert sent("2026-10-25T02:30+01:00", stored=stored).changed_data == []
    form = sent("2026-10-25T02:30+02:00", stored=stored)
    assert form.changed_data == ["at"]
    assert form.is_valid() and form.cleaned_data["at"] == stored - timedelta(hours=1)


@pytest.mark.parametrize("text", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"])
def test_a_moment_beyond_all_calendars_is_refused(text):
    assert list(sent(text, stored=STORED).errors) == ["at"]


def test_no_form_has_a_date_of_another_kind():
    others = ("DateField(", "DateTimeField(", "SplitDateTime", "AdminDateWidget")
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "console").rglob("*.py")
        if any(f"forms.{other}" in path.read_text() for other in others)
    }
    assert found == set()
