"""The admin's home shows what a marketer wants to know first, as far as the user may see it."""

import html
import re
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group as Role
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from redis.exceptions import RedisError

from campaigns import services
from campaigns.models import Campaign, ContactImport
from campaigns.queries import rest_of
from console.home import attention, figures, steps, visit
from console.home import page as dashboard
from contacts.not_sent import mark_not_sent
from discounts.models import DiscountCampaign
from foundation import dates
from foundation.metrics.disk_forecast import GIB
from tests.admin_pages import text_of
from tests.discounts import factories as discounts
from tests.tracking.factories import APPLE_PRIVACY, make_campaign, make_contacts, open_contacts
from tests.winners import call, give, with_roles
from tracking import heartbeats
from tracking.counting.campaign_slots import fix_due_campaigns
from tracking.counting.record import note_complete
from tracking.models import DiskSample
from tracking.upkeep.audit import note_outcome

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _decided(settings):
    """Somebody has decided about people who were never asked (tests/consent/test_undecided.py)."""
    settings.MODES_ARE_DECIDED = True


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.delete("dashboard:budgets")
    yield
    cache.delete("dashboard:budgets")


@pytest.fixture
def counted():
    """Every process is running."""
    note_complete(moment=timezone.now())
    for name in ("sweep", "tasks"):
        heartbeats.note_seen(name, now=timezone.now())


@pytest.fixture
def with_role(django_user_model):
    """Signs in a member of staff with a role."""

    def with_role(role):
        user = django_user_model.objects.create_user(role, is_staff=True)
        user.groups.add(Role.objects.get(name=role))
        client = Client()
        client.force_login(user)
        return client

    return with_role


def home(client):
    return text_of(client.get("/admin/"))


def panels(client):
    """The words of each panel by its name."""
    page = client.get("/admin/").content.decode()
    found = re.findall(r'<section id="([\w-]+)".*?</section>', page, re.DOTALL)
    whole = re.findall(r'<section id="[\w-]+".*?</section>', page, re.DOTALL)
    return {
        name: " ".join(re.sub(r"<[^>]*>", " ", section).split())
        for name, section in zip(found, whole, strict=True)
    }


def make_import(campaign, *, state="finished", rejected=0, ago=HOUR):
    now = timezone.now()
    return ContactImport.objects.create(
        campaign=campaign,
        file_name="contacts.csv",
        state=state,
        rejected=rejected,
        lease_until=now,
        created_at=now - ago,
        finished_at=now - ago,
    )


def sending(name="Spring", **options):
    """A campaign that began an hour ago."""
    return make_campaign(name, start=timezone.now() - HOUR, **options)


def read_by(campaign, *, people=0, machines=0, nobody=0):
    """Contacts of the campaign's first group, some of them opened at once."""
    count = people + machines + nobody
    contacts = make_contacts(campaign.groups.first(), [timezone.now() - HOUR] * count)
    open_contacts(contacts[:people], after=timedelta(minutes=1))
    scanned = contacts[people : people + machines]
    open_contacts(scanned, after=timedelta(minutes=1), agent=APPLE_PRIVACY)


# --- Needs attention --------------------------------------------------------------------------


def hide(client, *, number):
    """Presses the button of the notice of this number, without a script."""
    page = client.get("/admin/").content.decode()
    marks = re.findall(r'name="hide" value="(\w+)"', page)
    assert client.post("/admin/", {"hide": marks[number]}).headers["Location"] == "/admin/"


@pytest.mark.usefixtures("counted")
def test_a_notice_stays_hidden_for_one_user_until_it_says_something_else(
    admin_client, client, django_user_model
):
    make_import(make_campaign("Spring"), rejected=3)
    job = make_import(make_campaign("Summer"), state="failed")
    hide(admin_client, number=0)
    words = panels(admin_client)["attention"]
    assert "Summer” failed" not in words and "left out 3 rows" in words
    assert "1 notice is hidden until it changes or you sign out. Show it" in words.replace(
        "  ", " "
    ).replace(" .", ".")
    other = django_user_model.objects.create_superuser("other")
    client.force_login(other)
    assert "Summer” failed" in panels(client)["attention"]

    ContactImport.objects.filter(id=job.id).update(state="finished", rejected=2)
    assert "Summer” left out 2 rows" in panels(admin_client)["attention"]
    hide(admin_client, number=0)
    hide(admin_client, number=0)
    assert "2 notices are hidden" in panels(admin_client)["attention"]
    admin_client.post("/admin/", {"show": "all"})
    assert "hidden" not in panels(admin_client)["attention"]


