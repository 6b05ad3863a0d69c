"""Decides whether a hit was a person, a proxy for a person, or a machine.

Pure: strings in, a rule out. Rules are tried in order and the first that matches decides: what
mail services send comes first, since the kept lists of robots (`tracking.hits.robots`) know
little of it and take proxies for robots. A rule whose meaning changes gets the next version, so
that each stored open says what decided it, and what it said before moves to FORMER, as does all of
a rule that is given up; `reclassify_opens` applies the present rules to history.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from tracking.hits import robots


class Kind(IntEnum):
    """How much a hit is worth; the order matters: of several hits the highest counts."""

    MACHINE = 0
    PROXIED = 1
    HUMAN = 2


COUNTED_KINDS = (Kind.PROXIED, Kind.HUMAN)


@dataclass(frozen=True)
class Wording:
    """What is told of a rule: its name, the version that decided, and why it does.

    `kind` is what it decides, None where nothing is known of the rule.
    """

    name: str
    version: int
    reason: str
    kind: Kind | None = None


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
        return self.number * VERSIONS + self.version

    @property
    def wording(self) -> Wording:
        return Wording(self.name, self.version, self.reason, self.kind)


VERSIONS = 100
PREFETCH_WORDS = ("prefetch", "preview", "prerender")
# A browser of 2015, as Gmail's servers call themselves, some with an ending of their own.
GMAIL_MACHINE_ENDINGS = tuple(
    f"Edge/12.246{ending}" for ending in ("", " Mozilla/5.0", " Gmail-content-sampling")
)
IMAGE_PROXY = re.compile(
    "GoogleImageProxy|YahooMailProxy|SeznamEmailProxy|YandexImageResizer|FastmailUA/"
    "|mail.ukr.net proxy|hey.com/imageproxy"
    # Rambler's and others by that name, not the StartpagePrivateImageProxy of a search engine.
    "|\\bImageProxy/",
    re.IGNORECASE,
)
SCANNER = re.compile(
    "urldefense|safelinks|barracuda|mimecast|proofpoint|forcepoint|symantec|trend ?micro|sophos"
    "|zscaler|fortiguard|messagelabs|cloudmark|ironport|fireeye|vade ?secure"
    "|whatsapp/|telegrambot|skypeuripreview|bingpreview|headless",
    re.IGNORECASE,
)


def _is_prefetch(agent: str, purpose: str) -> bool:
    lowered = purpose.lower()
    return any(word in lowered for word in PREFETCH_WORDS)


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
        2,
        "gmail_sampling",
        Kind.MACHINE,
        "Gmail checking the message",
        lambda a, p: a.endswith(GMAIL_MACHINE_ENDINGS),
    ),
    # Never machine: these fetch when a person opens (mautic issue 16069).
    Rule(
        5,
        2,
        "image_proxy",
        Kind.PROXIED,
        "a mail service's image proxy, on a person's behalf",
        lambda a, p: bool(IMAGE_PROXY.search(a)),
    ),
    Rule(
        8,
        1,
        "scanner",
        Kind.MACHINE,
        "a security service or messenger looking into the message",
        lambda a, p: bool(SCANNER.search(a)),
    ),
    Rule(
        6,
        2,
        "robot",
        Kind.MACHINE,
        "a robot or program on the lists of them",
        lambda a, p: robots.is_robot(a),
    ),
    Rule(7, 1, "person", Kind.HUMAN, "a mail client", lambda a, p: True),
)
# What rules said that decided opens once and do no longer, by their codes.
FORMER = {
    401: Wording("gmail_sampling", 1, "Gmail checking the message", Kind.MACHINE),
    501: Wording(
        "image_proxy", 1, "a mail service's image proxy, on a person's behalf", Kind.PROXIED
    ),
    601: Wording("robot", 1, "a scanner, crawler or script", Kind.MACHINE),
}
WORDINGS = FORMER | {rule.code: rule.wording for rule in RULES}


@lru_cache(maxsize=20_000)
def classify(user_agent: str, purpose: str = "") -> Rule:
    """The first rule of the table that matches a hit's user agent and purpose header."""
    return next(rule for rule in RULES if rule.matches(user_agent, purpose))


def wording_of(code: int) -> Wording:
    """What is told of the rule that decided a stored open, whatever became of it since.

    A code that nothing is known of (a later version stored it, or a hand) is told as it stands.
    """
    known = WORDINGS.get(code)
    if known is not None:
        return known
    number, version = divmod(code, VERSIONS)
    return Wording(f"rule {number}", version, "a rule that this version does not know")
