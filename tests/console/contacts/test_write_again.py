"""The page that asks whether those who did not open were mailed again, and records it."""

import csv
import io
from datetime import timedelta

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign, Contact, NotSentReason
from contacts.change import erase_contact
from contacts.not_sent import mark_not_sent
from contacts.pixels import merge_list
from contacts.pixels.opened_lists import recorded
from foundation.audit_log import note
from tests.admin_pages import text_of
from tests.reports.verdict.campaigns import pass_time, send
from tests.tracking.factories import START, make_campaign, make_contacts, make_hit, open_contacts
from tests.winners import decide
from tracking.counting.record import record
from tracking.upkeep.audit import find_differences

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOW = START + 24 * HOUR
LIST = reverse("admin:campaigns_contact_changelist")
MAY_DOWNLOAD = ("campaigns.view_contact", "tracking.view_pixel")
MAY_RECORD = (*MAY_DOWNLOAD, "campaigns.change_contact")


@pytest.fixture(autouse=True)
def _the_next_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def campaign():
    return make_campaign()


@pytest.fixture
def contacts(campaign):
    """Four contacts of the first group, one of them opened, and one of the second."""
    first, second = campaign.groups.order_by("number")
    contacts = make_contacts(first, [START] * 4) + make_contacts(second, [START])
    open_contacts(contacts[:1], after=HOUR)
    return contacts


def page_of(campaign, group=None):
    address = reverse("admin:campaigns_campaign_write_again", args=[campaign.id])
    return address if group is None else f"{address}?group={group.id}"


def rows_of(response):
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))


def uuids(rows):
    return [row["uuid"] for row in rows]


def resent():
    rows = Contact.objects.filter(resent_at__isnull=False).order_by("created_at", "uuid")
    return [str(contact.uuid) for contact in rows]


def ids(contacts):
    return [str(contact.uuid) for contact in contacts]


def test_it_asks_and_says_how_many(admin_client, campaign, contacts):
    words = text_of(admin_client.get(page_of(campaign)))
    assert "Will you write to them again?" in words
    assert "4 contacts of Spring were sent to and not opened so far." in words
    assert "No, only download the list" in words
    assert not LogEntry.objects.exists()
    group = campaign.groups.get(number=2)
    words = text_of(admin_client.get(page_of(campaign, group)))
    assert "1 contact of group 2 Group 2 in Spring was sent to and not opened so far." in words


def test_yes_downloads_the_list_and_records_exactly_its_contacts(admin_client, campaign, contacts):
    response = admin_client.post(page_of(campaign))
    assert response["Content-Disposition"] == (
        f'attachment; filename="contacts-not-opened-{campaign.id}.csv"'
    )
    rows = rows_of(response)
    assert uuids(rows) == resent() == ids(contacts[1:])
    assert rows[0]["pixel_1_url"]
    assert set(Contact.objects.filter(uuid__in=resent()).values_list("resent_at")) == {(NOW,)}
    assert not find_differences()


def test_the_page_and_the_list_say_what_was_recorded(admin_client, admin_user, campaign, contacts):
    assert "mailed again on" not in text_of(admin_client.get(page_of(campaign)))
    rows_of(admin_client.post(page_of(campaign)))
    rows_of(admin_client.post(page_of(campaign)))
    with time_machine.travel(NOW + HOUR, tick=False):
        note(by=admin_user, rows=[campaign], sentence=recorded(1))
    listed = f"{LIST}?campaign={campaign.id}&opened=no"
    for page in (page_of(campaign), listed):
        words = text_of(admin_client.get(page))
        first, second = (timezone.localtime(at) for at in (NOW, NOW + HOUR))
        assert (
            f"1 contact was recorded as mailed again on {second:%-d %B %Y, %H:%M}. "
            f"4 contacts were recorded as mailed again on {first:%-d %B %Y, %H:%M}."
        ) in words
        assert "0 contacts were recorded" not in words
    assert "mailed again on" not in text_of(admin_client.get(listed.replace("=no", "=person")))


