"""Real mail clients get their names, unknown ones share one.

The strings of FIXTURES and STRANGERS and the families beside them are those of uap-core
tests/test_ua.yaml (Apache 2.0); services that it does not know are in ELSEWHERE.
"""

import pytest
import ua_parser
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tracking.hits.classify import Kind, classify
from tracking.hits.mail_clients import (
    CLIENTS,
    ON_DEVICE,
    ONLY_ON,
    OTHER,
    UNKNOWN,
    Client,
    Device,
    client_of,
    describe,
    device_of,
)
from tracking.models import OpensByClientSlot, UserAgent

# The name we show: ua-parser's family, the string.
FIXTURES = {
    "Apple Mail": [
        (
            "Apple Mail",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_8_2) AppleWebKit/536.26.14 "
            "(KHTML, like Gecko)",
        ),
        (
            "Mobile Safari UI/WKWebView",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 7_1_2 like Mac OS X) AppleWebKit/537.51.2 "
            "(KHTML, like Gecko) Mobile/11D257",
        ),
        (
            "Mobile Safari UI/WKWebView",
            "Mozilla/5.0 (iPad; U; CPU OS 4_3_2 like Mac OS X; en-us) AppleWebKit/533.17.9 "
            "(KHTML, like Gecko) Mobile",
        ),
    ],
    "Outlook": [
        (
            "Outlook",
            "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 5.1; .NET CLR 1.1.4322; "
            ".NET CLR 2.0.50727; MSOffice 12)",
        ),
        (
            "Outlook",
            "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.0; Trident/4.0; InfoPath.2; "
            "MSOffice 14)",
        ),
        (
            "Outlook",
            "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.1; Trident/6.0; "
            "Microsoft Outlook 15.0.4420)",
        ),
        (
            "Outlook",
            "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/8.0; .NET4.0C; "
            ".NET4.0E; .NET CLR 2.0.50727; .NET CLR 3.0.30729; .NET CLR 3.5.30729; "
            "Microsoft Outlook 16.0.6366; ms-office; MSOffice 16)",
        ),
        (
            "Outlook",
            "Microsoft Office/12.0 (Windows NT 6.1; Microsoft Office Outlook 12.0.6739; Pro)",
        ),
        ("Outlook", "Microsoft Office/14.0 (Windows NT 6.1; Microsoft Outlook 14.0.5128; Pro)"),
        ("Outlook", "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.6326; Pro)"),
        ("Outlook", "Microsoft Office/16.0 (Microsoft Outlook Mail 16.0.6525; Pro)"),
        (
            "MacOutlook",
            "MacOutlook/15.27.0.161010 (Intelx64 Mac OS X Version 10.11.6 (Build 15G1108))",
        ),
        ("Outlook-iOS", "Outlook-iOS/665.29827.prod.iphone (2.63.0)"),
        (
            "Outlook-iOS-Android",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 9_3_4 like Mac OS X) AppleWebKit/601.1 "
            '(KHTML, like Gecko) Outlook-iOS-Android/1.0 Mobile/13G35 Safari/601.1.46")',
        ),
    ],
    "Windows Live Mail": [
        (
            "Windows Live Mail",
            "Outlook-Express/7.0 (MSIE 7.0; Windows NT 5.1; Trident/4.0; AskTB5.6; TmstmpExt)",
        ),
        (
            "Windows Live Mail",
            "Outlook-Express/7.0 (MSIE 7.0; Windows NT 6.1; WOW64; Trident/4.0; SLCC2; "
            "Media Center PC 6.0; OfficeLiveConnector.1.4; OfficeLivePatch.1.3; InfoPath.3; "
            "FDM; TmstmpExt)",
        ),
    ],
    "Thunderbird": [
        ("Thunderbird", "Mozilla/5.0 (Windows NT 6.1; rv:45.0) Gecko/20100101 Thunderbird/45.0"),
        (
            "Thunderbird",
            "Mozilla/5.0 (X11; Linux x86_64; rv:24.0) Gecko/20100101 Thunderbird/24.2.0 "
            "Lightning/2.6.4",
        ),
        (
            "Lightning",
            "Mozilla/5.0 (Windows; U; Windows NT 5.1; en-US; rv:1.9.2.17) Gecko/20110414 "
            "Lightning/1.0b3pre Thunderbird/3.1.10",
        ),
        (
            "ThunderBrowse",
            "Mozilla/5.0 (Windows; U; Windows NT 6.1; en-US; rv:1.9.2.17) Gecko/20110414 "
            "Thunderbird/3.1.10 ThunderBrowse/3.3.5",
        ),
    ],
    "Gmail": [("GmailImageProxy", "Firefox/11.0 (via ggpht.com GoogleImageProxy)")],
    "Yahoo Mail": [
        (
            "YahooMailProxy",
            "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
        ),
        (
            "YahooMobileMail",
            "YahooMobileMail/1.0 (Android Mail; 1.3.10) (supersonic;HTC;PC36100;2.3.5/GRJ90)",
        ),
    ],
    "Lotus Notes": [("Lotus Notes", "Mozilla/4.0 (compatible; Lotus-Notes/6.0; Windows-NT)")],
    "Airmail": [
        ("Airmail", "Airmail 1.0 rv:148 (Macintosh; Mac OS X 10.8.3; en_BE)"),
        ("Airmail", "Airmail 1.0.6 rv:196 (Macintosh; Mac OS X 10.8.4; en_GB)"),
    ],
    "The Bat!": [("The Bat!", "The Bat! 4.0.0.22")],
    "Postbox": [
        (
            "Postbox",
            "Mozilla/5.0 (Windows NT 6.2; WOW64; rv:7.0.1) Gecko/20151105 Postbox/4.0.8",
        ),
    ],
    "KMail": [
        (
            "kmail2",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/534.34 (KHTML, like Gecko) "
            "kmail2/4.14.2 Safari/534.34",
        ),
    ],
    "Evolution": [("Evolution", "Evolution/3.26.2.1")],
    "Barca": [("Barca", "Barca/2.8.2"), ("Barca", "BarcaPro/1.4.12")],
    "MailBar": [("MailBar", "MailBar/1.3.2 (Mac OS X Version 10.11.1 (Build 15B42))")],
    "BlackBerry": [
        (
            "BlackBerry WebKit",
            "Mozilla/5.0 (BlackBerry; U; BlackBerry 9800; en-GB) AppleWebKit/534.1+ "
            "(KHTML, like Gecko) Version/6.0.0.141 Mobile Safari/534.1+",
        ),
    ],
    "Android": [
        (
            "Android",
            "Mozilla/5.0 (Linux; U; Android 4.2.1; en-gb; CUBOT ONE Build/JOP40D) "
            "AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30",
        ),
        (
            "Chrome Mobile WebView",
            "Mozilla/5.0 (Linux; Android 7.1.2; Nexus 5X Build/N2G47W; wv) AppleWebKit/537.36 "
            "(KHTML, like Gecko) Version/4.0 Chrome/58.0.3029.83 Mobile Safari/537.36",
        ),
    ],
    "Samsung Internet": [
        (
            "Samsung Internet",
            "Mozilla/5.0 (Linux; Android 5.1.1; SAMSUNG SM-G920F Build/LMY47X) "
            "AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/3.2 Chrome/38.0.2125.102 "
            "Mobile Safari/537.36",
        ),
    ],
    "Chrome": [
        (
            "Chrome",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_12_6) AppleWebKit/537.36 "
            "(KHTML, like Gecko) Chrome/60.0.3112.78 Safari/537.36",
        ),
    ],
    "Edge": [
        (
            "Edge",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/75.0.3763.0 Safari/537.36 Edg/75.0.131.0",
        ),
    ],
    "Firefox": [
        (
            "Firefox",
            "Mozilla/5.0 (X11; U; Linux x86_64; en-US; rv:1.9.2.12) Gecko/20101027 "
            "Ubuntu/10.04 (lucid) Firefox/3.6.12",
        ),
    ],
    "Internet Explorer": [
        ("IE", "Mozilla/5.0 (Windows NT 6.3; Win64; x64; Trident/7.0; rv:11.0) like Gecko"),
    ],
    "Safari": [
        (
            "Mobile Safari",
            "Mozilla/5.0 (iPod; U; CPU iPhone OS 4_3_2 like Mac OS X; en-us) "
            "AppleWebKit/533.17.9 (KHTML, like Gecko) Version/5.0.2 Mobile/8H7 Safari/6533.18.5",
        ),
    ],
}
PROXY_FAMILIES = {"GmailImageProxy", "YahooMailProxy"}

