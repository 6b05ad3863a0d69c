"""Decides whether a hit was a person, a proxy for a person, or a machine.

Pure: strings in, a rule out. Rules are tried in order and the first that matches decides.
A rule whose meaning changes gets the next version, so that each stored open says what
decided it; `reclassify_opens` applies new versions to history.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache


class Kind(IntEnum):
    """How much a hit is worth; the order matters: of several hits the highest counts."""

    MACHINE = 0
    PROXIED = 1
    HUMAN = 2


COUNTED_KINDS = (Kind.PROXIED, Kind.HUMAN)


@dataclass(frozen=True)
class Rule:
    """One line of the table; `matches` gets the user agent and the purpose header."""

    number: int
    version: int
    name: str
    kind: Kind
    reason: str
    matches: Callable[[str, str], bool]

    @property
    def code(self) -> int:
        """What an open stores: number and version in one integer."""
        return self.number * 100 + self.version


PREFETCH_WORDS = ("prefetch", "preview", "prerender")
GMAIL_MACHINE_ENDINGS = ("Edge/12.246 Mozilla/5.0", "Edge/12.246 Gmail-content-sampling")
IMAGE_PROXIES = (
    "GoogleImageProxy",
    "YahooMailProxy",
    "SeznamEmailProxy",
    "ImageProxy/",
    "YandexImageResizer",
)
ROBOT_WORDS = (
    "spider",
    "crawl",
    "curl/",
    "wget/",
    "python-requests",
    "go-http-client",
    "okhttp",
    "headless",
    "bingpreview",
    "skypeuripreview",
    "whatsapp",
    "telegram",
    "urldefense",
    "safelinks",
    "barracuda",
    "mimecast",
    "proofpoint",
    "forcepoint",
    "symantec",
    "trendmicro",
    "sophos",
    "zscaler",
)


def _is_prefetch(agent: str, purpose: str) -> bool:
    lowered = purpose.lower()
    return any(word in lowered for word in PREFETCH_WORDS)


def _is_robot(agent: str, purpose: str) -> bool:
    lowered = agent.lower()
    # Cubot is a maker of phones.
    if "bot" in lowered.replace("cubot", ""):
        return True
    return any(word in lowered for word in ROBOT_WORDS)


RULES = (
    Rule(1, 1, "prefetch", Kind.MACHINE, "fetched ahead of being read", _is_prefetch),
    Rule(2, 1, "no_user_agent", Kind.MACHINE, "named no mail client", lambda a, p: not a.strip()),
    # uap-core issue 509: Apple Mail Privacy Protection names itself just so.
    Rule(
        3,
        1,
        "apple_mail_privacy",
        Kind.MACHINE,
        "Apple Mail Privacy Protection",
        lambda a, p: a == "Mozilla/5.0",
    ),
    Rule(
        4,
        1,
        "gmail_sampling",
        Kind.MACHINE,
        "Gmail checking the message",
        lambda a, p: a.endswith(GMAIL_MACHINE_ENDINGS),
    ),
    # Never machine: these fetch when a person opens (mautic issue 16069).
    Rule(
        5,
        1,
        "image_proxy",
        Kind.PROXIED,
        "a mail service's image proxy, on a person's behalf",
        lambda a, p: any(proxy in a for proxy in IMAGE_PROXIES),
    ),
    Rule(6, 1, "robot", Kind.MACHINE, "a scanner, crawler or script", _is_robot),
    Rule(7, 1, "person", Kind.HUMAN, "a mail client", lambda a, p: True),
)
RULES_BY_CODE = {rule.code: rule for rule in RULES}


@lru_cache(maxsize=20_000)
def classify(user_agent: str, purpose: str = "") -> Rule:
    """The first rule of the table that matches a hit's user agent and purpose header."""
    return next(rule for rule in RULES if rule.matches(user_agent, purpose))