@pytest.mark.usefixtures("counted")
def test_a_hidden_notice_is_shown_when_its_trouble_comes_again(admin_client):
    job = make_import(make_campaign("Summer"), state="failed")
    hide(admin_client, number=0)
    ContactImport.objects.filter(id=job.id).update(state="finished", rejected=0)
    assert "attention" not in panels(admin_client)
    ContactImport.objects.filter(id=job.id).update(state="failed")
    assert "Summer” failed" in panels(admin_client)["attention"]


def test_what_is_hidden_of_counting_stays_so_while_more_piles_up(admin_client, monkeypatch):
    waits = iter(["1 message waits.", "2 messages wait."])
    monkeypatch.setattr(attention.backlog, "in_words", lambda now: next(waits))
    note_complete(moment=timezone.now() - timedelta(minutes=10))
    hide(admin_client, number=0)
    assert "Counting is behind" not in panels(admin_client)["attention"]


def test_however_much_is_hidden_the_session_stays_small(admin_client):
    for n in range(120):
        admin_client.post("/admin/", {"hide": f"{n:x}" * 500})
    assert len(admin_client.session["hidden_notices"]) == 100
    assert {len(mark) for mark in admin_client.session["hidden_notices"]} <= {20}


@pytest.mark.usefixtures("counted")
def test_where_all_is_well_nothing_needs_attention(admin_client):
    assert "attention" not in panels(admin_client)


def test_it_says_that_no_process_counts_opens(admin_client):
    assert "Opens are not being counted" in panels(admin_client)["attention"]


def test_it_says_that_counting_is_behind(admin_client):
    behind = timezone.now() - timedelta(minutes=10)
    note_complete(moment=behind)
    said = f"Counting is behind: opens since {dates.moment(behind)} may be missing"
    assert said in panels(admin_client)["attention"]


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize(
    ("name", "ago", "words"),
    [
        ("sweep", timedelta(minutes=16), "The sweep has been away since {}"),
        ("tasks", timedelta(minutes=6), "The process of long jobs has been away since {}"),
    ],
)
def test_it_says_that_a_process_has_stopped(admin_client, name, ago, words):
    seen = timezone.now() - ago
    heartbeats.note_seen(name, now=seen)
    assert words.format(dates.moment(seen)) in panels(admin_client)["attention"]
    heartbeats.note_seen(name, now=timezone.now())
    assert "attention" not in panels(admin_client)


@pytest.mark.usefixtures("counted")
def test_it_says_that_no_mail_service_reaches_the_pixels(admin_client, settings):
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    said = "Pixels lead to http://127.0.0.1:8000, which only the server's own computer reaches"
    assert said in html.unescape(panels(admin_client)["attention"])


def test_it_says_that_a_process_never_ran(admin_client):
    note_complete(moment=timezone.now())
    words = panels(admin_client)["attention"]
    assert "The sweep has never run" in words
    assert "The process of long jobs has never run" in words


@pytest.mark.usefixtures("counted")
def test_it_says_that_a_backup_is_missing(admin_client):
    now = timezone.now()
    heartbeats.begin_backups(due=now - timedelta(minutes=119))
    assert "attention" not in panels(admin_client)
    heartbeats.note_seen(heartbeats.BACKUP_DUE, now=now - timedelta(minutes=121))
    assert "and there is none so far" in panels(admin_client)["attention"]
    day = timedelta(days=1)
    heartbeats.note_backup(began=now - 2 * day, ended=now - 2 * day, interval=day)
    words = panels(admin_client)["attention"]
    assert f"A backup has been due since {dates.moment(now - day)}, " in words
    assert f"and the last one is of {dates.moment(now - 2 * day)}." in words


