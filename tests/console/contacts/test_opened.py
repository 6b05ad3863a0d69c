"""The list of contacts filtered by who opened, and its file."""

import csv
import io
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from campaigns.models import Campaign, Contact
from console.base import lists as admin_lists
from console.contacts import opened as opened_list
from console.contacts import pages as contacts_pages
from contacts.not_sent import NotSentReason, mark_not_sent
from contacts.opened import pages as opened_pages
from tests.admin_pages import keys_of, messages_of, rows_of, text_of
from tests.tracking.factories import (
    APPLE_PRIVACY,
    GMAIL,
    START,
    make_campaign,
    make_contact,
    make_contacts,
    open_contacts,
)

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
HOUR = timedelta(hours=1)
LIST = reverse("admin:campaigns_contact_changelist")
FAR_AHEAD = START.replace(year=2190)


@pytest.fixture
def campaign():
    return make_campaign()


@pytest.fixture
def mailed(campaign):
    """Contacts of the first group by what happened to them, and one of the second."""
    first, second = campaign.groups.order_by("number")
    person, machine, *unopened = make_contacts(first, [START] * 5)
    open_contacts([person], after=HOUR, agent=GMAIL)
    open_contacts([machine], after=HOUR, agent=APPLE_PRIVACY)
    bounced = make_contact(first)
    mark_not_sent(
        campaign_id=campaign.id,
        contact_ids=[bounced.uuid],
        reason=NotSentReason.BOUNCED,
        now=START,
    )
    make_contact(first, scheduled_at=FAR_AHEAD)
    [elsewhere] = make_contacts(second, [START])
    return {
        "person": [person],
        "machine": [machine],
        "no": [*unopened, elsewhere],
        "first": first,
        "second": second,
    }


def listed(client, **query):
    return keys_of(client.get(LIST, query))


def ids(contacts):
    return [str(contact.uuid) for contact in contacts]


def csv_page(campaign):
    return reverse("admin:campaigns_campaign_contacts_csv", args=[campaign.id])


def file_of(client, campaign, **query):
    response = client.get(csv_page(campaign), query)
    text = b"".join(response.streaming_content).decode()
    return response, [row["uuid"] for row in csv.DictReader(io.StringIO(text))]


# --- The list -------------------------------------------------------------------------------


@pytest.mark.parametrize("opened", ["person", "machine", "no"])
def test_the_list_is_narrowed_to_one_of_the_three(admin_client, campaign, mailed, opened):
    assert listed(admin_client, campaign=campaign.id, opened=opened) == ids(mailed[opened])


def test_it_can_be_combined_with_the_other_filters_and_the_search(admin_client, campaign, mailed):
    second = {"campaign": campaign.id, "group": mailed["second"].id}
    elsewhere = ids(mailed["no"])[-1]
    assert listed(admin_client, **second, opened="no") == [elsewhere]
    assert listed(admin_client, group=mailed["second"].id, opened="no") == [elsewhere]
    assert listed(admin_client, **second, opened="person") == []
    assert listed(admin_client, opened="person") == ids(mailed["person"])
    assert listed(admin_client, opened="no", q=elsewhere) == [elsewhere]
    assert listed(admin_client, opened="person", q=elsewhere) == []


def test_the_words_and_numbers_are_those_of_a_marketer(admin_client, campaign, mailed):
    words = text_of(admin_client.get(LIST, {"campaign": campaign.id, "opened": "no"}))
    for label in ("Opened (1)", "Opened by machines only (1)", "Not opened (4)"):
        assert label in words
    assert "4 contacts were sent to and not opened so far." in words
    assert "Of 1 more nothing can be known" in words
    without = text_of(admin_client.get(LIST, {"campaign": campaign.id}))
    assert "Not opened" in without
    assert "Not opened (" not in without


@pytest.mark.parametrize(
    ("opened", "sentence"),
    [
        ("person", "1 contact was opened by a person in group 1 Group 1."),
        ("machine", "1 contact was opened by machines only in group 1 Group 1."),
        ("no", "3 contacts were sent to and not opened so far in group 1 Group 1."),
    ],
)
def test_a_group_has_its_own_numbers(admin_client, mailed, opened, sentence):
    query = {"group": mailed["first"].id, "opened": opened}
    assert sentence in text_of(admin_client.get(LIST, query))


def test_where_no_campaign_is_chosen_there_are_no_numbers(admin_client, mailed):
    words = text_of(admin_client.get(LIST, {"opened": "no"}))
    assert "nothing can be known" not in words
    assert "Not opened (" not in words
    assert "0 contacts" in text_of(admin_client.get(LIST, {"opened": "no", "campaign": 99}))


