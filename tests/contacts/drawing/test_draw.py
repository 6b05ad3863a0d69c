"""New contacts are drawn: as planned in each stratum, once, and the same on every database."""

from collections import Counter, defaultdict
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from campaigns import services
from campaigns.models import Contact, ContactDraw, Draw, DrawStratum
from campaigns.roles import Role
from contacts.change import erase_contact
from contacts.create import create_contact, create_contacts
from contacts.drawing.blocks import Dealer, Split
from foundation.errors import InvalidInput
from reports.verdict.states import State
from tests.mailings import NOW
from tests.reporting import campaign_report
from tests.tracking.factories import SCANNER, START, THUNDERBIRD, make_contact, make_hit
from tracking.counting.campaign_slots import fix_due_campaigns
from tracking.counting.record import record

pytestmark = pytest.mark.django_db
SEED = "0123456789abcdef0123456789abcdef"
DOMAINS = ("gmail.com", "example.com", "outlook.com", "web.de")
PEOPLE = [f"person{n}@{DOMAINS[n % 4]}" for n in range(40)]


@pytest.fixture
def campaign(make_campaign):
    """It draws with the tests' seed."""
    campaign = make_campaign("Drawn")
    Draw.objects.create(campaign=campaign, seed=SEED)
    return campaign


@pytest.fixture
def groups(campaign):
    return [
        add_group(campaign, 1, "45"),
        add_group(campaign, 2, "45"),
        add_group(campaign, 3, "10", Role.CONTROL),
    ]


def add_group(campaign, number, share=None, role=Role.VARIANT):
    values = {"number": number, "name": f"Group {number}", "planned_share": share, "role": role}
    return services.create_group(campaign_id=campaign.id, values=values)


def add(campaign, emails, **values):
    values = {"campaign": campaign.id, "group": "draw", "scheduled_at": START} | values
    rows = [values | {"email": email} for email in emails]
    return create_contacts(contacts=rows, now=NOW, pixels_per_contact=0)


def groups_of(campaign):
    """The numbers of the contacts' groups, in the order in which they were made."""
    contacts = Contact.objects.filter(campaign=campaign).order_by("created_at")
    return list(contacts.values_list("group__number", flat=True))


def strata(campaign):
    return {row.name: row.counts for row in DrawStratum.objects.filter(campaign=campaign)}


def strata_by_address(campaign):
    draws = ContactDraw.objects.filter(contact__campaign=campaign)
    return {draw.contact.email: draw.stratum.name for draw in draws.select_related()}


@pytest.fixture
def known(make_campaign, make_group):
    """Mails people of an earlier campaign: some read it, a scanner looks at others."""
    group = make_group(make_campaign("Earlier"))

    def known(read=(), scanned=(), neither=()):
        hits = []
        for emails, agent in ((read, THUNDERBIRD), (scanned, SCANNER), (neither, None)):
            for email in emails:
                contact = make_contact(group, email=email)
                hits += [make_hit(contact, agent=agent)] if agent else []
        record(hits)

    return known


# --- Shares ---------------------------------------------------------------------------------


def test_the_same_people_with_the_same_history_get_the_same_groups_on_every_database(
    campaign, groups, known
):
    known(read=PEOPLE[:8], scanned=PEOPLE[8:12], neither=PEOPLE[12:20])
    add(campaign, PEOPLE)
    assert "".join(map(str, groups_of(campaign))) == "2111132211121211222211112221112221321111"


def test_no_stratum_is_off_by_more_than_a_block_at_any_moment(campaign, groups):
    counts = defaultdict(Counter)
    for start in range(0, 240, 7):
        add(campaign, [f"p{n}@{DOMAINS[n % 3]}" for n in range(start, start + 7)])
    draws = ContactDraw.objects.filter(contact__campaign=campaign).order_by("place")
    for draw in draws.select_related("contact__group", "stratum"):
        own = counts[draw.stratum.name]
        own[draw.contact.group.number] += 1
        for number, share in ((1, 0.45), (2, 0.45), (3, 0.1)):
            assert abs(own[number] - draw.place * share) <= 20
    assert {name: {int(n): c for n, c in found.items()} for name, found in strata(campaign).items()}
    assert {name: sum(own.values()) for name, own in counts.items()} == {
        "google, new": 82,
        "other, new": 82,
        "microsoft, new": 81,
    }


def test_every_place_can_be_computed_from_the_seed(campaign, groups):
    add(campaign, PEOPLE)
    draws = ContactDraw.objects.filter(contact__campaign=campaign).select_related()
    assert draws.count() == len(PEOPLE)
    for draw in draws:
        weights = [map(int, pair.split(":")) for pair in draw.stratum.split.split(",")]
        dealer = Dealer(draw.stratum.seed, draw.stratum.name, Split(tuple(map(tuple, weights))))
        dealt = [dealer.next_group() for _ in range(draw.place)]
        assert draw.contact.group.number == dealt[-1]


