"""A person agrees, refuses and withdraws on its own page."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from campaigns.models import Contact
from campaigns.modes import Mode
from consent import journal
from consent.models import IN_FORCE, ConsentText, Decision, PersonConsent
from consent.modes import Answer
from consent.page.languages import LANGUAGES
from consent.queries import mode_of
from consent.tokens import Named
from contacts.change import change_contact, erase_contact
from foundation.personal_data.hashes import read_email_hash
from tests.admin_pages import text_of
from tests.consent import deciding
from tests.console.person.conftest import new_contact
from tests.console.person.visiting import (
    agree,
    hidden,
    look,
    path_of,
    path_of_token,
    send,
    withdraw,
)
from tests.tracking import hits as classified
from tests.tracking.factories import (
    APPLE_PRIVACY,
    GMAIL,
    SCANNER,
    make_campaign,
    make_contact,
    make_hit,
)
from tracking.counting.record import record

pytestmark = pytest.mark.django_db
ENGLISH = LANGUAGES["en"]


def decided():
    return list(Decision.objects.order_by("number").values_list("opens", "clicks"))


@pytest.fixture
def path(ann):
    return path_of(ann)


# --- Looking ------------------------------------------------------------------------------------


def test_looking_tells_everything_and_changes_nothing(path, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        page = look(path)
    assert page.status_code == 200
    words = text_of(page)
    for told in ("Example Books", "for a…@e….org", "privacy@books.example", ENGLISH.purposes):
        assert told in words
    for told in (ENGLISH.data, ENGLISH.opens, ENGLISH.clicks, ENGLISH.stop):
        assert told in words
    assert 'href="https://books.example/privacy"' in page.content.decode()
    assert "checked" not in page.content.decode()
    assert not Decision.objects.exists()


def test_no_page_gives_an_address_away(path):
    assert b"ann@" not in look(path).content + agree(path, "opens").content


def test_the_page_is_private_and_asks_nothing_of_the_browser(admin_client, path):
    for page in (admin_client.get(path), admin_client.head(path), withdraw(path)):
        assert page["Cache-Control"] == "no-store"
        assert page["Referrer-Policy"] == "no-referrer"
        assert page["X-Robots-Tag"].startswith("noindex")
        assert "default-src 'none'" in page["Content-Security-Policy"]
        assert not page.cookies
    html = look(path).content.decode()
    assert "<script" not in html
    assert "<img" not in html
    assert "style=" not in html


def test_only_what_a_form_needs_is_answered(path):
    for method in ("put", "patch", "delete", "options"):
        assert getattr(Client(), method)(path).status_code == 405


def test_how_long_records_are_kept_is_said_as_it_is_set(path, settings):
    assert "As long as Example Books needs it" in text_of(look(path))
    settings.OPEN_RETENTION_DAYS = 90
    assert "deleted after 90 days" in text_of(look(path))


# --- Agreeing -----------------------------------------------------------------------------------


def test_an_agreement_is_kept_with_the_text_that_was_shown(ann, path):
    page = agree(path, "opens", "clicks")
    assert ENGLISH.saved in text_of(page)
    decision = Decision.objects.get()
    assert (decision.opens, decision.clicks, decision.way) == ("granted", "granted", "page")
    assert decision.person == read_email_hash("ann@example.org")
    shown = " ".join(decision.text.value.replace("[ ] ", "").split())
    words = text_of(look(path))
    for paragraph in decision.text.value.replace("[ ] ", "").split("\n"):
        assert paragraph.removesuffix(": https://books.example/privacy") in words
    assert ENGLISH.opens in shown
    assert "ann" not in decision.text.value.lower().split()


def test_a_text_is_kept_once(group, path):
    agree(path, "opens")
    agree(path_of(new_contact(group, email="bob@example.org")), "opens", "clicks")
    assert ConsentText.objects.count() == 1


def test_a_box_that_is_left_empty_means_no(path):
    agree(path, "opens")
    agree(path)
    assert decided() == [("granted", "denied"), ("denied", "denied")]


def test_what_was_decided_is_shown_with_its_day(path):
    agree(path, "opens")
    today = f"{timezone.localtime():%-d %B %Y}"
    words = text_of(look(path))
    assert f"You agreed on {today} that we see when you open" in words
    assert f"You said no on {today}: we do not keep which links" in words


def test_a_person_agrees_again_after_a_no_without_further_proof(ann, path, settings):
    settings.NEVER_ASKED = "off"
    earlier = timezone.now() - timedelta(hours=1)
    deciding.withdraw(ann, now=earlier, decided_at=earlier)
    agree(path, "opens")
    assert decided()[-1][0] == "granted"
    assert Decision.objects.first().proof


def test_nobody_agrees_to_a_text_that_has_changed_since(path, settings):
    values = hidden(look(path)) | {"agree": "1", "opens": "on"}
    settings.PRIVACY_SENDER = "Other Books"
    page = send(path, values)
    assert page.status_code == 409
    assert ENGLISH.text_changed in text_of(page)
    assert "Other Books" in text_of(page)
    assert decided() == []


@pytest.mark.parametrize("text", ["", "0" * 64])
def test_nobody_agrees_to_a_text_that_was_not_shown(path, text):
    assert send(path, {"agree": "1", "opens": "on", "text": text}).status_code == 409
    assert decided() == []


@pytest.mark.parametrize("field", ["due_at", "resent_at"])
def test_a_link_agrees_for_a_year_after_the_last_mail_and_withdraws_for_ever(ann, path, field):
    past = timezone.now() - timedelta(days=700)
    ann.created_at = ann.due_at = past
    ann.resent_at = None
    ann.save()
    page = agree(path, "opens")
    # The old page has one form, the one that withdraws; what it sends says so.
    assert page.status_code == 403
    assert ENGLISH.too_old in text_of(page)
    assert ENGLISH.save not in text_of(page)
    assert decided() == []
    setattr(ann, field, timezone.now() - timedelta(days=360))
    ann.save()
    assert agree(path, "opens").status_code == 200
    setattr(ann, field, past)
    ann.save()
    assert withdraw(path).status_code == 200
    assert decided()[-1] == ("denied", "denied")


# --- Programs -----------------------------------------------------------------------------------

ROBOTS = [
    "",
    "curl/8.5.0",
    "python-requests/2.32.3",
    "Go-http-client/2.0",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0) safelinks",
    APPLE_PRIVACY,
    GMAIL,
    SCANNER,
]


@pytest.mark.parametrize("agent", ROBOTS)
def test_a_program_that_posts_the_form_agrees_to_nothing(path, agent):
    page = agree(path, "opens", "clicks", **{"User-Agent": agent})
    assert page.status_code == 403
    assert ENGLISH.no_person in text_of(page)
    assert decided() == []


def agents(name):
    lines = (Path(classified.__file__).parent / "agents" / name).read_text().splitlines()
    return [line for line in lines if not line.startswith("#")][::40]


@pytest.mark.one_engine
def test_no_robot_of_the_lists_agrees(path):
    values = hidden(look(path)) | {"agree": "1", "opens": "on", "clicks": "on"}
    for agent in agents("robots.txt"):
        cache.clear()
        assert send(path, values, **{"User-Agent": agent}).status_code == 403, agent
    assert decided() == []


def test_a_browser_that_fetches_ahead_agrees_to_nothing(path):
    assert agree(path, "opens", **{"Sec-Purpose": "prefetch;prerender"}).status_code == 403
    assert decided() == []


def test_a_program_may_withdraw(path):
    assert withdraw(path, **{"User-Agent": "curl/8.5.0"}).status_code == 200
    assert decided() == [("denied", "denied")]


@pytest.mark.parametrize(
    "body", [{}, {"List-Unsubscribe": "One-Click"}, {"opens": "on", "clicks": "on"}]
)
def test_a_post_in_one_click_only_ever_withdraws(path, body):
    agree(path, "opens", "clicks")
    send(path, body)
    assert decided()[-1] == ("denied", "denied")


def test_what_sends_the_form_as_a_link_agrees_to_nothing(path):
    for query in ("agree=1&opens=on&clicks=on", "withdraw=1"):
        text = hidden(look(path))["text"]
        assert look(f"{path}?text={text}&{query}").status_code == 200
    assert decided() == []


# --- Withdrawing --------------------------------------------------------------------------------


def test_a_withdrawal_takes_one_step_and_counts_for_mails_already_sent(ann, path):
    assert record([make_hit(ann)]).recorded == 1
    page = withdraw(path)
    assert ENGLISH.stopped in text_of(page)
    assert record([make_hit(ann, after=timedelta(hours=2))]).recorded == 0
    assert withdraw(path).status_code == 200
    assert len(decided()) >= 1


def agreed_by_a_clock_that_is_ahead(ann):
    """A yes with its proof, recorded by a host whose clock is a minute ahead of the page's."""
    ahead = timezone.now() + timedelta(minutes=1)
    said = {"now": ahead, "decided_at": ahead, "proof": "form 7", "clicks": Answer.GRANTED}
    deciding.agree(ann, **said)
    return said


