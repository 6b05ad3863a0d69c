"""Guesses the encoding of some words; pure.

An encoding is the likelier, the more of the decoded letters belong to one language that uses it. If
several of the large East Asian sets remain, charset-normalizer decides by coherence. Names form no
sentences, so it finds a dozen alphabets equally likely: among these the order of GUESSED decides.
"""

import re
from collections import Counter
from collections.abc import Iterator

from charset_normalizer import from_bytes

WESTERN = (
    "äöüß",
    "àâçéèêëîïôùûüœæ",
    "áéíñóúü",
    "áâãàçéêíóôõú",
    "àèéìòù",
    "éëïóöü",
    "åäöé",
    "æøåé",
    "áéíóúýþæöð",
)
CENTRAL = (
    "ąćęłńóśźż",
    "áčďéěíňóřšťúůýž",
    "áäčďéíĺľňóôŕšťúýž",
    "áéíóöőúüű",
    "ăâîşţ",
    "čćđšž",
)
CYRILLIC = ("абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґў", "абвгдежзиклмнопрстуфхцчшђјљњћџѓќѕ")
LETTERS = {
    "cp1252": WESTERN,
    "latin-1": WESTERN,
    "mac-roman": WESTERN,
    "cp1250": CENTRAL,
    "iso8859-2": CENTRAL,
    "mac-latin2": CENTRAL,
    # Before Cyrillic, whose small letters have the same codes: a Russian file has capitals too.
    "cp1255": ("".join(map(chr, range(0x5D0, 0x5EB))),),
    "cp1251": CYRILLIC,
    "koi8-r": CYRILLIC,
    "cp1253": ("αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋ",),
    "cp1254": ("çğıİöşüâî",),
    "cp1256": ("".join(map(chr, range(0x621, 0x64B))) + "پچژگ",),
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž"),
}
# The first bytes of common characters in two-byte encodings.
FIRST_BYTES = {
    "cp932": frozenset(range(0x81, 0x99)),
    "cp949": frozenset(range(0xB0, 0xC9)),
    "gb18030": frozenset(range(0xB0, 0xD8)),
    "euc-jp": frozenset({0xA1, 0xA4, 0xA5, *range(0xB0, 0xD0)}),
    "big5": frozenset(range(0xA4, 0xC7)),
}
# The order decides between equally likely ones.
GUESSED = tuple(dict.fromkeys(("cp932", *LETTERS, *FIRST_BYTES)))
# Used in every language.
PUNCTUATION = frozenset("’‘“”–—…„€«»°\xa0")
NEUTRAL = re.compile("[’”–—…]|(?<![A-Za-z])[‘“]|€(?![A-Za-z])")
PUNCTUATION_WEIGHT = 0.9
# Letters of another language of the same encoding.
OTHER_LANGUAGE_WEIGHT = 0.5
LATIN = frozenset({*WESTERN, *CENTRAL, *LETTERS["cp1254"], *LETTERS["cp1257"]})
UNREADABLE = "\ufffd"
# The number of bytes from which charset-normalizer is reliable.
ENOUGH = 256
MOST_COMMON = "cp1252"
MOST_SENSE, NO_SENSE = (0.0, 1.0), (1.0, 0.0)


def guess(words: bytes) -> str:
    """The likeliest codec of some words that are not UTF-8; deterministic."""
    readings = {codec: words.decode(codec, "replace") for codec in GUESSED}
    if NEUTRAL.sub("", readings[MOST_COMMON]).isascii():
        return MOST_COMMON
    sense = _sense(words) if len(words) >= ENOUGH else {}

    def likelihood(codec: str) -> tuple[float, int, float, float, int]:
        # Of two alphabets with the same letters the more common one is likelier.
        known = MOST_SENSE if sense and codec in LETTERS else NO_SENSE
        chaos, coherence = sense.get(codec, NO_SENSE) if codec in FIRST_BYTES else known
        usual = round(_usual(readings[codec], codec), 2)
        broken = readings[codec].count(UNREADABLE)
        return -usual, broken, chaos, -coherence, GUESSED.index(codec)

    likeliest = min(GUESSED, key=likelihood)
    return likeliest if _usual(readings[likeliest], likeliest) else MOST_COMMON


def _sense(words: bytes) -> dict[str, tuple[float, float]]:
    """charset-normalizer's chaos and coherence of the words in each large encoding."""
    wanted = {codec.replace("-", "_"): codec for codec in FIRST_BYTES}
    matches = from_bytes(words, cp_isolation=list(wanted), enable_fallback=False)
    return {
        wanted[name]: (match.chaos, match.coherence)
        for match in matches
        for name in match.could_be_from_charset
        if name in wanted
    }


def _usual(text: str, codec: str) -> float:
    """The share (0 to 1) of the non-ASCII characters that are plausible in the encoding."""
    foreign = sum(not char.isascii() for char in text)
    sound = Counter(_sound_characters(text, is_latin=bool(LATIN & set(LETTERS.get(codec, ())))))
    marks = sum(n for char, n in sound.items() if char in PUNCTUATION)
    if codec in FIRST_BYTES:
        count: float = sum(n for char, n in sound.items() if _is_usual(char, codec))
    else:
        count = _in_one_language(sound, LETTERS[codec])
    return (count + PUNCTUATION_WEIGHT * marks) / max(foreign, 1)


def _in_one_language(sound: Counter[str], languages: tuple[str, ...]) -> float:
    def known(letters: set[str]) -> int:
        return sum(n for char, n in sound.items() if char in letters)

    alphabets = [{*letters, *letters.upper()} for letters in languages]
    best = max(map(known, alphabets))
    return best + OTHER_LANGUAGE_WEIGHT * (known(set.union(*alphabets)) - best)


def _is_usual(char: str, codec: str) -> bool:
    return (
        char not in PUNCTUATION
        and char != UNREADABLE
        and char.encode(codec)[0] in FIRST_BYTES[codec]
    )


def _sound_characters(text: str, *, is_latin: bool) -> Iterator[str]:
    """The non-ASCII characters without implausible ones.

    Implausible are a capital after a small letter, and a letter of another script beside a Latin
    one.
    """
    for before, char, after in zip(f"\n{text}", text, f"{text[1:]}\n", strict=False):
        if char.isascii():
            continue
        is_odd = (before.islower() and char.isupper()) or (char.islower() and after.isupper())
        mixed = not is_latin and (_is_ascii_letter(before) or _is_ascii_letter(after))
        if char in PUNCTUATION or not (is_odd or mixed):
            yield char


def _is_ascii_letter(char: str) -> bool:
    return char.isascii() and char.isalpha()
