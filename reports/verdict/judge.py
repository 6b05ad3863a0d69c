"""The A/B verdict: counters and what is stored of it in, a state and sentences out; pure.

Whatever is called wrongly adds up to 5%, however often somebody looks: 1% by watching all the
time (`reports.verdict.watching`), 4% by deciding once (`reports.verdict.deciding`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from reports.verdict import apart, left_out, proportions, watching, wording
from reports.verdict.calls import watching_flips
from reports.verdict.cells import Counters, released
from reports.verdict.deciding import Numbers
from reports.verdict.experiment import Experiment, GuardRail
from reports.verdict.facts import MAX_GROUPS, Facts, Moment
from reports.verdict.leads import lead_of_cells
from reports.verdict.states import Call, Decision, Figures, Range, State, Stop, Stored, Verdict, Way


@dataclass(frozen=True)
class Finding:
    """A state that was matched and its sentence; `leader` is an id."""

    state: State
    text: str
    leader: int | None = None
    shows_chances: bool = True
    preliminary: bool = False
    confirmed: bool | None = None
    tells_when: bool = False


def verdict(experiment: Experiment, stored: Stored, moment: Moment) -> Verdict:
    """The verdict at a moment up to which everything was counted."""
    return verdict_on(Facts(experiment, moment), stored)


def verdict_on(facts: Facts, stored: Stored) -> Verdict:
    stored = _with_names(facts, stored)
    finding = next(found for rule in RULES if (found := rule(facts, stored)))
    decision = stored.decision
    said = decision or stored.call
    figures = said.figures if said else facts.figures
    best = _probability_best(figures, finding) if finding.shows_chances else None
    return Verdict(
        state=finding.state,
        text=finding.text,
        leader=finding.leader,
        preliminary=finding.preliminary,
        confirmed=finding.confirmed,
        decides_at=None if decision or _ruled_out(facts, stored) else facts.decides_at,
        ratios=decision.ratios if decision else (),
        figures=figures,
        ranges=_ranges(figures),
        probability_best=best,
        choice_now=_choice_now(facts, best) if best else None,
        beside=_beside(facts, stored, finding),
        stops=stops(facts),
        decision=decision,
        tells_when=finding.tells_when,
    )


def _ruled_out(facts: Facts, stored: Stored) -> bool:
    """Whether nothing can be called or found open any more, whatever still comes."""
    blocked = facts.blocked()
    if blocked is None or stored.call:
        return False
    return blocked[0] == State.GROUPS_UNBALANCED or facts.is_past_cut_off


def _with_names(facts: Facts, stored: Stored) -> Stored:
    """What is stored, its sentence with the names that groups have now."""
    if not stored.decision:
        return stored
    text = wording.named(stored.decision.text, partial(_name, facts))
    return replace(stored, decision=replace(stored.decision, text=text))


# --- The rules ----------------------------------------------------------------------------------


def _decided(facts: Facts, stored: Stored) -> Finding | None:
    """A decision, and what had been called before it."""
    call, decision = stored.call, stored.decision
    if not decision:
        return None
    if not call or call.group == decision.group:
        confirmed = True if call and call.way == Way.WATCHING else None
        return Finding(decision.state, decision.text, decision.group, confirmed=confirmed)
    name = _name(facts, call.group)
    minutes = facts.experiment.plan.decision_age
    text = wording.not_confirmed(minutes=minutes, name=name, goal=call.goal, decided=decision.text)
    leader = call.group if decision.group is None else decision.group
    return Finding(State.BETTER, text, leader, confirmed=False)


def _called(facts: Facts, stored: Stored) -> Finding | None:
    return _watched(facts, stored.call) if stored.call else None


def _nothing_to_compare(facts: Facts, stored: Stored) -> Finding | None:
    count = len(facts.experiment.groups)
    if count > MAX_GROUPS:
        return _silent(wording.too_many_groups(count, limit=MAX_GROUPS))
    if count < 2:
        return _silent(_too_few_groups(count, existing=facts.experiment.plan.existing or count))
    return None if facts.comparable else _silent(wording.NOT_DUE)


def _too_few_groups(count: int, *, existing: int) -> str:
    if existing > 1:
        return wording.ONE_SCHEDULED if count else wording.NOBODY_SCHEDULED
    return wording.ONE_GROUP if existing else wording.NO_GROUPS


def _blocked(facts: Facts, stored: Stored) -> Finding | None:
    blocked = facts.blocked()
    return Finding(*blocked) if blocked else None


def _too_small(facts: Facts, stored: Stored) -> Finding | None:
    if facts.groups:
        return None
    measured, drawn = facts.measured
    said = _silent(wording.too_small(measured, of=drawn))
    return replace(said, tells_when=measured == 0 < drawn)


def _flips(facts: Facts, stored: Stored) -> Finding | None:
    text = watching_flips(facts)
    return Finding(State.FLIPS_WITHOUT_MACHINE_OPENS, text) if text else None


def _better(facts: Facts, stored: Stored) -> Finding | None:
    group = facts.called(facts.lead)
    if group is None:
        return None
    moment, figures = facts.moment.as_of, facts.figures
    return _watched(facts, Call(moment, facts.goal, Way.WATCHING, facts.ids[group], figures))


def _promising(facts: Facts, stored: Stored) -> Finding | None:
    least = watching.threshold(facts.experiment.plan.groups, alpha=watching.ALPHA_PROMISING)
    leader = facts.lead.group
    if leader is None or not facts.lead.reaches(least):
        return None
    ahead = facts.against(facts.figures, leader) is not None
    name = facts.names[leader]
    text = wording.promising(name, ahead=ahead, goal=facts.goal, decides=facts.decides)
    return Finding(State.PROMISING, text, facts.ids[leader], tells_when=True)


def _too_early(facts: Facts, stored: Stored) -> Finding:
    seen, compared = facts.seen, facts.seen_and_released
    said = wording.too_early(
        facts.goal, compared=compared, seen=seen, later=facts.seen_later, decides=facts.decides
    )
    return replace(_silent(said), tells_when=True)


Rule = Callable[[Facts, Stored], Finding | None]
RULES: tuple[Rule, ...] = (
    _decided,
    _called,
    _nothing_to_compare,
    _blocked,
    _too_small,
    _flips,
    _better,
    _promising,
    _too_early,
)


def _silent(text: str) -> Finding:
    return Finding(State.TOO_EARLY, text, shows_chances=False)


def _watched(facts: Facts, call: Call) -> Finding:
    """What is said of a call by watching, in the figures it was made with."""
    shares = _shares(call.figures, call.group, wording.against)
    name, minutes = _name(facts, call.group), call.figures.age
    said = wording.watched(name, goal=call.goal, shares=shares, minutes=minutes)
    tells = facts.comparable
    text = f"{said} {facts.decides}" if tells else said
    return Finding(State.BETTER, text, call.group, preliminary=True, tells_when=tells)


def _shares(figures: Figures, group: int, say: Callable[..., str | None]) -> str | None:
    """The group's share against the others', None where it has none."""
    if group not in figures.rates:
        return None
    return say(list(figures.rates.values()), leader=list(figures.rates).index(group))


def _name(facts: Facts, group: int) -> str:
    names = dict(zip(facts.ids, facts.names, strict=True))
    return names.get(group, f"Group {group}")


# --- What is shown beside the verdict -----------------------------------------------------------


def _ranges(figures: Figures) -> dict[int, Range | None]:
    return {
        group: Range(*rate, *proportions.wilson(*rate)) if rate.contacts else None
        for group, rate in figures.rates.items()
    }


def _probability_best(figures: Figures, finding: Finding) -> dict[int, float] | None:
    """None where they would say that another group leads than the verdict says."""
    if not figures.rates or not all(rate.contacts for rate in figures.rates.values()):
        return None
    chances = proportions.probability_best(tuple(figures.rates.values()))
    best = dict(zip(figures.rates, chances, strict=True))
    if finding.leader is not None and finding.leader != max(best, key=best.__getitem__):
        return None
    return best


def _choice_now(facts: Facts, best: dict[int, float]) -> str:
    chosen = max(best, key=best.__getitem__)
    return wording.choice_now(_name(facts, chosen), best[chosen])


def _beside(facts: Facts, stored: Stored, finding: Finding) -> tuple[str, ...]:
    said = [*_imbalance(facts, stored), *_left_out(facts, stored), *_since(facts, stored)]
    said += [*_consent(facts), *_mailed_again(facts, stored)]
    if finding.state == State.BETTER:
        said += [*_misleading(stored), *([] if stored.decision else _on_time(facts))]
    return tuple(said)


def _imbalance(facts: Facts, stored: Stored) -> list[str]:
    """Beside a call or decision, which it does not take back."""
    blocked = facts.blocked()
    if not blocked or not (stored.call or stored.decision):
        return []
    already = stored.decision and stored.decision.text == blocked[1]
    return [] if already else [blocked[1]]


def _left_out(facts: Facts, stored: Stored) -> list[str]:
    """But for those that were decided on, whatever has been marked since."""
    if not facts.groups:
        return []
    decided = stored.decision.figures.rates if stored.decision else {}
    gone = [one for one in facts.compared.left_out if facts.ids[one.group] not in decided]
    measured, drawn = (some.sum(axis=0) for some in (facts.table.contacts, facts.table.drawn))
    return [
        wording.left_out(
            facts.names[one.group],
            one.why,
            measured=int(measured[one.group]),
            of=int(drawn[one.group]),
        )
        for one in gone
    ]


def _consent(facts: Facts) -> list[str]:
    """Where other shares of the groups may be measured: those that may be may not be alike."""
    if not facts.comparable:
        return []
    shares = left_out.shares_measured(facts.table)
    told = [f"{facts.names[group]} {share:.1%}" for group, share in shares.items()]
    return [wording.consent_differs(told)] if told else []


def _mailed_again(facts: Facts, stored: Stored) -> list[str]:
    """Before the decision age, of the groups compared; a decision on nobody says it by itself."""
    contacts = sum(facts.experiment.groups[group].mailed_again for group in facts.groups)
    decided_on_nobody = stored.decision and not stored.decision.figures.rates
    return [wording.mailed_again(contacts)] if contacts and not decided_on_nobody else []


def _since(facts: Facts, stored: Stored) -> list[str]:
    """What has changed since a call or a decision."""
    if stored.decision:
        return _changed(facts, stored.decision)
    call, figures = stored.call, facts.figures
    if not call or call.figures == figures or figures.age is None:
        return []
    shares = _shares(figures, call.group, wording.shares)
    return [wording.now_within(shares, figures.age)] if shares else []


def _changed(facts: Facts, decision: Decision) -> list[str]:
    """In the groups that were compared then, also where they could not be by now."""
    then = decision.figures.rates
    if not then or not facts.comparable:
        return []
    compared = [at for at, group in enumerate(facts.ids) if group in then]
    now = facts.figures_to_decide_on(compared).rates
    changes = [
        wording.change(_name(facts, group), rate, now[group])
        for group, rate in then.items()
        if group in now and now[group] != rate
    ]
    return [wording.changed_since(changes)] if changes else []


def _misleading(stored: Stored) -> list[str]:
    """Where the shares that were decided on do not put the group first that was called."""
    decision = stored.decision
    if not decision or decision.group is None:
        return []
    agree = _shares(decision.figures, decision.group, wording.against)
    return [] if agree else [wording.SHARES_MISLEAD]


def _on_time(facts: Facts) -> list[str]:
    """Unless mail services tell when they delivered."""
    if not facts.groups:
        return []
    groups = facts.experiment.groups
    first, *others = facts.groups
    told = all(
        apart.delays_told(
            left_out.timing(facts.table, first, other),
            groups[first].delivered,
            groups[other].delivered,
        )
        for other in others
    )
    return [] if told else [wording.ON_TIME]


# --- Guard rails --------------------------------------------------------------------------------


def stops(facts: Facts) -> tuple[Stop, ...]:
    """Groups that clearly have more of what nobody wants."""
    kept = [rail for rail in GuardRail if facts.table.has_guard_rail(rail)]
    return tuple(stop for rail in kept if (stop := _stop(facts, rail)))


def _stop(facts: Facts, rail: GuardRail) -> Stop | None:
    table = facts.table
    counters, watched = table.guard_rail(rail), table.watched(rail)
    groups = left_out.watched(table, facts.apart, of=watched).groups
    if len(groups) < 2:
        return None
    worst = lead_of_cells(released(counters, facts.bins), groups)
    few = worst.fewest_events() < watching.MIN_EVENTS_OF_GUARD_RAIL
    if worst.group is None or few or not worst.reaches(facts.threshold):
        return None
    shares = facts.against(_marked(facts, counters, watched, groups), worst.group)
    text = wording.stop(facts.names[worst.group], rail, shares=shares)
    return Stop(facts.ids[worst.group], rail, text)


def _marked(facts: Facts, counters: Counters, watched: Numbers, groups: tuple[int, ...]) -> Figures:
    """Shares of contacts so far, at whatever age their slots have reached."""
    events = released(counters, facts.bins).events.sum(axis=0)
    contacts = watched[[bins > 0 for bins in facts.bins]].sum(axis=0)
    return Figures(None, facts.rates(events, contacts, groups))