def in_force():
    return [model._default_manager.get().answer for model in IN_FORCE.values()]


def test_a_withdrawal_counts_whatever_the_clocks_of_hosts_say(ann, path):
    said = agreed_by_a_clock_that_is_ahead(ann)
    assert ENGLISH.stopped in text_of(withdraw(path))
    assert in_force() == [Answer.DENIED, Answer.DENIED]
    assert mode_of(ann) == Mode.OFF
    # Nor does a repetition of the yes bring it back.
    assert deciding.agree(ann, **said).errors
    assert in_force() == [Answer.DENIED, Answer.DENIED]


def test_a_box_left_empty_counts_whatever_the_clocks_of_hosts_say(ann, path):
    agreed_by_a_clock_that_is_ahead(ann)
    assert ENGLISH.saved in text_of(agree(path, "opens"))
    assert in_force() == [Answer.GRANTED, Answer.DENIED]


def test_the_page_never_says_saved_of_what_does_not_count(ann, path):
    ahead = timezone.now() + timedelta(minutes=1)
    deciding.withdraw(ann, now=ahead, decided_at=ahead)
    page = agree(path, "opens")
    assert page.status_code == 503
    assert ENGLISH.not_saved in text_of(page)
    assert mode_of(ann) == Mode.OFF


def test_it_is_limited_by_the_minute_for_one_link_and_for_no_address(group, path):
    for _ in range(10):
        assert withdraw(path).status_code == 200
    page = withdraw(path)
    assert page.status_code == 429
    assert page["Retry-After"] == "60"
    assert ENGLISH.too_many in text_of(page)
    assert look(path).status_code == 200
    for n in range(12):
        other = new_contact(group, email=f"n{n}@example.org")
        assert withdraw(path_of(other)).status_code == 200


