"""What the person's page shows: the notice, the boxes and what was decided so far."""

from dataclasses import dataclass
from typing import Any

from babel.dates import format_date
from django.utils import timezone

from consent.models import AnswerInForce
from consent.modes import Answer, Purpose
from consent.page.notice import Notice
from consent.page.sentences import Sentences
from consent.page.visit import Shown
from consent.texts import digest_of
from foundation.personal_data.identity import masked_email


@dataclass(frozen=True)
class Message:
    """What became of a visit: the status of the answer, a sentence, and a heading of its own."""

    status: int
    sentence: str
    heading: str = ""


def form_context(notice: Notice, shown: Shown) -> dict[str, Any]:
    words, address = notice.words, shown.address
    return _common(notice) | {
        "address": address and words.addressed.format(address=masked_email(address)),
        "sections": notice.sections(),
        "digest": digest_of(notice.text()),
        "decided": [_decided(answer, words) for answer in shown.answers],
        "why_not": shown.why_not and getattr(words, shown.why_not),
    }


def plain_context(message: Message, notice: Notice) -> dict[str, Any]:
    """For a page of one sentence, which is the same for everybody."""
    return _common(notice) | {"message": message, "sentence": notice.fill(message.sentence)}


def _common(notice: Notice) -> dict[str, Any]:
    policy = notice.fill(notice.words.policy)
    return {"words": notice.words, "facts": notice.facts, "policy": policy}


def _decided(answer: AnswerInForce, words: Sentences) -> str:
    sentences = {
        (Purpose.OPENS, Answer.GRANTED): words.opens_granted,
        (Purpose.OPENS, Answer.DENIED): words.opens_denied,
        (Purpose.CLICKS, Answer.GRANTED): words.clicks_granted,
        (Purpose.CLICKS, Answer.DENIED): words.clicks_denied,
    }
    day = timezone.localtime(answer.decided_at).date()
    date = format_date(day, "long", locale=words.dates)
    return sentences[answer.purpose, answer.answer].format(date=date)
