"""The admin's live page of a campaign's report."""

import csv
import html
import io
import pickle
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.core.cache import caches
from django.test import Client
from django.urls import reverse

from campaigns.models import Group, NotSentReason
from contacts.not_sent import mark_not_sent
from reports.rates import rate_in_words
from reports.verdict.storing import store_verdicts
from tests import admin_pages
from tests.admin_pages import rows_of, text_of
from tests.tracking.factories import (
    GMAIL,
    SCANNER,
    START,
    THUNDERBIRD,
    make_campaign,
    make_contact,
    make_contacts,
    make_hit,
    open_contacts,
)
from tracking.counting.campaign_slots import fix_due_campaigns
from tracking.counting.record import note_complete, record
from tracking.models import IngestLock

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
NOW = START + timedelta(hours=5)
NAMES = ["report-page", "report-data", "report-groups", "report-series"]


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def reader(staff):
    return staff("tracking.view_report")


@pytest.fixture
def campaign():
    return make_campaign()


@pytest.fixture
def opened(campaign):
    """A campaign whose second group does better; a scanner opened mails of the first one."""
    groups = list(campaign.groups.order_by("number"))
    for group, opens in zip(groups, (60, 180), strict=True):
        contacts = make_contacts(group, [START] * 400)
        open_contacts(contacts[:opens], after=timedelta(hours=1), agent=GMAIL)
        open_contacts(contacts[opens : opens + 40], after=timedelta(minutes=5), agent=SCANNER)
    fix_due_campaigns(now=START + timedelta(hours=1))
    note_complete(moment=NOW - timedelta(seconds=5))
    return campaign


def address(name, campaign, **query):
    return f"{reverse(name, args=[campaign.id])}?{urlencode(query)}"


def table_of(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


# --- Who may see it -------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_without_the_permission_the_report_is_refused(staff, campaign, name):
    others = staff("campaigns.view_campaign", "tracking.view_open")
    assert others.get(address(name, campaign)).status_code == 403


def test_the_refusal_says_what_to_do_without_the_campaigns_name(staff, campaign):
    page = staff().get(address("report-page", campaign))
    assert "ask an administrator for the permission" in text_of(page)
    assert campaign.name not in text_of(page)


@pytest.mark.parametrize("name", NAMES)
def test_without_signing_in_the_report_leads_to_the_sign_in(campaign, name):
    response = Client().get(address(name, campaign))
    assert (response.status_code, response.url.split("?")[0]) == (302, reverse("admin:login"))


@pytest.mark.parametrize("name", NAMES)
def test_only_reading_is_allowed(admin_client, campaign, name):
    assert admin_client.post(address(name, campaign)).status_code == 405


@pytest.mark.parametrize("name", NAMES)
def test_a_campaign_that_does_not_exist_is_not_found(admin_client, name):
    assert admin_client.get(reverse(name, args=[99])).status_code == 404


def test_the_list_and_the_campaigns_page_link_to_it(admin_client, staff, campaign):
    link = f'href="{reverse("report-page", args=[campaign.id])}"'
    pages = [
        reverse("admin:campaigns_campaign_changelist"),
        reverse("admin:campaigns_campaign_change", args=[campaign.id]),
    ]
    assert all(link in admin_client.get(page).content.decode() for page in pages)
    assert rows_of(admin_client.get(pages[0]))[0]["report"] == "Report"
    other = staff("campaigns.view_campaign")
    assert not any(link in other.get(page).content.decode() for page in pages)


# --- Its figures ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [{}, {"machine": "true"}, {"since": (START + timedelta(hours=1)).isoformat()}],
    ids=["plain", "machine", "window"],
)
def test_page_data_and_api_show_the_same_figures(reader, sign_in, opened, query):
    api = sign_in("tracking.view_report").get(f"/api/v1/email-campaigns/{opened.id}/report/", query)
    live = reader.get(address("report-data", opened, **query))
    body, panels = api.json(), live.json()["panels"]
    assert live.headers["ETag"] == api.headers["ETag"]
    page = reader.get(address("report-page", opened, **query))
    assert panels.strip() in page.content.decode()
    totals, words = body["totals"], text_of(page)
    rate = rate_shown(totals, query)
    assert f"Open rate {rate} Opened by" in words
    whose = "people or machines" if query.get("machine") else "people"
    opened = f"Opened by {whose} {totals['unique_opens']} {totals['opens']} opens in all"
    assert opened in words
    assert body["verdict"]["text"] in words and body["verdict"]["choice_now"] in words
    for group in body["groups"]:
        assert f"{group['ci_low']:.1%} to {group['ci_high']:.1%}" in words
    assert sum(map(sum, body["heatmap"])) == totals["opens"]


