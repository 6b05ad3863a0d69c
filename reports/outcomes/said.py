"""What is stored of a verdict in a sentence, without looking at any counter; pure."""

from collections.abc import Mapping
from functools import partial

from reports.verdict import wording
from reports.verdict.states import Call, Stored


def stored_in_words(stored: Stored, *, names: Mapping[int, str], minutes: int) -> str:
    """As a report says it; "" where nothing is stored.

    `names` are the groups' by id, `minutes` the decision age.
    """
    call, decision = stored.call, stored.decision
    if decision is None:
        return _called(call, names) if call else ""
    text = wording.named(decision.text, partial(_name, names=names))
    if call is None or call.group == decision.group:
        return text
    return wording.not_confirmed(
        minutes=minutes, name=_name(call.group, names), goal=call.goal, decided=text
    )


def _called(call: Call, names: Mapping[int, str]) -> str:
    rates, shares = call.figures.rates, None
    if call.group in rates:
        shares = wording.against(list(rates.values()), leader=list(rates).index(call.group))
    return wording.watched(
        _name(call.group, names), goal=call.goal, shares=shares, minutes=call.figures.age
    )


def _name(group: int, names: Mapping[int, str]) -> str:
    return names.get(group, f"Group {group}")