@pytest.fixture
def short_pages(monkeypatch):
    monkeypatch.setattr(opened_pages, "CHUNK", 4)
    monkeypatch.setattr(opened_pages, "LOOKED_AT", 8)
    for name in ("list_per_page", "list_max_show_all"):
        monkeypatch.setattr(contacts_pages.ContactAdmin, name, 3)


def all_pages(client, query):
    seen, pages = [], []
    address = f"{LIST}?{query}"
    while address:
        response = client.get(address)
        seen += keys_of(response)
        pages.append(text_of(response))
        following = response.context["cl"].of_next
        address = following and LIST + following
    return seen, pages


def test_the_pages_lead_from_one_to_the_next(admin_client, campaign, short_pages):
    contacts = make_contacts(campaign.groups.first(), [START] * 7)
    seen, pages = all_pages(admin_client, f"campaign={campaign.id}&opened=no")
    assert seen == ids(contacts)
    assert [("Next page" in page, "First page" in page) for page in pages] == [
        (True, False),
        (True, True),
        (False, True),
    ]
    assert "3 contacts on this page." in pages[0]


def test_a_page_with_few_results_says_how_far_it_looked(admin_client, campaign, short_pages):
    contacts = make_contacts(campaign.groups.first(), [START] * 12)
    open_contacts(contacts[1:], after=HOUR)
    seen, pages = all_pages(admin_client, f"campaign={campaign.id}&opened=no")
    assert seen == ids(contacts[:1])
    assert "1 contact on this page, found among 8 that were looked at. Look further" in pages[0]
    assert "0 contacts on this page. First page" in pages[1]


def test_another_choice_begins_at_the_first_page(admin_client, campaign, short_pages):
    make_contacts(campaign.groups.first(), [START] * 7)
    first = admin_client.get(LIST, {"campaign": campaign.id, "opened": "no"})
    second = admin_client.get(LIST + first.context["cl"].of_next)
    for spec in second.context["cl"].filter_specs:
        for choice in spec.choices(second.context["cl"]):
            assert opened_list.CURSOR not in choice["query_string"]


@pytest.mark.parametrize("query", [{"opened": "maybe"}, {"opened": "no", "opened_after": "x"}])
def test_an_invalid_address_leads_to_the_whole_list(admin_client, mailed, query):
    response = admin_client.get(LIST, query)
    assert response.headers["Location"] == f"{LIST}?e=1"


def test_a_longer_list_takes_no_more_queries(admin_client, campaign, django_assert_max_num_queries):
    def cost():
        with django_assert_max_num_queries(14) as queries:
            admin_client.get(LIST, {"campaign": campaign.id, "opened": "no"})
        return len(queries)

    # Known to a process that has shown a history before.
    ContentType.objects.get_for_model(Campaign)
    make_contacts(campaign.groups.first(), [START] * 5)
    few = cost()
    make_contacts(campaign.groups.first(), [START] * 45)
    assert cost() == few


@pytest.mark.parametrize("opened", ["person", "no"])
@pytest.mark.parametrize(
    ("narrowed", "by"),
    [({"q": "nobody"}, "search"), ({"not_sent_reason__exact": "bounced"}, "filter")],
)
def test_a_narrowed_list_says_so_and_offers_no_file(
    admin_client, campaign, mailed, opened, narrowed, by
):
    query = {"campaign": campaign.id, "opened": opened}
    response = admin_client.get(LIST, query | narrowed)
    said = f"the whole campaign; the list below is narrowed by your {by}."
    assert said in text_of(response)
    assert "Download" not in text_of(response)
    assert said not in text_of(admin_client.get(LIST, query))


# --- What a list of contacts shows first ----------------------------------------------------


def test_the_list_names_people_first_and_leads_back_to_the_report(admin_client, staff, campaign):
    group = campaign.groups.first()
    make_contact(group, email="cleo@example.com")
    make_contact(group, email=None, name="Dan")
    make_contact(group, email=None, external_id="crm-1")
    make_contact(group, email=None)
    query = {"campaign": campaign.id}
    response = admin_client.get(LIST, query)
    columns = list(rows_of(response)[0])
    assert columns[:2] == ["contact", "opened"]
    assert "uuid" not in columns
    named = [row["contact"] for row in rows_of(response)]
    assert named == ["cleo@example.com", "Dan", "crm-1", "without an address"]
    assert "Select contact to change" not in text_of(response)
    report = reverse("report-page", args=[campaign.id])
    assert report in response.content.decode()
    assert report not in admin_client.get(LIST).content.decode()
    assert report not in staff("campaigns.view_contact").get(LIST, query).content.decode()


