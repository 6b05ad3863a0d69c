"""Which language the page speaks, and that each says everything."""

from dataclasses import fields
from string import Formatter

import pytest

from consent.page.languages import LANGUAGES, language_of
from consent.page.sentences import Sentences

NAMES = [field.name for field in fields(Sentences)]
# A word that is alike in two languages.
ALIKE = {"who", "code", "dates"}


@pytest.mark.parametrize(
    ("locale", "accepted", "code"),
    [
        ("de-AT", "fr", "de"),
        ("DE", "fr", "de"),
        (None, "fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        (None, "en;q=0.5, nl;q=0.7", "nl"),
        (None, "pt-BR, pt;q=0.9, es;q=0.5, en;q=0.4", "es"),
        ("pt-BR", "it", "it"),
        ("", "it;q=0, en", "en"),
        (None, "*", "en"),
        (None, "", "en"),
        (None, "ja", "en"),
        (None, "de;q=x, it", "it"),
        (None, "de ; q=0.2 , it", "it"),
        (None, ",".join(["x"] * 50) + ",de", "en"),
        ("english", "de", "de"),
        (None, ",".join(["x"] * 19) + ",de", "de"),
        (None, ",".join(["x"] * 20) + ",de", "en"),
        (None, "it;q=1, de", "it"),
        (None, "it;q=0.9, de", "de"),
        (None, "it, de;q=1", "it"),
    ],
)
def test_the_contacts_language_comes_first_then_the_browsers(locale, accepted, code):
    assert language_of(locale=locale, accepted=accepted).code == code


def named(sentence):
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_language_says_everything_with_the_same_names(code):
    words = LANGUAGES[code]
    for name in NAMES:
        own, english = getattr(words, name), getattr(LANGUAGES["en"], name)
        assert own.strip() == own != ""
        assert named(own) == named(english), name


@pytest.mark.parametrize("code", sorted(LANGUAGES.keys() - {"en"}))
def test_no_sentence_was_left_in_english(code):
    english = [name for name in NAMES if name not in ALIKE]
    left = [n for n in english if getattr(LANGUAGES[code], n) == getattr(LANGUAGES["en"], n)]
    assert left == []