@pytest.mark.parametrize("query", [{}, {"machine": "true"}], ids=["plain", "machine"])
def test_every_table_of_the_page_shows_the_figures_of_the_api(reader, sign_in, opened, query):
    first = opened.groups.get(number=1)
    make_contact(first, scheduled_at=NOW + timedelta(days=1))
    api = sign_in("tracking.view_report").get(f"/api/v1/email-campaigns/{opened.id}/report/", query)
    data, page = api.json(), reader.get(address("report-page", opened, **query))
    tables = {
        name: admin_pages.table_of(page, name)[1:]
        for name in ("groups", "clients", "devices", "machine", "heatmap", "series")
    }
    rows = [*data["groups"], data["totals"]]
    assert [row[1:5] for row in tables["groups"]] == [numbers_of(row) for row in rows]
    assert [row[5] for row in tables["groups"]] == [rate_shown(row, query) for row in rows]
    for name in ("clients", "devices"):
        assert [row[1:] for row in tables[name]] == [shares_of(row) for row in data[name]]
    kinds, opens = data["opens_by_kind"], sum(data["opens_by_kind"].values())
    assert [row[1:] for row in tables["machine"]] == [
        shares_of({"opens": n, "share": n / opens}) for n in kinds.values()
    ]
    assert [[int(cell) for cell in row[1:]] for row in tables["heatmap"]] == data["heatmap"]
    assert [[int(cell) for cell in row[1:]] for row in tables["series"]] == [
        [n for pair in zip(point["opens"], point["unique_opens"], strict=True) for n in pair]
        for point in data["series"]["points"]
    ]


def rate_shown(figures, query):
    """Where machine opens are counted, the rate counts them as the numbers beside it do."""
    upper = figures["open_rate_with_machine"]
    return rate_in_words(upper if "machine" in query else figures["open_rate"], upper)


def numbers_of(figures):
    return [f"{figures[name]:,}" for name in ("contacts", "sent", "opens", "unique_opens")]


def shares_of(row):
    return [f"{row['opens']:,}", f"{row['share']:.1%}"]


def test_the_page_is_complete_without_a_script(reader, opened):
    words = text_of(reader.get(address("report-page", opened)))
    assert "Data as of 2 March 2026, 13:59:55 (UTC)." in words
    sooner = "Group 2 is likely better so far: opened sooner, 45.0% against 15.0% within 4 h"
    assert f"Verdict Likely better so far {sooner} of sending. Decides on Thursday, 09:04." in words
    assert "It is decided once" not in words, "the sentence above says when"
    assert "times as often" not in words, "no ratio before the decision"
    assert "2 Group 2 likely better so far 400 400 180 180 45.0% to 55.0%" in words
    assert (
        "240 opens by the minute, 2 March 2026, 10:00; the most, 240, at 2 March 2026, 10:00."
    ) in words
    assert "Gmail 240 100.0%" in words
    assert "Device Opens Share Hidden by the mail service 240 100.0%" in words
    assert "Most opens, 240, on Mondays from 10:00 to 10:59." in words
    assert "80 of 320 opens (25.0%) were made by machines" in words
    assert "Of all time, 80 of 320 opened contacts (25.0%) were opened by machines only" in words
    assert "Opens show here 5 s later. Every contact has a schedule." in words


