"""The supported encodings of contact files and their names; pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Encoding:
    """`name` is the API's, `codec` Python's, `label` the one on screens."""

    name: str
    codec: str
    label: str


UTF8 = Encoding("utf-8", "utf-8", "Unicode (UTF-8)")
# Detected, never chosen: whether a file is UTF-16 is certain.
UTF16 = (
    Encoding("utf-16le", "utf-16-le", "Unicode (UTF-16), as Excel's Unicode text"),
    Encoding("utf-16be", "utf-16-be", "Unicode (UTF-16, big endian)"),
)
OF_BYTES = (
    UTF8,
    Encoding("windows-1252", "cp1252", "Western European (Windows-1252)"),
    Encoding("iso-8859-1", "latin-1", "Western European (ISO-8859-1, Latin-1)"),
    Encoding("macintosh", "mac-roman", "Western European (Mac Roman)"),
    Encoding("ibm850", "cp850", "Western European (DOS, code page 850)"),
    Encoding("windows-1250", "cp1250", "Central European (Windows-1250)"),
    Encoding("iso-8859-2", "iso8859-2", "Central European (ISO-8859-2, Latin-2)"),
    Encoding("x-mac-ce", "mac-latin2", "Central European (Mac)"),
    Encoding("windows-1251", "cp1251", "Cyrillic (Windows-1251)"),
    Encoding("koi8-r", "koi8-r", "Cyrillic (KOI8-R)"),
    Encoding("windows-1253", "cp1253", "Greek (Windows-1253)"),
    Encoding("windows-1254", "cp1254", "Turkish (Windows-1254)"),
    Encoding("windows-1255", "cp1255", "Hebrew (Windows-1255)"),
    Encoding("windows-1256", "cp1256", "Arabic (Windows-1256)"),
    Encoding("windows-1257", "cp1257", "Baltic (Windows-1257)"),
    Encoding("shift_jis", "cp932", "Japanese (Shift-JIS)"),
    Encoding("euc-jp", "euc-jp", "Japanese (EUC-JP)"),
    Encoding("euc-kr", "cp949", "Korean (EUC-KR)"),
    Encoding("gb18030", "gb18030", "Chinese, simplified (GB18030)"),
    Encoding("big5", "big5", "Chinese, traditional (Big5)"),
)
ALL = (*OF_BYTES, *UTF16)
NAMES = tuple(encoding.name for encoding in ALL)
BY_NAME = {encoding.name: encoding for encoding in ALL}
BY_CODEC = {encoding.codec: encoding for encoding in ALL}


def offered(codec: str) -> tuple[Encoding, ...]:
    """The encodings that can be chosen instead of the detected one."""
    found = BY_CODEC[codec]
    return (found,) if found in UTF16 else OF_BYTES


def name_of(codec: str) -> str:
    """The API's name of a codec; "" if there is none yet."""
    return BY_CODEC[codec].name if codec else ""
