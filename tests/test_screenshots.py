"""The pictures of the documents; script/screenshots takes those of pages."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs/images"
DOCUMENTS = ("README.md", "docs/campaigns.md", "docs/design.md")
LARGEST_BYTES = 200_000
WHOLE_PAGES = ("home", "report")
WIDTHS = range(640, 1281)


def pictures():
    """The names of the pictures that documents show, with their alternative texts."""
    shown = {}
    for document in DOCUMENTS:
        text = (ROOT / document).read_text()
        shown |= {name: alt for alt, name in re.findall(r"!\[([^\]]+)\]\(\S*?(\w+)\.png\)", text)}
    return shown


def test_every_picture_is_shown():
    assert pictures().keys() == {path.stem for path in IMAGES.glob("*.png")}


@pytest.mark.parametrize("name", pictures())
def test_a_picture_is_small_and_has_an_alternative_text(name):
    image = (IMAGES / f"{name}.png").read_bytes()
    assert image.startswith(b"\x89PNG\r\n")
    width = int.from_bytes(image[16:20], "big")
    assert width in WIDTHS
    assert width == WIDTHS[-1] or name not in WHOLE_PAGES
    assert len(image) < LARGEST_BYTES
    assert len(pictures()[name]) >= 20


def test_the_readme_begins_with_a_picture():
    text = (ROOT / "README.md").read_text()
    assert "docs/images/home.png" in text.partition("\n## ")[0]
