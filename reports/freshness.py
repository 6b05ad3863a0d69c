"""HTTP headers of a report: its version, and the moment until which it is complete."""

import hashlib
from datetime import datetime

from django.utils.http import quote_etag

from foundation.version import __version__
from reports.periods import Window
from reports.report import ReportSubject


def report_headers(
    subject: ReportSubject, *, now: datetime, window: Window, machine: bool
) -> dict[str, str]:
    """`ETag` of version, query and minute; `X-As-Of` and `X-Ingest-Lag` (seconds) if known."""
    headers = {"ETag": _etag(subject, now, window, machine), "Cache-Control": "private, no-cache"}
    if subject.as_of is not None:
        lag = max(0, round((now - subject.as_of).total_seconds()))
        headers |= {"X-As-Of": subject.as_of.isoformat(), "X-Ingest-Lag": str(lag)}
    return headers


def _etag(subject: ReportSubject, now: datetime, window: Window, machine: bool) -> str:
    # By the minute, since contacts become due and ages are reached; names and shares may change.
    parts = [
        __version__,
        subject.campaign.id,
        [(g.id, g.number, g.name, g.planned_share) for g in subject.groups],
        [(g.role, g.winner_id, g.winner_given_at) for g in subject.groups],
        subject.version,
        now.strftime("%Y%m%d%H%M"),
        window,
        machine,
    ]
    return quote_etag(hashlib.sha256(repr(parts).encode()).hexdigest()[:32])