# --- Actions --------------------------------------------------------------------------------


def act(client, campaign, **form):
    address = f"{LIST}?campaign={campaign.id}&opened=no"
    form = {"action": "mark_bounced", "index": 0} | form
    return client.post(address, form, follow=True)


def test_an_action_takes_the_rows_of_the_page(admin_client, campaign, mailed):
    one = mailed["no"][0]
    act(admin_client, campaign, select_across=0, _selected_action=[str(one.uuid)])
    assert Contact.objects.get(uuid=one.uuid).not_sent_reason == "bounced"


@pytest.mark.parametrize("across", ["1", "true", "2", ["0", "1"]])
def test_no_action_takes_more_than_the_page(admin_client, campaign, mailed, across):
    before = Contact.objects.filter(not_sent_reason="bounced").count()
    chosen = ids(mailed["no"][:1])
    response = act(admin_client, campaign, select_across=across, _selected_action=chosen)
    assert messages_of(response) == [opened_list.SELECT_HERE]
    assert Contact.objects.filter(not_sent_reason="bounced").count() == before


def test_the_whole_list_may_still_be_acted_on_together(admin_client, campaign, mailed, monkeypatch):
    monkeypatch.setattr(admin_lists, "PAGE", 2)
    chosen = ids(mailed["no"][:1])
    form = {"action": "mark_bounced", "index": 0, "select_across": 1, "_selected_action": chosen}
    admin_client.post(f"{LIST}?group={mailed['second'].id}", form)
    assert Contact.objects.get(uuid=mailed["no"][-1].uuid).not_sent_reason == "bounced"


# --- The file -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("opened", "name"),
    [
        ("person", "contacts-opened"),
        ("machine", "contacts-opened-by-machines"),
        ("no", "contacts-not-opened"),
    ],
)
def test_the_file_has_the_list(admin_client, campaign, mailed, opened, name):
    response, found = file_of(admin_client, campaign, opened=opened)
    assert found == ids(mailed[opened])
    assert response["Content-Disposition"].endswith(f'filename="{name}-{campaign.id}.csv"')


def test_the_file_has_one_group(admin_client, campaign, mailed):
    second = {"group": mailed["second"].id}
    assert file_of(admin_client, campaign, **second)[1] == ids(mailed["no"][-1:])
    assert file_of(admin_client, campaign, **second, opened="person")[1] == []


def test_a_download_is_in_the_history_without_names(admin_client, campaign, mailed):
    file_of(admin_client, campaign)
    file_of(admin_client, campaign, opened="person", group=mailed["first"].id)
    said = LogEntry.objects.order_by("id").values_list("change_message", "object_id")
    assert list(said) == [
        ("Downloaded contacts.", str(campaign.id)),
        ("Downloaded contacts opened by a person, group 1 Group 1.", str(campaign.id)),
    ]


def test_a_download_records_no_contact_as_mailed_again(admin_client, campaign, mailed):
    file_of(admin_client, campaign, opened="no")
    assert not Contact.objects.filter(resent_at__isnull=False).exists()


@pytest.mark.parametrize("query", [{"opened": "maybe"}, {"group": 10**9}, {"group": "x"}])
def test_an_unknown_list_is_not_found(admin_client, campaign, mailed, query):
    assert admin_client.get(csv_page(campaign), query).status_code == 404
    assert not LogEntry.objects.exists()


def test_a_group_of_another_campaign_is_not_found(admin_client, campaign):
    other = make_campaign("Autumn").groups.first()
    assert admin_client.get(csv_page(campaign), {"group": other.id}).status_code == 404


def test_the_links_lead_to_the_file_and_to_the_question(admin_client, staff, campaign, mailed):
    query = {"campaign": campaign.id, "group": mailed["first"].id}
    page = admin_client.get(LIST, query | {"opened": "person"}).content.decode()
    assert f"{csv_page(campaign)}?opened=person&amp;group={mailed['first'].id}" in page
    page = admin_client.get(LIST, query | {"opened": "no"}).content.decode()
    asks = reverse("admin:campaigns_campaign_write_again", args=[campaign.id])
    assert f"{asks}?group={mailed['first'].id}" in page
    reader = staff("campaigns.view_contact")
    page = reader.get(LIST, query | {"opened": "no"}).content.decode()
    assert asks not in page
    assert reader.get(csv_page(campaign), {"opened": "no"}).status_code == 403