def sample(*, minutes_ago, free, lost=0):
    moment = timezone.now() - timedelta(minutes=minutes_ago)
    DiskSample.objects.create(at=moment, free=free, total=100 * GIB, lost=lost)


@pytest.mark.usefixtures("counted")
def test_it_says_how_long_the_spools_disk_lasts(admin_client):
    for minutes in (60, 30, 0):
        sample(minutes_ago=minutes, free=12 * GIB + minutes * GIB // 60)
    words = panels(admin_client)["attention"].replace("\xa0", " ")
    assert "The spool's disk has 12.0 GB of 100.0 GB left, " in words.replace("&#x27;", "'")
    assert "12 hours at this rate" in words or "11 hours at this rate" in words


@pytest.mark.usefixtures("counted")
def test_it_says_that_the_spools_disk_has_little_space_however_slowly_it_fills(admin_client):
    sample(minutes_ago=0, free=GIB)
    words = panels(admin_client)["attention"].replace("\xa0", " ")
    assert "1.0 GB of 100.0 GB left: opens are lost once it is full. Make room." in words


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize("free", [50 * GIB, 99 * GIB])
def test_it_says_nothing_of_a_disk_with_enough_space(admin_client, free):
    for minutes in (60, 0):
        sample(minutes_ago=minutes, free=free + minutes * 1024)
    assert "attention" not in panels(admin_client)


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize(("lost", "words"), [(1, "1 open was"), (8500, "8,500 opens were")])
def test_it_says_how_many_opens_were_lost(admin_client, lost, words):
    sample(minutes_ago=30, free=50 * GIB, lost=10)
    sample(minutes_ago=0, free=50 * GIB, lost=10 + lost)
    assert f"{words} answered and not recorded" in panels(admin_client)["attention"]


@pytest.mark.usefixtures("counted")
def test_it_says_what_the_persons_page_lacks_once_somebody_has_begun(admin_client, settings):
    assert "people agree or withdraw" not in admin_client.get("/admin/").content.decode()
    settings.PRIVACY_SENDER = "Example Books"
    words = admin_client.get("/admin/").content.decode()
    assert "not there yet: set PRIVACY_CONTACT, PRIVACY_POLICY_URL too." in words


def test_it_says_what_was_set_aside_and_where(admin_client):
    heartbeats.note_set_aside(1, reason="refused", now=timezone.now())
    heartbeats.note_set_aside(1200, reason="unreadable", now=timezone.now() - timedelta(days=6))
    words = panels(admin_client)["attention"]
    assert "1 record was set aside as refused within 7 days" in words
    assert "1,200 records were set aside as unreadable" in words
    assert "folder “rejected”" in words


@pytest.mark.usefixtures("counted")
def test_it_names_counters_that_an_audit_found_to_differ(admin_client):
    note_outcome(differences=1, now=timezone.now())
    words = panels(admin_client)["attention"]
    assert "found 1 difference. Run audit_counters --repair." in words
    note_outcome(differences=0, now=timezone.now())
    assert "attention" not in panels(admin_client)


@pytest.mark.usefixtures("counted")
def test_it_names_a_budget_that_differs_from_its_usages(admin_client):
    campaign = discounts.make_campaign()
    DiscountCampaign.objects.update(used_budget_minor=700)
    page = admin_client.get("/admin/")
    words = f"campaign {campaign.id}: 7.00 INR are stored as used, its usages make 0.00 INR"
    assert words in text_of(page)
    assert (
        f'href="/admin/discounts/discountcampaign/{campaign.id}/change/"' in page.content.decode()
    )


@pytest.mark.usefixtures("counted")
def test_budgets_are_compared_without_a_cache_too(admin_client, monkeypatch):
    def fail(*_):
        raise RedisError("away")

    monkeypatch.setattr(attention.cache, "get_or_set", fail)
    discounts.make_campaign()
    DiscountCampaign.objects.update(used_budget_minor=700)
    assert "Discount budget differs" in panels(admin_client)["attention"]


@pytest.mark.usefixtures("counted")
def test_it_names_a_discount_whose_budget_is_used_up(admin_client, with_role):
    now = timezone.now()
    for days, name in ((1, "Still wanted"), (-1, "Over")):
        dates = {"start_date": now - discounts.DAY * 9, "end_date": now + discounts.DAY * days}
        campaign = discounts.make_campaign(name=name, total_budget_minor=1000, **dates)
        use_up(campaign)
    words = panels(admin_client)["attention"]
    assert "“Still wanted” is used up: nobody gets it any more. Raise it" in words
    assert "Over" not in words
    # A user who may not raise it is not asked to.
    assert "Raise it" not in panels(with_role("Marketing analyst"))["attention"]


def use_up(campaign):
    moment = campaign.start_date + HOUR
    discounts.apply(campaign, discounts.make_customer(), cart=100_000, now=moment)
    campaign.refresh_from_db()
    assert campaign.inactive_reason == "budget_exhausted"


@pytest.mark.usefixtures("counted")
def test_it_names_imports_that_went_wrong_lately(admin_client):
    campaign = make_campaign("Spring")
    rejecting = make_import(campaign, rejected=7)
    failed = make_import(campaign, state="failed")
    make_import(campaign, state="running", rejected=1)
    make_import(make_campaign("Old"), rejected=9, ago=timedelta(days=8))
    page = admin_client.get("/admin/")
    words = text_of(page)
    assert f"Import {rejecting.id} into “Spring” left out 7 rows. See why" in words
    assert f"Import {failed.id} into “Spring” failed. See why" in words
    assert words.count("See why") == 2
    address = f"/admin/campaigns/campaign/{campaign.id}/imports/{rejecting.id}/"
    assert f'href="{address}"' in page.content.decode()


@pytest.mark.usefixtures("counted")
def test_an_import_that_took_every_row_settles_the_earlier_ones(admin_client):
    campaign, other = make_campaign("Spring"), make_campaign("Autumn")
    make_import(campaign, rejected=1)
    make_import(other, rejected=1)
    make_import(campaign)
    words = panels(admin_client)["attention"]
    assert "“Autumn” left out 1 row." in words
    assert "Spring" not in words


@pytest.mark.usefixtures("counted")
def test_of_many_problems_the_newest_are_shown(admin_client):
    campaign = make_campaign()
    for _ in range(visit.SHOWN + 3):
        make_import(campaign, state="failed")
    words = panels(admin_client)["attention"]
    assert words.count("See why") == visit.SHOWN
    assert "Imports of contacts: there are more. Show all" in words


@pytest.mark.usefixtures("counted")
def test_a_check_that_fails_says_so_and_the_others_are_shown(admin_client, monkeypatch):
    def fail():
        raise OperationalError("gone")

    monkeypatch.setattr(attention.reconcile, "budget_differences", fail)
    make_import(make_campaign(), state="failed")
    words = panels(admin_client)["attention"]
    assert "Discount budgets could not be checked" in words
    assert "See why" in words
    assert "gone" not in words


# --- Sending now ------------------------------------------------------------------------------


def test_it_shows_what_is_being_sent_with_its_open_rate(admin_client):
    campaign = sending()
    read_by(campaign, people=1, machines=1, nobody=2)
    make_campaign("Over", start=timezone.now() - timedelta(days=40))
    page = admin_client.get("/admin/").content.decode()
    assert "Spring Report 4 4 25.0% to 50.0%" in panels(admin_client)["sending"]
    assert 'value="0.2500" aria-label="Open rate of Spring: 25.0% to 50.0%"' in page
    assert f'href="/admin/campaigns/campaign/{campaign.id}/report/"' in page
    assert "Over" not in panels(admin_client)["sending"]


def test_it_shows_the_latest_and_says_that_there_are_more(admin_client):
    for n in range(visit.SHOWN + 1):
        sending(f"Campaign {n}", groups=0)
    words = panels(admin_client)["sending"]
    assert "Campaign 0 " not in words
    assert f"Campaign {visit.SHOWN} Report 0 0 not sent yet" in words
    assert f"The {visit.SHOWN} latest. All campaigns" in words


def test_it_says_that_nothing_is_being_sent(admin_client):
    make_campaign("Over", start=timezone.now() - timedelta(days=40))
    assert "No campaign is being sent" in panels(admin_client)["sending"]


def test_a_campaigns_name_is_escaped(admin_client):
    sending("<b>bold</b>")
    assert "<b>bold" not in admin_client.get("/admin/").content.decode()


# --- Totals -----------------------------------------------------------------------------------


def test_the_totals_are_in_words_a_chart_and_a_table(admin_client):
    read_by(sending(), people=2, machines=1, nobody=1)
    page = admin_client.get("/admin/").content.decode()
    words = panels(admin_client)["totals"]
    assert "Contacts 4 Sent 4 Opened by people 2 Open rate 50.0% to 75.0%" in words
    assert "Opens, last 7 days 2" in words
    assert re.search(r'<svg class="spark"[^>]* role="img" aria-label="2 opens in the last 14', page)
    assert len(re.findall(r"<tr><th scope=\"row\">\d{1,2} \w+ \d{4}<", page)) == figures.DAYS


def test_without_an_open_there_is_no_chart(admin_client):
    sending()
    words = panels(admin_client)["totals"]
    assert "No opens in the last 14 days." in words
    assert "Show as table" not in words


def test_the_summary_names_the_latest_of_the_best_days():
    opens = [4, 7, 1_007, 1_007, 3]
    days = [(date(2026, 3, 2 + n), count) for n, count in enumerate(opens)]
    assert figures.summary(days) == (
        "2,028 opens in the last 5 days, most on 5 March 2026 (1,007), 3 so far today."
    )


# --- First steps ------------------------------------------------------------------------------


def to_do(client):
    words = panels(client).get("first-steps", "")
    page = client.get("/admin/").content.decode()
    return words, page.count('aria-label="To do:"'), page.count('aria-label="Done:"')


def test_the_first_steps_are_ticked_off_and_disappear(admin_client):
    assert to_do(admin_client)[1:] == (6, 1)
    campaign = sending()
    assert to_do(admin_client)[1:] == (5, 2)
    read_by(campaign, nobody=1)
    assert to_do(admin_client)[1:] == (4, 3)
    read_by(campaign, machines=1)
    assert to_do(admin_client)[1:] == (3, 4)
    read_by(campaign, people=1)
    assert to_do(admin_client)[1:] == (2, 5)
    discounts.make_campaign()
    assert to_do(admin_client)[1:] == (1, 6)
    admin_client.get(f"/admin/campaigns/campaign/{campaign.id}/report/")
    assert to_do(admin_client) == ("", 0, 0)


@pytest.mark.parametrize("mode", ["off", "shared", "last_day"])
@pytest.mark.parametrize("level", ["installation", "campaign"])
def test_where_no_opens_are_kept_nobody_waits_for_one(admin_client, settings, mode, level):
    campaign = sending()
    assert "See the first open" in to_do(admin_client)[0]
    if level == "installation":
        settings.TRACKING_MODE = mode
    else:
        Campaign.objects.update(tracking_mode=mode)
    make_contacts(campaign.groups.first(), [timezone.now()])
    assert to_do(admin_client)[1:] == (2, 3)
    assert "first open" not in to_do(admin_client)[0]
    discounts.make_campaign()
    admin_client.get(f"/admin/campaigns/campaign/{campaign.id}/report/")
    assert to_do(admin_client) == ("", 0, 0)


def test_a_system_with_many_opens_shows_no_first_steps(admin_client, monkeypatch):
    monkeypatch.setattr(steps, "NEW_BELOW", 2)
    campaign = sending()
    read_by(campaign, people=1)
    assert to_do(admin_client)[0]
    read_by(campaign, people=1)
    assert not to_do(admin_client)[0]


def test_a_step_links_to_its_page(admin_client):
    page = admin_client.get("/admin/").content.decode()
    assert 'class="step"><a class="button primary" href="/admin/campaigns/campaign/add/">' in page
    # There is no campaign yet to add contacts to.
    assert 'class="step">Add its contacts.' in page
    campaign = sending()
    page = admin_client.get("/admin/").content.decode()
    assert f'<a href="/admin/campaigns/campaign/{campaign.id}/import/">Add its contacts.' in page
    assert f'<a href="/admin/campaigns/campaign/{campaign.id}/pixels/">Put each contact' in page


def test_an_empty_system_has_one_thing_to_do(admin_client, with_role):
    page = admin_client.get("/admin/").content.decode()
    assert list(panels(admin_client)) == ["attention", "first-steps"]
    assert page.split("<main")[1].count('class="button primary"') == 1
    analyst = with_role("Marketing analyst")
    assert "Once one is sent, its report is here." in panels(analyst)["sending"]
    assert panels(analyst).keys() <= {"attention", "sending"}
    sending()
    assert (
        'class="button primary"'
        not in admin_client.get("/admin/").content.decode().split("<main")[1]
    )


def test_an_analyst_is_shown_the_steps_of_an_analyst(with_role):
    sending()
    words, open_steps, _ = to_do(with_role("Marketing analyst"))
    assert open_steps == 2
    assert "Read the report" in words
    assert "Create" not in words


# --- Who sees what ----------------------------------------------------------------------------


def test_an_analyst_sees_every_figure(with_role):
    sending()
    assert list(panels(with_role("Marketing analyst"))) == [
        "attention",
        "first-steps",
        "sending",
        "totals",
    ]


def test_a_shops_account_sees_what_is_its_own_and_nothing_else(with_role, settings):
    sending()
    shop = with_role("Shop API")
    [(name, words)] = panels(shop).items()
    assert name == "shop"
    assert f"{settings.PUBLIC_URL}/api/v1/" in words
    assert "What it did is here: Customers , Used discounts ." in words
    assert "shop" not in panels(with_role("Marketing manager"))


def test_without_the_permission_a_panel_is_not_shown(staff):
    make_import(sending(), state="failed")
    assert panels(staff()) == {}


def test_with_permission_for_discounts_only_only_discounts_are_shown(staff):
    make_import(sending(), state="failed")
    discounts.make_campaign()
    DiscountCampaign.objects.update(used_budget_minor=700)
    client = staff("discounts.view_discountcampaign")
    assert list(panels(client)) == ["attention"]
    assert "Import" not in panels(client)["attention"]


def test_without_signing_in_every_page_leads_to_the_sign_in(client):
    assert client.get("/admin/").status_code == 302


# --- Trouble, and cost ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "name", "failed"),
    [
        (figures, "sending_campaigns", {"sending"}),
        (figures, "opens_by_day", {"totals"}),
        (visit, "glance_at_campaigns", {"first-steps"}),
        (visit, "read_system", {"first-steps", "sending", "totals"}),
    ],
)
def test_a_panel_that_fails_says_so_and_the_others_are_shown(
    admin_client, monkeypatch, module, name, failed
):
    def fail(**_):
        raise OperationalError("gone")

    sending()
    monkeypatch.setattr(module, name, fail)
    shown = panels(admin_client)
    assert list(shown) == ["attention", "first-steps", "sending", "totals"]
    assert {name for name, words in shown.items() if "could not be read" in words} == failed
    assert "gone" not in " ".join(shown.values())


