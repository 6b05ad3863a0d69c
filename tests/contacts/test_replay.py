"""After a restore, decisions and erasures come back from the journal."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from campaigns.models import Contact
from consent import journal
from consent.models import (
    ClickConsent,
    ConsentState,
    ConsentText,
    Decision,
    FormerPerson,
    PersonConsent,
)
from consent.modes import Answer
from contacts.change import change_contact, erase_contact
from contacts.person.erasing import erase_person
from contacts.person.forgetting import forget_contacts
from contacts.pixels.merge_list import merge_table
from contacts.replay import replay_journals
from foundation.database.transactions import in_transaction
from foundation.errors import Busy
from foundation.personal_data.hashes import read_email_hash
from tests.consent.deciding import agree, decide, tables_with, withdraw
from tests.tracking.factories import make_campaign, make_contact, make_hit
from tracking.counting.record import record
from tracking.models import Open, UserAgent

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def group():
    return make_campaign().groups.get(number=1)


@pytest.fixture
def ann(group):
    return make_contact(group, email="ann@example.com", external_id="crm-1")


@pytest.fixture
def bob(group):
    return make_contact(group, email="bob@example.com")


def restore_yesterday(*contacts):
    """The database as it was before anybody decided, and with these contacts as they were."""
    for model in (PersonConsent, ClickConsent, ConsentState):
        model.objects.all().delete()
    Decision._base_manager.all().delete()
    ConsentText._base_manager.all().delete()
    for contact in contacts:
        contact.save()


def replay(*journals):
    out = StringIO()
    call_command("replay_consent", *journals, stdout=out)
    return out.getvalue()


def stands():
    rows = PersonConsent.objects.order_by("person").values()
    return [{name: row[name] for name in row if name != "version"} for row in rows]


def test_what_was_withdrawn_and_erased_still_is(ann, bob):
    agree(bob)
    withdraw(ann)
    before = Contact.objects.get(uuid=bob.uuid)
    erase_contact(contact_id=bob.uuid, now=timezone.now())
    held, decided = stands(), list(Decision.objects.values())
    restore_yesterday(before)

    assert replay() == "2 decisions recorded, 1 contacts erased.\n"
    assert stands() == held
    assert list(Decision.objects.values()) == decided
    assert Contact.objects.get(uuid=bob.uuid).email is None
    assert record([make_hit(ann)]).recorded == 0
    assert replay() == "0 decisions recorded, 0 contacts erased.\n"


def test_a_decision_on_clicks_comes_back(ann):
    decide(ann, None, clicks=Answer.DENIED)
    held = list(ClickConsent.objects.values())
    restore_yesterday()
    replay()
    assert list(ClickConsent.objects.values()) == held
    assert not PersonConsent.objects.exists()


def test_merge_lists_refuse_until_it_is_done(ann):
    withdraw(ann)
    restore_yesterday()
    with pytest.raises(journal.NotReplayed, match="replay_consent"):
        list(merge_table(campaign_id=ann.campaign_id, base=""))
    replay()
    assert len(list(merge_table(campaign_id=ann.campaign_id, base=""))) == 2


def test_nothing_is_counted_and_no_agent_stored_until_it_is_done(ann, bob):
    """By a process that began before the restore."""
    withdraw(ann)
    restore_yesterday()
    with pytest.raises(journal.NotReplayed, match="replay_consent"):
        record([make_hit(ann, agent="Quaint/7.5"), make_hit(bob)])
    assert not Open.objects.exists()
    assert not UserAgent.objects.exists()
    replay()
    assert record([make_hit(ann), make_hit(bob)]).recorded == 1


def former_ann(ann):
    """Her contact got another address after its mail was due."""
    change = {"email": "ann@example.org"}
    change_contact(contact_id=ann.uuid, changes=change, now=timezone.now() + timedelta(days=400))


def test_whom_a_contact_was_is_unknown_again_after_an_erasure(ann):
    former_ann(ann)
    before = list(FormerPerson.objects.values())
    erase_person("ann@example.com", now=timezone.now(), proof_years=5)
    restore_yesterday(Contact.objects.get())
    FormerPerson.objects.all().delete()
    FormerPerson.objects.create(**before[0])
    replay()
    assert tables_with(read_email_hash("ann@example.com")) == set()
    replay()
    assert tables_with(read_email_hash("ann@example.com")) == set()


def test_an_erased_person_who_is_a_contact_again_by_the_backup_is_erased_there(ann):
    before = Contact.objects.get()
    former_ann(ann)
    erase_person("ann@example.com", now=timezone.now(), proof_years=5)
    FormerPerson.objects.all().delete()
    restore_yesterday(before)
    assert replay() == "0 decisions recorded, 1 contacts erased.\n1 contacts forgotten.\n"
    assert tables_with(read_email_hash("ann@example.com")) == set()
    assert Contact.objects.get().email is None


def test_who_is_known_nowhere_is_not_in_the_journal_either(ann):
    erase_person("eve@example.com", now=timezone.now(), proof_years=5)
    assert not Path(journal.path()).exists()


def test_decisions_after_a_replay_go_on(ann, bob):
    withdraw(ann)
    restore_yesterday()
    replay()
    withdraw(bob)
    assert sorted(Decision.objects.values_list("number", flat=True)) == [1, 2]
    journal.require_replayed()


def test_a_process_killed_between_journal_and_commit_loses_no_word(ann):
    """The line is there and nothing was committed: nothing refuses, and a replay records it."""
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        withdraw(ann)
        raise KeyboardInterrupt
    assert not Decision.objects.exists()
    journal.require_replayed()
    assert replay() == "1 decisions recorded, 0 contacts erased.\n"
    assert record([make_hit(ann)]).recorded == 0


def killed(do, *args, **fields):
    """The line is there, and neither was it committed nor could anybody say that it failed."""
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        do(*args, **fields)
        raise KeyboardInterrupt


def failing(do, *args, **fields):
    """The same where somebody is told that nothing was done."""

    @in_transaction
    def run():
        do(*args, **fields)
        raise Busy("Not saved yet.")

    with pytest.raises(Busy):
        run()


@pytest.mark.parametrize("ends", [killed, failing])
def test_a_yes_that_was_not_committed_is_not_replayed(ann, ends):
    ends(agree, ann)
    assert replay() == "0 decisions recorded, 0 contacts erased.\n"
    assert not PersonConsent.objects.exists()


@pytest.mark.parametrize("ends", [killed, failing])
def test_of_what_was_not_committed_a_no_is_replayed_without_the_yes_beside_it(ann, ends):
    ends(decide, ann, Answer.DENIED, clicks=Answer.GRANTED)
    assert replay() == "1 decisions recorded, 0 contacts erased.\n"
    assert PersonConsent.objects.get().opens == "denied"
    assert not ClickConsent.objects.exists()


def test_an_erasure_that_failed_erases_nobody_later(ann):
    failing(erase_contact, contact_id=ann.uuid, now=timezone.now())
    assert replay() == "0 decisions recorded, 0 contacts erased.\n"
    assert Contact.objects.get().email == "ann@example.com"


def test_a_forgetting_that_failed_forgets_nobody_later(ann):
    record([make_hit(ann)])
    failing(forget_contacts, contact_ids=[ann.uuid], now=timezone.now())
    replay()
    assert Contact.objects.get().forgotten_at is None


def test_an_erasure_of_which_nobody_knows_whether_it_was_done_is_done(ann):
    killed(erase_contact, contact_id=ann.uuid, now=timezone.now())
    assert replay() == "0 decisions recorded, 1 contacts erased.\n"


def test_what_was_done_after_a_failure_is_done_again(ann, bob):
    """Both lines have one number."""
    before = Contact.objects.get(uuid=bob.uuid)
    failing(erase_contact, contact_id=ann.uuid, now=timezone.now())
    erase_contact(contact_id=bob.uuid, now=timezone.now())
    restore_yesterday(before)
    assert replay() == "0 decisions recorded, 1 contacts erased.\n"
    assert Contact.objects.get(uuid=ann.uuid).erased_at is None
    assert Contact.objects.get(uuid=bob.uuid).email is None


def test_a_withdrawal_that_was_repeated_after_a_crash_is_recorded_once(ann):
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        withdraw(ann)
        raise KeyboardInterrupt
    withdraw(ann)
    restore_yesterday()
    replay()
    assert PersonConsent.objects.get().opens == "denied"


def test_the_journals_of_several_hosts_are_replayed_together(ann, bob, settings, tmp_path):
    journals = [tmp_path / "one.journal", tmp_path / "two.journal"]
    for path, contact in zip(journals, (ann, bob), strict=True):
        settings.CONSENT_JOURNAL = path
        withdraw(contact)
    restore_yesterday()
    assert replay(*map(str, journals)) == "2 decisions recorded, 0 contacts erased.\n"


def test_a_yes_without_its_text_is_left_out(ann):
    agree(ann)
    lines = Path(journal.path()).read_text().replace('{"shown"', '{"lost"')
    Path(journal.path()).write_text(lines)
    restore_yesterday()
    assert "1 agreements were left out" in replay()
    assert not PersonConsent.objects.exists()


def test_a_contact_that_the_backup_lacks_is_passed_over(ann):
    erase_contact(contact_id=ann.uuid, now=timezone.now())
    restore_yesterday()
    ann.pixels.all().delete()
    Contact.objects.all().delete()
    assert replay() == "0 decisions recorded, 0 contacts erased.\n"


def test_a_journal_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        replay(str(tmp_path / "absent"))


def test_where_nobody_ever_decided_there_is_nothing_to_replay():
    assert replay() == "0 decisions recorded, 0 contacts erased.\n"


def test_an_erased_persons_refusal_outlives_the_erasure(ann, group):
    withdraw(ann)
    erase_contact(contact_id=ann.uuid, now=timezone.now())
    again = make_contact(group, email="ann@example.com")
    assert record([make_hit(again)]).recorded == 0


def test_a_change_of_address_carries_a_no_and_never_a_yes(ann, bob):
    now = timezone.now() + timedelta(days=400)
    withdraw(ann)
    agree(bob)
    for contact, address in ((ann, "ann@example.org"), (bob, "bob@example.org")):
        change_contact(contact_id=contact.uuid, changes={"email": address}, now=now)
    assert PersonConsent.objects.filter(opens="denied").count() == 2
    assert PersonConsent.objects.filter(opens="granted").count() == 1
    assert record([make_hit(ann)]).recorded == 0


def test_an_address_that_comes_later_inherits_a_no(group):
    contact = make_contact(group, external_id="crm-7")
    withdraw(contact)
    change = {"email": "dan@example.com"}
    change_contact(contact_id=contact.uuid, changes=change, now=timezone.now())
    assert record([make_hit(contact)]).recorded == 0
    assert replay_journals([journal.path()]).decisions == 0
