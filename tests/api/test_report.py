"""The report of a campaign through the API."""

from datetime import timedelta

import pytest
import time_machine

from campaigns.models import NotSentReason
from contacts.measured.decided import follow_decisions
from contacts.not_sent import mark_not_sent
from reports.verdict.storing import store_verdicts
from tests.consent.deciding import withdraw
from tests.tracking.factories import (
    GMAIL,
    SCANNER,
    START,
    make_campaign,
    make_contact,
    make_contacts,
    make_hit,
    open_contacts,
)
from tests.tracking.sharing import load, shared_pixel, sharing_group
from tracking.counting.campaign_slots import fix_due_campaigns
from tracking.counting.record import note_complete, record

pytestmark = pytest.mark.django_db


def report_of(api, campaign_id):
    return api.get(f"/api/v1/email-campaigns/{campaign_id}/report/")


def test_a_report_holds_the_figures_of_the_campaign_and_of_each_group(sign_in):
    campaign = make_campaign()
    first, second = campaign.groups.all()
    contacts = [make_contact(first) for _ in range(3)] + [make_contact(second)]
    later = START + timedelta(days=2)
    make_contact(second, scheduled_at=later)
    record(
        [
            make_hit(contacts[0]),
            make_hit(contacts[0], after=timedelta(hours=2), agent=GMAIL),
            make_hit(contacts[1], agent=SCANNER),
        ]
    )
    with time_machine.travel(START + timedelta(days=1)):
        response = report_of(sign_in("tracking.view_report"), campaign.id)
    assert response.status_code == 200
    figures = {
        "contacts": 3,
        "sent": 3,
        "unique_opens": 1,
        "unique_by_kind": {"human": 1, "proxied": 0, "machine": 1},
        "opens": 2,
        "open_rate": 0.333333333333,
        "open_rate_with_machine": 0.666666666667,
        "measured": 3,
        "open_rate_of_all_min": 0.333333333333,
        "open_rate_of_all_max": 0.666666666667,
    }
    nothing = {
        "contacts": 2,
        "sent": 1,
        "unique_opens": 0,
        "unique_by_kind": {"human": 0, "proxied": 0, "machine": 0},
        "opens": 0,
        "open_rate": 0.0,
        "open_rate_with_machine": 0.0,
        "measured": 1,
        "open_rate_of_all_min": 0.0,
        "open_rate_of_all_max": 0.0,
    }
    variant = {"role": "variant", "winner": None, "winner_given_at": None}
    variant |= {"winner_preliminary": False, "winner_confirmed": None, "opened_unmailed": 0}
    unknown = {"rate_at_age": None, "ci_low": None, "ci_high": None, "probability_best": None}
    body = response.json()
    assert {name: body[name] for name in ("totals", "groups")} == {
        "totals": figures
        | {"contacts": 5, "sent": 4, "open_rate": 0.25, "open_rate_with_machine": 0.5}
        | {"measured": 4, "open_rate_of_all_min": 0.25, "open_rate_of_all_max": 0.5},
        "groups": [
            {"id": first.id, "number": 1, "name": "Group 1", **variant, **figures, **unknown},
            {"id": second.id, "number": 2, "name": "Group 2", **variant, **nothing, **unknown},
        ],
    }


def test_the_panels_count_the_same_opens_as_the_totals(api):
    campaign = make_campaign()
    group = campaign.groups.get(number=1)
    hours = (1, 2, 2, 5)
    record([make_hit(make_contact(group), after=timedelta(hours=n), agent=GMAIL) for n in hours])
    record([make_hit(make_contact(group), after=timedelta(hours=2), agent=SCANNER)])
    body = report_of(api, campaign.id).json()
    assert body["clients"] == [{"family": "Gmail", "opens": 4, "share": 1.0}]
    assert body["devices"] == [{"device": "proxy", "opens": 4, "share": 1.0}]
    assert body["opens_by_kind"] == {"human": 0, "proxied": 4, "machine": 1}
    assert sum(map(sum, body["heatmap"])) == body["totals"]["opens"] == 4
    assert body["series"]["groups"] == [row["id"] for row in body["groups"]]
    assert sum(sum(point["opens"]) for point in body["series"]["points"]) == 4


def test_a_window_and_machine_opens_can_be_asked_for(api):
    campaign = make_campaign()
    group = campaign.groups.get(number=1)
    for after, agent in ((1, GMAIL), (30, GMAIL), (31, SCANNER)):
        record([make_hit(make_contact(group), after=timedelta(hours=after), agent=agent)])
    since = (START + timedelta(hours=29, minutes=37)).isoformat()
    body = api.get(
        f"/api/v1/email-campaigns/{campaign.id}/report/", {"since": since, "machine": "true"}
    ).json()
    assert (body["machine"], body["totals"]["opens"], body["totals"]["unique_opens"]) == (
        True,
        2,
        2,
    )
    assert body["window"] == {"since": "2026-03-03T14:30:00Z", "until": None}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"since": "yesterday"}, "since"),
        ({"machine": "perhaps"}, "machine"),
        ({"since": "2026-03-02T09:00:00Z", "until": "2026-03-02T08:00:00Z"}, "until"),
    ],
)
def test_a_malformed_window_is_refused_with_its_field(api, query, field):
    response = api.get(f"/api/v1/email-campaigns/{make_campaign().id}/report/", query)
    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]


