"""Tells robots by lists that others keep; pure.

Two, since each knows much that the other misses: Matomo's, of robots and of libraries that
programs fetch with (the package device_detector), and crawler-user-agents. Matomo's robots take
nobody in: none of its own 34,000 phones, tablets, televisions and computers. Of the rest some
patterns fit devices and apps of people (`Sonic` fits ViewSonic, `AP3A.240617.008` a build of
Android, `okhttp` an app that shows mail), so what names one of those is asked of the first alone.
"""

import re
from collections.abc import Callable
from functools import cache

# The releases that the present version of the rule `robot` stands for: another one may decide
# otherwise, so it comes with the rule's next version (`tracking.checks` and the tests see to it).
LISTS = {"device_detector": "6.5.1", "crawler-user-agents": "1.67.0"}

PERSONAL = re.compile(
    "Android|iPhone|iPad|iPod|Apple Watch|watchOS|Windows Phone|BlackBerry|Symb(?:ian|OS)|Kindle"
    "|CFNetwork|Outlook|MSOffice|ms-office|Thunderbird|Mail|Postbox|Evolution/|eM ?Client|\\bSpark/"
)


def is_robot(user_agent: str) -> bool:
    """Whether a list has this string, of a robot or of a program that fetches by itself."""
    robots, *others = _lists()
    if robots(user_agent):
        return True
    return not PERSONAL.search(user_agent) and any(named(user_agent) for named in others)


@cache
def _lists() -> tuple[Callable[[str], bool], ...]:
    # They are large, and only whoever classifies needs them.
    from crawleruseragents import is_crawler
    from device_detector.parser.client.library import Library
    from device_detector.parser.device.bot import Bot

    return (
        lambda user_agent: Bot(user_agent, None).parse().is_bot(),
        lambda user_agent: bool(Library(user_agent, None).parse().ua_data),
        is_crawler,
    )
