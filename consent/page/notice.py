"""What a person agrees to: the notice as the page shows it, and as it is kept as proof; pure."""

from collections.abc import Iterator
from typing import NamedTuple

from consent.page.sentences import Sentences


class Facts(NamedTuple):
    """What the notice says of who runs it; `days` is how long records are kept, None for no end."""

    sender: str
    contact: str
    policy: str
    days: int | None = None


class Section(NamedTuple):
    heading: str
    text: str


class Notice(NamedTuple):
    """The notice in one language, with the facts filled in."""

    words: Sentences
    facts: Facts

    def fill(self, sentence: str) -> str:
        facts = self.facts
        return sentence.format(sender=facts.sender, contact=facts.contact, days=facts.days)

    def sections(self) -> list[Section]:
        words = self.words
        duration = words.duration if self.facts.days is None else words.duration_days
        pairs = (
            (words.who_heading, words.who),
            (words.purposes_heading, words.purposes),
            (words.data_heading, words.data),
            (words.recipients_heading, words.recipients),
            (words.duration_heading, duration),
            (words.rights_heading, words.rights),
        )
        return [Section(heading, self.fill(text)) for heading, text in pairs]

    def text(self) -> str:
        """The whole notice as plain text: nothing in it is of one person alone."""
        return "\n\n".join(self._paragraphs())

    def _paragraphs(self) -> Iterator[str]:
        words = self.words
        yield words.title
        yield words.introduction
        yield f"[ ] {words.opens}\n[ ] {words.clicks}\n{words.empty_box}"
        for section in self.sections():
            yield f"{section.heading}\n{section.text}"
        yield f"{self.fill(words.policy)}: {self.facts.policy}"
