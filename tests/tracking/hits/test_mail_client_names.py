"""Each name of a mail client with its device, for real strings."""

import pytest

from tracking.hits.classify import Kind
from tracking.hits.mail_clients import (
    ON_DEVICE,
    ONLY_ON,
    Client,
    Device,
    client_of,
    describe,
    device_of,
)

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)"
ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8)"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
APPLE_WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
CHROME = f"{WEBKIT} Chrome/131.0.0.0 Safari/537.36"
CHROME_MOBILE = f"{WEBKIT} Chrome/131.0.0.0 Mobile Safari/537.36"

NAMES = [
    # Image proxies, whatever the system in their strings.
    ("Gmail", "Firefox/11.0 (via ggpht.com GoogleImageProxy)"),
    ("Fastmail", f"Mozilla/5.0 (X11; Linux x86_64) {CHROME} FastmailUA/1.0"),
    ("HEY", f"hey.com/imageproxy {MAC} {CHROME}"),
    ("Ukr.net", f"{WINDOWS} {CHROME} (via secureurl.fwdcdn.com - mail.ukr.net proxy)"),
    ("Rambler", "RamblerMail/6.0 (incompatible; ImageProxy/6.0)"),
    ("Seznam", f"{MAC} SeznamEmailProxy/2.0.155"),
    ("Yandex Mail", f"{MAC} YandexImageResizer/2.0"),
    ("Yahoo Mail", "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"),
    ("Yahoo Mail (phone)", "Yahoo%20Mail/68430 CFNetwork/1399 Darwin/22.1.0 (iPhone)"),
    ("Yahoo Mail (phone)", "YahooMobileMail/1.0 (BlackBerry; BlackBerry 9900)"),
    # Programs with their own name in the string.
    ("Samsung Email", "SamsungEmail/6.1 (Linux)"),
    ("Spark (computer)", f"{MAC} Spark/3.2"),
    ("Spark (phone)", f"{IPHONE} Spark/3.2"),
    ("Mailspring", f"{WINDOWS} {WEBKIT} Mailspring/1.13.3 Chrome/100.0.0.0 Safari/537.36"),
    ("eM Client (computer)", f"{WINDOWS} eM Client/9.2"),
    ("eM Client (computer)", f"{WINDOWS} eMClient/9.2"),
    ("Mailbird", "Mailbird/2.9 (Linux)"),
    ("BlueMail (phone)", f"{ANDROID} BlueMail/1.9"),
    ("Foxmail", "Foxmail/7.2 (Linux)"),
    ("Mail Master (phone)", f"{ANDROID} MailMasterAndroid/7.0"),
    ("Windows Mail", "WindowsMail/16005 (Linux)"),
    ("Windows Live Mail", "Outlook-Express/7.0 (Linux)"),
    ("Naver Mail", "NaverMailApp/2.2.2 (Android 10; SM-G986N)"),
    ("Thunderbird", "Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Thunderbird/128.5"),
    ("Postbox", f"{MAC} Gecko/20151105 Postbox/7.0"),
    ("Outlook (computer)", "Mozilla/4.0 (compatible; ms-office)"),
    ("Outlook (computer)", "Mozilla/4.0 (compatible; MSOffice 16)"),
    ("Outlook (phone)", "Outlook-Android/2.0"),
    # Browsers, by their name alone if they run on every system.
    ("Chrome (computer)", f"{WINDOWS} {CHROME}"),
    ("Chrome (phone)", f"{ANDROID} {CHROME_MOBILE}"),
    ("Chrome (phone)", f"{IPHONE} {APPLE_WEBKIT} CriOS/131.0 Mobile/15E148 Safari/604.1"),
    ("Edge (computer)", f"{WINDOWS} {CHROME} Edg/131.0.0.0"),
    ("Edge (phone)", f"{ANDROID} {CHROME_MOBILE} EdgA/131.0.0.0"),
    ("Firefox (computer)", f"{WINDOWS[:-1]}; rv:128.0) Gecko/20100101 Firefox/128.0"),
    ("Firefox (phone)", "Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0"),
    ("Firefox (phone)", f"{IPHONE} {APPLE_WEBKIT} FxiOS/128.0 Mobile/15E148 Safari/605.1.15"),
    (
        "Internet Explorer (computer)",
        "Mozilla/5.0 (Windows NT 6.3; Trident/7.0; rv:11.0) like Gecko",
    ),
    (
        "Internet Explorer (phone)",
        "Mozilla/5.0 (compatible; MSIE 10.0; Windows Phone 8.0; Trident/6.0; IEMobile/10.0)",
    ),
    ("Opera (computer)", f"{WINDOWS} {CHROME} OPR/115.0.0.0"),
    ("Opera (phone)", f"{ANDROID} {CHROME_MOBILE} OPR/86.0.0.0"),
    ("Safari (computer)", f"{MAC} {APPLE_WEBKIT} Version/17.5 Safari/605.1.15"),
    ("Safari (phone)", f"{IPHONE} {APPLE_WEBKIT} Version/17.5 Mobile/15E148 Safari/604.1"),
    ("Vivaldi (computer)", f"{WINDOWS} {CHROME} Vivaldi/7.0"),
    (
        "Samsung Internet",
        f"{ANDROID} {WEBKIT} SamsungBrowser/27.0 Chrome/125.0 Mobile Safari/537.36",
    ),
    ("BlackBerry", "BlackBerry9000/4.6.0.65 Profile/MIDP-2.0 Configuration/CLDC-1.1"),
    # Systems of computers.
    (
        "Firefox (computer)",
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    ),
    (
        "Firefox (computer)",
        "Mozilla/5.0 (X11; Fedora; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    ),
    (
        "Firefox (computer)",
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    ),
    (
        "Firefox (computer)",
        "Mozilla/5.0 (X11; U; Linux i686; en-US; rv:1.9.0.19) Gecko Debian/3.0.6-3 Firefox/3.0",
    ),
    ("Chrome (computer)", f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME}"),
]


@pytest.mark.parametrize(("family", "agent"), NAMES)
def test_a_program_is_recognized_by_its_name_and_its_system(family, agent):
    assert describe(agent).family == family


# Programs of one kind of device, whose strings name no system.
COMPUTERS = [
    "Windows Live Mail",
    "Windows Mail",
    "Mailspring",
    "Mailbird",
    "Foxmail",
    "Thunderbird",
    "Postbox",
    "Lotus Notes",
    "The Bat!",
    "KMail",
    "Evolution",
    "Barca",
    "MailBar",
]
PHONES = ["Naver Mail", "Samsung Email", "Samsung Internet", "BlackBerry", "Android"]


def test_a_program_of_one_kind_of_device_needs_no_system():
    assert {name for name, device in ONLY_ON.items() if device == "computer"} == {*COMPUTERS}
    assert {name for name, device in ONLY_ON.items() if device == "phone"} == {*PHONES}


def test_devices_are_called_as_tables_and_pages_call_them():
    assert " ".join(Device) == "phone computer proxy machine unknown"


@pytest.mark.parametrize(
    ("family", "kind", "device"),
    [
        ("Outlook (phone)", Kind.HUMAN, Device.PHONE),
        ("Outlook (computer)", Kind.HUMAN, Device.COMPUTER),
        ("Outlook (phone)", Kind.PROXIED, Device.PROXY),
        ("Outlook (phone)", Kind.MACHINE, Device.MACHINE),
        ("Thunderbird", Kind.HUMAN, Device.COMPUTER),
        ("Thunderbird", Kind.PROXIED, Device.PROXY),
        ("Android", Kind.HUMAN, Device.PHONE),
        ("Outlook", Kind.HUMAN, Device.UNKNOWN),
        ("no such client", Kind.HUMAN, Device.UNKNOWN),
    ],
)
def test_the_kind_of_an_open_decides_before_its_clients_name(family, kind, device):
    assert device_of(family, kind) is device


def test_image_proxies_have_no_device_in_their_names():
    proxies = {"Gmail", "Seznam", "Yandex Mail", "Fastmail", "HEY", "Ukr.net", "Rambler"}
    assert not {client for client, _ in ON_DEVICE.values()} & proxies
    assert {client_of(name) for name in proxies} == proxies


def test_a_client_is_frozen_and_its_details_may_be_missing():
    assert Client("Outlook") == Client("Outlook", "", "")
    assert Client.__dataclass_params__.frozen


def test_without_a_system_or_a_device_the_details_are_empty():
    assert describe("SomethingWeNeverKnewExisted") == Client("Other")
    assert describe("") == Client("Unknown")
