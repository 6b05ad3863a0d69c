"""Who is a person, who a proxy for one and who a machine: real strings, in the rules' order."""

import pytest

from tracking.classify import RULES, RULES_BY_CODE, Kind, classify

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
    "gmail_sampling": [f"{EDGE_12} Mozilla/5.0", f"{EDGE_12} Gmail-content-sampling"],
    "robot": [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Baiduspider+(+http://www.baidu.com/search/spider.htm)",
        "SomeCrawler/1.0",
        "curl/8.5.0",
        "Wget/1.21.4",
        "python-requests/2.32.3",
        "Go-http-client/2.0",
        "okhttp/4.12.0",
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
    ],
}
PROXIES = [
    GMAIL_PROXY,
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    "SeznamEmailProxy/2.0.155",
    "ImageProxy/1.0",
    # It names a page about bots, and is a person's proxy all the same.
    "Mozilla/5.0 (compatible; YandexImageResizer/2.0; +http://yandex.com/bots)",
]
PEOPLE = [
    CHROME,
    EDGE_12,
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


@pytest.mark.parametrize(
    ("rule", "agent"), [(rule, agent) for rule, agents in MACHINES.items() for agent in agents]
)
def test_machines_are_told_by_their_user_agent(rule, agent):
    assert (classify(agent).name, classify(agent).kind) == (rule, Kind.MACHINE)


@pytest.mark.parametrize("agent", PROXIES)
def test_an_image_proxy_opens_for_a_person(agent):
    assert classify(agent).kind is Kind.PROXIED


@pytest.mark.parametrize("agent", PEOPLE)
def test_a_mail_client_is_a_person(agent):
    assert (classify(agent).name, classify(agent).kind) == ("person", Kind.HUMAN)


@pytest.mark.parametrize("purpose", ["prefetch", "Prefetch;prerender", "preview", "prerender"])
@pytest.mark.parametrize("agent", [CHROME, GMAIL_PROXY, ""])
def test_a_prefetch_is_a_machine_whoever_makes_it(agent, purpose):
    assert classify(agent, purpose).name == "prefetch"


def test_another_purpose_says_nothing():
    assert classify(CHROME, "navigate").kind is Kind.HUMAN


def test_a_phone_that_is_called_cubot_can_still_be_driven_by_a_bot():
    assert classify("Mozilla/5.0 (CUBOT KINGKONG) SomeBot/1.0").name == "robot"


def test_rules_are_told_apart_by_their_codes():
    assert len(RULES_BY_CODE) == len(RULES)
    assert all(0 < rule.version < 100 for rule in RULES)


def test_the_best_of_several_kinds_is_the_highest():
    assert max([Kind.MACHINE, Kind.HUMAN, Kind.PROXIED]) is Kind.HUMAN
