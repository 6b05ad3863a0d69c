"""Who opened and who did not, through the API: lists, merge lists, recording a second mail."""

import csv
import io
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry

from campaigns.models import Contact
from contacts.opened import pages as opened_pages
from foundation.cursors import encode_cursor
from tests.tracking.factories import (
    APPLE_PRIVACY,
    GMAIL,
    START,
    make_campaign,
    make_contact,
    make_contacts,
    open_contacts,
)
from tests.winners import with_roles

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
CONTACTS = "/api/v1/contacts/"
RESENT = f"{CONTACTS}resent/"
A_UUID = "6f1c2a1e-58cc-4372-a567-0e02b2c3d479"
FAR_AHEAD = START.replace(year=2190)


@pytest.fixture
def groups():
    return list(make_campaign().groups.order_by("number"))


@pytest.fixture
def mailed(groups):
    """Contacts by what happened to them; another one is not due."""
    contacts = make_contacts(groups[0], [START] * 4) + make_contacts(groups[1], [START] * 2)
    open_contacts(contacts[:1] + contacts[5:], after=HOUR, agent=GMAIL)
    open_contacts(contacts[1:2], after=HOUR, agent=APPLE_PRIVACY)
    make_contact(groups[0], scheduled_at=FAR_AHEAD)
    return {
        "person": [contacts[0], contacts[5]],
        "machine": contacts[1:2],
        "no": contacts[2:5],
    }


def ids(contacts):
    return [str(contact.uuid) for contact in contacts]


def listed(response):
    assert response.status_code == 200
    return [row["uuid"] for row in response.json()]


def errors_of(response):
    assert response.status_code == 400
    return list(response.json().get("errors", {}))


# --- The list -------------------------------------------------------------------------------


@pytest.mark.parametrize("opened", ["person", "machine", "no"])
def test_contacts_are_listed_by_whether_they_were_opened(api, groups, mailed, opened):
    response = api.get(CONTACTS, {"campaign": groups[0].campaign_id, "opened": opened})
    assert listed(response) == ids(mailed[opened])
    assert response.headers["X-Total-Count"] == str(len(mailed[opened]))
    assert "Link" not in response.headers


def test_a_group_has_its_own_list_and_number(api, groups, mailed):
    response = api.get(CONTACTS, {"group": groups[1].id, "opened": "no"})
    assert listed(response) == ids(mailed["no"][-1:])
    assert response.headers["X-Total-Count"] == "1"
    both = {"campaign": groups[0].campaign_id, "group": groups[1].id, "opened": "no"}
    assert listed(api.get(CONTACTS, both)) == ids(mailed["no"][-1:])
    assert listed(api.get(CONTACTS, both | {"campaign": 10**9})) == []


def test_the_control_group_is_in_no_list(api):
    campaign = make_campaign(groups=4)
    a, *_, control = with_roles(campaign)
    contacts = make_contacts(a, [START]) + make_contacts(control, [START])
    open_contacts(contacts, after=HOUR)
    response = api.get(CONTACTS, {"campaign": campaign.id, "opened": "person"})
    assert (len(listed(response)), response.headers["X-Total-Count"]) == (1, "1")
    response = api.get(CONTACTS, {"group": control.id, "opened": "person"})
    assert (listed(response), response.headers["X-Total-Count"]) == ([], "0")
    assert len(listed(api.get(CONTACTS, {"opened": "person"}))) == 1
    [*_, own] = api.get(f"/api/v1/email-campaigns/{campaign.id}/report/").json()["groups"]
    assert (own["sent"], own["opens"], own["open_rate"]) == (0, 0, None)
    assert own["opened_unmailed"] == 1


def test_other_filters_apply_too_and_then_there_is_no_total(api, groups, mailed):
    query = {"campaign": groups[0].campaign_id, "opened": "no", "erased": "true"}
    response = api.get(CONTACTS, query)
    assert listed(response) == []
    assert "X-Total-Count" not in response.headers
    response = api.get(CONTACTS, {"opened": "person"})
    assert listed(response) == ids(mailed["person"])
    assert "X-Total-Count" not in response.headers
    response = api.get(CONTACTS, query | {"erased": "", "opened": "no"})
    assert response.headers["X-Total-Count"] == "3"


def test_the_pages_lead_from_one_to_the_next(api, groups, monkeypatch):
    monkeypatch.setattr(opened_pages, "CHUNK", 2)
    monkeypatch.setattr(opened_pages, "LOOKED_AT", 4)
    contacts = make_contacts(groups[0], [START] * 13)
    open_contacts(contacts[2:9], after=HOUR)
    address = f"{CONTACTS}?campaign={groups[0].campaign_id}&opened=no&limit=3"
    found, sizes = [], []
    while address:
        response = api.get(address)
        page = listed(response)
        found += page
        sizes.append(len(page))
        assert response.headers["X-Total-Count"] == "6"
        link = response.headers.get("Link")
        address = link and link.removeprefix("<").removesuffix('>; rel="next"')
    assert found == ids(contacts[:2] + contacts[9:])
    assert sizes == [2, 0, 3, 1]


