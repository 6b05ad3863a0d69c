"""Decisions through the API."""

import hashlib
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Contact
from consent import journal
from consent.models import ConsentState, Decision, PersonConsent
from consent.reports import MAX_ROWS
from contacts.change import erase_contact
from foundation.cursors import encode_cursor
from foundation.personal_data.hashes import read_email_hash
from tests.consent.deciding import agree, withdraw
from tests.tracking.factories import make_campaign, make_contact, make_hit
from tracking.counting.record import record
from tracking.models import Pixel

pytestmark = pytest.mark.django_db
URL = "/api/v1/consents/"
TEXT = "We measure whether you open our mails."
YES = {
    "consent_opens": "granted",
    "consent_at": "2026-03-01T09:00:00+01:00",
    "consent_text": TEXT,
}
NO = {"consent_opens": "denied"}


@pytest.fixture
def group(mailing):
    return mailing.groups.first()


@pytest.fixture
def mailing(db):
    return make_campaign()


def send(api, *decisions):
    return api.post(URL, {"decisions": list(decisions)})


def results(answer):
    assert answer.status_code == 200, answer.json()
    return answer.json()["results"]


def test_decisions_are_recorded_each_by_itself(api, group):
    ann, bob = make_contact(group, email="ann@example.com"), make_contact(group, external_id="b")
    answer = send(
        api,
        {"email": "Ann@Example.com", **YES},
        {"campaign": group.campaign_id, "external_id": "b", **NO},
        {"email": "cy@example.com", "consent_opens": "granted"},
        {"contact": str(ann.uuid), **NO},
    )
    first, second, third, fourth = results(answer)
    assert [first["outcome"], second["outcome"], fourth["outcome"]] == ["stored"] * 3
    assert list(third["errors"]) == ["consent_at"]
    assert (answer.json()["recorded"], answer.json()["failed"]) == (3, 1)
    assert record([make_hit(ann), make_hit(bob)]).recorded == 0
    assert PersonConsent.objects.get(person=read_email_hash("ann@example.com")).opens == "denied"
    assert set(Decision.objects.values_list("way", "by__username")) == {("api", "root")}


def test_a_weekly_repetition_undoes_no_withdrawal(api, group):
    ann = {"email": "ann@example.com"}
    results(send(api, ann | YES))
    results(send(api, ann | NO))
    [again] = results(send(api, ann | YES))
    assert again["code"] == "withdrew"
    assert "withdrew on" in again["errors"]["consent_opens"][0]
    assert [one["outcome"] for one in results(send(api, ann | NO))] == ["unchanged"]
    assert Decision.objects.count() == 2


def test_opens_and_clicks_are_decided_each_by_itself(api, group):
    make_contact(group, email="ann@example.com")
    ann = {"email": "ann@example.com"}
    [both] = results(send(api, ann | YES | {"consent_clicks": "granted"}))
    [clicks] = results(send(api, ann | {"consent_clicks": "denied"}))
    assert both["outcome"] == clicks["outcome"] == "stored"
    first, second = api.get(URL).json()["decisions"]
    assert (first["consent_opens"], first["consent_clicks"]) == ("granted", None)
    assert (second["consent_opens"], second["consent_clicks"]) == (None, "denied")
    since = api.get(URL, {"limit": 1}).json()["next_changed_since"]
    assert api.get(URL, {"changed_since": since}).json()["decisions"] == [second]


def test_a_decision_on_both_is_one_entry(api):
    send(api, {"email": "ann@example.com", "consent_opens": "denied", "consent_clicks": "denied"})
    send(api, {"email": "bob@example.com", "consent_opens": "denied", "consent_clicks": "denied"})
    first = api.get(URL, {"limit": 1}).json()
    [one] = first["decisions"]
    assert (one["consent_opens"], one["consent_clicks"]) == ("denied", "denied")
    rest = api.get(URL, {"changed_since": first["next_changed_since"]}).json()
    assert len(rest["decisions"]) == 1


def test_of_two_answers_that_do_not_both_count_neither_is_recorded(api):
    ann = {"email": "ann@example.com"}
    results(send(api, ann | {"consent_clicks": "denied"}))
    [refused] = results(send(api, ann | YES | {"consent_clicks": "granted"}))
    assert refused["code"] == "withdrew"
    assert list(refused["errors"]) == ["consent_clicks"]
    assert Decision.objects.count() == 1