def test_what_was_decided_is_drawn_beside_the_shares(reader, opened):
    decided = START + timedelta(days=4)
    note_complete(moment=decided)
    store_verdicts(now=decided)
    with time_machine.travel(decided, tick=False):
        page = reader.get(address("report-page", opened))
    words, html = text_of(page), page.content.decode()
    ratio = "opened 2.30 to 3.94 times as often as Group 1, 45.0% against 15.0% within 72 h"
    assert f"Verdict Better Group 2 is better: {ratio} of sending." in words
    assert f"How many times as often Group 2 is {ratio}. 0.2 1 5 A line is the range" in words
    assert "2 Group 2 better 400 400" in words and "It is decided once" not in words
    assert html.count('<li class="differs">') == html.count('class="range"') == 1
    assert "Group 1 15.0% 11.8% to 18.8%" in words and "Group 2 45.0% 40.2% to 49.9%" in words
    assert "such a call is wrong at most 1 time in 20" in words
    assert "style=" not in html


def test_a_chance_is_never_shown_in_place_of_the_verdict(reader, opened):
    page = reader.get(address("report-page", opened)).content.decode()
    verdict, details = page.split('id="verdict"')[1].split("<details")[:2]
    assert "choose now" not in verdict and "probability" not in verdict
    assert "If you had to choose now: Group 2" in details


def test_with_permission_to_view_contacts_who_opened_is_linked(staff, opened):
    client = staff("tracking.view_report", "campaigns.view_contact")
    for page in (shown_page(client, opened), panels_of(client, opened)):
        for which, number in (("person", 240), ("no", 480)):
            found = re.search(rf'href="([^"]*opened={which})"', page)
            listed = text_of(client.get(html.unescape(found.group(1))))
            assert f"{number} contacts were" in listed
        assert "Who opened</a>" in page
    windowed = client.get(address("report-page", opened, period="24h")).content.decode()
    assert "Who opened, of all time</a>" in windowed


def test_without_permission_to_view_contacts_who_opened_is_not_linked(reader, opened):
    for page in (shown_page(reader, opened), panels_of(reader, opened)):
        assert "opened=" not in page
        assert "Who opened" not in page


def shown_page(client, campaign):
    return client.get(address("report-page", campaign)).content.decode()


def panels_of(client, campaign):
    return client.get(address("report-data", campaign)).json()["panels"]


def test_the_page_has_nothing_inline(reader, opened):
    page = reader.get(address("report-page", opened)).content.decode()
    assert "style=" not in page and "<style" not in page and "onclick" not in page


def test_names_of_groups_are_escaped(reader, opened):
    opened.groups.filter(number=1).update(name="<b>bold")
    body = reader.get(address("report-data", opened)).json()
    assert "<b>" not in body["panels"] and "&lt;b&gt;bold" in body["panels"]


def test_the_page_and_its_data_take_few_queries(reader, opened, django_assert_max_num_queries):
    # Three of them read the session, the user and the permissions.
    for name in NAMES:
        with django_assert_max_num_queries(15):
            response = reader.get(address(name, opened))
            assert response.status_code == 200
            response.getvalue()


def test_many_groups_and_opens_take_no_more_queries(reader, django_assert_max_num_queries):
    campaign = make_campaign(groups=6)
    for group in campaign.groups.all():
        record([make_hit(make_contact(group), after=timedelta(hours=n)) for n in range(4)])
    with django_assert_max_num_queries(15):
        reader.get(address("report-data", campaign))


# --- Before there is anything ---------------------------------------------------------------


def test_a_campaign_without_contacts_says_so(reader, campaign):
    words = text_of(reader.get(address("report-page", campaign)))
    assert "This campaign has no contacts yet" in words
    assert "Verdict" not in words and "Mail clients" not in words, "no panel of nothing"
    assert "Counting has never run" in words and "Nothing has been counted yet" in words


@pytest.mark.parametrize(
    ("permissions", "is_linked"),
    [
        (["campaigns.add_contact", "campaigns.view_contactimport"], True),
        (["campaigns.view_contactimport"], False),
    ],
)
def test_an_empty_report_links_to_the_import_for_whoever_may(
    staff, campaign, permissions, is_linked
):
    client = staff("tracking.view_report", *permissions)
    page = client.get(address("report-page", campaign)).content.decode()
    assert ("Import contacts</a></p>" in page) is is_linked