def test_contacts_of_one_address_share_a_decision_and_others_none(group, ann, path):
    twin = new_contact(group.campaign.groups.get(number=2), external_id="crm-1")
    withdraw(path)
    assert "You said no" in text_of(look(path))
    assert "You said no" not in text_of(look(path_of(twin)))
    withdraw(path_of(twin))
    assert Decision.objects.first().contact_id == twin.uuid
    assert "for " not in text_of(look(path_of(twin))).split("May we")[1][:4]


def moved(contact, email="bob@example.org"):
    change_contact(contact_id=contact.uuid, changes={"email": email}, now=timezone.now())


def answers():
    return dict(PersonConsent.objects.values_list("person", "opens"))


def test_a_no_follows_to_another_address(ann, path):
    withdraw(path)
    moved(ann, "new@example.org")
    assert answers()[read_email_hash("new@example.org")] == "denied"


def test_a_link_of_before_another_address_agrees_for_nobody(ann, path):
    form = hidden(look(path)) | {"agree": "1", "opens": "on"}
    moved(ann)
    page = send(path, form)
    assert page.status_code == 403
    assert ENGLISH.unclear in text_of(page)
    assert ENGLISH.unclear in text_of(look(path))
    assert ENGLISH.save not in text_of(look(path))
    assert decided() == []


def test_a_mail_that_nobody_scheduled_agrees_for_no_address_that_comes_later(group):
    """It may have gone out before, to whomever."""
    contact = new_contact(group, external_id="crm-9")
    Contact.objects.filter(pk=contact.pk).update(scheduled_at=None, due_at=None)
    path = path_of(contact)
    assert ENGLISH.save in text_of(look(path))
    moved(contact)
    page = look(path)
    assert ENGLISH.unclear in text_of(page)
    assert "b…@e" not in text_of(page)
    assert agree_blindly(path).status_code == 403
    assert withdraw(path).status_code == 200
    assert answers()[read_email_hash("bob@example.org")] == "denied"


def test_scheduled_after_its_address_came_it_agrees(group):
    contact = new_contact(group, external_id="crm-9")
    Contact.objects.filter(pk=contact.pk).update(scheduled_at=None, due_at=None)
    moved(contact)
    changes = {"scheduled_at": timezone.now() + timedelta(days=1)}
    change_contact(contact_id=contact.uuid, changes=changes, now=timezone.now())
    assert agree(path_of(contact), "opens").status_code == 200
    assert answers()[read_email_hash("bob@example.org")] == "granted"


def agree_blindly(path):
    return send(path, {"language": "en", "agree": "1", "opens": "on"})


def test_a_link_of_before_another_address_withdraws_for_both(ann, path):
    moved(ann)
    assert ENGLISH.stopped in text_of(withdraw(path))
    people = map(read_email_hash, ("ann@example.org", "bob@example.org"))
    assert answers() == dict.fromkeys(people, "denied")


