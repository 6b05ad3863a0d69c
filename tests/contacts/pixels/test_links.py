"""How a pixel gets into an e-mail."""

from uuid import UUID

import pytest
from django.utils.html import conditional_escape

from contacts.pixels.links import leads_nowhere, pixel_html, pixel_url

PIXEL = UUID("6f1c2a1e-58cc-4372-a567-0e02b2c3d479")


def test_the_address_ends_like_an_image():
    url = pixel_url(PIXEL, base="https://mail.example.com/t")
    assert url == f"https://mail.example.com/t/pixel/{PIXEL}.gif"


def test_the_tag_is_escaped():
    assert 'src="https://e.example/?a&amp;b&quot;/pixel/' in pixel_html(
        PIXEL, base='https://e.example/?a&b"'
    )


def test_a_page_that_shows_the_tag_escapes_it():
    tag = pixel_html(PIXEL, base="https://mail.example.com")
    assert conditional_escape(tag).startswith("&lt;img")


@pytest.mark.parametrize(
    ("base", "nowhere"),
    [
        ("http://localhost:8000", True),
        ("https://pixels.localhost", True),
        ("http://127.0.0.1:8000", True),
        ("http://127.8.0.1", True),
        ("http://[::1]:8000", True),
        ("http://0.0.0.0:8000", True),
        ("http://192.168.1.7:8000", False),
        ("https://localhost.example.com", False),
        ("https://127.0.0.1.example.com/t", False),
    ],
)
def test_an_address_of_this_computer_alone_leads_nowhere(base, nowhere):
    assert leads_nowhere(base) is nowhere
