"""Reads complete reports, never from raw opens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Subquery

from campaigns.models import Campaign, ForgottenPeople, Group
from foundation.database.snapshot import consistent_snapshot
from foundation.errors import NotFound
from foundation.timestamps import EPOCH, from_ms
from reports.by_age.reading import FirstOpens, kept_first_opens
from reports.by_client.reading import in_client
from reports.data import Scope
from reports.figures import Figures, figures_of
from reports.group_opens import GroupOpens, Selection, kept_opens
from reports.kept.changes import Changes
from reports.outcomes.winner import Winner, winners
from reports.panels import Panels, panels_of, totals_of
from reports.periods import Window
from reports.sent import read_sent
from reports.shared_loads import SharedLoads, read_shared
from reports.verdict.compare import compare_groups
from reports.verdict.expected import expected_decision
from reports.verdict.reading import Basis, read_basis
from reports.verdict.states import State, Verdict
from tracking.models import GroupVersion, IngestLock, SharedPixel, VerdictDecision

# Without a moment of the decision, these stay.
RULED_OUT = {State.GROUPS_UNBALANCED, State.SENT_APART}


@dataclass(frozen=True)
class ReportSubject:
    """The subject of a report, and as of when.

    A group's number in `versions` changes whenever a counter of that one does. Every open from
    before `as_of` has been counted; None if counting never ran. `forgotten` is how many people its
    figures no longer hold, `sharing` are the groups that have a shared pixel.
    """

    campaign: Campaign
    groups: Sequence[Group]
    versions: Mapping[int, int]
    as_of: datetime | None
    forgotten: int = 0
    sharing: frozenset[int] = frozenset()

    @property
    def version(self) -> int:
        """Changes whenever a counter does."""
        return sum(self.versions.values())


@dataclass(frozen=True)
class GroupFigures:
    """`opened_unmailed` are contacts of a control group that were opened all the same."""

    group: Group
    figures: Figures
    opened_unmailed: int = 0


@dataclass(frozen=True)
class Report:
    """A campaign's report; the verdict is of all time, whatever the window.

    `decides_at` is expected by what is planned until slots are fixed, None once it is decided.
    `only` is the id of the one group that `panels` and `shared` are of, None for all of them;
    `client` is the mail client that `panels` are of, but for their clients. `firsts` are of all
    time. `winners` are by the id of the rest that was given one. `never_due` are the contacts
    without a schedule, or not to be sent to when it came; whoever waits for the winner is none.
    `shared` are loads of shared pixels, which are no opens.
    """

    campaign: Campaign
    window: Window
    totals: Figures
    groups: list[GroupFigures]
    verdict: Verdict
    decides_at: datetime | None
    winners: Mapping[int, Winner]
    panels: Panels
    firsts: Mapping[int, FirstOpens]
    never_due: int
    only: int | None = None
    client: str | None = None
    forgotten: int = 0
    shared: SharedLoads | None = None


def report_subject(campaign_id: int) -> ReportSubject:
    """A campaign with its groups, including archived ones; raises NotFound.

    In one query if there is a group.
    """
    groups = list(
        Group.objects.filter(campaign_id=campaign_id)
        .select_related("campaign")
        .annotate(
            version=Subquery(
                GroupVersion.objects.filter(group_id=OuterRef("id")).values("version")
            ),
            as_of=Subquery(IngestLock.objects.filter(id=1).values("complete_until")),
            forgotten=Subquery(
                ForgottenPeople.objects.filter(campaign=OuterRef("campaign")).values("people")
            ),
            shares=Exists(SharedPixel.objects.filter(group_id=OuterRef("id"))),
        )
        .order_by("number")
    )
    if not groups:
        return _subject_without_groups(campaign_id)
    return ReportSubject(
        campaign=groups[0].campaign,
        groups=groups,
        versions={group.id: group.version or 0 for group in groups},
        as_of=groups[0].as_of,
        forgotten=groups[0].forgotten or 0,
        sharing=frozenset(group.id for group in groups if group.shares),
    )


def _subject_without_groups(campaign_id: int) -> ReportSubject:
    campaign = Campaign.objects.filter(id=campaign_id).first()
    if campaign is None:
        raise NotFound("Campaign not found")
    return ReportSubject(campaign=campaign, groups=[], versions={}, as_of=counted_until())


def counted_until() -> datetime | None:
    """Every open from before this moment has been counted; None if counting never ran."""
    return IngestLock.objects.values_list("complete_until", flat=True).get(id=1)


def report_on(subject: ReportSubject, *, now: datetime, zone: tzinfo, scope: Scope) -> Report:
    """Figures, verdict and panels of a campaign and its groups.

    Panels alone are narrowed to a group or a client; days and the heat map's hours are the zone's.
    """
    groups = subject.groups
    mailed = [group for group in groups if group.is_counted]
    selection = Selection(tuple(group.id for group in mailed), scope.window, scope.machine)
    shown = selection if scope.group is None else replace(selection, group_ids=(scope.group,))
    with consistent_snapshot():
        basis = read_basis(subject.campaign, groups)
        changes = Changes(basis.versions)
        of_groups = kept_opens(selection, zone=zone, changes=changes)
        sent = list(read_sent([group.id for group in groups], now=now))
        firsts = kept_first_opens(selection.group_ids, changes=changes)
        verdict = _verdict(subject, basis, changes, now=now, zone=zone)
        panels = _panels(shown, of_groups, scope.client, zone)
    figures = figures_of(selection, sent=sent, totals=totals_of(of_groups), firsts=firsts)
    return Report(
        campaign=subject.campaign,
        window=scope.window,
        totals=sum((figures[group.id] for group in mailed), Figures(machine=scope.machine)),
        groups=[_group_figures(group, figures[group.id]) for group in groups],
        verdict=verdict,
        decides_at=_decides_at(subject.campaign, verdict, now),
        winners=winners(groups, decision=verdict.decision),
        panels=panels,
        firsts=firsts,
        only=scope.group,
        client=scope.client,
        never_due=sum(
            part.never_due
            for part in sent
            if part.group_id in {g.id for g in groups if g.is_mailed}
        ),
        forgotten=subject.forgotten,
        shared=read_shared(shown, subject.sharing, now=now, zone=zone),
    )


def _panels(
    shown: Selection, opens: Mapping[int, GroupOpens], client: str | None, zone: tzinfo
) -> Panels:
    """Of the groups that are shown; of a client all but the clients, which it is one of."""
    of_shown = {one: opens[one] for one in shown.group_ids}
    panels = panels_of(shown, of_shown, zone=zone)
    if client is None:
        return panels
    narrowed = panels_of(shown, in_client(client, shown, of_shown, zone=zone), zone=zone)
    return replace(narrowed, clients=panels.clients)


def _group_figures(group: Group, figures: Figures) -> GroupFigures:
    if group.is_counted:
        return GroupFigures(group, figures)
    return GroupFigures(group, figures.without_mail, opened_unmailed=figures.sent)


def verdict_on(subject: ReportSubject, *, now: datetime, zone: tzinfo) -> Verdict:
    """What may be said of the groups now; moments in its sentence are the zone's."""
    with consistent_snapshot():
        basis = read_basis(subject.campaign, subject.groups)
        return _verdict(subject, basis, Changes(basis.versions), now=now, zone=zone)