def test_a_proven_yes_after_a_no_counts(api):
    before = (timezone.now() - timedelta(hours=2)).isoformat()
    after = (timezone.now() - timedelta(hours=1)).isoformat()
    ann = {"email": "ann@example.com"}
    proven = ann | YES | {"consent_at": after, "consent_proof": "form 7"}
    outcomes = [
        one["outcome"]
        for one in results(
            send(api, ann | NO | {"consent_at": before}, proven, ann | NO | {"consent_at": before})
        )
    ]
    assert outcomes == ["stored", "stored", "agreed_later"]


def test_a_text_is_sent_once(api):
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    send(api, {"email": "ann@example.com", **YES})
    [named] = results(send(api, {"email": "bob@example.com", **YES, "consent_text": digest}))
    assert named["outcome"] == "stored"
    assert Decision.objects.first().text.value == TEXT


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("ann@example.com", "non_field_errors"),
        (NO, "non_field_errors"),
        ({"email": "ann@example.com", "campaign": 1, **NO}, "non_field_errors"),
        ({"campaign": 1, **NO}, "non_field_errors"),
        ({"email": "ann", **NO}, "email"),
        ({"email": "ann@example.com"}, "consent_opens"),
        ({"email": "ann@example.com", "consent_opens": "asked"}, "consent_opens"),
        ({"email": "ann@example.com", "consent_opens": []}, "consent_opens"),
        ({"email": "ann@example.com", **YES, "consent_at": "2199-01-01T00:00:00Z"}, "consent_at"),
        ({"email": "ann@example.com", **YES, "consent_at": "May"}, "consent_at"),
        ({"email": "ann@example.com", **YES, "consent_text": " "}, "consent_text"),
        ({"email": "ann@example.com", **YES, "consent_text": "0" * 64}, "consent_text"),
        ({"email": "ann@example.com", **YES, "consent_proof": "x" * 201}, "consent_proof"),
        ({"contact": "6f1c2a1e-58cc-4372-a567-0e02b2c3d479", **NO}, "contact"),
        ({"campaign": 1, "external_id": "nobody", **NO}, "external_id"),
    ],
)
def test_a_row_that_says_nothing_is_refused_by_itself(api, row, field):
    wrong, right = results(send(api, row, {"email": "bob@example.com", **NO}))
    assert list(wrong["errors"]) == [field]
    assert right["outcome"] == "stored"
    assert Decision.objects.count() == 1


@pytest.mark.parametrize(
    ("rest", "field"),
    [
        ({"consent_clicks": "granted"}, "consent_at"),
        ({"consent_clicks": "granted", "consent_at": "2026-03-01T08:00Z"}, "consent_text"),
        ({**YES, "consent_clicks": "granted", "consent_at": "2199-01-01T00:00:00Z"}, "consent_at"),
        ({"consent_clicks": "maybe"}, "consent_clicks"),
        ({"consent_at": "May"}, "consent_at"),
        ({"consent_links": "granted"}, "consent_links"),
    ],
)
def test_a_no_counts_whatever_is_wrong_with_the_rest_of_its_row(api, rest, field):
    answer = send(api, {"email": "ann@example.com", **rest, **NO})
    [result] = results(answer)
    assert (result["outcome"], result["code"]) == ("stored", "invalid")
    assert list(result["errors"]) == [field]
    assert (answer.json()["recorded"], answer.json()["failed"]) == (0, 1)
    decision = Decision.objects.get()
    assert (decision.opens, decision.clicks, decision.text_id) == ("denied", None, None)


def test_a_no_beside_a_yes_after_a_withdrawal_counts(api):
    ann = {"email": "ann@example.com"}
    results(send(api, ann | {"consent_clicks": "denied"}))
    [result] = results(send(api, ann | YES | NO | {"consent_clicks": "granted"}))
    assert (result["outcome"], result["code"]) == ("stored", "withdrew")
    assert list(result["errors"]) == ["consent_clicks"]
    [again] = results(send(api, ann | YES | NO | {"consent_clicks": "granted"}))
    assert (again["outcome"], list(again["errors"])) == ("unchanged", ["consent_clicks"])


def test_an_erased_contact_is_nobody(api, group):
    ann = make_contact(group, email="ann@example.com")
    erase_contact(contact_id=ann.uuid, now=timezone.now())
    [result] = results(send(api, {"contact": str(ann.uuid), **NO}))
    assert list(result["errors"]) == ["contact"]


def test_too_many_decisions_are_refused_at_once(api):
    assert send(api, *[{}] * (MAX_ROWS + 1)).status_code == 400


def test_errors_repeat_no_address(api):
    assert b"nobody" not in send(api, {"email": "nobody@", **NO}).content


