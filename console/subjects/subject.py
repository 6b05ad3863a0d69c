"""What all pages of one campaign or one discount have above them: name, state, dates and tabs."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString


@dataclass(frozen=True)
class Tab:
    """A page of the subject; `number` is how many rows it lists, "" where that says nothing."""

    name: str
    title: str
    address: str
    number: str = ""


@dataclass(frozen=True)
class NextStep:
    """Something to do before the subject does its work; `address` is "" for whoever may not."""

    words: str
    is_done: bool
    address: str = ""


@dataclass(frozen=True)
class Subject:
    """What the pages are about; `tab` is the name of the one that is shown.

    The list is the one that it is a row of. `steps` are empty once all are done.
    """

    list_title: str
    list_address: str
    name: str
    state: str
    state_in_words: str
    dates: str
    tabs: Sequence[Tab]
    tab: str
    steps: Sequence[NextStep] = ()

    @property
    def pill(self) -> SafeString:
        return state_pill(self.state, self.state_in_words)

    @property
    def tab_title(self) -> str:
        return next((tab.title for tab in self.tabs if tab.name == self.tab), "")

    @property
    def next_step(self) -> NextStep | None:
        return next((step for step in self.steps if not step.is_done), None)


def state_pill(state: str, words: str) -> SafeString:
    """The state as a label, coloured by the stylesheet."""
    return format_html('<span class="pill pill-{}">{}</span>', state, words)
