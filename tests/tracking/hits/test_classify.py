"""Which user agents are a person, a proxy for one or a machine: real strings, in the rules' order.

The strings of `agents/` come from mail services, matomo-org/device-detector and
monperrus/crawler-user-agents, each file saying which.
"""

import hashlib
from pathlib import Path

import pytest
from crawleruseragents import is_crawler

from tracking.hits.classify import (
    COUNTED_KINDS,
    FORMER,
    RULES,
    Kind,
    Rule,
    Wording,
    classify,
    wording_of,
)
from tracking.hits.mail_clients import client_of, describe, device_of

AGENTS = Path(__file__).parent / "agents"

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Safari/537.36"
)
EDGE_12 = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246"
)
GMAIL_PROXY = (
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
)

MACHINES = {
    "no_user_agent": ["", "  "],
    "apple_mail_privacy": ["Mozilla/5.0"],
    "gmail_sampling": [EDGE_12, f"{EDGE_12} Mozilla/5.0", f"{EDGE_12} Gmail-content-sampling"],
    "robot": [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Baiduspider+(+http://www.baidu.com/search/spider.htm)",
        "SomeCrawler/1.0",
        "curl/8.5.0",
        "Wget/1.21.4",
        "python-requests/2.32.3",
        "Go-http-client/2.0",
        "okhttp/4.12.0",
    ],
    "scanner": [
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/131.0.0.0 Safari/537.36",
        "Mozilla/5.0 (Windows NT 6.1; WOW64) BingPreview/1.0b",
        "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
        "WhatsApp/2.23.20.0",
        "TelegramBot (like TwitterBot)",
        "Mozilla/5.0 urldefense",
        "Mozilla/5.0 SafeLinks",
        "BarracudaCentral/1.0",
        "Mozilla/5.0 (Mimecast)",
        "Proofpoint",
        "ForcePoint scanner",
        "Symantec Mail Security",
        "TrendMicro",
        "Sophos Email",
        "Zscaler",
        "Trend Micro WRS 1.0",
        "fortiguard/1.0",
    ],
}
PROXIES = [
    GMAIL_PROXY,
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    "SeznamEmailProxy/2.0.155",
    "ImageProxy/1.0",
    "RamblerMail/6.0 (incompatible; ImageProxy/6.0)",
    f"{CHROME} FastmailUA/1.0",
    f"hey.com/imageproxy {CHROME}",
    f"{CHROME} (via secureurl.fwdcdn.com - mail.ukr.net proxy)",
    # It names a page about bots, but is a proxy for a person.
    "Mozilla/5.0 (compatible; YandexImageResizer/2.0; +http://yandex.com/bots)",
]
PEOPLE = [
    CHROME,
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0",
    "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.12026; Pro)",
    "Outlook-iOS/723.4027091.prod.iphone (4.30.0)",
    "Mozilla/5.0 (Linux; Android 11; CUBOT KINGKONG 5 Pro) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Mobile Safari/537.36",
]


# Number, version, name, kind and reason of every rule, in the order they are tried. A change of
# what a rule says or matches needs the next version here and in the table, and moves
# what it said before to FORMER.
PINNED_RULES = [
    (101, "prefetch", "MACHINE", "fetched ahead of being read"),
    (201, "no_user_agent", "MACHINE", "named no mail client"),
    (301, "apple_mail_privacy", "MACHINE", "Apple Mail Privacy Protection"),
    (402, "gmail_sampling", "MACHINE", "Gmail checking the message"),
    (502, "image_proxy", "PROXIED", "a mail service's image proxy, on a person's behalf"),
    (801, "scanner", "MACHINE", "a security service or messenger looking into the message"),
    (603, "robot", "MACHINE", "a robot or program on the lists of them"),
    (701, "person", "HUMAN", "a mail client"),
]
PINNED_FORMER = {
    401: ("gmail_sampling", 1, "Gmail checking the message", Kind.MACHINE),
    501: ("image_proxy", 1, "a mail service's image proxy, on a person's behalf", Kind.PROXIED),
    601: ("robot", 1, "a scanner, crawler or script", Kind.MACHINE),
    602: ("robot", 2, "a robot or program on the lists of them", Kind.MACHINE),
}


def test_every_rule_is_as_its_version_says():
    assert [(r.code, r.name, r.kind.name, r.reason) for r in RULES] == PINNED_RULES
    assert {code: tuple(vars(w).values()) for code, w in FORMER.items()} == PINNED_FORMER


def test_no_code_was_ever_used_by_another_rule():
    codes = [*(rule.code for rule in RULES), *FORMER]
    assert len(codes) == len(set(codes))
    assert all(0 < rule.version < 100 for rule in RULES)
    # Codes are stored in a column of two bytes.
    assert max(codes) < 2**15


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_code_identifies_its_rule(rule):
    told = wording_of(rule.code)
    assert (told.name, told.version, told.reason) == (rule.name, rule.version, rule.reason)
    assert told.kind is rule.kind


def test_a_retired_rule_keeps_its_description_and_an_unknown_one_has_its_number():
    assert wording_of(601).reason == "a scanner, crawler or script"
    unknown = Wording("rule 42", 7, "a rule that this version does not know", None)
    assert wording_of(4207) == unknown


def test_kinds_are_the_numbers_that_opens_store_and_machines_are_not_counted():
    assert {kind.name: kind.value for kind in Kind} == {"MACHINE": 0, "PROXIED": 1, "HUMAN": 2}
    assert COUNTED_KINDS == (1, 2)


@pytest.mark.parametrize("kind", [Rule, Wording])
def test_rules_and_their_descriptions_are_frozen(kind):
    assert kind.__dataclass_params__.frozen


def test_the_best_of_several_kinds_is_the_highest():
    assert max([Kind.MACHINE, Kind.HUMAN, Kind.PROXIED]) is Kind.HUMAN


@pytest.mark.parametrize(
    ("rule", "agent"), [(rule, agent) for rule, agents in MACHINES.items() for agent in agents]
)
def test_machines_are_recognized_by_their_user_agent(rule, agent):
    assert (classify(agent).name, classify(agent).kind) == (rule, Kind.MACHINE)


@pytest.mark.parametrize("agent", PROXIES)
def test_an_image_proxy_opens_for_a_person(agent):
    assert classify(agent).kind is Kind.PROXIED


@pytest.mark.parametrize("agent", PEOPLE)
def test_a_mail_client_is_a_person(agent):
    assert (classify(agent).name, classify(agent).kind) == ("person", Kind.HUMAN)


@pytest.mark.parametrize("purpose", ["prefetch", "Prefetch;prerender", "preview", "prerender"])
@pytest.mark.parametrize("agent", [CHROME, GMAIL_PROXY, ""])
def test_a_prefetch_is_a_machine_for_any_user_agent(agent, purpose):
    assert classify(agent, purpose).name == "prefetch"


def test_another_purpose_makes_no_difference():
    assert classify(CHROME, "navigate").kind is Kind.HUMAN


def test_a_phone_that_is_called_cubot_can_still_be_driven_by_a_bot():
    assert classify("Mozilla/5.0 (CUBOT KINGKONG) SomeBot/1.0").name == "robot"


# Phones without Android or iOS, of makes and with browsers that are in uap-core's test data, with a
# version or colour that crawler-user-agents takes for a robot's name: 008/, RED/ and BW/.
PHONES = [
    "Opera/9.80 (MAUI Runtime; Opera Mini/4.5.41008/191.240; U; en) Presto/2.12.423 Version/12.16",
    "Opera/9.80 (S60; Opera Mobi/1008/2.4; U; de) Presto/2.4.18 Version/10.00",
    "Nokia2008/04.31",
    "nokia2008/04.31",
    "SAMSUNG-GT-C5008/C5008XXKC1",
    "samsung-gt-c5008/UC Browser7.2.2.51",
    "SonyEricssonJ108/R7008/EA031",
    "LG-KP175_RED/V1.0",
    "LGE-KP175_BW/V1.0",
    "MOT-V9_RED/08.B7.5CR",
    "SIE-S75_BW/25",
    "ZTE-F008/P1",
    "Dorado9008/1.0 Profile/MIDP-2.0 Configuration/CLDC-1.1",
    "Dorado9008/1.0 UP.Browser/6.2.3.3 (GUI) MMP/2.0",
    "J2ME/UCWEB7.0.3.45/139/7008/1",
    "Mozilla/5.0 (Mobile; Dorado/D2008/1.1; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5",
    "Mozilla/4.0 (compatible; MSIE 6.0; Windows CE; IEMobile 7.11) Dorado_9008/1.30",
]


@pytest.mark.parametrize("agent", PHONES)
def test_a_phone_is_a_person_whatever_its_version_or_colour(agent):
    assert is_crawler(agent)
    assert classify(agent).name == "person"


def test_a_robot_with_the_name_of_a_phone_stays_one():
    for agent in (
        "SAMSUNG-GT-C5008/C5008XXKC1 (compatible; Googlebot-Mobile/2.1)",
        "Opera/9.80 (J2ME/MIDP; Some WebBot/1.0) Opera Mini/4.5",
    ):
        assert classify(agent).name == "robot"


def read(name):
    lines = (AGENTS / name).read_text("ascii").splitlines()
    return [line for line in lines if not line.startswith("#")]


KNOWN = [line.split("\t") for line in read("known.tsv")[1:]]


@pytest.mark.parametrize(("kind", "client", "device", "agent"), KNOWN)
def test_common_user_agents_get_their_kind_client_and_device(kind, client, device, agent):
    decided, family = classify(agent).kind, describe(agent).family
    assert decided.name.lower() == kind
    assert client in ("", client_of(family))
    assert device in ("", device_of(family, decided))


@pytest.mark.parametrize("name", ["robots.txt", "crawlers.txt"])
def test_ninety_nine_in_a_hundred_of_a_list_of_robots_are_machines(name):
    agents = read(name)
    people = [agent for agent in agents if classify(agent).kind is not Kind.MACHINE]
    assert len(people) <= len(agents) / 100, people


def test_no_phone_tablet_or_computer_is_a_robot_whatever_it_is_called():
    assert [agent for agent in read("people.txt") if classify(agent).kind is not Kind.HUMAN] == []


def test_a_mail_client_is_a_person_even_if_the_lists_name_its_library():
    for agent in (
        "MailApp/3.1 (Android 14) okhttp/4.12.0",
        "Spark/3.2 CFNetwork/1399 Darwin/22.1.0 okhttp",
        "NaverMailApp/2.2.2 (Android 10; SM-G986N)",
    ):
        assert classify(agent).name == "person"


# Of the decisions on every string here, so the releases of the lists matter too.
PINNED_DECISIONS = "929f560474400c0d"


def test_what_rules_match_changes_only_with_their_version():
    agents = [agent for *_, agent in KNOWN]
    agents += [*PROXIES, *PEOPLE, *PHONES]
    agents += [agent for listed in MACHINES.values() for agent in listed]
    for name in ("robots.txt", "crawlers.txt", "people.txt"):
        agents += read(name)
    decisions = "\n".join(f"{classify(agent).code} {agent}" for agent in sorted(set(agents)))
    assert hashlib.sha256(decisions.encode()).hexdigest()[:16] == PINNED_DECISIONS
