"""The notice that is kept as the proof."""

import pytest

from consent.page.languages import LANGUAGES
from consent.page.notice import Facts, Notice
from consent.reading import TEXT_LENGTH

FACTS = Facts("Example Books", "privacy@books.example", "https://books.example/privacy")


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_names_who_measures_what_for_what_is_kept_how_long_and_the_rights(code):
    words = LANGUAGES[code]
    text = Notice(words, FACTS).text()
    for fact in (FACTS.sender, FACTS.contact, FACTS.policy):
        assert fact in text
    for sentence in (words.purposes, words.data, words.opens, words.clicks, words.empty_box):
        assert sentence in text
    headings = [section.heading for section in Notice(words, FACTS).sections()]
    assert len(set(headings)) == 6
    assert "{" not in text
    assert len(text) < TEXT_LENGTH


def test_how_long_records_are_kept_is_part_of_it():
    words = LANGUAGES["en"]
    limited = Notice(words, Facts(FACTS.sender, FACTS.contact, FACTS.policy, 90))
    assert "after 90 days" in limited.text() != Notice(words, FACTS).text()


def test_braces_in_a_name_stay_as_they_are():
    odd = Facts("{contact} & <Sons>", FACTS.contact, FACTS.policy)
    assert "{contact} & <Sons>" in Notice(LANGUAGES["en"], odd).text()


def test_the_proof_reads_as_the_page_does():
    words = LANGUAGES["en"]
    title, introduction, boxes, who, *_, rights, policy = Notice(words, FACTS).text().split("\n\n")
    assert (title, introduction) == (words.title, words.introduction)
    assert boxes == f"[ ] {words.opens}\n[ ] {words.clicks}\n{words.empty_box}"
    assert who == ("Who is responsible\nExample Books. Write to privacy@books.example.")
    assert rights.startswith("Your rights\nYou can withdraw at any time")
    assert policy == "Privacy policy of Example Books: https://books.example/privacy"
