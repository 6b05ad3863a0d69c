"""Identifies the mail client and the device of a user-agent string; pure.

The names are a closed list, so that arbitrary strings can't inflate the counters. A client that
runs on several devices has a name for each: "Outlook (phone)".
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import ua_parser

from tracking.hits.classify import GMAIL_MACHINE_ENDINGS, Kind

OTHER = "Other"
UNKNOWN = "Unknown"
LONGEST_DETAIL = 64

# What ua-parser does not recognise: the first substring that matches decides.
TELLING_PARTS = (
    ("GoogleImageProxy", "Gmail"),
    ("YahooMailProxy", "Yahoo Mail"),
    ("SeznamEmailProxy", "Seznam"),
    ("YandexImageResizer", "Yandex Mail"),
    ("FastmailUA", "Fastmail"),
    ("hey.com/imageproxy", "HEY"),
    ("mail.ukr.net proxy", "Ukr.net"),
    ("RamblerMail", "Rambler"),
    # The user agent of Windows Live Mail.
    ("Outlook-Express", "Windows Live Mail"),
    ("ms-office", "Outlook"),
    ("MSOffice", "Outlook"),
    ("Outlook", "Outlook"),
    # ua-parser reports its add-ons instead, if there are any.
    ("Thunderbird/", "Thunderbird"),
    ("SamsungEmail", "Samsung Email"),
    ("Postbox", "Postbox"),
    ("Spark/", "Spark"),
    ("Mailspring/", "Mailspring"),
    ("eM Client/", "eM Client"),
    ("eMClient/", "eM Client"),
    ("Mailbird/", "Mailbird"),
    ("BlueMail/", "BlueMail"),
    ("Foxmail/", "Foxmail"),
    ("MailMaster", "Mail Master"),
    ("WindowsMail/", "Windows Mail"),
    ("Yahoo%20Mail/", "Yahoo Mail"),
    ("NaverMailApp/", "Naver Mail"),
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


class Device(StrEnum):
    """The device an open was seen on, as far as the user agent tells.

    A mail service's image proxy and a machine hide it; a tablet counts as a phone, though iPads
    that identify as Macs count as computers.
    """

    PHONE = "phone"
    COMPUTER = "computer"
    PROXY = "proxy"
    MACHINE = "machine"
    UNKNOWN = "unknown"


# Clients that run on one kind of device only; for all others the operating system decides.
ONLY_ON = {
    "Windows Live Mail": Device.COMPUTER,
    "Windows Mail": Device.COMPUTER,
    "Mailspring": Device.COMPUTER,
    "Mailbird": Device.COMPUTER,
    "Foxmail": Device.COMPUTER,
    "Naver Mail": Device.PHONE,
    "Thunderbird": Device.COMPUTER,
    "Postbox": Device.COMPUTER,
    "Lotus Notes": Device.COMPUTER,
    "The Bat!": Device.COMPUTER,
    "KMail": Device.COMPUTER,
    "Evolution": Device.COMPUTER,
    "Barca": Device.COMPUTER,
    "MailBar": Device.COMPUTER,
    "Samsung Email": Device.PHONE,
    "Samsung Internet": Device.PHONE,
    "BlackBerry": Device.PHONE,
    "Android": Device.PHONE,
}
SYSTEMS = {
    "iOS": Device.PHONE,
    "Android": Device.PHONE,
    "BlackBerry OS": Device.PHONE,
    "Windows Phone": Device.PHONE,
    "Windows": Device.COMPUTER,
    "Mac OS X": Device.COMPUTER,
    "Linux": Device.COMPUTER,
    "Ubuntu": Device.COMPUTER,
    "Fedora": Device.COMPUTER,
    "Debian": Device.COMPUTER,
    "Chrome OS": Device.COMPUTER,
}
# Office reports no system, and its mail runs on Windows only.
ONLY_ON_COMPUTERS = ("ms-office", "MSOffice")
# Seen through image proxies, whose user agent names a system that is not the reader's.
PROXIES = {"Gmail", "Seznam", "Yandex Mail", "Fastmail", "HEY", "Ukr.net", "Rambler"}
CLIENTS = {*FAMILIES.values(), *(name for _, name in TELLING_PARTS)}
# Clients that run anywhere, by their name on each kind of device.
ON_DEVICE = {
    f"{client} ({device})": (client, device)
    for client in sorted(CLIENTS - ONLY_ON.keys() - PROXIES)
    for device in (Device.PHONE, Device.COMPUTER)
}


def client_of(family: str) -> str:
    """The client's name without the device."""
    return ON_DEVICE[family][0] if family in ON_DEVICE else family


def device_of(family: str, kind: int) -> Device:
    """The device of a counted open, by its client's name and its kind."""
    if kind == Kind.MACHINE:
        return Device.MACHINE
    if kind == Kind.PROXIED:
        return Device.PROXY
    if family in ON_DEVICE:
        return ON_DEVICE[family][1]
    return ONLY_ON.get(family, Device.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Client:
    """`family` is one of this module's names; the other two come from ua-parser."""

    family: str
    os_family: str = ""
    device_family: str = ""


@lru_cache(maxsize=20_000)
def describe(user_agent: str) -> Client:
    """The mail client or browser of a user-agent string."""
    if not user_agent.strip():
        return Client(UNKNOWN)
    parsed = ua_parser.parse(user_agent)
    system = parsed.os.family if parsed.os else ""
    return Client(
        family=_on_device(_family(user_agent, parsed), _device(user_agent, system)),
        os_family=system[:LONGEST_DETAIL],
        device_family=parsed.device.family[:LONGEST_DETAIL] if parsed.device else "",
    )


def _family(user_agent: str, parsed: ua_parser.Result) -> str:
    # Apple Mail Privacy Protection sends exactly this.
    if user_agent == "Mozilla/5.0":
        return "Apple Mail"
    if user_agent.endswith(GMAIL_MACHINE_ENDINGS):
        return "Gmail"
    for part, family in TELLING_PARTS:
        if part in user_agent:
            return family
    return FAMILIES.get(parsed.user_agent.family, OTHER) if parsed.user_agent else OTHER


def _device(user_agent: str, system: str) -> Device | None:
    if any(part in user_agent for part in ONLY_ON_COMPUTERS):
        return Device.COMPUTER
    return SYSTEMS.get(system)


def _on_device(client: str, device: Device | None) -> str:
    name = f"{client} ({device})"
    return name if name in ON_DEVICE else client
