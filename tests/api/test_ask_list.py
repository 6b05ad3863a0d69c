"""The merge list of whom one may ask for consent, who count as asked from then on."""

import csv
import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone
from rest_framework.test import APIClient

from campaigns import services
from campaigns.models import NotSentReason
from consent import journal
from consent.models import Asked, ConsentState
from contacts.change import erase_contact
from contacts.person.file import person_file
from contacts.replay import replay_journals
from foundation.personal_data.hashes import read_email_hash
from tests.consent.deciding import agree, withdraw
from tests.tracking.factories import make_campaign, make_contact

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def page(settings):
    settings.PRIVACY_SENDER = "Example Books"
    settings.PRIVACY_CONTACT = "privacy@example.com"
    settings.PRIVACY_POLICY_URL = "https://example.com/privacy"


def asking(name):
    campaign = make_campaign(name)
    services.update_campaign(
        campaign_id=campaign.id, changes={"tracking_mode": "off"}, now=timezone.now()
    )
    return campaign.groups.first()


@pytest.fixture
def group():
    return asking("May we?")


def get(api, group, **query):
    path = f"/api/v1/email-campaigns/{group.campaign_id}/merge-list/"
    return api.get(path, {"ask": "true", **query})


def listed(api, group, **query):
    answer = get(api, group, **query)
    assert answer.status_code == 200, answer.json()
    text = b"".join(answer.streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert all("/privacy/" in row["consent_url"] for row in rows)
    assert not any(value for row in rows for name, value in row.items() if "pixel" in name)
    return [row["email"].partition("@")[0] for row in rows]


def people(group, *names, **fields):
    return [make_contact(group, email=f"{name}@example.com", **fields) for name in names]


def test_it_names_whom_one_may_ask_and_no_one_else(api, group):
    ann, bob, cy, _, _ = people(group, "ann", "bob", "cy", "dora", "zoe")
    people(group, "gone", not_sent_reason=NotSentReason.BOUNCED, not_sent_at=timezone.now())
    agree(ann, now=timezone.now() - 400 * DAY)
    withdraw(bob, now=timezone.now() - 100 * DAY)
    withdraw(cy, now=timezone.now() - 200 * DAY)
    assert listed(api, group) == ["cy", "dora", "zoe"]
    asked = set(Asked.objects.values_list("person", "campaign_id"))
    assert asked == {
        (read_email_hash(f"{name}@example.com"), group.campaign_id)
        for name in ("cy", "dora", "zoe")
    }


def test_another_campaign_does_not_ask_again_within_six_months(api, group):
    again = asking("And now?")
    people(group, "ann", "bob")
    people(again, "ann", "bob", "cy")
    assert listed(api, group) == ["ann", "bob"]
    assert listed(api, again) == ["cy"]
    # A list that was cut off can be had again, without whoever refused meanwhile.
    withdraw(group.contacts.get(email_hash=read_email_hash("bob@example.com")))
    assert listed(api, group) == ["ann"]
    assert Asked.objects.count() == 3
    Asked.objects.update(asked_at=timezone.now() - 200 * DAY)
    assert listed(api, again) == ["ann", "cy"]


def test_a_campaign_asks_the_same_person_again_after_six_months_alone(api, group):
    people(group, "ann")
    assert listed(api, group) == ["ann"]
    for days, names in ((0, ["ann"]), (2, []), (200, ["ann"])):
        Asked.objects.update(asked_at=timezone.now() - days * DAY)
        assert listed(api, group) == names, days
    asked_again = Asked.objects.get().asked_at
    assert timezone.now() - asked_again < DAY


def test_the_pause_can_only_be_longer(api, group, settings):
    settings.CONSENT_ASK_AGAIN_MONTHS = 12
    [ann] = people(group, "ann")
    withdraw(ann, now=timezone.now() - 200 * DAY)
    assert listed(api, group) == []


def test_a_campaign_that_measures_does_not_ask(api):
    group = make_campaign().groups.first()
    people(group, "ann")
    answer = get(api, group)
    assert (answer.status_code, answer.json()["code"]) == (400, "measures")
    # Whoever agrees would be measured.
    services.update_campaign(
        campaign_id=group.campaign_id, changes={"never_asked": "off"}, now=timezone.now()
    )
    assert get(api, group).json()["code"] == "measures"
    assert not Asked.objects.exists()


def test_nobody_is_asked_without_a_page_to_answer_on(api, group, settings):
    settings.PRIVACY_CONTACT = ""
    assert get(api, group).json()["code"] == "no_page"


def test_who_may_be_asked_does_not_depend_on_who_opened(api, group):
    assert list(get(api, group, opened="no").json()["errors"]) == ["ask"]


def test_asking_needs_the_permission_to_record_decisions(group):
    user = User.objects.create_user("lister")
    user.user_permissions.add(
        *Permission.objects.filter(codename__in=["view_contact", "view_pixel"])
    )
    api = APIClient()
    api.force_authenticate(user)
    assert get(api, group).status_code == 403


def test_a_restored_database_knows_whom_one_asked(api, group):
    people(group, "ann")
    listed(api, group)
    before = list(Asked.objects.values_list("person", "campaign_id", "asked_at"))
    Asked.objects.all().delete()
    ConsentState.objects.update(number=0)
    replay_journals([journal.path()])
    assert list(Asked.objects.values_list("person", "campaign_id", "asked_at")) == before


def test_it_is_in_the_persons_file_and_goes_with_the_person(api, group):
    [ann] = people(group, "ann")
    listed(api, group)
    told = person_file("ann@example.com", now=timezone.now())["asked"]
    assert [one["campaign"] for one in told] == [group.campaign_id]
    erase_contact(contact_id=ann.uuid, now=timezone.now())
    assert not Asked.objects.exists()