# ua-parser's family (None: none at all), the string.
STRANGERS = [
    (None, "SomethingWeNeverKnewExisted"),
    ("Word", "Microsoft Office Word 2014"),
    ("ExchangeServicesClient", "ExchangeServicesClient/14.02.0051.000"),
    ("Kurio App", "Kurio/3.0.8 Build 65303(Android Kitkat 4.4.4; Phone)"),
]

EDGE_12 = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246"
)
ELSEWHERE = [
    ("Apple Mail", Kind.MACHINE, "Mozilla/5.0"),
    ("Gmail", Kind.MACHINE, EDGE_12),
    ("Gmail", Kind.MACHINE, f"{EDGE_12} Mozilla/5.0"),
    ("Gmail", Kind.MACHINE, f"{EDGE_12} Gmail-content-sampling"),
    (
        "Gmail",
        Kind.PROXIED,
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    ),
    ("Seznam", Kind.PROXIED, "SeznamEmailProxy/2.0.155"),
    (
        "Yandex Mail",
        Kind.PROXIED,
        "Mozilla/5.0 (compatible; YandexImageResizer/2.0; +http://yandex.com/bots)",
    ),
    ("Outlook", Kind.HUMAN, "Mozilla/4.0 (compatible; ms-office; MSOffice rmj)"),
    ("Outlook", Kind.HUMAN, "Outlook-iOS/723.4027091.prod.iphone (4.30.0)"),
    ("Outlook", Kind.HUMAN, "Outlook-Android/2.0"),
]

