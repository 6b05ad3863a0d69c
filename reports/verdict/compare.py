"""Gives the verdict on a campaign's groups, and keeps it while it would be the same.

Counters are kept too, of each group by itself: a few opens leave most groups as they were, and a
group has thousands of counters.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import NamedTuple

from django.core.cache import caches

from campaigns.models import Campaign, Group
from foundation.database.snapshot import consistent_snapshot
from foundation.timestamps import to_ms
from reports.verdict import judge, stored
from reports.verdict.facts import Facts, Moment, decides_in_words
from reports.verdict.reading import (
    Basis,
    GroupCounters,
    experiment_on,
    read_basis,
    read_counters,
)
from reports.verdict.states import Stored, Verdict
from tracking.counting.slots import Slots

# Longer than machine evidence takes to settle. An open that happened before a moment at which
# counting was complete may also still have been on its way, through a door of another machine.
GRACE_MS = 180_000


@dataclass(frozen=True)
class Kept:
    """A verdict and what it was given for.

    Without a change of counters it holds for whoever looks while `since` <= complete < `until`, as
    long as the moment of the decision is written the same.
    """

    basis: Basis
    stored: Stored
    since: int
    until: int | None
    decides_at: int | None
    decides: str
    verdict: Verdict

    def holds(self, basis: Basis, said: Stored, moment: Moment) -> bool:
        return (
            self.basis == basis
            and self.stored == said
            and self.since <= moment.as_of
            and (self.until is None or moment.as_of < self.until)
            and self.decides == decides_in_words(self.decides_at, moment)
        )


def compare_groups(
    campaign: Campaign,
    groups: Sequence[Group],
    *,
    until: datetime,
    now: datetime,
    when: Callable[[int], str],
) -> Verdict:
    """The verdict on the variants that have anybody to send to.

    `until` is the moment up to which every open has been counted; `when` writes a moment
    (milliseconds since 1970) as a person says it. In at most four queries, in two where nothing
    has changed since this process gave the verdict last. Of groups that changed alone counters are
    read.
    """
    moment = Moment(to_ms(until), GRACE_MS, when, seen_at=to_ms(now))
    with consistent_snapshot():
        basis, said = read_basis(campaign, groups), stored.read(campaign.id)
        kept: Kept | None = caches["reports"].get(_key(campaign.id))
        if kept and kept.holds(basis, said, moment):
            return kept.verdict
        facts = Facts(experiment_on(basis, partial(kept_counters, kept)), moment)
    verdict = judge.verdict_on(facts, said)
    # Before that no version tells counters apart.
    if basis.slots:
        _keep(
            Kept(
                basis,
                said,
                moment.as_of,
                facts.changes_at,
                facts.decides_at,
                facts.decides,
                verdict,
            )
        )
    return verdict


def _keep(kept: Kept) -> None:
    caches["reports"].set(_key(kept.basis.campaign_id), kept)


def _key(campaign_id: int) -> str:
    return f"verdict-{campaign_id}"


# --- Counters of each group ---------------------------------------------------------------------


class KeptCounters(NamedTuple):
    """A group's counters, and what they are a function of."""

    basis: tuple[int | None, Slots | None, int]
    counters: GroupCounters


def kept_counters(
    before: Kept | None, basis: Basis, group_ids: Sequence[int]
) -> Mapping[int, GroupCounters]:
    """Of these groups; in two queries, in none where none changed since the verdict `before`."""
    if basis.slots is None:
        return read_counters(basis, group_ids)
    bases = {one: (basis.versions.get(one), basis.slots, basis.decision_age) for one in group_ids}
    keys = {one: f"counters-{one}" for one in group_ids}
    # What is out of date is not even taken out, which takes as long as reading half of it.
    versions = before.basis.versions if before else {}
    same = [one for one in group_ids if one in versions and versions[one] == bases[one][0]]
    found: dict[str, KeptCounters] = caches["reports"].get_many(keys[one] for one in same)
    kept = {one: found[keys[one]] for one in same if keys[one] in found}
    known = {one: kept[one].counters for one in kept if kept[one].basis == bases[one]}
    changed = [one for one in group_ids if one not in known]
    read = read_counters(basis, changed) if changed else {}
    new = {keys[one]: KeptCounters(bases[one], counters) for one, counters in read.items()}
    caches["reports"].set_many(new)
    return {**known, **read}
