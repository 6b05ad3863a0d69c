"""Parses times in the project's time zone, the setting TIME_ZONE."""

from datetime import datetime

from django.utils import timezone

from foundation.parsing import read_moment


def project_moment(value: object) -> datetime:
    """A time; one without a zone is in the project's. Raises BadValue."""
    return read_moment(value, zone=timezone.get_default_timezone())