def test_a_page_before_any_counting_has_the_words_for_later(reader, opened, campaign):
    waiting = '<span id="counted" hidden>Data as of <time id="as-of"></time>'
    assert waiting not in reader.get(address("report-page", opened)).content.decode()
    IngestLock.objects.update(complete_until=None)
    page = reader.get(address("report-page", campaign)).content.decode()
    assert waiting in page and '<span id="never-counted">' in page


def test_a_campaign_that_was_not_sent_yet_says_so(reader, campaign):
    make_contact(campaign.groups.first(), scheduled_at=NOW + timedelta(days=1))
    make_contact(campaign.groups.first(), scheduled_at=None)
    words = text_of(reader.get(address("report-page", campaign)))
    assert "Nothing has been sent yet" in words
    assert "1 contact without a schedule, or not to be sent to when it came: in no rate" in words


def test_few_opens_are_too_early(reader, campaign):
    contact = make_contact(campaign.groups.first())
    words = text_of(reader.get(address("report-page", campaign)))
    assert "No opens yet." in words and "only one group has contacts" in words
    record([make_hit(contact)])
    assert "No opens yet." not in text_of(reader.get(address("report-page", campaign)))


def test_a_group_to_be_stopped_is_named_before_other_warnings(reader, opened):
    second = opened.groups.get(number=2)
    Group.objects.filter(pk=second.pk).update(name="<b>B</b>")
    mark_not_sent(
        campaign_id=opened.id,
        contact_ids=list(second.contacts.values_list("uuid", flat=True)[:30]),
        reason=NotSentReason.WITHDRAWN,
        now=START + timedelta(minutes=2),
    )
    page = reader.get(address("report-page", opened)).content.decode()
    warnings = re.findall(r'<p class="warning">(.*?)</p>', page)
    said = "Stop &lt;b&gt;B&lt;/b&gt;: more of its contacts withdraw, 7.5% against 0.0%."
    assert warnings[0] == said


def test_counting_that_is_far_behind_is_warned_of(reader, opened):
    with time_machine.travel(NOW + timedelta(minutes=3)):
        assert "look whether the ingest process runs" in text_of(
            reader.get(address("report-page", opened))
        )


# --- The window -----------------------------------------------------------------------------


def test_a_window_is_kept_in_every_link_of_the_page(reader, opened):
    query = {"period": "24h", "machine": "true"}
    page = reader.get(address("report-page", opened, **query)).content.decode()
    for name in NAMES[1:]:
        assert address(name, opened, **query).replace("&", "&amp;") in page
    assert '<option value="24h" selected>' in page
    assert '<option value="true" selected>' in page


def test_a_bad_window_is_refused_with_a_sentence(reader, opened):
    query = {"since": "2026-03-02T09:00", "until": "2026-03-02T08:00"}
    page = reader.get(address("report-page", opened, **query))
    assert page.status_code == 400
    assert "Give an end after since." in text_of(page) and "The report of all time" in text_of(page)
    for name in NAMES[1:]:
        response = reader.get(address(name, opened, **query))
        assert (response.status_code, response.content) == (400, b"until: Give an end after since.")


# --- One group ------------------------------------------------------------------------------


def test_a_group_is_shown_alone_by_its_link_until_its_chip_is_removed(reader, opened):
    second = opened.groups.get(number=2)
    whole = reader.get(address("report-page", opened)).content.decode()
    assert f'href="?group={second.id}"' in whole
    page = reader.get(address("report-page", opened, group=second.id))
    words, shown = text_of(page), page.content.decode()
    assert "Remove the filter Group: Group 2" in words and '<ul class="chips"' in shown
    assert "Opened by people 180 180 opens in all" in words
    assert "Gmail 180 100.0%" in words and "Most opens, 180," in words
    assert "180 opens by the minute" in words and "40 of 220 opens" in words
    assert "Of all time, 40 of 220 opened contacts" in words
    assert "Group 1 15.0%" in words, "the verdict stays of all"
    assert "All groups 800 800 240 240" in words
    kept = address("report-data", opened, group=second.id).split("/")[-1]
    assert kept in shown and reader.get(address("report-data", opened, group=second.id)).json()