def test_each_campaign_has_a_different_seed(make_campaign):
    campaigns = [make_campaign(f"Drawn {n}") for n in range(2)]
    for campaign in campaigns:
        add_group(campaign, 1)
        add_group(campaign, 2)
        add(campaign, PEOPLE)
    seeds = set(Draw.objects.values_list("seed", flat=True))
    assert {len(seed) for seed in seeds} == {32}
    assert len(seeds) == 2
    assert groups_of(campaigns[0]) != groups_of(campaigns[1])


def test_one_call_draws_in_several_campaigns(campaign, groups, make_campaign):
    other = make_campaign("Another")
    add_group(other, 1)
    rows = [
        {"campaign": to.id, "group": "draw", "email": email}
        for email in PEOPLE[:20]
        for to in (campaign, other)
    ]
    results = create_contacts(contacts=rows, now=NOW, pixels_per_contact=0)
    stored = dict(Contact.objects.values_list("uuid", "group_id"))
    assert {result.uuid: result.group for result in results} == stored
    assert groups_of(other) == [1] * 20


def test_a_group_that_takes_no_contacts_gets_nobody(campaign, groups):
    services.archive_group(group_id=groups[0].id, now=NOW)
    add(campaign, PEOPLE)
    assert set(groups_of(campaign)) == {2, 3}


def test_a_group_for_which_nothing_is_left_gets_nobody(campaign):
    for number, share in ((1, "50"), (2, "50"), (3, None)):
        add_group(campaign, number, share)
    add(campaign, PEOPLE)
    assert set(groups_of(campaign)) == {1, 2}


def test_a_single_group_gets_everybody(campaign):
    add_group(campaign, 1)
    add(campaign, PEOPLE)
    assert groups_of(campaign) == [1] * len(PEOPLE)


def test_a_campaign_without_groups_draws_nobody(campaign):
    [result] = add(campaign, PEOPLE[:1])
    assert result.errors == {
        "group": ["The campaign has no group that could be drawn: add its groups first."]
    }
    assert not Contact.objects.exists()


def test_an_unknown_campaign_is_named(db):
    row = {"campaign": 9999, "group": "draw", "email": "ann@example.com"}
    with pytest.raises(InvalidInput) as refused:
        create_contact(values=row, now=NOW, pixels_per_contact=0)
    assert list(refused.value.errors) == ["campaign"]
    assert not Draw.objects.exists()


def test_contacts_whose_group_is_named_move_no_block(campaign, groups):
    add(campaign, PEOPLE[:20], group=groups[1].id)
    assert strata(campaign) == {}
    assert not ContactDraw.objects.exists()


def test_all_drawn_contacts_get_a_schedule_and_control_never_falls_due(campaign, groups):
    add(campaign, PEOPLE)
    contacts = Contact.objects.filter(campaign=campaign)
    assert set(contacts.values_list("scheduled_at", flat=True)) == {START}
    never_due = contacts.filter(due_at=None)
    assert {contact.group for contact in never_due} == {groups[2]}
    assert never_due.count() == contacts.filter(group=groups[2]).count()


def test_changed_shares_start_new_blocks_and_earlier_ones_go_on(campaign, groups):
    add(campaign, PEOPLE[:10])
    before = strata(campaign)
    services.update_group(group_id=groups[2].id, changes={"planned_share": "20"})
    add(campaign, PEOPLE[10:30])
    assert DrawStratum.objects.filter(campaign=campaign).count() == 2 * len(before)
    services.update_group(group_id=groups[2].id, changes={"planned_share": "10"})
    add(campaign, PEOPLE[30:])
    assert DrawStratum.objects.filter(campaign=campaign).count() == 2 * len(before)
    first = DrawStratum.objects.filter(campaign=campaign, split="1:9,2:9,3:2")
    assert sum(sum(row.counts.values()) for row in first) == 20


# --- Strata ---------------------------------------------------------------------------------


def test_people_are_told_apart_by_what_earlier_campaigns_know_of_them(campaign, groups, known):
    known(read=["read@example.com"], scanned=["seen@example.com"], neither=["dull@gmail.com"])
    emails = ["Read@EXAMPLE.com", "seen@example.com", "dull@gmail.com", "new@gmail.com", None]
    add(campaign, emails)
    assert strata_by_address(campaign) == {
        "Read@example.com": "other, opened before",
        "seen@example.com": "other, never opened",
        "dull@gmail.com": "google, never opened",
        "new@gmail.com": "google, new",
        None: "no address",
    }


