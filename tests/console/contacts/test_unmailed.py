"""Groups that get no mail, or none yet, are in no list or count, and every page says so."""

import csv
import io

import pytest
from django.urls import reverse

from tests.admin_pages import messages_of, rows_of, text_of
from tests.tracking.factories import GMAIL, make_campaign, make_contact, make_hit
from tests.winners import with_roles
from tracking.counting.record import record

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
LIST = reverse("admin:campaigns_contact_changelist")


@pytest.fixture
def campaign():
    return make_campaign(groups=4)


@pytest.fixture
def groups(campaign):
    """Two variants, the rest and the control group; one contact of each but the rest opened."""
    groups = with_roles(campaign)
    contacts = [make_contact(group) for group in groups]
    record([make_hit(contacts[n], agent=GMAIL) for n in (0, 1, 3)])
    return groups


def summary(client, **query):
    return text_of(client.get(LIST, query))


def test_the_control_group_is_in_no_list(admin_client, campaign, groups):
    shown = admin_client.get(LIST, {"campaign": campaign.id, "opened": "person"})
    assert len(rows_of(shown)) == 2
    assert "2 contacts were opened by a person." in text_of(shown)
    assert len(rows_of(admin_client.get(LIST, {"opened": "person"}))) == 2
    own = admin_client.get(LIST, {"group": groups[3].id, "opened": "person"})
    assert rows_of(own) == []
    assert "0 contacts were opened by a person" in text_of(own)


def test_the_list_names_who_gets_no_mail(admin_client, campaign, groups):
    words = summary(admin_client, campaign=campaign.id, opened="no")
    assert (
        "Of 1 more nothing can be known: they are not due (yet), 3 Group 3 waits for the winner, "
        "have no schedule, or were erased before it. Not in the file: 3 Group 3 (waits for the "
        "winner), 4 Group 4 (gets no e-mail)."
    ) in words


@pytest.mark.parametrize("opened", ["person", "machine", "no"])
@pytest.mark.parametrize(("place", "why"), [(2, "waits for the winner"), (3, "gets no e-mail")])
def test_a_group_without_mail_says_why_it_has_no_file(
    admin_client, campaign, groups, opened, place, why
):
    group = groups[place]
    response = admin_client.get(LIST, {"group": group.id, "opened": opened})
    assert f"There is no file of group {group}: it {why}." in text_of(response)
    for link in ("campaigns_campaign_contacts_csv", "campaigns_campaign_write_again"):
        address = reverse(f"admin:{link}", args=[campaign.id])
        assert address not in response.content.decode()
    asks = reverse("admin:campaigns_campaign_write_again", args=[campaign.id])
    for method in (admin_client.get, admin_client.post):
        answer = method(f"{asks}?group={group.id}")
        assert f"There is no file of group {group}: it {why}." in text_of(answer)


def test_the_file_has_as_many_as_the_list_says(admin_client, campaign, groups):
    address = reverse("admin:campaigns_campaign_contacts_csv", args=[campaign.id])
    response = admin_client.get(address, {"opened": "person"})
    text = b"".join(response.streaming_content).decode()
    assert len(list(csv.DictReader(io.StringIO(text)))) == 2


def test_the_figures_of_a_campaign_have_no_rate_of_the_control_group(
    admin_client, campaign, groups
):
    page = admin_client.get(reverse("admin:campaigns_campaign_change", args=[campaign.id]))
    rows = page.context["figure_rows"]
    assert rows[3].numbers == ["1", "0", *["-"] * 5]
    assert rows[3].rate == "-"
    assert rows[4].numbers[:4] == ["3", "2", "2", "2"]
    listed = rows_of(admin_client.get(reverse("admin:campaigns_group_changelist")))
    own = next(row for row in listed if row["name"] == "Group 4")
    shown = [own[name] for name in ("contacts", "sent", "unique_opens", "open_rate")]
    assert shown == ["1", "0", "-", "-"]


def test_the_report_and_the_lists_add_up(admin_client, campaign, groups):
    report = text_of(admin_client.get(reverse("report-page", args=[campaign.id])))
    assert "A contact of the control group opened the e-mail" in report
    assert "Opened by people 2" in report


def test_the_download_says_whom_it_leaves_out(admin_client, staff, campaign, groups):
    page = f"{reverse('admin:campaigns_contact_changelist')}?campaign={campaign.id}"
    said = (
        "Contacts as CSV: Not in the file: 3 Group 3 (waits for the winner), 4 Group 4 (gets no "
        "e-mail)."
    )
    assert said in text_of(admin_client.get(page))
    assert said not in text_of(staff("campaigns.view_contact").get(page))


@pytest.mark.parametrize("place", [2, 3])
def test_asking_for_the_file_of_such_a_group_is_refused_with_why(
    admin_client, campaign, groups, place
):
    address = reverse("admin:campaigns_campaign_contacts_csv", args=[campaign.id])
    response = admin_client.get(address, {"group": groups[place].id}, follow=True)
    group = groups[place]
    assert messages_of(response) == [f"No e-mail goes to the group “{group}”, or none yet."]


@pytest.mark.parametrize("query", [{"opened": "maybe"}, {"opened": "no", "opened_after": "x"}])
def test_a_broken_address_says_that_all_contacts_are_shown(admin_client, campaign, groups, query):
    response = admin_client.get(LIST, query | {"campaign": campaign.id}, follow=True)
    [said] = messages_of(response)
    assert "all contacts of all campaigns are shown" in said
    assert messages_of(admin_client.get(LIST)) == []
