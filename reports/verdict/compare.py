"""Gives the verdict on a campaign's groups, and keeps it while it would be the same.

Counters are kept too, of each group by itself: a few opens leave most groups as they were, and a
group has thousands of counters.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.core.cache import caches

from foundation.timestamps import to_ms
from reports.kept import groups
from reports.kept.changes import Changes
from reports.verdict import judge, stored
from reports.verdict.facts import Facts, Moment, decides_in_words
from reports.verdict.reading import Basis, GroupCounters, experiment_on, follow, read_counters
from reports.verdict.states import Stored, Verdict

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
    basis: Basis, changes: Changes, *, until: datetime, now: datetime, when: Callable[[int], str]
) -> Verdict:
    """The verdict on the variants that have anybody to send to.

    `until` is the moment up to which every open has been counted; `when` writes a moment
    (milliseconds since 1970) as a person says it. In at most four queries, in one where nothing
    has changed since this process gave the verdict last. The caller holds the snapshot that basis
    and changes are of.
    """
    moment = Moment(to_ms(until), GRACE_MS, when, seen_at=to_ms(now))
    said = stored.read(basis.campaign_id)
    kept: Kept | None = caches["reports"].get(_key(basis.campaign_id))
    if kept and kept.holds(basis, said, moment):
        return kept.verdict
    facts = Facts(experiment_on(basis, partial(kept_counters, changes)), moment)
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


def kept_counters(
    changes: Changes, basis: Basis, group_ids: Sequence[int]
) -> Mapping[int, GroupCounters]:
    """Of these groups; in at most three queries."""
    if basis.slots is None:
        return read_counters(basis, group_ids)
    return groups.of_groups(
        "counters",
        group_ids,
        question=(basis.slots, basis.decision_age),
        changes=changes,
        ways=groups.Ways(
            read=partial(read_counters, basis), follow=partial(follow, basis.decision_age)
        ),
    )
