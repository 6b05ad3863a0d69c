"""Recognises robots by public lists; pure.

Two lists, since each knows much that the other misses: Matomo's list of robots and HTTP libraries
(the package device_detector), and crawler-user-agents. Matomo's robots match none of its own 34,000
phones, tablets, televisions and computers. Some of the other patterns match devices and apps of
people (`Sonic` matches ViewSonic, `AP3A.240617.008` a build of Android, `okhttp` an app that shows
mail, `008/` a version of Opera Mini), so a string that names a device or app is checked against
Matomo's robots only.
"""

import re
from collections.abc import Callable
from functools import cache

# The releases that the current version of the rule `robot` was written for: another release may
# classify differently, so it requires the rule's next version (`tracking.checks` and the tests
# check it).
LISTS = {"device_detector": "6.5.1", "crawler-user-agents": "1.67.0"}

PERSONAL = re.compile(
    "Android|iPhone|iPad|iPod|Apple Watch|watchOS|Windows (?:Phone|CE)|BlackBerry|Symb(?:ian|OS)"
    "|Kindle|MIDP|UCWEB|UP\\.Browser|Opera M(?:ini|obi)|(?i:KaiOS|Nokia|Samsung|SonyEricsson)"
    "|\\b(?:LGE?|MOT|SIE|ZTE)-"
    "|CFNetwork|Outlook|MSOffice|ms-office|Thunderbird|Mail|Postbox|Evolution/|eM ?Client|\\bSpark/"
)


def is_robot(user_agent: str) -> bool:
    """Whether a list has this string, as a robot or as a program that fetches on its own."""
    robots, *others = _lists()
    if robots(user_agent):
        return True
    return not PERSONAL.search(user_agent) and any(named(user_agent) for named in others)


@cache
def _lists() -> tuple[Callable[[str], bool], ...]:
    # Imported here: they are large, and only needed for classification.
    from crawleruseragents import is_crawler
    from device_detector.parser.client.library import Library
    from device_detector.parser.device.bot import Bot

    return (
        lambda user_agent: Bot(user_agent, None).parse().is_bot(),
        lambda user_agent: bool(Library(user_agent, None).parse().ua_data),
        is_crawler,
    )
