"""Columns are guessed by their names in six languages, by parts of them, and by their values."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.imports.columns import FIELDS, plain
from contacts.imports.csv_files import read_layout, read_records
from contacts.imports.guessing.columns import Table, guess_columns
from contacts.imports.guessing.stems import STEMS
from tests.contacts.imports.test_files_of_programs import content_of

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
GROUPS = {"1", "2", "short", "long subject"}
VALUES = {
    "email": ["ann@example.com", "bob@example.com"],
    "name": ["Ann Lee", "Bob"],
    "first_name": ["Ann", "Bob"],
    "last_name": ["Lee", "O'Hara"],
    "group": ["Short", "2"],
    "scheduled_at": ["31.12.2026 14:30", "01.01.2027 09:00"],
    "external_id": ["K-1", "K-2"],
    "locale": ["de-AT", "fr"],
    "consent_opens": ["ja", "nein"],
    "consent_clicks": ["oui", "non"],
    "consent_at": ["05.01.2026 09:00", "06.01.2026 10:00"],
    "consent_text": ["We measure.", "We measure."],
    "consent_proof": ["form 7", "form 8"],
}


def guess(*columns, headers=None, groups=GROUPS):
    """Columns as (header, values), or the headers alone."""
    names = headers or [header for header, _ in columns]
    rows = list(zip(*(values for _, values in columns), strict=True)) if columns else []
    return guess_columns(Table(names, rows, NOW, groups))


@pytest.mark.parametrize(
    ("field", "header"),
    [
        *(("email", h) for h in ("E-Mail-Adresse", "EMAIL", "Kunden E-Mail", "Your email address")),
        *(
            ("email", h)
            for h in ("Adresse électronique", "Courriel du client", "Correo del cliente")
        ),
        *(
            ("email", h)
            for h in ("Indirizzo e-mail", "Indirizzo di posta elettronica", "E-mailadres")
        ),
        *(("name", h) for h in ("Name", "Vollständiger Name", "NOM COMPLET", "Kundenname")),
        *(("first_name", h) for h in ("Vorname", "PRÉNOM", "prenom", "Voornaam klant")),
        *(("last_name", h) for h in ("Nachname", "Apellidos", "COGNOME", "Achternaam")),
        *(("group", h) for h in ("Gruppe", "A/B-Gruppe", "Groupe de test", "Variante")),
        *(("scheduled_at", h) for h in ("Versand am", "Versanddatum", "Date d'envoi", "Send date")),
        *(("scheduled_at", h) for h in ("Fecha de envío", "Data di invio", "Verzendtijd")),
        *(
            ("external_id", h)
            for h in ("Kundennummer", "Customer ID", "Numéro client", "Klantnummer")
        ),
        *(("locale", h) for h in ("Sprache", "Preferred language", "Langue du contact", "Taal")),
        *(("consent_opens", h) for h in ("Einwilligung in Öffnungen", "Consent to opens")),
        ("consent_clicks", "Consentement aux clics"),
        *(("consent_at", h) for h in ("Datum der Einwilligung", "Einwilligungsdatum")),
        ("consent_text", "Text der Einwilligung zur Messung"),
        ("consent_proof", "Prueba del consentimiento"),
    ],
)
def test_a_name_tells_a_field(field, header):
    assert guess((header, VALUES[field])) == {field: 0}


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("Email opt-in", ["yes", "no"]),
        ("E-mail 1 - Label", ["* ", "Work"]),
        ("Kundengruppe", ["Gold", "Silber"]),
        ("Altersgruppe", ["30-40", "40-50"]),
        ("Versandart", ["DHL", "Post"]),
        ("Language school", ["Berlitz", "Inlingua"]),
        ("Betaald", ["ja", "nee"]),
        ("Kundennummer", ["7", "7"]),
        ("Marketing consent", ["yes", "no"]),
        ("Einwilligung zum Newsletter", ["ja", "nein"]),
        ("Firmenname", ["Lee & Co", "O'Hara"]),
        ("Geburtstag", ["13.05.1980 00:00", "14.05.1981 00:00"]),
        ("Created", ["2026-01-05 09:00", "2026-02-05 09:00"]),
        ("Event", ["31.12.2026", "01.01.2027"]),
        ("Country", ["DE", "IT"]),
        ("Newsletter", ["no", "si"]),
        ("Rating", ["1", "2"]),
        ("problem", ["ann@example.com", "bob@example.com"]),
        ("Feld", ["", ""]),
    ],
)
def test_nothing_is_guessed_of_what_only_looks_like_a_field(header, values):
    assert guess((header, values)) == {}


@pytest.mark.parametrize("field", ["email", "scheduled_at", "locale"])
def test_values_tell_a_field_whatever_its_name(field):
    assert guess(("Feld 1", ["x", "y"]), ("Feld 2", VALUES[field])) == {field: 1}


def test_names_of_the_campaigns_groups_tell_their_column():
    column = ("Mail B", ["Long Subject", "SHORT"])
    assert guess(column) == {"group": 0}
    assert guess(column, groups=()) == {}


def test_two_columns_that_come_into_question_are_left_to_a_person():
    addresses = VALUES["email"]
    assert guess(("a", addresses), ("b", addresses)) == {}
    assert guess(("Kunden-Email", addresses), ("Firmen-Email", addresses)) == {}
    assert guess(("Email", addresses), ("Firmen-Email", addresses)) == {"email": 0}
    # Of two that bear the name the values of one decide.
    assert guess(("Email", addresses), ("E-Mail", ["yes", "no"])) == {"email": 0}


def test_a_whole_name_and_its_parts_are_never_both_guessed():
    whole, first = ("Vollständiger Name", ["Ann Lee"]), ("Vorname des Kunden", ["Ann"])
    assert guess(whole, first) == {"name": 0}
    assert guess(("Vorname", ["Ann"]), ("Kundenname", ["Ann Lee"])) == {"first_name": 0}


def test_without_rows_names_alone_tell():
    assert guess(headers=["Kunden-E-Mail", "Versand am", "x"]) == {"email": 0, "scheduled_at": 1}


@pytest.mark.parametrize(
    ("name", "encoding", "expected"),
    [
        ("google_contacts", "utf-8", {"first_name": 0, "last_name": 1, "email": 4}),
        ("mailchimp_de", "utf-8", {"email": 0, "first_name": 1, "last_name": 2}),
        ("outlook_de_cp1252", "cp1252", {"first_name": 1, "last_name": 2, "email": 3}),
        ("reimport_group", "utf-8", {"email": 0, "group": 1}),
    ],
)
def test_files_of_programs_are_guessed(name, encoding, expected):
    content = content_of(name)
    layout = read_layout(content, encoding=encoding)
    records = read_records(
        [content[layout.offset :]],
        encoding=encoding,
        separator=layout.separator,
        offset=layout.offset,
        line=layout.line,
    )
    rows = [record.cells for record in records]
    assert guess_columns(Table(layout.headers, rows, NOW, ())) == expected


def test_stems_are_folded_and_of_fields_in_files():
    assert STEMS.keys() < set(FIELDS)
    stems = [stem for lines in STEMS.values() for parts in lines for stem in parts]
    assert stems == list(map(plain, stems))


CELLS = st.one_of(
    st.text(max_size=20),
    st.sampled_from([value for values in VALUES.values() for value in values]),
    st.from_regex(r"\A[0-9]{1,2}[-./][0-9]{1,2}[-./][0-9]{2,4} [0-9]{1,2}:[0-9]{2}\Z"),
)
HEADERS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["Email", "E-Mail", "Name", "Vorname", "Gruppe", "Versand am", "Sprache"]),
    st.sampled_from([stem for lines in STEMS.values() for parts in lines for stem in parts]),
)


@given(st.lists(HEADERS, max_size=8), st.lists(st.lists(CELLS, max_size=9), max_size=5))
def test_no_field_and_no_column_is_guessed_twice(headers, rows):
    found = guess_columns(Table(headers, rows, NOW, GROUPS))
    assert set(found) <= set(FIELDS)
    assert len(set(found.values())) == len(found)
    assert all(0 <= place < len(headers) for place in found.values())
    assert not ("name" in found and {"first_name", "last_name"} & set(found))
