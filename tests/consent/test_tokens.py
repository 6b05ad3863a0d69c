"""Tokens name a contact, and only those that were made here count."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.tokens import LONGEST, Named, make_token, read_token

KEY = "k" * 40
ANN = Named(7, UUID("6f1c2a1e-58cc-4372-a567-0e02b2c3d479"))
NAMED = st.builds(Named, st.integers(1, 2**63 - 1), st.uuids())


@given(NAMED)
@settings(deadline=None)
def test_a_token_names_whom_it_was_made_for(named):
    token = make_token(named, key=KEY)
    assert read_token(token, key=KEY) == named
    assert len(token) <= LONGEST
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_a_token_stays_the_same_for_mails_that_are_sent_already():
    assert make_token(ANN, key=KEY) == "bxwqHljMQ3KlZw4CssPUeQcfIYf-8Grum2RXFmMf_bl7"


@given(NAMED, st.data())
@settings(deadline=None)
def test_a_token_with_one_other_letter_counts_for_nobody(named, data):
    token = make_token(named, key=KEY)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("AQgw_-+/=%é"))
    other = token[:place] + letter + token[place + 1 :]
    assert read_token(other, key=KEY) == (named if other == token else None)


@pytest.mark.parametrize(
    "token",
    ["", "A", "AAAA", "A" * 43, "A" * LONGEST, "A" * 10_000, "é" * 50, "\0", "=", "a/b", " "],
)
def test_what_is_no_token_names_nobody(token):
    assert read_token(token, key=KEY) is None


@pytest.mark.parametrize("around", ["{}=", "{}==", " {}", "{} ", "{}\n", "{}A"])
def test_no_other_spelling_of_a_token_counts(around):
    assert read_token(around.format(make_token(ANN, key=KEY)), key=KEY) is None


def test_a_token_of_another_key_names_nobody():
    assert read_token(make_token(ANN, key="other" * 8), key=KEY) is None


@pytest.mark.parametrize("campaign", [1, 255, 256, 65_535, 65_536, 2**63 - 1])
def test_a_campaign_takes_as_few_bytes_as_it_needs(campaign):
    named = ANN._replace(campaign_id=campaign)
    token = make_token(named, key=KEY)
    assert len(token) == -(-(32 + -(-campaign.bit_length() // 8)) * 4 // 3)
    assert read_token(token, key=KEY) == named


def test_the_longest_token_is_that_of_the_largest_campaign():
    assert len(make_token(ANN._replace(campaign_id=2**63 - 1), key=KEY)) == LONGEST
