"""The page that gives the winner to the rest."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.admin.models import LogEntry

from campaigns import services
from campaigns.models import Contact, Group
from contacts.schedules import winner
from contacts.schedules.reschedule import reschedule_group
from tests.admin_pages import messages_of, text_of
from tests.tracking.factories import START, make_campaign, make_contact
from tests.winners import NOW, call, decide, give, with_roles

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
BUTTON = "Give the winner to the rest"
MAY_GIVE = ("campaigns.change_contact", "tracking.view_report")


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def campaign():
    return make_campaign(groups=4)


@pytest.fixture
def groups(campaign):
    return with_roles(campaign)


@pytest.fixture
def called(groups):
    """A group was called, and a contact of the rest is waiting."""
    _, b, rest, _ = groups
    call(b)
    return make_contact(rest)


def page(campaign):
    return f"/admin/campaigns/campaign/{campaign.id}/winner/"


def form(group, *, day="2026-03-02", hour="15:00"):
    """The form of the page that asks for confirmation."""
    return {"winner": group.id, "start_at": f"{day}T{hour}", "confirmed": "on"}


def test_it_says_what_will_happen_and_names_the_group_that_was_called(staff, campaign, called):
    response = staff(*MAY_GIVE).get(page(campaign))
    text = text_of(response)
    assert "This is preliminary: Group 2 is ahead so far" in text
    assert "The 1 contact of “3 Group 3” will be due" in text
    html = response.content.decode()
    assert 'value="2026-03-02T14:00"' in html
    assert html.count("checked") == 1
    assert "Group 4" not in text


def test_it_gives_the_winner_and_offers_the_merge_list_of_the_rest(staff, campaign, groups, called):
    _, b, rest, _ = groups
    client = staff(*MAY_GIVE, "campaigns.view_contact", "tracking.view_pixel")
    response = client.post(page(campaign), form(b), follow=True)
    assert response.redirect_chain == [(page(campaign), 302)]
    text = text_of(response)
    assert (
        "“3 Group 3” gets the e-mail of “2 Group 2”, first due Monday, 2 March 2026, 15:00" in text
    )
    assert Contact.objects.get(uuid=called.uuid).due_at == START + timedelta(hours=6)
    address = f"/admin/campaigns/campaign/{campaign.id}/contacts.csv?group={rest.id}"
    assert f'href="{address}"' in response.content.decode()
    rows = b"".join(client.get(address).streaming_content).decode().splitlines()
    assert len(rows) == 2
    assert ",2,Group 2," in rows[1]
    assert LogEntry.objects.filter(object_id=rest.id, change_message__contains="Winner").exists()


def test_another_group_may_be_chosen_and_the_page_says_so(staff, campaign, groups, called):
    a, *_ = groups
    text = text_of(staff(*MAY_GIVE).post(page(campaign), form(a), follow=True))
    assert "The verdict names “2 Group 2”, not “1 Group 1”." in text


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"winner": "999"}, "999 is not one of the available choices"),
        ({"winner": ""}, "This field is required"),
        ({"start_at": "soon"}, "Write a date and a time such as 31 March 2026, 21:30."),
        ({"start_at": ""}, "This field is required"),
    ],
)
def test_an_error_is_shown_beside_its_field(staff, campaign, groups, called, changed, sentence):
    response = staff(*MAY_GIVE).post(page(campaign), form(groups[1]) | changed)
    assert response.status_code == 200
    assert sentence in text_of(response)
    assert Group.objects.get(id=groups[2].id).winner is None


def test_a_rest_that_is_not_all_due_yet_has_no_list(staff, campaign, groups, called, monkeypatch):
    monkeypatch.setattr(winner, "CHUNK", 1)
    _, _, rest, _ = groups
    make_contact(rest)
    winner.choose_winner(rest_id=rest.id, now=NOW)
    winner.schedule_rest(rest_id=rest.id, now=NOW, chunks=1)
    client = staff(*MAY_GIVE, "campaigns.view_contact", "tracking.view_pixel")
    response = client.get(page(campaign))
    assert "1 contact still gets a due time: that goes on" in text_of(response)
    assert "contacts.csv" not in response.content.decode()
    refused = client.get(f"{page(campaign)[:-7]}contacts.csv?group={rest.id}", follow=True)
    assert messages_of(refused) == [f"No e-mail goes to the group “{rest}”, or none yet."]


def test_it_asks_for_confirmation_and_says_when_the_first_and_the_last_are_due(
    staff, campaign, groups, called
):
    _, b, rest, _ = groups
    make_contact(rest, scheduled_at=START + timedelta(days=2))
    make_contact(rest, not_sent_at=START, not_sent_reason="bounced")
    client = staff(*MAY_GIVE)
    assert "The 2 contacts of “3 Group 3”" in text_of(client.get(page(campaign)))
    response = client.post(page(campaign), form(b) | {"confirmed": ""})
    text = text_of(response)
    assert "2 contacts of “3 Group 3” will get the e-mail of “2 Group 2”" in text
    assert "the first due Monday, 2 March 2026, 15:00" in text
    assert "the last Wednesday, 4 March 2026, 15:00" in text
    assert "outside" not in text
    assert "No, take me back" in text
    assert Group.objects.get(id=rest.id).winner is None
    fields = dict(
        re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', response.content.decode())
    )
    fields.pop("csrfmiddlewaretoken", None)
    assert fields == {name: str(value) for name, value in form(b).items()}
    client.post(page(campaign), fields)
    assert Group.objects.get(id=rest.id).winner == b


def test_a_start_outside_the_campaigns_dates_has_to_be_confirmed(staff, campaign, groups, called):
    _, b, rest, _ = groups
    client, wrong_year = staff(*MAY_GIVE), form(b, day="2029-03-02")
    for confirmed in ("", "on"):
        text = text_of(client.post(page(campaign), wrong_year | {"confirmed": confirmed}))
        assert "1 of them will lie outside the campaign's dates, 2 March 2026 to" in text
        assert "Yes, outside the campaign's dates" in text
        assert ("would be due 2 March 2029, outside" in text) == bool(confirmed)
        assert Group.objects.get(id=rest.id).winner is None
    client.post(page(campaign), wrong_year | {"outside": "on"})
    assert Contact.objects.get(uuid=called.uuid).due_at.year == 2029


def test_after_a_reschedule_it_says_when_the_rest_is_due(staff, campaign, groups, called):
    give(groups[2], start_at=NOW + timedelta(hours=1))
    reschedule_group(group_id=groups[2].id, shift=timedelta(days=1), now=NOW)
    text = text_of(staff(*MAY_GIVE).get(page(campaign)))
    assert "first due Tuesday, 3 March 2026, 15:00" in text


def test_another_winner_from_a_page_that_is_out_of_date_is_refused(staff, campaign, groups, called):
    a, b, rest, _ = groups
    client = staff(*MAY_GIVE)
    client.post(page(campaign), form(b))
    for asked in (form(a), form(a) | {"confirmed": ""}):
        said = messages_of(client.post(page(campaign), asked))
        assert said == ["The rest was given “2 Group 2” already, and its e-mails may have left."]
    assert messages_of(client.post(page(campaign), form(b))) == []
    assert Group.objects.get(id=rest.id).winner == b


def test_a_rest_that_was_archived_since_is_still_described(staff, campaign, groups, called):
    give(groups[2])
    services.archive_group(group_id=groups[2].id, now=NOW)
    text = text_of(staff(*MAY_GIVE).get(page(campaign)))
    assert "“3 Group 3” gets the e-mail of “2 Group 2”" in text


@pytest.mark.parametrize("missing", MAY_GIVE)
def test_it_needs_both_permissions(staff, campaign, groups, called, missing):
    client = staff(*(set(MAY_GIVE) - {missing}), "campaigns.view_campaign")
    assert client.get(page(campaign)).status_code == 403
    assert client.post(page(campaign), form(groups[1])).status_code == 403
    assert Group.objects.get(id=groups[2].id).winner is None
    change = client.get(f"/admin/campaigns/campaign/{campaign.id}/change/").content.decode()
    assert BUTTON not in change


def test_a_campaign_without_a_rest_has_no_such_page(admin_client):
    assert admin_client.get(page(make_campaign("Autumn"))).status_code == 404
    assert admin_client.get("/admin/campaigns/campaign/999/winner/").status_code == 404


def test_the_button_shows_exactly_where_it_can_be_pressed(admin_client, campaign, groups):
    _, b, rest, _ = groups

    def shown():
        addresses = ("change", "report")
        pages = [
            admin_client.get(f"/admin/campaigns/campaign/{campaign.id}/{a}/") for a in addresses
        ]
        [found] = {BUTTON in response.content.decode() for response in pages}
        return found

    make_contact(rest)
    assert not shown()
    assert "Nothing" not in text_of(admin_client.get(page(campaign)))
    call(b)
    assert shown()
    give(rest)
    assert not shown()


def test_the_report_says_what_the_rest_gets_and_what_was_not_confirmed(
    admin_client, campaign, groups, called
):
    def rest_row():
        text = text_of(admin_client.get(f"/admin/campaigns/campaign/{campaign.id}/report/"))
        return text[text.index("3 Group 3") :][:60]

    assert "waits for the winner" in rest_row()
    give(groups[2])
    assert "gets Group 2 preliminary" in rest_row()
    decide(campaign)
    assert "gets Group 2 Not confirmed at 72 h" in rest_row()


def test_after_a_decision_without_a_better_group_one_must_be_chosen(
    staff, campaign, groups, called
):
    decide(campaign)
    response = staff(*MAY_GIVE).get(page(campaign))
    assert "No group was found to be better: choose one all the same" in text_of(response)
    assert "checked" not in response.content.decode()


def test_an_archived_campaign_says_what_to_do(staff, campaign, called):
    services.archive_campaign(campaign_id=campaign.id, now=NOW)
    response = staff(*MAY_GIVE).get(page(campaign))
    assert "unarchive it first" in text_of(response)
    assert f'value="{BUTTON}"' not in response.content.decode()