def test_a_campaign_that_was_sent_to_nobody_has_no_rate(api):
    totals = report_of(api, make_campaign().id).json()["totals"]
    assert (totals["sent"], totals["open_rate"]) == (0, None)


@pytest.mark.parametrize("pk", ["99", "0", "x", "9" * 18, "9" * 30, "-1"])
def test_what_does_not_exist_is_not_found(api, pk):
    response = report_of(api, pk)
    assert (response.status_code, response.json()["detail"]) == (404, "Campaign not found")


def test_a_report_takes_few_queries_whatever_the_opens(api, django_assert_max_num_queries):
    campaign = make_campaign(groups=5)
    for group in campaign.groups.all():
        record([make_hit(make_contact(group), after=timedelta(hours=n)) for n in range(3)])
    with django_assert_max_num_queries(13):
        report_of(api, campaign.id)


# --- The verdict ----------------------------------------------------------------------------


@pytest.fixture
def better(db):
    """A campaign whose second group does better, 45 against 15%."""
    campaign = make_campaign()
    for group, opened in zip(campaign.groups.order_by("number"), (60, 180), strict=True):
        open_contacts(make_contacts(group, [START] * 400)[:opened], after=timedelta(hours=1))
    fix_due_campaigns(now=START + timedelta(hours=1))
    return campaign


def verdict_at(sign_in, campaign, moment):
    note_complete(moment=moment)
    store_verdicts(now=moment)
    with time_machine.travel(moment):
        body = report_of(sign_in("tracking.view_report", name=f"{moment:%d}"), campaign.id).json()
    return body, body["verdict"]


def test_the_verdict_comes_with_each_groups_standing(sign_in, better):
    groups = list(better.groups.order_by("number"))
    body, _ = verdict_at(sign_in, better, START + timedelta(hours=5))
    assert body["verdict"] == {
        "state": "better",
        "text": "Group 2 is likely better so far: opened sooner, 45.0% against 15.0% within 4 h of "
        "sending. Decides on Thursday, 09:04.",
        "leader": groups[1].id,
        "preliminary": True,
        "confirmed": None,
        "decides_at": "2026-03-05T09:04:00Z",
        "age_minutes": 240,
        "ratios": [],
        "choice_now": body["verdict"]["choice_now"],
        "stops": [],
        "warnings": ["This assumes that mails leave on time."],
    }
    assert body["verdict"]["choice_now"].startswith("If you had to choose now: Group 2")
    low, high, best = (
        [row[name] for row in body["groups"]] for name in ("ci_low", "ci_high", "probability_best")
    )
    assert [row["rate_at_age"] for row in body["groups"]] == [0.15, 0.45]
    assert low[0] < 0.15 < high[0] < low[1] < 0.45 < high[1]
    assert best[0] < 0.001 < 0.999 < best[1] and sum(best) == pytest.approx(1, abs=1e-5)


def test_a_group_to_be_stopped_is_named_beside_the_verdict(sign_in, better):
    second = better.groups.get(number=2)
    marked = list(second.contacts.values_list("uuid", flat=True)[:30])
    mark_not_sent(
        campaign_id=better.id,
        contact_ids=marked,
        reason=NotSentReason.BOUNCED,
        now=START + timedelta(minutes=2),
    )
    _, verdict = verdict_at(sign_in, better, START + timedelta(hours=5))
    assert verdict["stops"] == [{"group": second.id, "guard_rail": "bounces"}]
    said = "Stop Group 2: more of its mails bounce, 7.5% against 0.0%."
    assert verdict["warnings"][0] == said


def test_withdrawn_consent_is_named_by_its_own_word(sign_in, better):
    second = better.groups.get(number=2)
    for contact in second.contacts.all()[:30]:
        withdraw(contact, now=START + timedelta(minutes=2))
    follow_decisions(now=START + timedelta(hours=5))
    _, verdict = verdict_at(sign_in, better, START + timedelta(hours=5))
    assert verdict["stops"] == [{"group": second.id, "guard_rail": "consent"}]
    said = "Stop Group 2: more of its people withdrew consent, 7.5% against 0.0%."
    assert verdict["warnings"][0] == said


def test_the_decision_brings_the_ratio_and_says_whether_the_call_was_right(sign_in, better):
    verdict_at(sign_in, better, START + timedelta(hours=5))
    _, verdict = verdict_at(sign_in, better, START + timedelta(days=4))
    [ratio] = verdict["ratios"]
    first, second = better.groups.order_by("number")
    assert (verdict["state"], verdict["leader"]) == ("better", second.id)
    assert (verdict["preliminary"], verdict["confirmed"]) == (False, True)
    assert (verdict["decides_at"], verdict["age_minutes"]) == (None, 4320)
    assert (ratio["group"], ratio["over"]) == (first.id, second.id)
    assert 0 < ratio["low"] < 1 / 3 < ratio["high"] < 0.5
    assert verdict["text"].startswith("Group 2 is better: opened ")


