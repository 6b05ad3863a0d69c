"""Moments as the project reads them: by its own time zone, the setting TIME_ZONE."""

from datetime import datetime

from django.utils import timezone

from foundation.parsing import read_moment


def project_moment(value: object) -> datetime:
    """A moment; one without a zone is taken in the project's. Raises BadValue."""
    return read_moment(value, zone=timezone.get_default_timezone())
