"""No page of the admin, of a list or of one row, falls back into words that were replaced."""

import re

import pytest
from django.contrib.auth.models import User

from tests import test_roles
from tests.console.base.test_dates import words_of
from tests.test_roles import ADMIN, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.walks, pytest.mark.one_engine]

one_of_each = test_roles.rows
REPLACED = {
    # "None: a machine" begins a sentence.
    "nothing as Python names it": r"\bNone\b(?!:)",
    "a code of strptime": r"%[A-Za-z]\b",
    "a name for programs": r"\b(Taken from|Is targeted|staff status)\b",
    "a reason by its place": r"\bfirst reason\b",
    "a word of statisticians": r"Interleave the groups|median sending times|Rate within \d+ h",
    "counting as programs do it": r"never due, and in no rate|Counting is [\d,]+ s behind",
}


def test_no_page_speaks_in_words_that_were_replaced(one_of_each):
    client = signed_in(User.objects.create_superuser("root"))
    pages = {name: words_of(client, name, one_of_each) for name in ADMIN}
    found = {
        f"{name} shows {what}": re.findall(rf".{{0,30}}(?:{pattern})", words)
        for name, words in pages.items()
        for what, pattern in REPLACED.items()
        if re.search(pattern, words)
    }
    assert found == {}
    assert sum(map(bool, pages.values())) > len(ADMIN) / 2
