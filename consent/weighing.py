"""Weighs what is reported of people's decisions against what is in force; writes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.utils import timezone

from consent.models import IN_FORCE, AnswerInForce, Way
from consent.modes import Answer, Purpose
from consent.people import Subject
from consent.queries import person_of
from consent.reading import Told
from consent.texts import Texts
from consent.words import Given, InForce, Outcome, Unheard, is_given_again, moment_of, weigh

UNKNOWN_TEXT = "No text has this digest: send the text itself."
# Of the outcomes of a report's answers the first of these is its own.
MOST_TELLING = (Outcome.STORED, Outcome.AGREED_LATER, Outcome.UNCHANGED)
_Key = tuple[Purpose, str]


@dataclass(frozen=True)
class Report:
    """What somebody says that a person decided about opens, clicks or both, at one moment.

    `text` is the text that was shown, or the digest of one that was recorded before. `whose` is the
    contact that was named: whoever it is once the decision is recorded has decided.
    """

    person: str
    contact_id: UUID | None
    opens: Answer | None = None
    decided_at: datetime | None = None
    text: str = ""
    proof: str = ""
    clicks: Answer | None = None
    whose: UUID | None = None

    @classmethod
    def of(cls, person: str, contact_id: UUID | None, told: Told) -> "Report":
        return cls(
            person,
            contact_id,
            told.opens,
            told.decided_at,
            text=told.text,
            proof=told.proof,
            clicks=told.clicks,
        )

    @classmethod
    def about(cls, subject: Subject, told: Told) -> "Report":
        """Of the person that a contact is."""
        return cls.of(person_of(subject), None, told).renamed(subject)

    def renamed(self, subject: Subject) -> "Report":
        """The same, of the contact as it is now."""
        return replace(
            self,
            person=person_of(subject),
            contact_id=None if subject.email_hash else subject.contact_id,
            whose=subject.contact_id,
        )

    def answers(self) -> dict[Purpose, Answer]:
        both = {Purpose.OPENS: self.opens, Purpose.CLICKS: self.clicks}
        return {purpose: answer for purpose, answer in both.items() if answer is not None}


@dataclass(frozen=True)
class Source:
    """Where a report comes from; what is replayed is in the journal already."""

    way: Way
    by: User | None = None
    is_replayed: bool = False


@dataclass
class Result:
    """What became of a report: an outcome, or the errors of its fields and their code.

    It has both where a no counts, and the yes beside it does not.
    """

    outcome: Outcome | None = None
    errors: dict[str, list[str]] = field(default_factory=dict)
    code: str = "invalid"


@dataclass(frozen=True)
class Recorded:
    """A decision that counts, with its number; `answers` are those that change something."""

    number: int
    report: Report
    answers: Mapping[Purpose, Answer]
    decided_at: datetime
    digest: str
    source: Source
    recorded_at: datetime


@dataclass(frozen=True)
class GivenAgain:
    """A no that is in force already and counts as given at `at`; it is no decision of its own."""

    report: Report
    answers: Mapping[Purpose, Answer]
    source: Source
    at: datetime


class Weighed:
    """Reports weighed in their order: the results, what counts, and what is in force after it."""

    def __init__(
        self, reports: Sequence[Report], *, source: Source, now: datetime, number: int
    ) -> None:
        self.texts = Texts(report.text for report in reports)
        self.recorded: list[Recorded] = []
        self.given_again: list[GivenAgain] = []
        self._source, self._now, self._number = source, now, number
        self._zone = timezone.get_default_timezone()
        self.current = dict(_in_force_of(reports))
        self.results = [self._take(report) for report in reports]

    def _take(self, report: Report) -> Result:
        result, answers = Result(), report.answers()
        now = self._moment(report)
        if now > self._now:
            report = replace(report, decided_at=now)
        outcomes: dict[Purpose, Outcome] = {}
        for purpose, answer in answers.items():
            try:
                outcomes[purpose] = self._weigh(report, purpose, answer, now)
            except Unheard as unheard:
                # The rule names the answer's field as that of opens.
                name = unheard.field.replace(Purpose.OPENS, purpose)
                result.errors[name], result.code = [unheard.sentence], unheard.code
        if result.errors:
            # A yes that does not count takes the other one with it, and never a no.
            outcomes = {p: o for p, o in outcomes.items() if answers[p] == Answer.DENIED}
            report = replace(report, text="")
        if stored := {p: answers[p] for p, o in outcomes.items() if o == Outcome.STORED}:
            self._keep(report, stored, now)
        self._renew(report, {p: answers[p] for p in outcomes}, now)
        told = set(outcomes.values())
        result.outcome = next((outcome for outcome in MOST_TELLING if outcome in told), None)
        return result

    def _moment(self, report: Report) -> datetime:
        """When a report becomes known.

        A no on the person's own page comes after the yes it ends, whatever the clocks of hosts say.
        """
        if self._source.way != Way.PAGE or self._source.is_replayed:
            return self._now
        refused = [p for p, answer in report.answers().items() if answer == Answer.DENIED]
        held = [self.current.get((purpose, report.person)) for purpose in refused]
        return max([self._now, *(one.decided_at for one in held if one is not None)])

    def _weigh(self, report: Report, purpose: Purpose, answer: Answer, now: datetime) -> Outcome:
        if answer == Answer.GRANTED and report.text and not self.texts.digest(report.text):
            raise Unheard("consent_text", UNKNOWN_TEXT)
        held = self._held(purpose, report.person)
        return weigh(self._given(report, answer), held, now=now, zone=self._zone)

    def _held(self, purpose: Purpose, person: str) -> InForce | None:
        current = self.current.get((purpose, person))
        if current is None:
            return None
        digest = current.text_id or ""
        return InForce(current.answer, current.decided_at, digest, current.is_proven)

    def _given(self, report: Report, answer: Answer) -> Given:
        return Given(answer, report.decided_at, self.texts.digest(report.text), report.proof)

    def _keep(self, report: Report, answers: Mapping[Purpose, Answer], now: datetime) -> None:
        self._number += 1
        given = self._given(report, next(iter(answers.values())))
        decided_at, digest = moment_of(given, now=now), given.text
        made = Recorded(self._number, report, answers, decided_at, digest, self._source, now)
        self.recorded.append(made)
        for purpose in answers:
            key = (purpose, report.person)
            self.current[key] = _in_force(made, purpose, self.current.get(key))

    def _renew(self, report: Report, answers: Mapping[Purpose, Answer], now: datetime) -> None:
        """Let each no of the answers that is in force already count as given now."""
        again = {
            purpose: answer
            for purpose, answer in answers.items()
            if is_given_again(
                self._given(report, answer), self._held(purpose, report.person), now=now
            )
        }
        for purpose in again:
            self.current[purpose, report.person].decided_at = now
        if again:
            self.given_again.append(GivenAgain(report, again, self._source, now))


def _in_force_of(reports: Sequence[Report]) -> Iterator[tuple[_Key, AnswerInForce]]:
    for purpose, model in IN_FORCE.items():
        people = {report.person for report in reports if purpose in report.answers()}
        if people:
            found = model._default_manager.filter(person__in=people)
            yield from (((purpose, row.person), row) for row in found)


def _in_force(made: Recorded, purpose: Purpose, before: AnswerInForce | None) -> AnswerInForce:
    report, answer, was = made.report, made.answers[purpose], before and before.answer
    changed = was != answer
    refused = before is not None and (was == Answer.DENIED or before.after_refusal)
    return IN_FORCE[purpose](
        person=report.person,
        contact_id=report.contact_id,
        decided_at=made.decided_at,
        # A yes to another text is in force since the first; a no again since the first no.
        since=made.recorded_at if changed or before is None else before.since,
        after_refusal=refused,
        is_proven=bool(report.proof) and answer == Answer.GRANTED,
        way=made.source.way.value,
        text_id=made.digest or None,
        version=made.number,
        **{purpose.value: answer.value},
    )