def test_a_link_of_before_another_address_tells_nothing_of_either(ann, path):
    elsewhere = make_campaign("Autumn").groups.get(number=1)
    withdraw(path_of(new_contact(elsewhere, email="bob@example.org")))
    moved(ann)
    words = text_of(look(path))
    assert "for b" not in words
    assert "You said no" not in words
    assert "You said no" not in text_of(withdraw(path))


def test_who_got_no_mail_before_its_address_changed_agrees_as_anybody(group):
    later = timezone.now() + timedelta(days=3)
    contact = make_contact(group, email="typo@example.org", scheduled_at=later)
    moved(contact)
    agree(path_of(contact), "opens")
    assert answers() == {read_email_hash("bob@example.org"): "granted"}


# --- Nobody -------------------------------------------------------------------------------------


def nobodys(ann):
    """Paths that lead to nobody, each for a reason of its own."""
    erased = path_of(ann)
    erase_contact(contact_id=ann.uuid, now=timezone.now())
    unknown = Named(ann.campaign_id, uuid4())
    return [
        erased,
        path_of_token(unknown),
        path_of_token(Named(ann.campaign_id + 1, ann.uuid)),
        path_of_token(unknown, key="forged" * 9),
        f"{erased[:-1]}{'A' if erased[-1] != 'A' else 'Q'}",
        f"{erased}/",
        f"{erased}=",
        "/privacy/",
        "/privacy/x/y",
        "/privacy/%00%ff",
        f"/privacy/{'A' * 500}",
    ]


def test_what_leads_to_nobody_is_answered_alike(ann):
    paths = nobodys(ann)
    pages = [look(path) for path in paths]
    assert {page.status_code for page in pages} == {404}
    assert len({page.content for page in pages}) == 1
    assert "write to privacy@books.example" in text_of(pages[0])
    answers = [send(path, {"withdraw": "1"}) for path in paths]
    assert {(a.status_code, a.content) for a in answers} == {(404, pages[0].content)}
    assert decided() == []


def test_asking_often_does_not_tell_either(ann):
    for path in nobodys(ann)[:3]:
        statuses = [withdraw(path).status_code for _ in range(11)]
        assert statuses == [404] * 10 + [429]


# --- When it can't ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["PRIVACY_SENDER", "PRIVACY_CONTACT", "PRIVACY_POLICY_URL"])
def test_without_saying_who_measures_there_is_no_page(path, settings, name):
    setattr(settings, name, "")
    assert look(path).status_code == 404
    assert withdraw(path).status_code == 404
    assert decided() == []


def test_a_database_behind_the_journal_saves_nothing_and_says_so(path, monkeypatch):
    monkeypatch.setattr(journal, "last_committed", lambda: 7)
    page = withdraw(path)
    assert (page.status_code, page["Retry-After"]) == (503, "5")
    assert ENGLISH.not_saved in text_of(page)
    assert page["Cache-Control"] == "no-store"
    assert decided() == []


def test_while_the_database_is_away_the_page_says_that_nothing_is_saved(path, monkeypatch):
    def away(token):
        raise OperationalError("server has gone away")

    german = {"Accept-Language": "de"}
    monkeypatch.setattr("consent.page.visit.find_contact", away)
    page = look(path, **german)
    assert (page.status_code, "gerade nicht zeigen" in text_of(page)) == (503, True)
    page = withdraw(path, **german)
    assert (page.status_code, "noch nicht gespeichert" in text_of(page)) == (503, True)


# --- Languages ----------------------------------------------------------------------------------


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_speaks_the_contacts_language(group, code):
    words = LANGUAGES[code]
    own = path_of(new_contact(group, email=f"{code}@example.org", locale=f"{code}-XX"))
    page = look(own, **{"Accept-Language": "en"})
    assert f'<html lang="{code}">' in page.content.decode()
    assert words.title in text_of(page)
    assert words.saved in text_of(agree(own, "opens"))
    assert words.title in Decision.objects.first().text.value


def test_without_a_locale_it_speaks_the_browsers(path):
    assert LANGUAGES["it"].title in text_of(look(path, **{"Accept-Language": "it-CH, en;q=0.5"}))


def test_an_answer_is_in_the_language_of_the_form(path):
    shown = hidden(look(path, **{"Accept-Language": "fr"}))
    page = send(path, shown | {"agree": "1", "opens": "on"}, **{"Accept-Language": "nl"})
    assert page.status_code == 200
    assert LANGUAGES["fr"].saved in text_of(page)
