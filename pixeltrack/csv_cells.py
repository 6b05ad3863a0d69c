"""Makes values safe to open in a spreadsheet; pure."""

# A cell that begins so is taken for a formula, or smuggles one behind the blank.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> str:
    """A value as a CSV cell; "" for None, an apostrophe before what could be a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
