"""Parses the query parameters of a report."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from foundation.errors import InvalidInput
from foundation.parsing import BadValue, read_flag, with_plus
from foundation.project_time import project_moment
from reports.periods import Window

NAMES = ("since", "until", "machine")

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Query:
    """A period, unbounded where None, and whether machine opens count."""

    since: datetime | None
    until: datetime | None
    machine: bool

    @property
    def window(self) -> Window:
        return Window.covering(self.since, self.until)


def read_query(texts: Mapping[str, str]) -> Query:
    """The query of a URL; empty texts are ignored. Raises InvalidInput."""
    errors: dict[str, list[str]] = {}

    def read(name: str, reader: Callable[[str], Value]) -> Value | None:
        try:
            return reader(texts[name]) if texts.get(name) else None
        except BadValue as error:
            errors[name] = [str(error)]
            return None

    since, until = read("since", _moment), read("until", _moment)
    machine = read("machine", read_flag)
    if since and until and until <= since:
        errors["until"] = ["Give an end after since."]
    if errors:
        raise InvalidInput.fields(errors)
    return Query(since, until, bool(machine))


def _moment(text: str) -> datetime:
    return project_moment(with_plus(text))
