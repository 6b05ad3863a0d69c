"""Converts between datetimes and milliseconds since 1970, and finds days; pure."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970, rounded down."""
    return (moment - EPOCH) // MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    return EPOCH + timedelta(milliseconds=milliseconds)


def horizon_of(now: datetime, *, keep_days: int) -> datetime:
    """The start of the first day (UTC) of which something is kept."""
    day = (now - timedelta(days=keep_days)).astimezone(UTC)
    return day.replace(hour=0, minute=0, second=0, microsecond=0)
