"""Open rates, of whom they are, and what they may be of everybody; pure."""

from dataclasses import dataclass

NONE = "-"
# Digits of rates and shares in the API: enough to prevent double rounding on screens.
DIGITS = 12

Range = tuple[float | None, float | None]


def rate_in_words(without_machine: float | None, with_machine: float | None) -> str:
    """ "24.1% to 31.0%", without and with contacts that only machines opened.

    One number if both are the same, NONE if nothing was sent.
    """
    if without_machine is None or with_machine is None:
        return NONE
    low, high = f"{without_machine:.1%}", f"{with_machine:.1%}"
    return low if low == high else f"{low} to {high}"


@dataclass(frozen=True, slots=True)
class Mailed:
    """Contacts that were sent to, and what is known of them.

    `unmeasured` may not be measured, which leaves them out of rates. `lapsed` withdrew later and
    had not been opened: they stay in rates, and may have been opened since.
    """

    sent: int
    unmeasured: int
    lapsed: int
    opened: int
    opened_by_any: int

    @property
    def measured(self) -> int:
        return self.sent - self.unmeasured

    @property
    def rate(self) -> float | None:
        """Of those that may be measured; None without any."""
        return share(self.opened, self.measured)

    @property
    def rate_with_machine(self) -> float | None:
        return share(self.opened_by_any, self.measured)

    @property
    def least_of_all(self) -> float | None:
        """What is certain of all that were sent to: nobody more was opened; None without any."""
        return share(self.opened, self.sent)

    @property
    def most_of_all(self) -> float | None:
        """The same if everybody was opened of whom it is not known."""
        return share(self.opened_by_any + self.unmeasured + self.lapsed, self.sent)


def share(part: int, whole: int) -> float | None:
    return round(part / whole, DIGITS) if whole else None


def of_whom(*, sent: int, measured: int, rates: Range, of_all: Range) -> str:
    """Of whom rates are, and between what they lie of all; "" where that is the same.

    `of_all` is without numbers where it is not known.
    """
    said = []
    if measured == 0 < sent:
        return f"none of the {sent:,} sent to may be measured"
    if measured != sent:
        said.append(f"of the {measured:,} who may be measured (of {sent:,} sent)")
    low, high = of_all
    if low is not None and high is not None and of_all != rates:
        said.append(f"of all, between {low:.1%} and {high:.1%}")
    return "; ".join(said)


def of_whom_in_words(mailed: Mailed) -> str:
    """The same of all time."""
    return of_whom(
        sent=mailed.sent,
        measured=mailed.measured,
        rates=(mailed.rate, mailed.rate_with_machine),
        of_all=(mailed.least_of_all, mailed.most_of_all),
    )
