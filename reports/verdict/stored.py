"""Keeps the first call and the decision of each campaign, which are never computed again."""

from collections.abc import Mapping
from typing import Any, TypedDict, TypeVar

from django.db.models import OuterRef, Subquery

from campaigns.models import Campaign
from foundation.timestamps import from_ms, to_ms
from reports.verdict.experiment import Goal
from reports.verdict.proportions import Rate
from reports.verdict.states import Call, Decision, Figures, Ratio, State, Stored, Way
from tracking.models import VerdictCall, VerdictDecision

Row = TypeVar("Row", VerdictCall, VerdictDecision)


class _Figures(TypedDict):
    """As JSON, whose keys are text: events and contacts by group id."""

    age: int | None
    rates: dict[str, tuple[int, int]]


def read(campaign_id: int) -> Stored:
    """What is stored of a campaign; in one query."""
    asked = Campaign.objects.filter(id=campaign_id).order_by()
    row = asked.values(**_columns(VerdictCall), **_columns(VerdictDecision)).first() or {}
    return of_rows(_row_of(VerdictCall, row), _row_of(VerdictDecision, row))


def _columns(model: type[Row]) -> dict[str, Subquery]:
    """The columns of a campaign's row, by a name that tells the tables apart."""
    own = model._default_manager.filter(campaign_id=OuterRef("pk"))
    names = [field.attname for field in model._meta.concrete_fields]
    return {f"{model.__name__}_{name}": Subquery(own.values(name)) for name in names}


def _row_of(model: type[Row], found: Mapping[str, Any]) -> Row | None:
    start = f"{model.__name__}_"
    own = {name.removeprefix(start): v for name, v in found.items() if name.startswith(start)}
    return model(**own) if own.get("campaign_id") else None


def of_rows(call: VerdictCall | None, decision: VerdictDecision | None) -> Stored:
    return Stored(_call(call) if call else None, _decision(decision) if decision else None)


def write(campaign_id: int, new: Stored, *, before: Stored) -> None:
    """Store what has come to what was stored; the caller sees to it that nobody else does."""
    if new.call and not before.call:
        VerdictCall.objects.create(
            campaign_id=campaign_id,
            called_at=from_ms(new.call.moment),
            goal=new.call.goal,
            way=new.call.way,
            group_id=new.call.group,
            figures=_written(new.call.figures),
        )
    if new.decision and not before.decision:
        VerdictDecision.objects.create(
            campaign_id=campaign_id,
            decided_at=from_ms(new.decision.moment),
            state=new.decision.state,
            group_id=new.decision.group,
            figures=_written(new.decision.figures),
            ratios=[[one.group, one.over, one.low, one.high] for one in new.decision.ratios],
            text=new.decision.text,
        )


def _call(row: VerdictCall) -> Call:
    return Call(
        moment=to_ms(row.called_at),
        goal=Goal(row.goal),
        way=Way(row.way),
        group=row.group_id,
        figures=_read(row.figures),
    )


def _decision(row: VerdictDecision) -> Decision:
    return Decision(
        moment=to_ms(row.decided_at),
        state=State(row.state),
        group=row.group_id,
        figures=_read(row.figures),
        ratios=tuple(Ratio(*ratio) for ratio in row.ratios),
        text=row.text,
    )


def _written(figures: Figures) -> _Figures:
    rates = {str(group): (rate.opened, rate.contacts) for group, rate in figures.rates.items()}
    return {"age": figures.age, "rates": rates}


def _read(figures: _Figures) -> Figures:
    rates = {int(group): Rate(*rate) for group, rate in figures["rates"].items()}
    return Figures(figures["age"], rates)
