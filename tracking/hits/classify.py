"""Classifies hits as human, proxied or machine.

Pure: strings in, a rule out. Rules are tried in order and the first match decides. Rules for mail
services come first, since the public lists of robots (`tracking.hits.robots`) know few of them and
take proxies for robots. A rule whose meaning changes gets the next version, so that each stored
open names the rule that decided it. Former versions, and rules that were dropped, move to FORMER;
`reclassify_opens` applies the current rules to stored opens.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from tracking.hits import robots


class Kind(IntEnum):
    """How much a hit is worth; ordered: of several hits the highest counts."""

    MACHINE = 0
    PROXIED = 1
    HUMAN = 2


COUNTED_KINDS = (Kind.PROXIED, Kind.HUMAN)


@dataclass(frozen=True)
class Wording:
    """The description of a rule: its name, the version that decided, and its reason.

    `kind` is its result, None for an unknown rule.
    """

    name: str
    version: int
    reason: str
    kind: Kind | None = None


@dataclass(frozen=True)
class Rule:
    """A row of the table; `matches` gets the user agent and the purpose header."""

    number: int
    version: int
    name: str
    kind: Kind
    reason: str
    matches: Callable[[str, str], bool]

    @property
    def code(self) -> int:
        """The number and version, stored with each open as one integer."""
        return self.number * VERSIONS + self.version

    @property
    def wording(self) -> Wording:
        return Wording(self.name, self.version, self.reason, self.kind)


VERSIONS = 100
PREFETCH_WORDS = ("prefetch", "preview", "prerender")
# A browser of 2015, which Gmail's servers use as their user agent, some with a suffix.
GMAIL_MACHINE_ENDINGS = tuple(
    f"Edge/12.246{ending}" for ending in ("", " Mozilla/5.0", " Gmail-content-sampling")
)
IMAGE_PROXY = re.compile(
    "GoogleImageProxy|YahooMailProxy|SeznamEmailProxy|YandexImageResizer|FastmailUA/"
    "|mail.ukr.net proxy|hey.com/imageproxy"
    # Rambler's and others of that name, not the StartpagePrivateImageProxy of a search engine.
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
    # uap-core issue 509: the user agent of Apple Mail Privacy Protection.
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
    # Never machine: these fetch when a person opens the mail (mautic issue 16069).
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
        3,
        "robot",
        Kind.MACHINE,
        "a robot or program on the lists of them",
        lambda a, p: robots.is_robot(a),
    ),
    Rule(7, 1, "person", Kind.HUMAN, "a mail client", lambda a, p: True),
)
# Former rules by code, as they decided stored opens.
FORMER = {
    401: Wording("gmail_sampling", 1, "Gmail checking the message", Kind.MACHINE),
    501: Wording(
        "image_proxy", 1, "a mail service's image proxy, on a person's behalf", Kind.PROXIED
    ),
    601: Wording("robot", 1, "a scanner, crawler or script", Kind.MACHINE),
    602: Wording("robot", 2, "a robot or program on the lists of them", Kind.MACHINE),
}
WORDINGS = FORMER | {rule.code: rule.wording for rule in RULES}


@lru_cache(maxsize=20_000)
def classify(user_agent: str, purpose: str = "") -> Rule:
    """The first rule that matches a hit's user agent and purpose header."""
    return next(rule for rule in RULES if rule.matches(user_agent, purpose))


def wording_of(code: int) -> Wording:
    """The description of the rule that decided a stored open, including former ones.

    An unknown code (stored by a later version, or by hand) is shown as it is.
    """
    known = WORDINGS.get(code)
    if known is not None:
        return known
    number, version = divmod(code, VERSIONS)
    return Wording(f"rule {number}", version, "a rule that this version does not know")
