"""What a report's page is narrowed by, in words; pure."""

from collections.abc import Iterator
from datetime import tzinfo

from console.base.chips import Chip
from console.report.asked import ALL, OWN, Question
from foundation import dates

NOTHING_CHOSEN = "All time, no dates are chosen"


def chips_of(question: Question, *, group: str | None, zone: tzinfo) -> list[Chip]:
    """`group` is the name of the one that the page is of, None for all; times are in `zone`."""
    return list(_chips(question, group, zone))


def _chips(question: Question, group: str | None, zone: tzinfo) -> Iterator[Chip]:
    if group is not None:
        yield Chip("Group", group, question.of_group(None))
    if question.client is not None:
        yield Chip("Mail client", question.client, question.of_client(None))
    if question.period != ALL:
        yield Chip("Time", time_in_words(question, zone), question.of_all_time)


def time_in_words(question: Question, zone: tzinfo) -> str:
    """What time a report covers, as its page and its printed page say it."""
    if question.period != OWN:
        return question.words
    edges = (("from", question.window.since), ("until", question.window.until))
    known = [f"{word} {dates.moment(at.astimezone(zone))}" for word, at in edges if at]
    said = " ".join(known)
    return f"{said[0].upper()}{said[1:]}" if said else NOTHING_CHOSEN
