"""Reads what was in force, change by change, for some people."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import Q

from campaigns.models import Campaign, FormerModes
from campaigns.modes import WIDEST, Mode
from consent.courses import Course, Limit, Limits
from consent.models import Decision
from consent.modes import Answer
from consent.people import Subject
from consent.queries import installation_levels, person_of

Answers = Mapping[str, list[tuple[datetime, Answer]]]


def read_courses(subjects: Collection[Subject]) -> dict[Subject, Course]:
    """What each subject could be measured for and when; in four queries."""
    if not subjects:
        return {}
    people = {subject: person_of(subject) for subject in subjects}
    answers = _answers(set(people.values()))
    installation, campaigns = _limits({subject.campaign_id for subject in subjects})
    return {
        subject: Course(installation, campaigns[subject.campaign_id], answers[person])
        for subject, person in people.items()
    }


def _answers(people: Collection[str]) -> Answers:
    """By person, in the order in which they came into force."""
    answers: dict[str, list[tuple[datetime, Answer]]] = defaultdict(list)
    rows = Decision.objects.filter(person__in=people).order_by("number")
    for person, recorded_at, opens in rows.values_list("person", "recorded_at", "opens"):
        # Some decisions are about clicks alone.
        if opens is not None:
            answers[person].append((recorded_at, Answer(opens)))
    return answers


def _limits(campaign_ids: Collection[int]) -> tuple[Limits, Mapping[int, Limits]]:
    """Of the installation, and of each campaign."""
    former: dict[int | None, list[tuple[datetime, Limit]]] = defaultdict(list)
    rows = FormerModes.objects.filter(Q(campaign__isnull=True) | Q(campaign_id__in=campaign_ids))
    columns = ("campaign_id", "until", "tracking_mode", "never_asked")
    for campaign_id, until, *modes in rows.order_by("until", "id").values_list(*columns):
        former[campaign_id].append((until, _limit(*modes)))
    now = Campaign.objects.filter(id__in=campaign_ids).order_by()
    levels = installation_levels()
    return (
        Limits(Limit(levels.tracking.mode, levels.never_asked.mode), former[None]),
        {
            row[0]: Limits(_limit(*row[1:]), former[row[0]])
            for row in now.values_list("id", "tracking_mode", "never_asked")
        },
    )


def _limit(tracking: str | None, never_asked: str | None) -> Limit:
    return Limit(Mode(tracking or WIDEST), Mode(never_asked or WIDEST))