# --- Asking again ---------------------------------------------------------------------------


@pytest.fixture
def followed():
    """A campaign with a contact, and a moment to ask at."""
    campaign = make_campaign()
    contact = make_contact(campaign.groups.get(number=1))
    with time_machine.travel(START + timedelta(minutes=2), tick=False) as traveller:
        yield campaign, contact, traveller


@pytest.fixture
def reader(followed, sign_in):
    """Signed in at that moment."""
    return sign_in("tracking.view_report")


def again(api, campaign, response, **query):
    url = f"/api/v1/email-campaigns/{campaign.id}/report/"
    return api.get(url, query, headers={"If-None-Match": response.headers["ETag"]})


def test_an_unchanged_report_is_not_sent_again(reader, followed, django_assert_max_num_queries):
    campaign, _, _ = followed
    response = report_of(reader, campaign.id)
    with django_assert_max_num_queries(6):
        second = again(reader, campaign, response)
    assert (second.status_code, second.content) == (304, b"")
    assert second.headers["ETag"] == response.headers["ETag"]


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("known", ['"x", {}', "W/{}", "*"])
def test_every_form_of_if_none_match_is_understood(reader, followed, method, known):
    campaign, _, _ = followed
    etag = report_of(reader, campaign.id).headers["ETag"]
    url = f"/api/v1/email-campaigns/{campaign.id}/report/"
    second = getattr(reader, method)(url, headers={"If-None-Match": known.format(etag)})
    assert (second.status_code, second.content) == (304, b"")
    assert second.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    "headers", [{"If-Match": '"x"'}, {"If-Unmodified-Since": "Mon, 02 Mar 2026 09:00:00 GMT"}]
)
def test_preconditions_of_writing_are_passed_over(reader, followed, headers):
    url = f"/api/v1/email-campaigns/{followed[0].id}/report/"
    assert reader.get(url, headers=headers).status_code == 200


def open_it(campaign, contact, traveller):
    record([make_hit(contact, after=timedelta(minutes=1))])


def rename_a_group(campaign, contact, traveller):
    campaign.groups.filter(number=2).update(name="Other")


def wait_a_minute(campaign, contact, traveller):
    traveller.shift(60)


def add_a_contact(campaign, contact, traveller):
    make_contact(campaign.groups.get(number=2))


@pytest.mark.parametrize("change", [open_it, rename_a_group, wait_a_minute, add_a_contact])
def test_a_changed_report_is_sent_again(reader, followed, change):
    response = report_of(reader, followed[0].id)
    change(*followed)
    assert again(reader, followed[0], response).status_code == 200


def test_another_question_has_another_answer(reader, followed):
    response = report_of(reader, followed[0].id)
    for query in ({"machine": "true"}, {"since": START.isoformat()}):
        assert again(reader, followed[0], response, **query).status_code == 200


def test_other_campaigns_opens_change_nothing(reader, followed):
    response = report_of(reader, followed[0].id)
    other = make_contact(make_campaign("Autumn").groups.get(number=1))
    record([make_hit(other, after=timedelta(minutes=1))])
    assert again(reader, followed[0], response).status_code == 304


def test_it_says_as_of_when_it_is_complete(reader, followed):
    campaign, _, _ = followed
    assert "X-As-Of" not in report_of(reader, campaign.id).headers
    note_complete(moment=START + timedelta(seconds=90))
    response = report_of(reader, campaign.id)
    assert response.headers["X-As-Of"] == "2026-03-02T09:01:30+00:00"
    assert response.headers["X-Ingest-Lag"] == "30"
    assert again(reader, campaign, response).headers["X-Ingest-Lag"] == "30"


def test_without_the_permission_there_is_not_even_a_304(sign_in, reader, followed):
    response = report_of(reader, followed[0].id)
    assert again(sign_in(name="other"), followed[0], response).status_code == 403


def test_loads_of_shared_pixels_stand_beside(sign_in):
    group = sharing_group(make_campaign())
    pixel = shared_pixel(group)
    record([load(pixel, after=timedelta(hours=1), agent=GMAIL) for _ in range(12)])
    with time_machine.travel(START + timedelta(days=1)):
        body = report_of(sign_in("tracking.view_report"), group.campaign_id).json()
    assert body["shared"] == {
        "since": None,
        "until": "2026-03-03T00:00:00Z",
        "groups": [{"group": group.id, "loads": {"human": 0, "proxied": 12, "machine": 0}}],
        "clients": [{"family": "Gmail", "loads": 12}],
    }
    assert body["totals"]["opens"] == sum(body["opens_by_kind"].values()) == 0
