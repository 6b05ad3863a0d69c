"""What is stored of a verdict: the first call, and the decision; pure.

Whoever counts asks after each step and stores what is new, never whoever looks: a decision
does not depend on anybody's looking, and what is stored is never computed again.
"""

import math
from dataclasses import replace
from itertools import combinations

import numpy as np

from reports.verdict import wording
from reports.verdict.deciding import Pair
from reports.verdict.experiment import Experiment
from reports.verdict.facts import Facts, Moment
from reports.verdict.leads import decided_call
from reports.verdict.ratio import ratio_range
from reports.verdict.states import Call, Decision, Figures, Ratio, State, Stored, Way

SAME_WITHIN = 1.15


def advance(experiment: Experiment, stored: Stored, moment: Moment) -> Stored:
    """What is to be stored now: what was, and what has come to it."""
    if stored.decision:
        return stored
    # A group may get another name later: what is stored names it by its id.
    groups = [replace(group, name=wording.placeholder(group.id)) for group in experiment.groups]
    facts = Facts(replace(experiment, groups=groups), moment)
    call = stored.call or watch(facts)
    decision = decide(facts)
    if decision and decision.group is not None and call is None:
        figures = decision.figures
        call = Call(moment.as_of, facts.goal, Way.DECIDING, decision.group, figures)
    return Stored(call, decision)


def watch(facts: Facts) -> Call | None:
    """The group that watching calls now, and would not if machine opens counted otherwise."""
    if facts.blocked() or watching_flips(facts):
        return None
    group = facts.called(facts.lead)
    if group is None:
        return None
    return Call(facts.moment.as_of, facts.goal, Way.WATCHING, facts.ids[group], facts.figures)


def watching_flips(facts: Facts) -> str | None:
    """The sentence where machine opens turn round who is called."""
    without = facts.called(facts.lead)
    if without is None:
        return None
    return _flips(facts, with_machine=facts.called(facts.lead_of_any_kind), without=without)


def decide(facts: Facts) -> Decision | None:
    """The decision, from when it is due."""
    if not facts.is_due:
        return None
    if blocked := facts.blocked():
        return Decision(facts.moment.as_of, blocked[0], None, Figures(None, {}), (), blocked[1])
    if not facts.groups:
        measured, drawn = facts.measured
        return _open(facts, wording.too_small(measured, of=drawn, is_decided=True))
    if not facts.decided_contacts[:, list(facts.groups)].any():
        return _open(facts, wording.NOTHING_DECIDABLE)
    return _decide(facts)


def _decide(facts: Facts) -> Decision:
    table = facts.table
    group = decided_call(facts.decision_lead(table.counted))
    of_any_kind = decided_call(facts.decision_lead(table.of_any_kind))
    flips = _flips(facts, with_machine=of_any_kind, without=group)
    ratios = ratios_of_pairs(facts)
    if flips:
        # A range without 1 would name a better group where none is called.
        state, group, ratios, text = State.FLIPS_WITHOUT_MACHINE_OPENS, None, (), flips
    elif group is not None:
        state, text = State.BETTER, _better(facts, group, ratios)
    elif _alike(facts, ratios):
        state, text = State.NO_DIFFERENCE_WORTH_ACTING_ON, wording.no_difference(SAME_WITHIN)
    else:
        state, text = State.DECIDED_OPEN, _decided_open(facts, ratios)
    called = None if group is None else facts.ids[group]
    return Decision(facts.moment.as_of, state, called, facts.decision_figures, ratios, text)


def _open(facts: Facts, text: str) -> Decision:
    return Decision(facts.moment.as_of, State.DECIDED_OPEN, None, Figures(None, {}), (), text)


def _flips(facts: Facts, *, with_machine: int | None, without: int | None) -> str | None:
    if with_machine is None or without is None or with_machine == without:
        return None
    return wording.flips(
        with_machine=facts.names[with_machine], without=facts.names[without], goal=facts.goal
    )


def ratios_of_pairs(facts: Facts) -> tuple[Ratio, ...]:
    """Of every pair that meets the minimum."""
    events, contacts = facts.decided_events(facts.table.counted), facts.decided_contacts
    pairs = list(combinations(facts.groups, 2))
    alone = [Pair.of(events, contacts, g=g, h=h) for g, h in pairs]
    columns = [np.stack([getattr(one, name) for one in alone]) for name in Pair.__annotations__]
    together = Pair(*columns)
    found, enough = ratio_range(together), together.suffices()
    return tuple(
        _ratio(facts, pair, float(found.low[at]), float(found.high[at]))
        for at, pair in enumerate(pairs)
        if enough[at]
    )


def _ratio(facts: Facts, pair: tuple[int, int], low: float, high: float) -> Ratio:
    g, h = pair
    return Ratio(facts.ids[g], facts.ids[h], low, high if np.isfinite(high) else None)


def _alike(facts: Facts, ratios: tuple[Ratio, ...]) -> bool:
    groups = len(facts.groups)
    return len(ratios) == groups * (groups - 1) // 2 and all(
        one.high is not None and one.low >= 1 / SAME_WITHIN and one.high <= SAME_WITHIN
        for one in ratios
    )


def _better(facts: Facts, group: int, ratios: tuple[Ratio, ...]) -> str:
    ids, one = facts.ids, facts.ids[group]
    against = [_directed(ratio, one) for ratio in ratios if one in (ratio.group, ratio.over)]
    if len(facts.groups) == 2:
        ratio = against[0]
        compared = wording.than_one(facts.names[ids.index(ratio.over)], ratio.low, ratio.high)
    else:
        compared = wording.than_any(min(ratio.low for ratio in against))
    return wording.better(
        facts.names[group],
        goal=facts.goal,
        compared=compared,
        shares=facts.against(facts.decision_figures, group),
        minutes=facts.experiment.plan.decision_age,
    )


def _directed(ratio: Ratio, group: int) -> Ratio:
    return ratio if ratio.group == group else ratio.reversed


def _decided_open(facts: Facts, ratios: tuple[Ratio, ...]) -> str:
    groups, goal = len(facts.groups), facts.goal
    if len(ratios) < groups * (groups - 1) // 2:
        return wording.too_few_for_a_range(goal)
    if groups == 2:
        one = ratios[0]
        name = facts.names[facts.ids.index(one.group)]
        return wording.if_there_is_one(name, one.low, one.high, goal=goal)
    both = (*ratios, *(one.reversed for one in ratios))
    ends = [math.inf if one.high is None else one.high for one in both]
    high = None if math.inf in ends else max(ends)
    return wording.at_most(high, goal=goal, some_differ=any(one.low > 1 for one in both))