def test_before_the_decision_the_page_says_how_yes_affects_it(admin_client, campaign, contacts):
    words = text_of(admin_client.get(page_of(campaign)))
    assert "Groups are " in words
    assert "drop out of the decision. Better wait." in words
    decide(campaign)
    assert "drop out of the decision" not in text_of(admin_client.get(page_of(campaign)))


def test_where_nothing_is_compared_there_is_no_decision_to_wait_for(admin_client):
    campaign = make_campaign(groups=1)
    make_contacts(campaign.groups.get(), [START])
    words = text_of(admin_client.get(page_of(campaign)))
    assert "Yes, I will" in words or "1 contact" in words
    assert "drop out of the decision" not in words


def test_where_too_many_groups_are_sent_to_there_is_no_decision_to_wait_for(admin_client):
    campaign = make_campaign(groups=21)
    for group in campaign.groups.all():
        make_contacts(group, [START])
    assert "Better wait." not in text_of(admin_client.get(page_of(campaign)))


@pytest.fixture
def late_group(campaign):
    """The second group is sent to a day after the first."""
    send(campaign.groups.get(number=1), 60)
    send(campaign.groups.get(number=2), 60, at=START + 24 * HOUR)
    return campaign


def test_groups_unbalanced_for_good_are_no_reason_to_wait(admin_client, campaign):
    of_first, _ = (send(group, 200) for group in campaign.groups.order_by("number"))
    marked = [contact.uuid for contact in of_first[:60]]
    mark_not_sent(
        campaign_id=campaign.id,
        contact_ids=marked,
        reason=NotSentReason.BOUNCED,
        now=START + HOUR,
    )
    pass_time(NOW)
    words = text_of(admin_client.get(page_of(campaign)))
    assert (
        "Too different shares of the groups were marked after they were due (bounced and so on): "
        "Group 1 30.0% / Group 2 0.0%, so we won't compare their opens. So nothing will be "
        "decided, and there is nothing to wait for."
    ) in words
    assert "Better wait." not in words


def test_groups_sent_apart_are_one_only_until_the_cut_off(admin_client, late_group):
    for until, waits in ((START + 12 * HOUR, True), (START + 25 * HOUR, False)):
        with time_machine.travel(until, tick=False):
            pass_time(until, look=False)
            words = text_of(admin_client.get(page_of(late_group)))
        assert ("Better wait." in words) is waits
        assert ("were not sent to at the same times, so we won't compare" in words) is not waits


def test_after_a_cut_off_with_one_group_alone_there_is_no_decision_to_wait_for(
    admin_client, campaign
):
    make_contacts(campaign.groups.get(number=1), [START])
    assert "Better wait." in text_of(admin_client.get(page_of(campaign)))
    Campaign.objects.update(cut_off_at=NOW)
    assert "Better wait." not in text_of(admin_client.get(page_of(campaign)))


def test_with_permission_to_download_only_that_is_offered(admin_client, staff, campaign, contacts):
    listed = f"{LIST}?campaign={campaign.id}&opened=no"
    assert "or write to them again" in text_of(admin_client.get(listed))
    words = text_of(staff(*MAY_DOWNLOAD).get(listed))
    assert "or write to them again" not in words
    assert "Download as CSV" in words


def test_yes_for_a_group_records_that_group(admin_client, campaign, contacts):
    group = campaign.groups.get(number=2)
    rows = rows_of(admin_client.post(page_of(campaign, group)))
    assert uuids(rows) == resent() == ids(contacts[4:])


def test_yes_again_keeps_the_first_time(admin_client, campaign, contacts):
    rows_of(admin_client.post(page_of(campaign)))
    open_contacts(contacts[1:2], after=2 * HOUR)
    with time_machine.travel(NOW + HOUR, tick=False):
        rows = rows_of(admin_client.post(page_of(campaign)))
    assert uuids(rows) == ids(contacts[2:])
    assert set(Contact.objects.filter(uuid__in=resent()).values_list("resent_at")) == {(NOW,)}
    said = LogEntry.objects.order_by("id").values_list("change_message", flat=True)
    assert [sentence.rpartition(": ")[2] for sentence in said] == [
        "recorded 4 of them as mailed again.",
        "recorded 0 of them as mailed again.",
    ]


