"""How far people may be measured, from the narrowest mode to the widest; pure."""

from enum import IntEnum, StrEnum


class Mode(StrEnum):
    """What an e-mail carries and what is kept of a load; the order is from narrow to wide.

    `off`: no pixel, and nothing is kept. `shared`: one pixel for a whole group, whose loads are
    counted and tell nobody from another. `last_day`: each contact's own pixel, and the day of the
    person's last load alone. `individual`: each contact's own pixel, and each load.
    """

    OFF = "off"
    SHARED = "shared"
    LAST_DAY = "last_day"
    INDIVIDUAL = "individual"


class Measured(IntEnum):
    """Whether a contact counts in rates: as it was when its first mail was due, or opened before.

    `lapsed` are measured ones that since then could not be all the time, for they withdrew: they
    stay in the rates, but may have opened meanwhile.
    """

    NO = 0
    YES = 1
    LAPSED = 2


_WIDTHS = {mode: width for width, mode in enumerate(Mode)}
NARROWEST, WIDEST = min(_WIDTHS, key=_WIDTHS.__getitem__), max(_WIDTHS, key=_WIDTHS.__getitem__)
LABELS = {
    Mode.OFF: "Off: no pixels, and nothing is kept",
    Mode.SHARED: "Shared: one pixel for a whole group",
    Mode.LAST_DAY: "Last day: when each person last opened an e-mail, only to stop sending",
    Mode.INDIVIDUAL: "Individual: each contact's opens",
}
# The modes in which an e-mail carries the contact's own pixel.
OWN_PIXEL = frozenset({Mode.LAST_DAY, Mode.INDIVIDUAL})
# What has to be confirmed, or spelled out in the settings, for `last_day`.
LAST_DAY_PURPOSE = "France, people who asked for these mails, only to stop sending"
CHOICES = [(mode.value, LABELS[mode]) for mode in Mode]


def narrowest(first: Mode, *others: Mode) -> Mode:
    return min(first, *others, key=_WIDTHS.__getitem__) if others else first


def is_wider(mode: str | None, than: str | None) -> bool:
    """Whether a mode allows more than another one; None sets no limit."""
    return _WIDTHS[Mode(mode or WIDEST)] > _WIDTHS[Mode(than or WIDEST)]
