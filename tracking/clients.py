"""Names the mail client behind a user-agent string; pure.

The names are a closed list, so that strangers' strings can't make counters grow.
"""

from dataclasses import dataclass
from functools import lru_cache

import ua_parser

OTHER = "Other"
UNKNOWN = "Unknown"
LONGEST_DETAIL = 64

# What ua-parser's families do not tell: the first part found in the string decides.
TELLING_PARTS = (
    ("GoogleImageProxy", "Gmail"),
    ("Gmail-content-sampling", "Gmail"),
    ("Edge/12.246 Mozilla/5.0", "Gmail"),
    ("YahooMailProxy", "Yahoo Mail"),
    ("SeznamEmailProxy", "Seznam"),
    ("YandexImageResizer", "Yandex Mail"),
    # Windows Live Mail calls itself so.
    ("Outlook-Express", "Windows Live Mail"),
    ("ms-office", "Outlook"),
    ("MSOffice", "Outlook"),
    ("Outlook", "Outlook"),
    # ua-parser names its add-ons instead where there are any.
    ("Thunderbird/", "Thunderbird"),
    ("SamsungEmail", "Samsung Email"),
    ("Postbox", "Postbox"),
    ("Spark/", "Spark"),
)

FAMILIES = {
    "Airmail": "Airmail",
    "Apple Mail": "Apple Mail",
    "Mobile Safari UI/WKWebView": "Apple Mail",
    "YahooMobileMail": "Yahoo Mail",
    "Lotus Notes": "Lotus Notes",
    "The Bat!": "The Bat!",
    "kmail2": "KMail",
    "Evolution": "Evolution",
    "Barca": "Barca",
    "MailBar": "MailBar",
    "BlackBerry": "BlackBerry",
    "BlackBerry WebKit": "BlackBerry",
    "Android": "Android",
    "Chrome Mobile WebView": "Android",
    "Chrome": "Chrome",
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Edge": "Edge",
    "Edge Mobile": "Edge",
    "Firefox": "Firefox",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "IE": "Internet Explorer",
    "IE Mobile": "Internet Explorer",
    "Opera": "Opera",
    "Opera Mobile": "Opera",
    "Safari": "Safari",
    "Mobile Safari": "Safari",
    "Samsung Internet": "Samsung Internet",
    "Vivaldi": "Vivaldi",
}


@dataclass(frozen=True, slots=True)
class Client:
    """`family` is one of this module's names; the other two are as ua-parser reads them."""

    family: str
    os_family: str = ""
    device_family: str = ""


@lru_cache(maxsize=20_000)
def describe(user_agent: str) -> Client:
    """The mail client or browser that calls itself by this string."""
    if not user_agent.strip():
        return Client(UNKNOWN)
    parsed = ua_parser.parse(user_agent)
    return Client(
        family=_family(user_agent, parsed),
        os_family=parsed.os.family[:LONGEST_DETAIL] if parsed.os else "",
        device_family=parsed.device.family[:LONGEST_DETAIL] if parsed.device else "",
    )


def _family(user_agent: str, parsed: ua_parser.Result) -> str:
    # Apple Mail Privacy Protection sends this and nothing else.
    if user_agent == "Mozilla/5.0":
        return "Apple Mail"
    for part, family in TELLING_PARTS:
        if part in user_agent:
            return family
    return FAMILIES.get(parsed.user_agent.family, OTHER) if parsed.user_agent else OTHER
