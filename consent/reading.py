"""Reads a decision as it is reported: through the API, in the admin, in a row of a file; pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any, Final

from consent.modes import Answer
from foundation.parsing import REQUIRED, BadValue, read_moment, read_text

PROOF_LENGTH = 200
TEXT_LENGTH = 20_000
OPENS, CLICKS = "consent_opens", "consent_clicks"
AT, TEXT, PROOF = "consent_at", "consent_text", "consent_proof"
FIELDS: Final = (OPENS, CLICKS, AT, TEXT, PROOF)
ANSWERS = ", ".join(Answer)
YES_OR_NO = "Say yes or no."
# How files of other programs say it, in the languages of their headers.
YES = {
    *("yes", "y", "true", "1", "granted", "agreed", "ja", "wahr"),
    *("oui", "vrai", "si", "sí", "sì", "vero"),
}
NO = {
    *("no", "n", "false", "0", "denied", "refused", "withdrawn", "nein", "falsch"),
    *("non", "faux", "falso", "nee"),
}

Reader = Callable[[object], Answer]


@dataclass(frozen=True, slots=True)
class Told:
    """A valid decision about opens, clicks or both; None says nothing about one."""

    opens: Answer | None = None
    clicks: Answer | None = None
    decided_at: datetime | None = None
    text: str = ""
    proof: str = ""

    def refusals(self) -> "Told | None":
        """What of it is a no, which counts whatever is wrong with the rest."""
        opens, clicks = (
            answer if answer == Answer.DENIED else None for answer in (self.opens, self.clicks)
        )
        return replace(self, opens=opens, clicks=clicks, text="") if opens or clicks else None


def read_answer(value: object) -> Answer:
    try:
        return Answer(value)  # type: ignore[arg-type]  # anything else is refused
    except ValueError:
        raise BadValue(f"Give one of {ANSWERS}.") from None


def read_word(value: object) -> Answer:
    """An answer as people write it in a file."""
    word = value.casefold() if isinstance(value, str) else ""
    if word in YES:
        return Answer.GRANTED
    if word in NO:
        return Answer.DENIED
    raise BadValue(YES_OR_NO)


def read_decision(
    values: Mapping[str, object], *, zone: tzinfo, answer: Reader = read_answer
) -> tuple[Told, dict[str, list[str]]]:
    """The decision of FIELDS, and the errors of each invalid one; None counts as missing."""
    readers: dict[str, Callable[[object], object]] = {
        OPENS: answer,
        CLICKS: answer,
        AT: lambda value: read_moment(value, zone=zone),
        TEXT: lambda value: read_text(value, longest=TEXT_LENGTH),
        PROOF: lambda value: read_text(value, longest=PROOF_LENGTH),
    }
    read: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, reader in readers.items():
        if values.get(name) is not None:
            try:
                read[name] = reader(values[name])
            except BadValue as error:
                errors[name] = [str(error)]
    if not {OPENS, CLICKS} & (read.keys() | errors.keys()):
        errors[OPENS] = [REQUIRED]
    told = Told(
        opens=read.get(OPENS),
        clicks=read.get(CLICKS),
        decided_at=read.get(AT),
        text=read.get(TEXT, ""),
        proof=read.get(PROOF, ""),
    )
    return told, errors
