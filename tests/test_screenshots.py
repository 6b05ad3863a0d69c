"""The pictures of the README, which script/screenshots makes."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
LARGEST_BYTES = 200_000


@pytest.mark.parametrize("name", ["home", "report"])
def test_the_readme_shows_a_picture_that_is_there_and_small(name):
    path = f"docs/images/{name}.png"
    assert re.search(rf"!\[[^\]]{{20,}}\]\({path}\)", README), "with a text for who can't see it"
    image = (ROOT / path).read_bytes()
    assert image.startswith(b"\x89PNG\r\n")
    assert int.from_bytes(image[16:20], "big") == 1280
    assert len(image) < LARGEST_BYTES