def test_a_group_that_is_not_the_campaigns_is_refused(reader, opened):
    other = make_campaign("Other").groups.first()
    page = reader.get(address("report-page", opened, group=other.id))
    assert page.status_code == 400 and "Choose a group of this campaign" in text_of(page)


def test_opens_in_one_mail_client_are_shown_alone(reader, opened):
    contact = make_contact(opened.groups.get(number=1))
    record([make_hit(contact, after=timedelta(hours=4), agent=THUNDERBIRD)])
    whole = reader.get(address("report-page", opened)).content.decode()
    assert 'href="?client=Thunderbird"' in whole
    page = reader.get(address("report-page", opened, client="Thunderbird"))
    words = text_of(page)
    assert "Remove the filter Mail client: Thunderbird" in words and "Gmail 240 99.6%" in words
    assert "1 open by the hour, 2 March 2026, 13:00" in words
    assert "Device Opens Share Computer 1 100.0%" in words
    assert "Most opens, 1, on Mondays from 13:00 to 13:59." in words
    assert "Opened by people 241 241 opens in all" in words, "the figures stay of all"
    assert admin_pages.table_of(page, "series")[0] == ["Hour", "Group 1: opens", "Group 2: opens"]
    series = table_of(reader.get(address("report-series", opened, client="Thunderbird")))
    assert [row[1:] for row in series[1:]] == [
        ["1", "Group 1", "1", ""],
        ["2", "Group 2", "0", ""],
    ]


def test_a_mail_client_that_does_not_exist_is_refused(reader, opened):
    page = reader.get(address("report-page", opened, client="Pigeon"))
    assert page.status_code == 400 and "Choose a mail client of the report." in text_of(page)


def test_files_of_one_group_hold_its_series_and_the_figures_of_all(reader, opened):
    second = opened.groups.get(number=2)
    series = table_of(reader.get(address("report-series", opened, group=second.id)))
    assert [row[2] for row in series[1:]] == ["Group 2"]
    groups = table_of(reader.get(address("report-groups", opened, group=second.id)))
    assert [row[1] for row in groups[1:]] == ["Group 1", "Group 2", "All groups"]
    assert groups[3][3:6] == ["800", "800", "240"]


# --- Asking again ---------------------------------------------------------------------------


def test_data_that_has_not_changed_since_the_page_is_not_sent_again(reader, opened):
    etag = reader.get(address("report-page", opened)).context["etag"]
    headers = {"If-None-Match": etag}
    second = reader.get(address("report-data", opened), headers=headers)
    assert (second.status_code, second.content) == (304, b"")
    assert second.headers["X-As-Of"] == "2026-03-02T13:59:55+00:00"
    contact = make_contact(opened.groups.first())
    record([make_hit(contact, after=timedelta(hours=4))])
    third = reader.get(address("report-data", opened), headers=headers)
    assert "241 opens in all" in third.json()["panels"]


@pytest.mark.parametrize("method", ["get", "head"])
def test_an_etag_that_a_proxy_made_weak_matches_too(reader, opened, method):
    etag = reader.get(address("report-page", opened)).context["etag"]
    ask = getattr(reader, method)
    answer = ask(address("report-data", opened), headers={"If-None-Match": f'"x", W/{etag}'})
    assert (answer.status_code, answer.headers["ETag"]) == (304, etag)
    assert (answer.headers["X-Ingest-Lag"], answer.content) == ("5", b"")
    assert answer.headers["Cache-Control"].startswith("private, no-cache")


def test_without_the_permission_there_is_not_even_a_304(reader, staff, opened):
    etag = reader.get(address("report-page", opened)).context["etag"]
    other = staff(name="other")
    response = other.get(address("report-data", opened), headers={"If-None-Match": etag})
    assert response.status_code == 403


