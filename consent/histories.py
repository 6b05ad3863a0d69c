"""Reads what was in force, change by change, for some people."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from django.db.models import Q

from campaigns.models import Campaign, FormerModes
from campaigns.modes import WIDEST, Mode
from consent.courses import Answers, Course, Limit, Limits
from consent.former import Former, read_former
from consent.models import Decision
from consent.modes import Answer
from consent.people import Subject
from consent.queries import installation_levels, person_of

EVER = datetime.min.replace(tzinfo=UTC)
AnswersOf = Mapping[str, Answers]


def read_courses(subjects: Collection[Subject]) -> dict[Subject, Course]:
    """What each subject could be measured for and when; in five queries."""
    if not subjects:
        return {}
    former = read_former({subject.contact_id for subject in subjects})
    held = {s: _held(person_of(s), former.get(s.contact_id, ())) for s in subjects}
    answers = _answers({person for people in held.values() for person, _ in people})
    installation, campaigns = _limits({subject.campaign_id for subject in subjects})
    return {
        subject: Course(
            installation,
            campaigns[subject.campaign_id],
            answers.get(people[0].person, ()),
            [(one.since, answers.get(one.person, ())) for one in people[1:]],
        )
        for subject, people in held.items()
    }


class _Held(NamedTuple):
    """Whose a contact was, and since when."""

    person: str
    since: datetime


def _held(person: str, former: Sequence[Former]) -> list[_Held]:
    """In order; the first one got the first mail."""
    people = [one.person for one in former] + [person]
    moments = [EVER, *(one.until for one in former)]
    return list(map(_Held, people, moments))


def _answers(people: Collection[str]) -> AnswersOf:
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