def test_one_open_in_many_campaigns_is_enough(campaign, groups, known, make_campaign, make_group):
    known(read=["ann@example.com"])
    for n in range(3):
        make_contact(make_group(make_campaign(f"Dull {n}")), email="ann@example.com")
    add(campaign, ["ann@example.com"])
    assert strata_by_address(campaign) == {"ann@example.com": "other, opened before"}


def test_an_erased_person_is_new_to_the_campaign(campaign, groups):
    [first] = add(campaign, ["ann@example.com"])
    erase_contact(contact_id=first.uuid, now=NOW)
    add(campaign, ["ann@example.com", "bob@example.com"])
    names = ContactDraw.objects.values_list("stratum__name", flat=True)
    assert set(names) == {"other, new"}


def test_the_queries_of_drawing_do_not_grow_with_the_contacts(campaign, groups, known):
    known(read=PEOPLE)
    # The strata are there.
    add(campaign, PEOPLE)

    def asked(count):
        rows = [f"{count}.{email}" for email in PEOPLE * 10][:count]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            add(campaign, [f"{n}.{email}" for n, email in enumerate(rows)])
        return len(queries)

    asked(40)
    assert asked(41) == asked(400) <= 20


# --- Once -----------------------------------------------------------------------------------


def test_a_repeated_call_draws_nobody_again(campaign, groups):
    first = add(campaign, PEOPLE)
    before = groups_of(campaign), strata(campaign)
    again = add(campaign, PEOPLE)
    assert {result.code for result in again} == {"taken"}
    assert [list(result.errors) for result in again] == [["email"]] * len(PEOPLE)
    assert (groups_of(campaign), strata(campaign)) == before
    stored = dict(Contact.objects.values_list("uuid", "group_id"))
    assert {result.uuid: result.group for result in first} == stored


def test_refused_rows_move_no_block(campaign, groups):
    results = add(campaign, ["ann@example.com", "nobody", "ann@example.com"])
    assert [bool(result.errors) for result in results] == [False, True, True]
    [counts] = strata(campaign).values()
    assert sum(counts.values()) == 1


def test_what_was_rolled_back_is_drawn_the_same_again(campaign, groups):
    add(campaign, PEOPLE[:5])
    with transaction.atomic():
        first = [result.group for result in add(campaign, PEOPLE[5:])]
        transaction.set_rollback(True)
    assert Contact.objects.count() == ContactDraw.objects.count() == 5
    assert [result.group for result in add(campaign, PEOPLE[5:])] == first


def test_a_chunk_that_collided_is_drawn_the_same_again(campaign, groups, monkeypatch):
    with transaction.atomic():
        wanted = [result.group for result in add(campaign, PEOPLE)]
        transaction.set_rollback(True)
    add(campaign, ["taken@gmail.com"], group=groups[0].id)
    monkeypatch.setattr("contacts.create.stored_claims", lambda *args, **kwargs: set())
    results = add(campaign, [*PEOPLE[:20], "taken@gmail.com", *PEOPLE[20:]])
    assert list(results.pop(20).errors) == ["non_field_errors"]
    assert [result.group for result in results] == wanted


def test_chunks_of_any_size_draw_alike(campaign, groups, monkeypatch):
    with transaction.atomic():
        wanted = [result.group for result in add(campaign, PEOPLE)]
        transaction.set_rollback(True)
    monkeypatch.setattr("contacts.create.CHUNK", 3)
    assert [result.group for result in add(campaign, PEOPLE)] == wanted


def test_an_erased_contact_keeps_its_group_and_place(campaign, groups):
    [result] = add(campaign, PEOPLE[:1])
    erase_contact(contact_id=result.uuid, now=NOW)
    assert Contact.objects.get().group_id == result.group
    assert ContactDraw.objects.get(contact=result.uuid).place == 1


# --- What is no draw ------------------------------------------------------------------------


@pytest.mark.parametrize("group", ["Draw", "1", "", True, 1.5, [], {}])
def test_any_other_word_is_not_a_group(campaign, groups, group):
    [result] = add(campaign, ["ann@example.com"], group=group)
    assert list(result.errors) == ["group"]


# --- The verdict ----------------------------------------------------------------------------


def test_drawn_groups_are_split_as_planned_for_the_verdict(campaign, groups):
    """Compared with the same contacts assigned to groups in one piece, which are unbalanced."""
    people = [f"{n}.{email}" for n in range(25) for email in PEOPLE]
    add(campaign, people)
    later = NOW + timedelta(days=10)
    fix_due_campaigns(now=later)
    verdict = campaign_report(campaign_id=campaign.id, now=later).verdict
    assert verdict.state != State.GROUPS_UNBALANCED
    add(campaign, [f"lump.{email}" for email in people[:400]], group=groups[0].id)
    verdict = campaign_report(campaign_id=campaign.id, now=later).verdict
    assert verdict.state == State.GROUPS_UNBALANCED