def _verdict(
    subject: ReportSubject, basis: Basis, changes: Changes, *, now: datetime, zone: tzinfo
) -> Verdict:
    return compare_groups(
        basis,
        changes,
        until=min(now, subject.as_of or EPOCH),
        now=now,
        when=lambda moment: moment_in_words(from_ms(moment), now=now, zone=zone),
    )


class Decision(NamedTuple):
    """Whether a campaign was decided; if not, when it is expected to be, None if not known.

    `ruled_out` says why nothing will be found any more, "" where something may.
    """

    is_made: bool
    at: datetime | None
    ruled_out: str = ""


def decision_of(campaign_id: int, *, now: datetime, zone: tzinfo) -> Decision:
    """Of a campaign that exists."""
    if VerdictDecision.objects.filter(campaign_id=campaign_id).exists():
        return Decision(is_made=True, at=None)
    subject = report_subject(campaign_id)
    verdict = verdict_on(subject, now=now, zone=zone)
    at = _decides_at(subject.campaign, verdict, now)
    is_open = at is not None or verdict.state not in RULED_OUT
    return Decision(is_made=False, at=at, ruled_out="" if is_open else verdict.text)


def _decides_at(campaign: Campaign, verdict: Verdict, now: datetime) -> datetime | None:
    if verdict.decides_at is not None:
        return from_ms(verdict.decides_at)
    if verdict.state is not State.TOO_EARLY:
        return None
    return expected_decision(campaign, now=now).at


def moment_in_words(moment: datetime, *, now: datetime, zone: tzinfo) -> str:
    """As a person says it: "Thursday, 14:00"; with its date unless it is near."""
    local = moment.astimezone(zone)
    near = abs(local - now) < timedelta(days=6)
    return f"{local:%A, %H:%M}" if near else f"{local:%A, %-d %B %Y, %H:%M}"
