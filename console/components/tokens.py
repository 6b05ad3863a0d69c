"""The design's values as tokens.css has them, each in light and in dark; pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

SECTION = re.compile(r"/\* --- (?P<title>.+?) -+ \*/")
TOKEN = re.compile(r"(?P<name>--[\w-]+): (?P<value>[^;]+);")
BY_SCHEME = re.compile(r"light-dark\((?P<light>[^,]+), (?P<dark>[^,]+)\)")
COLOUR = re.compile(r"#[0-9a-f]{3,6}|var\(--[\w-]+\)")


@dataclass(frozen=True)
class Token:
    """A value by its name; both schemes have the same one where `light` is `dark`."""

    name: str
    light: str
    dark: str

    @property
    def is_colour(self) -> bool:
        return COLOUR.fullmatch(self.light) is not None


@dataclass(frozen=True)
class Section:
    """Values that belong together."""

    title: str
    tokens: Sequence[Token]


def sections_of(stylesheet: str) -> list[Section]:
    """Each section of the stylesheet with its values, in their order."""
    # What is before the first one, then each title and what follows it.
    _, *parts = SECTION.split(stylesheet)
    return [
        Section(title, [_token(found) for found in TOKEN.finditer(body)])
        for title, body in zip(parts[::2], parts[1::2], strict=True)
    ]


def _token(found: re.Match[str]) -> Token:
    name, value = found["name"], found["value"]
    if schemes := BY_SCHEME.fullmatch(value):
        return Token(name, schemes["light"], schemes["dark"])
    return Token(name, value, value)