# --- Files ----------------------------------------------------------------------------------


def test_the_groups_come_as_csv_with_the_figures_of_the_api(reader, sign_in, opened):
    api = sign_in("tracking.view_report")
    body = api.get(f"/api/v1/email-campaigns/{opened.id}/report/").json()
    header, *rows = table_of(reader.get(address("report-groups", opened)))
    assert [row[1] for row in rows] == ["Group 1", "Group 2", "All groups"]
    second = dict(zip(header, rows[1], strict=True))
    assert float(second["open_rate"]) == body["groups"][1]["open_rate"] == 0.45
    assert float(second["ci_low"]) == body["groups"][1]["ci_low"]
    assert (second["unique_proxied"], second["unique_machine"]) == ("180", "40")


def test_the_series_come_as_csv_without_formulas(reader, opened):
    opened.groups.filter(number=1).update(name="=1+1")
    assert table_of(reader.get(address("report-series", opened))) == [
        ["minute", "number", "group", "opens", "unique_opens"],
        ["2026-03-02T10:00:00+00:00", "1", "'=1+1", "60", "60"],
        ["2026-03-02T10:00:00+00:00", "2", "Group 2", "180", "180"],
    ]


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Spring sale", 'filename="spring-sale-groups.csv"'),
        ("Frühling: 10%", "filename*=utf-8''fr%C3%BChling-10-groups.csv"),
        ('"; x=../..', 'filename="x-groups.csv"'),
        ("???", 'filename="campaign-{id}-groups.csv"'),
    ],
)
def test_files_are_named_after_the_campaign_and_open_in_spreadsheets(reader, opened, name, file):
    type(opened).objects.filter(id=opened.id).update(name=name)
    response = reader.get(address("report-groups", opened))
    assert response.headers["Content-Disposition"] == f"attachment; {file.format(id=opened.id)}"
    assert b"".join(response.streaming_content).startswith(b"\xef\xbb\xbfnumber,")


# --- Silent domains -------------------------------------------------------------------------


def test_silent_domains_are_read_on_request(reader, campaign, monkeypatch):
    monkeypatch.setattr("reports.silent_domains.FEWEST_SENT", 2)
    group = campaign.groups.first()
    for name in ("ann", "bob"):
        make_contact(group, email=f"{name}@silent.example")
    assert "silent.example" not in text_of(reader.get(address("report-page", campaign)))
    page = reader.get(address("report-page", campaign, domains="true"))
    assert "silent.example 2" in text_of(page)


def test_a_hit_of_the_year_2000_and_one_of_2199_make_no_huge_page(reader, campaign):
    contacts = make_contacts(campaign.groups.get(number=1), [START] * 3)
    for contact, year in zip(contacts, (2000, 2026, 2199), strict=True):
        open_contacts([contact], after=datetime(year, 7, 1, tzinfo=UTC) - START)
    page = reader.get(address("report-page", campaign)).content
    assert b"opens by the year" in page
    # Two hundred years of rows of two groups; by the day it was 8.5 MB.
    assert page.count(b"<tr") < 500
    export = table_of(reader.get(address("report-series", campaign)))
    assert export[0][0] == "year"
    assert sum(int(row[3]) for row in export[1:]) == 3


# --- What is kept -----------------------------------------------------------------------------


@pytest.mark.parametrize("query", [{}, {"machine": "true"}, {"group": 1}, {"period": "24h"}])
def test_no_page_changes_what_is_kept_for_the_next(reader, opened, query):
    """Reports keep the objects themselves, and give them to every reader."""
    if "group" in query:
        query = {"group": opened.groups.get(number=query["group"]).id}

    def read_all():
        for name in NAMES:
            response = reader.get(address(name, opened, **query))
            assert response.status_code == 200
            assert b"".join(response)

    def kept():
        return {key: pickle.dumps(value) for key, value in caches["reports"]._cache.items()}

    read_all()
    before = kept()
    read_all()
    assert kept() == before
    assert len(before) > 4