def test_the_whole_page_takes_few_queries(with_role, django_assert_max_num_queries):
    for n in range(3):
        read_by(sending(f"Campaign {n}"), people=1, machines=1)
    discounts.make_campaign()
    make_import(make_campaign(), state="failed")
    waiting_rest()
    client = with_role("Marketing manager")
    with django_assert_max_num_queries(21):
        assert len(panels_of_one(client)) == len(dashboard.PANELS) - 1, "all but a shop's"


# --- What is to be stopped ---------------------------------------------------------------------

STOP = "“Fair”: Stop Group 2: more of its mails bounce, 10.0% against 1.0%."


def bouncing(name="Fair", *, sent=2 * HOUR, bounced=50):
    """A campaign sent a while ago; ten times as many mails bounced in its second group."""
    now = timezone.now().replace(second=0, microsecond=0)
    due = now - sent
    campaign = make_campaign(name, start=due - timedelta(days=1))
    for group, count in zip(campaign.groups.order_by("number"), (5, bounced), strict=True):
        contacts = make_contacts(group, [due] * 500)
        ids = [contact.uuid for contact in contacts[:count]]
        at = due + timedelta(minutes=1)
        mark_not_sent(campaign_id=campaign.id, contact_ids=ids, reason="bounced", now=at)
    fix_due_campaigns(now=now)
    note_complete(moment=now)
    return campaign