def test_a_list_without_the_filter_is_unchanged(api, groups, mailed):
    response = api.get(CONTACTS, {"skip": 1, "limit": 2, "opened": ""})
    assert len(listed(response)) == 2
    assert response.headers["X-Total-Count"] == "7"
    assert "Link" not in response.headers


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"opened": "maybe"}, "opened"),
        ({"opened": "NO"}, "opened"),
        ({"opened": "true"}, "opened"),
        ({"opened": "no", "skip": "1"}, "skip"),
        ({"cursor": encode_cursor(1)}, "cursor"),
        ({"opened": "no", "cursor": "x"}, "cursor"),
        ({"opened": "no", "cursor": encode_cursor("now", A_UUID)}, "cursor"),
        ({"opened": "no", "limit": "0"}, "limit"),
        ({"opened": "no", "campaign": "x"}, "campaign"),
    ],
)
def test_a_malformed_parameter_is_refused_by_its_name(api, query, name):
    assert errors_of(api.get(CONTACTS, query)) == [name]


def test_the_list_takes_few_queries(api, groups, mailed, django_assert_num_queries):
    # The user; one for the number, one for its groups; four for the page, two for whether anybody
    # ever decided.
    with django_assert_num_queries(9):
        api.get(CONTACTS, {"campaign": groups[0].campaign_id, "opened": "no"})


def test_the_list_needs_the_permission_to_view_contacts(sign_in, groups):
    response = sign_in("tracking.view_report").get(CONTACTS, {"opened": "no"})
    assert response.status_code == 403


# --- The merge list -------------------------------------------------------------------------


def merge_list(api, of, **query):
    response = api.get(f"/api/v1/email-campaigns/{of.campaign_id}/merge-list/", query)
    if response.status_code != 200:
        return response
    text = b"".join(response.streaming_content).decode()
    return [row["uuid"] for row in csv.DictReader(io.StringIO(text))]


def test_the_merge_list_is_narrowed_too(api, groups, mailed):
    for opened, contacts in mailed.items():
        assert merge_list(api, groups[0], opened=opened) == ids(contacts)
    assert merge_list(api, groups[0], opened="no", group=groups[1].id) == ids(mailed["no"][-1:])
    assert len(merge_list(api, groups[0], group=groups[1].id)) == 2


def test_a_download_is_in_the_campaigns_history(api, groups, mailed):
    merge_list(api, groups[0], opened="no", group=groups[1].id)
    entry = LogEntry.objects.get()
    assert entry.change_message == "Downloaded contacts not opened, group 2 Group 2."
    assert entry.object_id == str(groups[0].campaign_id)


def test_a_merge_list_that_does_not_exist_is_refused(api, groups):
    other = make_campaign("Autumn").groups.first()
    assert errors_of(merge_list(api, groups[0], opened="maybe")) == ["opened"]
    for group in (other.id, 10**9, "x"):
        assert errors_of(merge_list(api, groups[0], group=group)) == ["group"]
    assert errors_of(merge_list(api, groups[0], colour="red")) == ["colour"]
    assert not LogEntry.objects.exists()


# --- Mailed again ---------------------------------------------------------------------------


def resend(api, group, chosen, **changes):
    return api.post(RESENT, {"campaign": group.campaign_id, "contacts": chosen} | changes)


def test_an_empty_list_is_refused_in_its_own_words(api, groups):
    errors = resend(api, groups[0], []).json()["errors"]
    assert errors == {"contacts": ["Give at least one contact."]}


def test_a_second_mail_is_recorded_once(api, groups, mailed):
    chosen = [*ids(mailed["no"]), A_UUID]
    answer = resend(api, groups[0], chosen).json()
    assert answer == {"marked": 3, "unchanged": 0, "unknown_contacts": [3]}
    first = api.get(f"{CONTACTS}{chosen[0]}/").json()["resent_at"]
    assert first
    answer = resend(api, groups[0], chosen).json()
    assert answer == {"marked": 0, "unchanged": 3, "unknown_contacts": [3]}
    assert api.get(f"{CONTACTS}{chosen[0]}/").json()["resent_at"] == first


def test_it_is_in_the_campaigns_history_once(api, groups, mailed):
    for _ in range(2):
        resend(api, groups[0], ids(mailed["no"]))
    assert LogEntry.objects.get().change_message == "Recorded 3 contacts as mailed again."


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"campaign": 10**9}, ["campaign"]),
        ({"campaign": None}, ["campaign"]),
        ({"contacts": []}, ["contacts"]),
        ({"contacts": ["x"]}, ["contacts.0"]),
        ({"contacts": None}, ["contacts"]),
        ({"contacts": A_UUID}, ["contacts"]),
        ({"contacts": [A_UUID] * 10_001}, ["contacts"]),
        ({"when": "now"}, ["when"]),
    ],
)
def test_a_bad_call_records_nothing(api, groups, mailed, changed, fields):
    assert errors_of(resend(api, groups[0], ids(mailed["no"]), **changed)) == fields
    assert not Contact.objects.filter(resent_at__isnull=False).exists()


def test_recording_needs_the_permission_to_change_contacts(sign_in, groups, mailed):
    chosen = ids(mailed["no"])
    reader = sign_in("campaigns.view_contact", "tracking.view_pixel")
    assert resend(reader, groups[0], chosen).status_code == 403
    assert (
        resend(sign_in("campaigns.change_contact", name="x"), groups[0], chosen).json()["marked"]
        == 3
    )
