"""Reads what the verdict on a campaign's groups needs, and has it given."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from campaigns.models import Group
from foundation.timestamps import to_ms
from reports.sent import Stage
from reports.verdict import decide, sentences
from reports.verdict.comparable import AGE_BINS, GroupCounts
from reports.verdict.decide import Verdict
from tracking.counting.fold import MINUTE_MS
from tracking.counting.strata import STRATA
from tracking.models import FirstOpensByAge

# An open that happened before a moment at which counting was complete may still have been on
# its way: from the mail client's clock to ours, and through a door of another machine.
GRACE_SECONDS = 60.0


def compare_groups(groups: Sequence[Group], stages: Sequence[Stage], *, until: datetime) -> Verdict:
    """The verdict on those of the groups that have anybody to send to; in one query.

    `until` is the moment up to which every open has been counted.
    """
    by_group = _stages_by_group(stages)
    # Where nobody is sent to yet it is too early for all of them.
    compared = [group for group in groups if group.id in by_group] or groups
    opens = _opens_by_age([group.id for group in compared])
    counts = [_counts(group, by_group.get(group.id, {}), opens) for group in compared]
    verdict = decide.verdict(counts, now=to_ms(until), grace_seconds=GRACE_SECONDS)
    never_due = sum(stage.contacts - stage.scheduled for stage in stages)
    if not never_due:
        return verdict
    return replace(verdict, warnings=(*verdict.warnings, sentences.never_due(never_due)))


def _stages_by_group(stages: Iterable[Stage]) -> dict[int, dict[int, Stage]]:
    """The stages of scheduled contacts by group and stratum; nothing while a launch goes on."""
    by_group: dict[int, dict[int, Stage]] = defaultdict(dict)
    if any(stage.awaits_launch for stage in stages):
        return by_group
    for stage in stages:
        if stage.stratum in range(STRATA) and stage.scheduled:
            by_group[stage.group_id][stage.stratum] = stage
    return by_group


def _opens_by_age(group_ids: Sequence[int]) -> dict[tuple[int, int, int], tuple[int, int]]:
    """(group, stratum, age bin) -> first opens: counted ones, and of any kind."""
    rows = FirstOpensByAge.objects.filter(group_id__in=group_ids)
    columns = ("group_id", "stratum", "age_bin", "counted", "with_machine")
    return {row[:3]: row[3:] for row in rows.values_list(*columns)}


def _counts(
    group: Group,
    stages: dict[int, Stage],
    opens: dict[tuple[int, int, int], tuple[int, int]],
) -> GroupCounts:
    def table(column: int) -> list[list[int]]:
        return [
            [opens.get((group.id, q, j), (0, 0))[column] for j in range(AGE_BINS)]
            for q in range(STRATA)
        ]

    present = [stages.get(q) for q in range(STRATA)]
    return GroupCounts(
        id=group.id,
        name=group.name,
        planned_share=None if group.planned_share is None else float(group.planned_share),
        sent=[stage.due if stage else 0 for stage in present],
        pending=[stage.pending if stage else 0 for stage in present],
        max_sent_at=[_sent_by(stage) if stage else None for stage in present],
        counted=table(0),
        with_machine=table(1),
        median_sent_at=_median_sent_at([stage for stage in present if stage]),
    )


def _median_sent_at(stages: Sequence[Stage]) -> int | None:
    """When the stratum with the middle contact was sent in full (milliseconds since 1970)."""
    if not stages:
        return None
    half, seen = sum(stage.scheduled for stage in stages) / 2, 0
    for stage in stages:
        seen += stage.scheduled
        if seen >= half:
            break
    return _sent_by(stage)


def _sent_by(stage: Stage) -> int:
    """The end of the stage's last minute."""
    # Whoever is due or pending has a minute.
    return (cast(int, stage.latest) + 1) * MINUTE_MS
