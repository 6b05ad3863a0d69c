"""The report of a campaign as most tests ask for it."""

from datetime import UTC

from reports.data import Scope
from reports.periods import ALWAYS
from reports.report import report_on, report_subject


def campaign_report(*, campaign_id, now, zone=UTC, window=ALWAYS, machine=False):
    subject = report_subject(campaign_id)
    return report_on(subject, now=now, zone=zone, scope=Scope(window, machine))
