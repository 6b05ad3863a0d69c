"""Removes invisible characters from text; pure.

Text copied from web pages, mails and chats contains them, and they make equal addresses differ.
"""

import re

# Never meaningful: controls except tab and line ends, soft hyphens, zero-width spaces,
# bidirectional marks, byte order marks. NUL is refused elsewhere.
NOWHERE = re.compile(
    "[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u180e\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
# Meaningful between letters of some scripts and between emoji, never at the ends.
JOINERS = "\u061c\u200c\u200d\u200e\u200f\u2800\u3164"
BLANKS = " \t\n\r\xa0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
EDGES = JOINERS + BLANKS
WITHOUT_JOINERS = str.maketrans(dict.fromkeys(JOINERS))
PLAIN_BLANKS = str.maketrans(dict.fromkeys(BLANKS, " "))


def visible(text: str) -> str:
    """A text without invisible characters and surrounding whitespace."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return NOWHERE.sub("", text).strip(EDGES)


def visible_address(text: str) -> str:
    """The same for an e-mail address; joiners stay where IDN allows them."""
    text = visible(text)
    plain = text.translate(WITHOUT_JOINERS)
    return plain if plain.isascii() else text


def plain_blanks(text: str) -> str:
    """A text with every kind of space replaced by a plain one, such as that before AM and PM."""
    return text if text.isascii() else text.translate(PLAIN_BLANKS)