KNOWN = [(shown, *row) for shown, rows in FIXTURES.items() for row in rows]
NAMES = {*CLIENTS, *ON_DEVICE, OTHER, UNKNOWN}
PIECES = sorted({word for *_, agent in [*KNOWN, *STRANGERS, *ELSEWHERE] for word in agent.split()})
AGENTS = st.text(max_size=1024) | st.lists(
    st.sampled_from(PIECES) | st.text(max_size=80), max_size=12
).map(" ".join)
LONG_DEVICE = f"Mozilla/5.0 (Linux; U; Android 4.2.1; en-gb; {'X' * 99} Build/JOP40D)"


def longest(model, field):
    return model._meta.get_field(field).max_length


@pytest.mark.parametrize(("family", "agent"), [row[1:] for row in KNOWN] + STRANGERS)
def test_ua_parser_still_reads_its_own_fixtures(family, agent):
    parsed = ua_parser.parse(agent).user_agent
    assert (parsed and parsed.family) == family


@pytest.mark.parametrize(("shown", "family", "agent"), KNOWN)
def test_an_ordinary_client_gets_its_name(shown, family, agent):
    assert client_of(describe(agent).family) == shown


@pytest.mark.parametrize(("shown", "family", "agent"), KNOWN)
def test_an_ordinary_client_is_a_person_and_a_proxy_acts_for_one(shown, family, agent):
    assert classify(agent).kind is (Kind.PROXIED if family in PROXY_FAMILIES else Kind.HUMAN)


@pytest.mark.parametrize(("shown", "kind", "agent"), ELSEWHERE)
def test_a_service_unknown_to_ua_parser_gets_its_name_and_kind(shown, kind, agent):
    assert (client_of(describe(agent).family), classify(agent).kind) == (shown, kind)


@pytest.mark.parametrize("agent", [agent for _, agent in STRANGERS])
def test_an_unknown_client_is_other(agent):
    assert describe(agent).family == OTHER


@pytest.mark.parametrize("agent", ["", " ", "\t \n"])
def test_no_user_agent_is_unknown(agent):
    assert describe(agent) == Client(UNKNOWN)


def test_the_system_and_the_device_are_recognized_too():
    (_, iphone) = FIXTURES["Apple Mail"][1]
    assert describe(iphone) == Client("Apple Mail (phone)", "iOS", "iPhone")


# The beginning and the end of a string, and its device.
DEVICES = [
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_8_2)", "", Device.COMPUTER),
    ("Mozilla/5.0 (iPhone", "Mobile/11D257", Device.PHONE),
    ("Mozilla/5.0 (iPad", "", Device.PHONE),
    ("Microsoft Office/16.0 (Windows NT 10.0", "", Device.COMPUTER),
    ("Microsoft Office/16.0 (Microsoft Outlook Mail", "", Device.UNKNOWN),
    ("MacOutlook/", "", Device.COMPUTER),
    ("Outlook-iOS/", "", Device.PHONE),
    ("Outlook-Android/", "", Device.PHONE),
    ("YahooMobileMail/", "", Device.PHONE),
    ("The Bat!", "", Device.COMPUTER),
    ("Mozilla/5.0 (BlackBerry", "", Device.PHONE),
    ("", "GoogleImageProxy)", Device.PROXY),
    ("YahooMailProxy", "", Device.PROXY),
    ("", "Gmail-content-sampling", Device.MACHINE),
]


@pytest.mark.parametrize(("start", "end", "device"), DEVICES)
def test_the_device_is_as_exact_as_the_string(start, end, device):
    agents = [row[-1] for row in [*KNOWN, *ELSEWHERE] if row[-1].startswith(start)]
    agents = [agent for agent in agents if agent.endswith(end)]
    assert agents
    told = {device_of(describe(agent).family, classify(agent).kind) for agent in agents}
    assert told == {device}


def test_apples_privacy_protection_hides_the_device():
    assert describe("Mozilla/5.0").family == "Apple Mail"
    assert device_of("Apple Mail", Kind.MACHINE) is Device.MACHINE
    assert device_of("Apple Mail", Kind.HUMAN) is Device.UNKNOWN


def test_a_program_of_one_device_has_one_name():
    assert not {client for client, _ in ON_DEVICE.values()} & ONLY_ON.keys()
    assert {client_of(name) for name in NAMES} == {OTHER, UNKNOWN, *CLIENTS} >= ONLY_ON.keys()


@settings(deadline=None)
@given(agent=AGENTS)
@example(agent=LONG_DEVICE)
def test_any_string_gets_a_known_name_and_values_that_fit(agent):
    client = describe(agent)
    assert client.family in NAMES
    assert len(client.os_family) <= longest(UserAgent, "os_family")
    assert len(client.device_family) <= longest(UserAgent, "device_family")


def test_a_long_device_is_cut():
    assert len(ua_parser.parse(LONG_DEVICE).device.family) > longest(UserAgent, "device_family")
    assert len(describe(LONG_DEVICE).device_family) == longest(UserAgent, "device_family")


@pytest.mark.parametrize("model", [UserAgent, OpensByClientSlot])
def test_every_name_fits_its_column(model):
    assert max(map(len, NAMES)) <= longest(model, "family")
