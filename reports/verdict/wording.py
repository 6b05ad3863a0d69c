"""The sentences of the verdict; pure. Names of groups are a person's text: escape them."""

import re
from collections.abc import Callable, Sequence

from reports.verdict.experiment import Goal, GuardRail
from reports.verdict.left_out import Why
from reports.verdict.proportions import Rate

PLACEHOLDER = re.compile(r"\{group (\d+)\}")

NO_GROUPS = "There are no groups yet, so there is nothing to compare."
ONE_GROUP = "There is only one group, so there is nothing to compare."
NOBODY_SCHEDULED = "Too early: no group has contacts that are scheduled."
ONE_SCHEDULED = "Too early: only one group has contacts that are scheduled."
NOT_DUE = "Too early: groups are compared from one hour after the first contact is due."
TOO_SMALL = "Too early: the groups are too small to compare."
DECIDED = "Decided:"
DECIDED_TOO_SMALL = f"{DECIDED} the groups are too small to compare."
NO_CLEAR_DIFFERENCE = "Decided: no clear difference."
NOBODY_ABOVE_ALL = "Decided: no group is clearly better than all others."
NOTHING_DECIDABLE = (
    "Decided: no clear difference. Contacts were mailed again too early for a comparison."
)
BEING_DECIDED = "It is being decided."
COUNTING_IS_BEHIND = "It is decided once counting has caught up."
ON_TIME = "This assumes that mails leave on time."
SHARES_MISLEAD = (
    "The shares over all contacts are no guide here, since the groups were sent to at different "
    "times in different numbers. Contacts that were due at the same time are compared."
)

NOUNS = {
    Goal.OPENED: ("open", "opens"),
    Goal.CLICKED: ("click", "clicks"),
    Goal.REDEEMED: ("redemption", "redemptions"),
    Goal.ORDERED: ("order", "orders"),
}

MORE = {
    GuardRail.COMPLAINTS: "more of its contacts complain",
    GuardRail.BOUNCES: "more of its mails bounce",
    GuardRail.WITHDRAWALS: "more of its contacts withdraw",
    GuardRail.CONSENT: "more of its people withdrew consent",
}


def placeholder(group: int) -> str:
    """What stands for a group's name in a sentence that is stored."""
    return f"{{group {group}}}"


def named(text: str, name: Callable[[int], str]) -> str:
    """A stored sentence, with the names that its groups have now."""
    return PLACEHOLDER.sub(lambda found: name(int(found[1])), text)


def too_many_groups(groups: int, *, limit: int) -> str:
    return f"{groups} groups are too many to compare: {limit} at most."


def events(goal: Goal, count: int) -> str:
    return f"{count:,} {NOUNS[goal][count != 1]}"


def age(minutes: int) -> str:
    """As a person says it: 45 min, 2 h 30 min, 4 h, 72 h, 7 days."""
    if minutes > 72 * 60 and minutes % 1440 == 0:
        return f"{minutes // 1440} days"
    hours, rest = divmod(minutes, 60)
    parts = ([f"{hours} h"] if hours else []) + ([f"{rest} min"] if rest or not hours else [])
    return " ".join(parts)


