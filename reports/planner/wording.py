"""The planner's sentences; pure. Names of groups are a person's text: escape them."""

from collections.abc import Sequence
from math import ceil

from reports.planner.before_launch import Apart
from reports.planner.expected import ExpectedRate, RateFrom
from reports.planner.times import GroupTimes
from reports.verdict.deciding import MIN_CONTACTS
from reports.verdict.wording import age, listed

NOTHING_SCHEDULED = "No contact is scheduled yet."
NOTHING_ABOVE = "Nothing can be above 100%, so there is no difference to see."
# How many pairs of groups are named one by one.
NAMED = 3
UNITS = (("day", 1440), ("hour", 60), ("minute", 1))


def percent(share: float) -> str:
    return f"{round(100 * share, 2):g}%"


def points(difference: float) -> str:
    """Rounded up, so that what is said to be found is."""
    digits = 1 if difference >= 0.01 else 2
    rounded = ceil(round(100 * difference * 10**digits, 6)) / 10**digits
    return "1 point" if rounded == 1 else f"{rounded:g} points"


def too_much(share: float) -> str:
    """Where rate and difference together are more than everybody."""
    if share >= 1:
        return NOTHING_ABOVE
    left = f"{round(100 * (1 - share), 2):g}"
    return f"{percent(share)} and that many points are more than 100%: give at most {left}."


def rate(expected: ExpectedRate, *, decision_age: int) -> str:
    share = percent(expected.share)
    if expected.source == RateFrom.GIVEN:
        return f"Reckoned with {share} opening within {age(decision_age)} of sending."
    if expected.source == RateFrom.ASSUMED:
        return f"There is no past mailing to go by: assuming that {share} open."
    mailings = f"{expected.mailings} mailings" if expected.mailings > 1 else "mailing"
    said = f"In the last {mailings} {share} opened within {age(expected.age)} of sending."
    if expected.age == decision_age:
        return said
    some = "fewer" if decision_age < expected.age else "more"
    return (
        f"{said} None was decided on at {age(decision_age)}: expect {some} within "
        f"{age(decision_age)}, and type your own rate."
    )


def found(sizes: Sequence[int], *, share: float, difference: float | None) -> str:
    """What the groups at hand will find."""
    groups = f"With {contacts(sizes)} contacts and {percent(share)} opening"
    if difference is None:
        return f"{groups} no difference is large enough to be seen four times in five."
    if len(sizes) == 2:
        return f"{groups} you will see a difference of {points(difference)} four times in five."
    above = f"if it is {points(difference)} above all others"
    return f"{groups} you will see four times in five which group is best {above}."


def contacts(sizes: Sequence[int]) -> str:
    if len(set(sizes)) == 1:
        return f"{len(sizes)} x {sizes[0]:,}"
    return listed([f"{size:,}" for size in sizes])


def needed(share: float, larger: float, *, number: int, weights: Sequence[float]) -> str:
    against = f"To see {percent(share)} against {percent(larger)} four times in five"
    if len(set(weights)) == 1:
        each = ceil(number / len(weights))
        return f"{against} you need {number:,} contacts, {each:,} in each group."
    return f"{against} you need {number:,} contacts, split as planned."


def usual(said: str) -> str:
    """Of a difference that nobody asked about."""
    return f"As an example, a tenth more: {said[0].lower()}{said[1:]}"


def whole_list(number: int, *, part: float, partly: bool = False) -> str:
    """How many contacts the whole list has where `part` of it, the compared groups, is `number`.

    `partly` is whether only some of their contacts may be measured.
    """
    about = float(f"{number / part:.3g}")
    who = " and may be measured" if partly else ""
    return (
        f"These are in the groups that are compared{who}, {percent(part)} of the whole list: it "
        f"must have about {about:,.0f}."
    )


def measured(number: int, *, of: int) -> str:
    """Of how many of the scheduled contacts the plan is."""
    if not number:
        return f"None of the {of:,} scheduled contacts may be measured: no opens will be compared."
    return f"Only {number:,} of {of:,} scheduled contacts may be measured: the plan is about these."


def chance(value: float) -> str:
    if value <= 0.005:
        return "With the contacts at hand this mailing will hardly ever see it."
    shown = "over 99%" if value >= 0.995 else f"{100 * value:.0f}%"
    return f"The chance that this mailing sees it with the contacts at hand is {shown}."


def too_small(group: GroupTimes) -> str:
    few = f"{group.contacts:,} of at least {MIN_CONTACTS} scheduled contacts"
    if group.unmeasured:
        few = (
            f"{group.contacts:,} of its {group.scheduled:,} scheduled contacts may be measured, at "
            f"least {MIN_CONTACTS} must be"
        )
    return f"{group.name} is too small to compare: {few}."


def unscheduled(count: int) -> str:
    if count == 1:
        return "1 contact has no schedule: it takes no part until it has one."
    return f"{count:,} contacts have no schedule: they take no part until they have one."


def late(count: int) -> str:
    some = "1 contact is" if count == 1 else f"{count:,} contacts are"
    return f"{some} due after the cut-off, and not decided on."


def apart(pairs: Sequence[Apart]) -> list[str]:
    """What is wrong with the schedule; nothing where no pair is apart."""
    said = [_apart(pair) for pair in pairs[:NAMED]]
    more = len(pairs) - NAMED
    if more > 0:
        are = "pairs of groups are" if more > 1 else "pair of groups is"
        said.append(f"{more} more {are} sent apart, too.")
    return said


def _apart(pair: Apart) -> str:
    earlier, later = pair.earlier.name, pair.later.name
    so = "their opens could not be compared."
    if round(pair.minutes, 1) == 0:
        return f"{earlier} and {later} are sent at other times than each other: {so}"
    return f"{earlier} is sent {span(pair.minutes)} before {later} on average: {so}"


def span(minutes: float) -> str:
    """As a person says it: 2.4 minutes, 9 minutes, 5 hours, 3 days."""
    unit, length = next(one for one in UNITS if minutes >= 2 * one[1] or one[1] == 1)
    amount = minutes / length
    shown = f"{amount:.0f}" if amount >= 5 else f"{amount:.1f}".removesuffix(".0")
    return f"{shown} {unit}{'' if shown == '1' else 's'}"