def test_it_names_a_group_to_stop_and_links_to_the_report(with_role):
    campaign = bouncing()
    page = with_role("Marketing analyst").get("/admin/")
    assert STOP in text_of(page)
    assert f'/admin/campaigns/campaign/{campaign.id}/report/">See the report' in (
        page.content.decode()
    )


@pytest.mark.parametrize("options", [{"sent": timedelta(days=9)}, {"bounced": 5}])
def test_it_names_no_group_that_was_sent_long_ago_or_bounces_as_often(admin_client, options):
    bouncing(**options)
    assert "Stop Group" not in home(admin_client)


def test_an_archived_campaign_has_no_group_to_stop(admin_client):
    campaign = bouncing()
    services.archive_campaign(campaign_id=campaign.id, now=timezone.now())
    assert "Stop Group" not in home(admin_client)


def test_without_permission_to_view_reports_no_group_to_stop_is_named(staff):
    bouncing()
    assert "Stop Group" not in home(staff("campaigns.view_campaign"))


def test_the_latest_three_are_looked_at(admin_client, django_assert_max_num_queries):
    for n in range(4):
        bouncing(f"Fair {n}", sent=(n + 2) * HOUR)
    with django_assert_max_num_queries(30):
        page = home(admin_client)
    assert [n for n in range(4) if f"“Fair {n}”: Stop" in page] == [0, 1, 2]


