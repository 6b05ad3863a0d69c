"""Who is inactive, and why that may be wrong."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.modes import Measured
from reports.inactive.rules import Doubt, Inactive, Mail, judge

SINCE = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)
NOW = SINCE + 30 * DAY
MAIL = Mail(SINCE + DAY, None, Measured.YES)
OLD = Mail(SINCE - 9 * DAY, None, Measured.YES, by_person=SINCE - 8 * DAY)
UNKNOWN = MAIL._replace(measured=Measured.NO)


def judged(*mails, has_decided=False):
    return judge(mails, has_decided=has_decided, since=SINCE, now=NOW)


def test_who_got_mails_and_gave_no_sign_is_inactive():
    found = judged(MAIL, MAIL, OLD)
    assert found == Inactive(2, SINCE - 8 * DAY, Doubt.IMAGES_OFF)


@pytest.mark.parametrize(("at", "is_sign"), [(SINCE, True), (SINCE - MOMENT, False), (NOW, True)])
def test_an_open_since_then_is_a_sign_of_whatever_mail(at, is_sign):
    assert (judged(MAIL, OLD._replace(by_person=at)) is None) == is_sign


@pytest.mark.parametrize(
    ("due", "resent", "is_mailed"),
    [
        (SINCE, None, True),
        (SINCE - MOMENT, None, False),
        (NOW, None, True),
        (NOW + MOMENT, None, False),
        (None, None, False),
        (SINCE - DAY, SINCE + DAY, True),
        (SINCE - DAY, NOW + DAY, False),
    ],
)
def test_who_got_nothing_can_give_no_sign(due, resent, is_mailed):
    found = judged(MAIL._replace(due_at=due, resent_at=resent))
    assert (found is not None) == is_mailed


@pytest.mark.parametrize(
    ("mails", "has_decided", "doubt"),
    [
        ([MAIL], True, Doubt.IMAGES_OFF),
        ([MAIL, UNKNOWN], True, Doubt.IMAGES_OFF),
        ([MAIL._replace(by_machine=SINCE)], False, Doubt.MACHINE_ONLY),
        ([MAIL._replace(by_machine=SINCE - MOMENT)], False, Doubt.IMAGES_OFF),
        ([MAIL, OLD._replace(by_machine=NOW)], False, Doubt.MACHINE_ONLY),
        ([UNKNOWN], False, Doubt.NEVER_ASKED),
        ([UNKNOWN], True, Doubt.NOT_MEASURED),
        ([UNKNOWN._replace(forgotten=True)], False, Doubt.NOT_MEASURED),
        ([MAIL._replace(measured=Measured.LAPSED)], True, Doubt.NOT_MEASURED),
        ([UNKNOWN, OLD], True, Doubt.NOT_MEASURED),
    ],
)
def test_why_it_may_be_wrong(mails, has_decided, doubt):
    assert judged(*mails, has_decided=has_decided).doubt == doubt