def test_a_contact_that_opens_meanwhile_is_neither_listed_nor_recorded(
    admin_client, campaign, contacts, monkeypatch
):
    monkeypatch.setattr(merge_list, "CHUNK", 2)
    monkeypatch.setattr("foundation.csv_export.ROWS_AT_ONCE", 1)
    blocks = iter(admin_client.post(page_of(campaign)).streaming_content)
    begun = [next(blocks), next(blocks)]
    open_contacts(contacts[3:4], after=23 * HOUR)
    rows = list(csv.DictReader(io.StringIO(b"".join([*begun, *blocks]).decode())))
    assert uuids(rows) == resent() == ids([contacts[1], contacts[2], contacts[4]])


def test_an_interrupted_download_has_recorded_what_it_sent(
    admin_client, campaign, contacts, monkeypatch
):
    monkeypatch.setattr(merge_list, "CHUNK", 2)
    monkeypatch.setattr("foundation.csv_export.ROWS_AT_ONCE", 1)
    response = admin_client.post(page_of(campaign))
    blocks = iter(response.streaming_content)
    assert [next(blocks).count(b"\n"), next(blocks).count(b"\n")] == [1, 1]
    # As a server closes it when its client has gone.
    response._iterator.close()
    assert resent() == ids(contacts[1:2])
    assert "recorded 1 of them" in LogEntry.objects.get().change_message
    assert uuids(rows_of(admin_client.post(page_of(campaign)))) == ids(contacts[1:])


def test_an_erased_contact_is_not_mailed_again(admin_client, campaign, contacts):
    erase_contact(contact_id=contacts[1].uuid, now=NOW)
    assert uuids(rows_of(admin_client.post(page_of(campaign)))) == ids(contacts[2:])
    assert resent() == ids(contacts[2:])


def test_where_all_contacts_opened_nothing_is_asked(admin_client, campaign, contacts):
    record([make_hit(contact) for contact in contacts])
    words = text_of(admin_client.get(page_of(campaign)))
    assert "There is nobody to write to again" in words
    assert "Yes" not in words
    assert rows_of(admin_client.post(page_of(campaign))) == []


def test_it_is_recorded_in_the_campaigns_history(admin_client, campaign, contacts):
    rows_of(admin_client.post(page_of(campaign, campaign.groups.get(number=1))))
    entry = LogEntry.objects.get()
    assert entry.object_id == str(campaign.id)
    assert entry.change_message == (
        "Downloaded contacts not opened, group 1 Group 1, to write to them again: recorded 3 of "
        "them as mailed again."
    )


def test_without_permission_to_change_contacts_only_the_download_is_possible(
    staff, campaign, contacts
):
    client = staff(*MAY_DOWNLOAD)
    words = text_of(client.get(page_of(campaign)))
    assert "Only download the list" in words
    assert "Yes, I will" not in words
    assert client.post(page_of(campaign)).status_code == 403
    assert resent() == []


@pytest.mark.parametrize("missing", MAY_DOWNLOAD)
def test_without_permission_to_download_nothing_is_asked(staff, campaign, contacts, missing):
    client = staff(*(name for name in MAY_RECORD if name != missing))
    for answer in (client.get(page_of(campaign)), client.post(page_of(campaign))):
        assert answer.status_code == 403
    assert resent() == []


def test_what_does_not_exist_is_not_found(admin_client, campaign):
    other = make_campaign("Autumn").groups.first()
    addresses = [page_of(campaign, other), f"{page_of(campaign)}?group=x"]
    addresses.append(reverse("admin:campaigns_campaign_write_again", args=[999]))
    for address in addresses:
        for method in (admin_client.get, admin_client.post):
            assert method(address).status_code == 404


def test_a_form_from_another_site_is_refused(admin_user, campaign, contacts):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert client.post(page_of(campaign)).status_code == 403
    assert resent() == []
