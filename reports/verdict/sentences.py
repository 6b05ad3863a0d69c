"""The sentences of the A/B verdict; pure. Group names are user input: escape them."""

from collections.abc import Sequence

from reports.verdict.proportions import Rate

NO_GROUPS = "There are no groups yet, so there is nothing to compare."
ONE_GROUP = "There is only one group, so there is nothing to compare."
FINISHED = "Finished, no clear difference."
FAR_APART = (
    "The groups' median sending times are more than 2 hours apart, and the hour of day alone "
    "can make a difference. Interleave the groups over the schedule to avoid that."
)


def too_many_groups(groups: int, *, limit: int) -> str:
    return f"{groups} groups are too many to compare: {limit} at most."


def unbalanced(sent: Sequence[int]) -> str:
    split = " / ".join(f"{count:,}" for count in sent)
    return f"The groups were not split as planned ({split}), so we won't compare them."


def never_due(contacts: int) -> str:
    noun = "contact" if contacts == 1 else "contacts"
    return f"{contacts:,} {noun} without a schedule (or erased before it) can't be compared."


def too_early(opens: int) -> str:
    return f"Too early: {_opens(opens)} so far."


def flips(*, with_machine: str | None, without: str | None) -> str:
    """Who leads with and without automatic opens; None for nobody."""
    if with_machine is None:
        return f"{without} leads only when automatic opens are left out; with them nobody leads."
    instead = without or "nobody"
    return (
        f"{with_machine} leads only when automatic opens are counted; without them {instead} leads."
    )


def likely_better(name: str, rates: Sequence[Rate], *, leader: int, minutes: int) -> str:
    shown = percentages(rates)
    against = _listed([rate for index, rate in enumerate(shown) if index != leader])
    hours = minutes // 60
    rate = shown[leader]
    return f"{name} is likely better: {rate} against {against} opened within {hours} h of sending."


def no_difference(ratio: float) -> str:
    percent = round(100 * (ratio - 1))
    return f"No difference worth acting on: they are within {percent}% of each other."


def promising(name: str, *, more_opens: int | None, call_minutes: int) -> str:
    """`more_opens` until a call: None for never, 0 if only `call_minutes` remain."""
    if more_opens is None:
        outlook = "unlikely to be settled"
    elif more_opens == 0:
        outlook = f"we can tell from {call_minutes // 60} h after sending"
    else:
        outlook = f"about {_opens(more_opens, 'more ')} needed"
    return f"{name} is ahead, but this could still be chance; {outlook}."


def choice_now(name: str, chance: float) -> str:
    shown = "over 99 %" if chance > 0.99 else f"{100 * chance:.0f} %"
    choice = f"If you had to choose now: {name}, {shown}."
    return f"{choice} This moves around and is not the verdict."


def percentages(rates: Sequence[Rate]) -> list[str]:
    """With one decimal, or up to three if needed to distinguish different rates."""
    values = [100 * rate.opened / rate.contacts for rate in rates]
    for digits in (1, 2, 3):
        shown = [f"{value:.{digits}f}%" for value in values]
        if len(set(shown)) == len(set(values)):
            break
    return shown


def round_up(number: int) -> int:
    """To 2 significant digits: 1,108 becomes 1,200."""
    step: int = 10 ** max(0, len(str(number)) - 2)
    return -(-number // step) * step


def _opens(count: int, which: str = "") -> str:
    return f"{count:,} {which}{'open' if count == 1 else 'opens'}"


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