# --- What was decided --------------------------------------------------------------------------


def waiting_rest(name="Summer"):
    """A campaign with a called group, whose rest is waiting."""
    campaign = make_campaign(name, groups=4)
    _, b, rest, _ = with_roles(campaign)
    make_contacts(rest, [None])
    call(b, at=timezone.now() - HOUR)
    return campaign


@pytest.mark.usefixtures("counted")
def test_what_was_called_is_listed_and_the_rest_that_waits_needs_attention(with_role):
    campaign = waiting_rest()
    page = with_role("Marketing manager").get("/admin/").content.decode()
    address = f"/admin/campaigns/campaign/{campaign.id}/winner/"
    assert "Group 2 is likely better so far" in page
    assert f'<a href="/admin/campaigns/campaign/{campaign.id}/report/">Summer</a>' in page
    assert "The rest of “Summer” waits for the winner." in page
    assert page.count(f'href="{address}"') == 2


@pytest.mark.usefixtures("counted")
def test_without_permission_to_give_it_the_report_is_linked(with_role):
    campaign = waiting_rest()
    page = with_role("Marketing analyst").get("/admin/").content.decode()
    assert "waits for the winner" in page
    assert f"/admin/campaigns/campaign/{campaign.id}/winner/" not in page


@pytest.mark.usefixtures("counted")
def test_without_the_permission_no_decision_is_shown(staff):
    waiting_rest()
    page = home(staff("campaigns.view_campaign", "campaigns.change_contact"))
    assert "Summer" not in page


@pytest.mark.usefixtures("counted")
def test_a_rest_that_was_given_the_winner_needs_no_attention(admin_client):
    campaign = waiting_rest()
    give(rest_of(campaign.id), now=timezone.now(), allow_outside_dates=True)
    page = home(admin_client)
    assert "Group 2 is likely better so far" in page
    assert "waits for the winner" not in page


def panels_of_one(client):
    """The names of the panels of one single answer."""
    return re.findall(r'<section id="([\w-]+)"', client.get("/admin/").content.decode())


def test_tokens_are_never_listed(admin_client):
    assert "token" not in home(admin_client).lower()
    assert admin_client.get("/admin/token_blacklist/outstandingtoken/").status_code == 404