def test_a_database_behind_the_journal_takes_and_tells_no_decision(
    api, group, settings, monkeypatch
):
    ann, campaign = make_contact(group, email="ann@example.com"), group.campaign_id
    settings.PRIVACY_SENDER, settings.PRIVACY_CONTACT = "Example Books", "books@example.com"
    settings.PRIVACY_POLICY_URL, settings.TRACKING_MODE = "https://example.com/privacy", "off"
    pixel = ann.pixels.get()
    monkeypatch.setattr(journal, "last_committed", lambda: 7)
    merge_list = f"/api/v1/email-campaigns/{campaign}/merge-list/"
    new = {"campaign": campaign, "group": group.id, "email": "bob@example.com"}
    doors = {
        "decisions": api.get(URL),
        "changes": api.get(URL, {"changed_since": encode_cursor(3)}),
        "recording": send(api, {"email": "ann@example.com", **NO}),
        "merge list": api.get(merge_list),
        "whom to ask": api.get(merge_list, {"ask": "true"}),
        "bulk": api.post("/api/v1/contacts/bulk/", {"contacts": [new], "pixels_per_contact": 1}),
        "pixels": api.get("/api/v1/pixels/"),
        "pixel": api.get(f"/api/v1/pixels/{pixel.pk}/"),
        "new pixel": api.post("/api/v1/pixels/", {"contact": str(ann.pk), "number": 2}),
        "changed pixel": api.patch(f"/api/v1/pixels/{pixel.pk}/", {"number": 3}),
        "not opened": api.get("/api/v1/contacts/", {"campaign": campaign, "opened": "no"}),
        "no sign": api.get("/api/v1/inactive/", {"since": "2026-01-01T00:00:00Z"}),
    }
    told = {name: (answer.status_code, answer.json().get("code")) for name, answer in doors.items()}
    assert told == dict.fromkeys(doors, (503, "consent_not_replayed"))
    assert "manage.py replay_consent" in doors["decisions"].json()["detail"]
    assert not ConsentState.objects.filter(number__gt=0).exists()
    assert list(Contact.objects.all()) == [ann]
    assert list(Pixel.objects.values_list("number", flat=True)) == [1]


def test_changes_are_listed_and_none_is_missed(api, group):
    ann, bob = make_contact(group, email="ann@example.com"), make_contact(group)
    withdraw(ann)
    withdraw(bob)
    first = api.get(URL, {"limit": 1}).json()
    assert [one["email"] for one in first["decisions"]] == ["ann@example.com"]
    since = first["next_changed_since"]
    second = api.get(URL, {"changed_since": since}).json()
    [of_bob] = second["decisions"]
    assert (of_bob["email"], of_bob["contact"]) == (None, str(bob.uuid))
    assert (of_bob["consent_opens"], of_bob["way"]) == ("denied", "api")
    since = second["next_changed_since"]
    assert api.get(URL, {"changed_since": since}).json()["decisions"] == []
    agree(ann, now=timezone.now() + timedelta(hours=1), proof="form 7")
    [changed] = api.get(URL, {"changed_since": since}).json()["decisions"]
    assert (changed["email"], changed["consent_opens"]) == ("ann@example.com", "granted")


@pytest.mark.parametrize("cursor", ["x", "WzFd", "Wy0xXQ==", "WyJhIl0=", "WzEsMl0="])
def test_a_strange_cursor_is_refused_or_read(api, cursor):
    assert api.get(URL, {"changed_since": cursor}).status_code in (200, 400)


def test_reading_many_takes_few_queries(api, group, django_assert_max_num_queries):
    for n in range(5):
        withdraw(make_contact(group, email=f"n{n}@example.com"))
    with django_assert_max_num_queries(6):
        assert len(api.get(URL).json()["decisions"]) == 5


@pytest.mark.parametrize(
    ("method", "permission"),
    [("get", "consent.view_decision"), ("post", "campaigns.change_contact")],
)
def test_without_the_permissions_nothing_is_told_or_taken(sign_in, method, permission):
    client = sign_in(permission)
    assert getattr(client, method)(URL).status_code == 403


def test_contacts_who_may_not_be_measured_are_made_without_pixels(api, group):
    withdraw(make_contact(group, email="ann@example.com"))
    other = make_campaign("Summer").groups.first()
    rows = [
        {"campaign": other.campaign_id, "group": other.id, "email": f"{name}@example.com"}
        for name in ("ann", "bob")
    ]
    answer = api.post("/api/v1/contacts/bulk/", {"contacts": rows}).json()
    ann, bob = answer["results"]
    assert ann["pixels"] is None
    assert len(bob["pixels"]) == 1
