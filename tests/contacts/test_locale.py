"""A contact's locale: from files and back, changed, erased."""

import csv
import io

import pytest

from campaigns.models import Contact
from contacts.change import change_contact, erase_contact
from contacts.imports.columns import match_columns
from contacts.imports.rejected import rejected_table
from contacts.pixels.merge_list import merge_table
from foundation.csv_export import csv_blocks
from tests.contacts.imports.importing import figures, rejected
from tests.mailings import NOW

pytestmark = pytest.mark.django_db
SENTENCE = "Give a language tag such as de or de-AT."


def file_of(table, separator=","):
    return "".join(csv_blocks(table, separator=separator))


def lines_of(text, separator=","):
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=separator))


def merge_list(campaign):
    return file_of(merge_table(campaign_id=campaign.id, base="http://testserver"))


@pytest.mark.parametrize(
    "header",
    [
        *("locale", "Locale", "Language", "LANGUAGE", "language_code", "Preferred language"),
        *("Sprache", "Bevorzugte Sprache", "Langue", "Langue préférée", "Idioma"),
        *("Idioma preferido", "Lingua", "Lingua preferita", "Taal", "Voorkeurstaal"),
    ],
)
def test_a_column_of_the_language_is_found(take_in, header):
    job = take_in(f"email,{header}\nann@example.com,DE_at\nbob@example.com,\n")
    assert (figures(job), job.columns) == ((2, 0, 0), ["email", "locale"])
    locales = dict(Contact.objects.values_list("email", "locale"))
    assert locales == {"ann@example.com": "de-AT", "bob@example.com": None}


def test_a_locale_column_takes_precedence_over_a_language_column():
    assert match_columns(["Language", "Email", "Locale"], mapping={}) == (None, "email", "locale")
    mapping = {"locale": "Language"}
    assert match_columns(["Language", "Email"], mapping=mapping) == ("locale", "email")
    assert match_columns(["Language", "Email"], mapping={"locale": None}) == (None, "email")


def test_a_row_with_an_invalid_locale_is_refused_and_taken_once_corrected(take_in):
    job = take_in("Mail;Sprache\nann@example.com;Deutsch\nbob@example.com;fr\n")
    assert (figures(job), rejected(job)) == ((1, 0, 1), [(2, "locale", "Deutsch")])
    text = file_of(rejected_table(job), separator=";")
    [line] = lines_of(text, separator=";")
    assert line["problem"] == f"Line 2: Sprache: {SENTENCE}"
    again = take_in(text.replace(";Deutsch;", ";de;"))
    assert figures(again) == (1, 0, 0)
    assert set(Contact.objects.values_list("locale", flat=True)) == {"de", "fr"}


def test_the_merge_list_has_it_and_is_imported_again(take_in, campaign, make_contact):
    make_contact(email="ann@example.com", locale="sr_latn_rs")
    make_contact(email="bob@example.com")
    text = merge_list(campaign)
    assert [line["locale"] for line in lines_of(text)] == ["sr-Latn-RS", ""]
    assert text.startswith(
        "uuid,group_number,group,email,name,external_id,scheduled_at,locale,not_sent"
    )
    before = list(Contact.objects.order_by("uuid").values())
    assert figures(take_in(text, default_group=None)) == (0, 2, 0)
    assert list(Contact.objects.order_by("uuid").values()) == before


def test_another_locale_in_a_file_is_a_conflict_and_none_is_not(take_in):
    take_in("email,locale\nann@example.com,de-AT\n")
    assert figures(take_in("email,locale\nann@example.com,de_at\n")) == (0, 1, 0)
    assert figures(take_in("email,locale\nann@example.com,\n")) == (0, 1, 0)
    job = take_in("email,locale\nann@example.com,fr\n")
    assert (figures(job), rejected(job)) == ((0, 0, 1), [(2, "locale", "fr")])


def test_it_is_changed_emptied_and_erased(make_contact):
    contact = make_contact(locale="de")
    change_contact(contact_id=contact.uuid, changes={"locale": "FR-ca"}, now=NOW)
    contact.refresh_from_db()
    assert contact.locale == "fr-CA"
    change_contact(contact_id=contact.uuid, changes={"locale": " "}, now=NOW)
    contact.refresh_from_db()
    assert contact.locale is None
    change_contact(contact_id=contact.uuid, changes={"locale": "nl"}, now=NOW)
    erase_contact(contact_id=contact.uuid, now=NOW)
    contact.refresh_from_db()
    assert (contact.locale, contact.erased_at) == (None, NOW)
