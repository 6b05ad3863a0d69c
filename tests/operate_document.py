"""Reads docs/operate.md, whose commands and headings the tests hold it to."""

import re
import textwrap
from pathlib import Path

PATH = Path(__file__).resolve().parent.parent / "docs" / "operate.md"


def text():
    return PATH.read_text()


def commands(name):
    """The shell commands of the block with this name."""
    [block] = re.findall(rf"^ *```sh {name}\n(.*?)^ *```$", text(), re.MULTILINE | re.DOTALL)
    return textwrap.dedent(block)


def anchors():
    """What a link into the page may name; headings here are words alone."""
    headings = re.findall(r"^#+ (.+)$", text(), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}