def listed(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def decides(when: str) -> str:
    return f"Decides on {when}."


def too_early(goal: Goal, *, compared: int, seen: int, decides: str, later: int = 0) -> str:
    """`compared` of the `seen` events lie where they can be compared, and none of the `later`.

    `decides` says when it is decided.
    """
    if not seen:
        said = f"Too early: no {NOUNS[goal][1]} can be compared yet."
    elif compared < seen:
        said = f"Too early: {compared:,} of {events(goal, seen)} can be compared yet."
    else:
        said = f"Too early: no group is clearly ahead in {events(goal, seen)}."
    return " ".join(filter(None, (said, after_the_cut_off(goal, later), decides)))


def after_the_cut_off(goal: Goal, count: int) -> str | None:
    """Of events that nobody waits for to be compared."""
    if not count:
        return None
    verb = "is" if count == 1 else "are"
    return f"{events(goal, count)} of contacts due after the cut-off {verb} not compared."


def promising(name: str, *, ahead: bool, goal: Goal, decides: str) -> str:
    """`ahead` is whether the shares shown agree, `decides` says when it is decided."""
    lead = "is ahead" if ahead else f"is {goal} sooner where contacts were due at the same time"
    return f"{name} {lead}, but this could still be chance. {decides}"


def watched(name: str, *, goal: Goal, shares: str | None, minutes: int | None) -> str:
    if shares is None or minutes is None:
        return f"{name} is likely better so far: {goal} sooner than others due at the same time."
    within = age(minutes)
    return f"{name} is likely better so far: {goal} sooner, {shares} within {within} of sending."


def against(rates: Sequence[Rate], *, leader: int) -> str | None:
    """The leader's share against the others'; None where the leader's is not the largest."""
    said = shares(rates, leader=leader)
    if said is None:
        return None
    values = [rate.opened / rate.contacts for rate in rates]
    others = (value for index, value in enumerate(values) if index != leader)
    return said if all(value < values[leader] for value in others) else None


def shares(rates: Sequence[Rate], *, leader: int) -> str | None:
    """The same, whichever is the largest; None where a group has nobody."""
    if not all(rate.contacts for rate in rates):
        return None
    shown = percentages(rates)
    return f"{shown[leader]} against {listed([*shown[:leader], *shown[leader + 1 :]])}"


def percentages(rates: Sequence[Rate]) -> list[str]:
    """With one decimal, or up to three if needed to distinguish different rates."""
    values = [100 * rate.opened / rate.contacts for rate in rates]
    for digits in (1, 2, 3):
        shown = [f"{value:.{digits}f}%" for value in values]
        if len(set(shown)) == len(set(values)):
            break
    return shown


def times(low: float, high: float | None) -> str:
    if high is None:
        return f"at least {ratio(low)} times as often"
    return f"{ratio(low)} to {ratio(high)} times as often"


def ratio(value: float) -> str:
    """With two decimals, or as many more, up to four, as tell it from 1."""
    for digits in (2, 3, 4):
        shown = f"{value:,.{digits}f}"
        if float(shown.replace(",", "")) != 1 or value == 1:
            return shown
    return shown


def better(name: str, *, goal: Goal, compared: str, shares: str | None, minutes: int) -> str:
    """`compared` says with whom and how many times as often."""
    what = f"{shares} within {age(minutes)} of sending" if shares else f"within {age(minutes)}"
    return f"{name} is better: {goal} {compared}, {what}."


def than_one(name: str, low: float, high: float | None) -> str:
    return f"{times(low, high)} as {name}"


def than_any(low: float) -> str:
    return f"at least {ratio(low)} times as often as any other group"


def too_few_for_a_range(goal: Goal) -> str:
    few = f"There are too few {NOUNS[goal][1]} to say how large one may be."
    return f"{NO_CLEAR_DIFFERENCE} {few}"


def if_there_is_one(name: str, low: float, high: float | None, *, goal: Goal) -> str:
    return f"{NO_CLEAR_DIFFERENCE} If there is one, {name} is {goal} {times(low, high)}."


def at_most(high: float | None, *, goal: Goal, some_differ: bool) -> str:
    """`some_differ` is whether a pair does, though no group is above all others."""
    found = NOBODY_ABOVE_ALL if some_differ else NO_CLEAR_DIFFERENCE
    if high is None:
        return found
    return f"{found} No group is {goal} more than {ratio(high)} times as often as another."


def no_difference(within: float) -> str:
    percent = round(100 * (within - 1))
    return f"No difference worth acting on: they are within {percent}% of each other."


def not_confirmed(*, minutes: int, name: str, goal: Goal, decided: str) -> str:
    """A call by watching that the decision did not find; `decided` is what that says."""
    return f"Not confirmed at {age(minutes)}: {name} was {goal} sooner. {decided}"


def flips(*, with_machine: str, without: str, goal: Goal) -> str:
    by_machines = f"machine {NOUNS[goal][1]}"
    return (
        f"{with_machine} leads only when {by_machines} are counted; without them {without} leads."
    )


def unbalanced(why: Why, *, goal: Goal, figures: Sequence[str]) -> str:
    """`figures` are each group's contacts, or shares marked."""
    so = f"so we won't compare their {NOUNS[goal][1]}."
    if why == Why.SPLIT:
        return f"The groups were not split as planned ({' / '.join(figures)}), {so}"
    moment = "before" if why == Why.MARKED_BEFORE else "after"
    marked = f"marked {moment} they were due (bounced and so on)"
    return f"Too different shares of the groups were {marked}: {' / '.join(figures)}, {so}"


def sent_apart(names: Sequence[str], *, goal: Goal) -> str:
    noun = NOUNS[goal][1]
    return f"{listed(names)} were not sent to at the same times, so we won't compare their {noun}."


def too_late(names: Sequence[str], *, goal: Goal) -> str:
    few = f"Too few contacts of {listed(names)} are due by the cut-off"
    return f"{few}, so we won't compare the groups' {NOUNS[goal][1]}."


def too_small(measured: int, *, of: int, is_decided: bool = False) -> str:
    """Of groups of which so many contacts may be measured: that they grow is promised of none."""
    if measured == of:
        return DECIDED_TOO_SMALL if is_decided else TOO_SMALL
    if measured:
        said = f"Too few to compare: only {measured:,} of {of:,} contacts may be measured."
    else:
        said = f"Nothing to compare: none of the {of:,} contacts may be measured."
    return f"{DECIDED} {said[0].lower()}{said[1:]}" if is_decided else said


def left_out(name: str, why: Why, *, measured: int = 0, of: int = 0) -> str:
    """`measured` of so many of its contacts may be measured."""
    if why == Why.TOO_SMALL:
        few = f": only {measured:,} of its {of:,} contacts may be measured"
        return f"{name} is too small to compare{few if measured < of else ''}."
    if why == Why.TOO_LATE:
        return f"{name} is not compared: too few of its contacts are due by the cut-off."
    if why == Why.SENT_APART:
        return f"{name} is not compared: it was sent to at other times."
    if why == Why.SPLIT:
        return f"{name} is not compared: its size is not the planned one."
    return f"{name} is not compared: another share of it was marked (bounced and so on)."


def mailed_again(contacts: int) -> str:
    if contacts == 1:
        again = "1 contact was mailed again: it takes no part in the comparison"
    else:
        again = f"{contacts:,} contacts were mailed again: they take no part in the comparison"
    return f"{again}, nor do those sent to at the same times in the decision."


def consent_differs(figures: Sequence[str]) -> str:
    """`figures` are each group's share that may be measured."""
    return (
        f"Different shares of the groups may be measured ({', '.join(figures)}): those who may be "
        "may not be alike, so what differs need not be the e-mail."
    )


def now_within(shares: str, minutes: int) -> str:
    return f"By now: {shares} within {age(minutes)} of sending."


def changed_since(changes: Sequence[str]) -> str:
    return f"Counts have changed since it was decided: {listed(changes)}."


def change(name: str, then: Rate, now: Rate) -> str:
    def figures(rate: Rate) -> str:
        return f"{rate.opened:,} of {rate.contacts:,}"

    return f"{name} {figures(then)} then, {figures(now)} now"


def stop(name: str, rail: GuardRail, *, shares: str | None) -> str:
    """`shares` are of contacts, None where they do not say it."""
    what = ", ".join(filter(None, (MORE[rail], shares)))
    return f"Stop {name}: {what}."


def choice_now(name: str, chance: float) -> str:
    shown = "over 99%" if chance > 0.99 else f"{100 * chance:.0f}%"
    choice = f"If you had to choose now: {name}, {shown}."
    return f"{choice} This moves around and is not the verdict."
