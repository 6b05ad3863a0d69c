"""Formats open rates; pure."""

NONE = "-"
# Digits of rates and shares in the API: enough to prevent double rounding on screens.
DIGITS = 12


def rate_in_words(without_machine: float | None, with_machine: float | None) -> str:
    """ "24.1% to 31.0%", without and with contacts that only machines opened.

    One number if both are the same, NONE if nothing was sent.
    """
    if without_machine is None or with_machine is None:
        return NONE
    low, high = f"{without_machine:.1%}", f"{with_machine:.1%}"
    return low if low == high else f"{low} to {high}"
