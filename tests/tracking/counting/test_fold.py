"""The counting rule: the same hits count the same in any order, batching or replay."""

from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.modes import Measured
from tests.reports import naive
from tracking.counting import fold
from tracking.counting.fold import ContactFacts, HitFacts
from tracking.hits.classify import Kind

START = 1_790_000_000_000
CONTACTS = {
    UUID(int=1): ContactFacts(UUID(int=1), 1, START, 0, True, True),
    UUID(int=2): ContactFacts(UUID(int=2), 1, START + 30_000, 3, True, True),
    UUID(int=3): ContactFacts(UUID(int=3), 2, None, None, True, False),
    # Mailed again in the second age bin.
    UUID(int=4): ContactFacts(UUID(int=4), 2, START, 1, True, True, START + 310_000),
}
hits = st.lists(
    st.builds(
        HitFacts,
        contact_id=st.sampled_from(list(CONTACTS)),
        at=st.integers(START - 20_000, START + 400_000),
        kind=st.sampled_from(Kind),
        family=st.sampled_from(["Gmail", "Outlook", "Thunderbird"]),
    ),
    min_size=1,
    max_size=30,
)


class Store:
    """Counters and state in memory, updated as ingest updates tables."""

    def __init__(self):
        self.summaries, self.buckets, self.totals = {}, {}, Counter()

    def ingest(self, batch):
        folded = fold.fold(batch, contacts=CONTACTS, summaries=self.summaries, buckets=self.buckets)
        self.summaries.update(folded.summaries)
        for hit in batch:
            key = (hit.contact_id, fold.bucket_of(hit.at))
            best = fold.Best(hit.kind, hit.family)
            self.buckets[key] = fold.better(self.buckets.get(key), best)
        for name in folded.deltas.by_counter:
            for key, amounts in folded.deltas.of(name).items():
                for column, amount in enumerate(amounts):
                    self.totals[name, key, column] += amount


def as_totals(hits):
    """The naive recomputation, keyed as the store keys its totals."""
    expected = naive.counters(
        [
            naive.NaiveHit(
                hit.contact_id,
                CONTACTS[hit.contact_id].group_id,
                hit.at,
                hit.kind,
                hit.family,
                CONTACTS[hit.contact_id].due_at,
                CONTACTS[hit.contact_id].slot,
                CONTACTS[hit.contact_id].resent_at,
            )
            for hit in hits
        ]
    )
    columns = ("counted", "with_machine")
    opened = {(fold.CONTACTS_BY_DUE, key, 1): n for (key, _), n in expected["due"].items()}
    for (key, _), n in expected["due_day"].items():
        opened[fold.CONTACTS_BY_DUE_DAY, key, 1] = n
    return (
        opened
        | {(fold.OPENS_BY_SLOT, key, 0): n for key, n in expected["slot"].items()}
        | {(fold.OPENS_BY_MINUTE, key, 0): n for key, n in expected["minute"].items()}
        | {(fold.OPENS_BY_CLIENT, key, 0): n for key, n in expected["client"].items()}
        | {(fold.CONTACTS_BY_KIND, key, 0): n for key, n in expected["kinds"].items()}
        | {
            (name, key[:-1], columns.index(key[-1])): n
            for name, source in (
                (fold.FIRST_BY_MINUTE, "first"),
                (fold.FIRST_BY_SLOT, "first_slot"),
                (fold.FIRST_BY_AGE, "age"),
            )
            for key, n in expected[source].items()
        }
    )


@settings(max_examples=300)
@given(hits, st.lists(st.integers(1, 10), max_size=10), st.randoms(use_true_random=False))
def test_any_order_and_batching_gives_the_naive_counts(hits, sizes, random):
    shuffled = list(hits)
    random.shuffle(shuffled)
    store = Store()
    for size in [*sizes, len(shuffled)]:
        batch, shuffled = shuffled[:size], shuffled[size:]
        store.ingest(batch)
    left = {key for key in store.totals if key[0] == fold.FIRST_BY_AGE and key[2] > 1}
    counted = Counter({key: n for key, n in store.totals.items() if key not in left})
    assert +counted == as_totals(hits)
    assert min(counted.values()) >= 0


def fold_one(*hits, contacts=CONTACTS):
    return fold.fold(hits, contacts=contacts, summaries={}, buckets={}).deltas


def test_several_pixels_in_one_mail_are_one_open():
    contact = UUID(int=1)
    deltas = fold_one(
        HitFacts(contact, START, Kind.HUMAN, "Outlook"),
        HitFacts(contact, START + 900, Kind.HUMAN, "Outlook"),
    )
    assert deltas.of(fold.OPENS_BY_MINUTE) == {(1, Kind.HUMAN, START // 60_000): (1,)}


def test_an_open_has_the_kind_of_its_best_hit():
    contact = UUID(int=1)
    deltas = fold_one(
        HitFacts(contact, START, Kind.MACHINE, "Other"),
        HitFacts(contact, START + 900, Kind.PROXIED, "Gmail"),
    )
    assert deltas.of(fold.CONTACTS_BY_KIND) == {(1, Kind.PROXIED): (1,)}
    assert deltas.of(fold.OPENS_BY_CLIENT) == {(1, "Gmail", Kind.PROXIED, START // 900_000): (1,)}


def test_a_machine_open_is_shown_and_not_counted():
    deltas = fold_one(HitFacts(UUID(int=1), START, Kind.MACHINE, "Other"))
    assert deltas.of(fold.FIRST_BY_MINUTE) == {(1, START // 60_000): (0, 1)}


def test_a_contact_marked_before_it_was_due_contributes_to_nothing():
    contact = UUID(int=1)
    withdrawn = {contact: CONTACTS[contact]._replace(counted=False, drawn=False)}
    deltas = fold_one(HitFacts(contact, START, Kind.HUMAN, "Outlook"), contacts=withdrawn)
    assert [name for name in deltas.by_counter if deltas.of(name)] == []


NOON = 1_790_078_400_000
MINUTE, SLOT, DAY = NOON // 60_000, NOON // 900_000, NOON // 86_400_000
DUE = ContactFacts(UUID(int=1), 7, NOON, 3, True, True)


def moved(deltas):
    """Every counter that moves, by its name in an audit."""
    return {name: deltas.of(name) for name in deltas.by_counter if deltas.of(name)}


def test_one_open_moves_every_counter_of_opens_and_of_opened_contacts():
    deltas = fold_one(
        HitFacts(DUE.contact_id, NOON + 301_000, Kind.HUMAN, "Outlook"),
        contacts={DUE.contact_id: DUE},
    )
    assert moved(deltas) == {
        "opens_by_minute": {(7, 2, MINUTE + 5): (1,)},
        "opens_by_slot": {(7, 2, SLOT): (1,)},
        "opens_by_client": {(7, "Outlook", 2, SLOT): (1,)},
        "first_opens_by_minute": {(7, MINUTE + 5): (1, 1)},
        "first_opens_by_slot": {(7, SLOT): (1, 1)},
        "first_opens_by_age": {(7, 3, 1): (1, 1, 0, 0)},
        "contacts_by_kind": {(7, 2): (1,)},
        "contacts_by_due_minute": {(7, 3, MINUTE): (0, 1, 0, 0, 0, 0, 0)},
        "contacts_by_due_day": {(7, DAY): (0, 1, 0, 0)},
    }


@pytest.mark.parametrize(
    ("changes", "minute", "day"),
    [
        ({}, (7, 3, MINUTE), (7, DAY)),
        ({"slot": None}, (7, -1, MINUTE), (7, DAY)),
        ({"slot": 0}, (7, 0, MINUTE), (7, DAY)),
        ({"due_at": None, "slot": None, "drawn": False}, (7, -1, -1), (7, -1)),
        ({"due_at": NOON + 59_999}, (7, 3, MINUTE), (7, DAY)),
        ({"due_at": NOON + 60_000}, (7, 3, MINUTE + 1), (7, DAY)),
        ({"due_at": DAY * 86_400_000 - 1}, (7, 3, DAY * 1440 - 1), (7, DAY - 1)),
        ({"due_at": DAY * 86_400_000}, (7, 3, DAY * 1440), (7, DAY)),
        ({"due_at": 0}, (7, 3, 0), (7, 0)),
    ],
)
def test_a_contact_is_counted_when_it_falls_due_whether_it_was_opened_or_not(changes, minute, day):
    deltas = fold.Deltas()
    contact = DUE._replace(**changes)
    deltas.add_contacts({contact.contact_id: contact}, {}, {}, +1)
    assert moved(deltas) == {
        "contacts_by_due_minute": {minute: (1, 0, int(contact.drawn), 0, 0, 0, 0)},
        "contacts_by_due_day": {day: (1, 0, 0, 0)},
    }


@pytest.mark.parametrize(
    ("due_at", "slot", "ages"),
    [
        (None, 3, {}),
        (NOON, None, {}),
        (0, 0, {(7, 0, 38): (1, 1, 0, 0)}),
        (NOON + 1, 3, {(7, 3, 0): (1, 1, 0, 0)}),
        (NOON - 300_000, 3, {(7, 3, 0): (1, 1, 0, 0)}),
        (NOON - 300_001, 3, {(7, 3, 1): (1, 1, 0, 0)}),
    ],
)
def test_an_age_needs_a_due_time_and_a_slot(due_at, slot, ages):
    contact = DUE._replace(due_at=due_at, slot=slot)
    hit = HitFacts(contact.contact_id, NOON, Kind.HUMAN, "Outlook")
    deltas = fold_one(hit, contacts={contact.contact_id: contact})
    assert deltas.of(fold.FIRST_BY_AGE) == ages


HITS = [
    HitFacts(DUE.contact_id, NOON + at, kind, family)
    for at, kind, family in (
        (20_000, Kind.PROXIED, "Gmail"),
        (0, Kind.MACHINE, "Other"),
        (29_999, Kind.PROXIED, "Fastmail"),
        (30_000, Kind.HUMAN, "Outlook"),
    )
]


@given(st.permutations(HITS))
def test_the_summary_of_hits_does_not_depend_on_their_order(hits):
    summary = fold.amount_to(hits, known=None)
    assert summary == fold.Summary(Kind.HUMAN, NOON, NOON + 20_000)
    buckets = fold.best_of_buckets(hits)
    first = fold.bucket_of(NOON)
    assert buckets == {
        (DUE.contact_id, first): (Kind.MACHINE, "Other"),
        (DUE.contact_id, first + 2): (Kind.PROXIED, "Fastmail"),
        (DUE.contact_id, first + 3): (Kind.HUMAN, "Outlook"),
    }


def test_without_hits_the_summary_stays():
    known = fold.Summary(Kind.PROXIED, NOON, NOON)
    assert fold.amount_to([], known=known) is known
    assert fold.amount_to([], known=None) is None


@pytest.mark.parametrize(("before", "amount"), [(NOON - 1, NOON - 1), (NOON + 1, NOON)])
def test_hits_are_added_to_the_summary(before, amount):
    known = fold.Summary(Kind.HUMAN, before, before)
    hit = HitFacts(DUE.contact_id, NOON, Kind.PROXIED, "Gmail")
    assert fold.amount_to([hit], known=known) == (Kind.HUMAN, amount, amount)


@given(hits)
def test_folding_and_recounting_give_the_same_counters(hits):
    folded = fold.fold(hits, contacts=CONTACTS, summaries={}, buckets={})
    recounted = fold.Deltas()
    buckets = fold.best_of_buckets(hits)
    recounted.add_openings(CONTACTS, folded.summaries, buckets, +1)
    assert moved(recounted) == moved(folded.deltas)
    recounted.add_openings(CONTACTS, folded.summaries, buckets, -1)
    assert moved(recounted) == {}


def test_removing_all_contacts_leaves_empty_counters():
    deltas = fold.Deltas()
    hit = HitFacts(DUE.contact_id, NOON, Kind.HUMAN, "Outlook")
    summaries = {DUE.contact_id: fold.amount_to([hit], known=None)}
    known = {DUE.contact_id: DUE}, summaries, fold.best_of_buckets([hit])
    deltas.add_contacts(*known, +1)
    assert deltas.of(fold.CONTACTS_BY_DUE) == {(7, 3, MINUTE): (1, 1, 1, 0, 0, 0, 0)}
    deltas.add_contacts(*known, -1)
    assert moved(deltas) == {}
    assert deltas.of("no counter") == {}


def all_of(contact, *summaries):
    """The counters of a contact with a summary, or without one."""
    deltas = fold.Deltas()
    deltas.add(fold.contact_contribution(contact), +1)
    for summary in summaries:
        deltas.add(fold.summary_contribution(contact, summary), +1)
    return deltas


def test_a_contact_marked_after_it_was_due_is_compared_as_it_was_drawn():
    bounced = CONTACTS[UUID(int=1)]._replace(counted=False)
    summary = fold.Summary(Kind.HUMAN, START + 60_000, START + 60_000)
    deltas = all_of(bounced, summary)
    assert deltas.of(fold.CONTACTS_BY_DUE) == {(1, 0, START // 60_000): (0, 0, 1, 0, 0, 0, 0)}
    assert deltas.of(fold.FIRST_BY_AGE) == {(1, 0, 0): (1, 1, 0, 0)}
    others = set(deltas.by_counter) - {fold.CONTACTS_BY_DUE, fold.FIRST_BY_AGE}
    assert [name for name in others if deltas.of(name)] == []


MACHINE_EARLY, PERSON_LATE = START + 60_000, START + 400_000


@pytest.mark.parametrize(
    ("summary", "by_age"),
    [
        (None, {(2, 1, 1): (0, 0, 1, 1)}),
        ((Kind.HUMAN, MACHINE_EARLY, MACHINE_EARLY), {(2, 1, 0): (1, 1, 0, 0)}),
        ((Kind.MACHINE, MACHINE_EARLY, None), {(2, 1, 0): (0, 1, 0, 0), (2, 1, 1): (0, 0, 1, 0)}),
        (
            (Kind.HUMAN, MACHINE_EARLY, PERSON_LATE),
            {(2, 1, 0): (0, 1, 0, 0), (2, 1, 1): (0, 0, 1, 0)},
        ),
        ((Kind.HUMAN, PERSON_LATE, PERSON_LATE), {(2, 1, 1): (0, 0, 1, 1)}),
    ],
    ids=["never opened", "opened before", "by a machine before", "both around it", "after it"],
)
def test_a_contact_mailed_again_leaves_before_the_bin_of_the_second_mail(summary, by_age):
    summaries = [fold.Summary(*summary)] if summary else []
    deltas = all_of(CONTACTS[UUID(int=4)], *summaries)
    assert deltas.of(fold.FIRST_BY_AGE) == by_age


@pytest.mark.parametrize(
    "changes",
    [
        {"slot": None},
        {"drawn": False},
        {"slot": None, "due_at": None, "drawn": False},
        {"due_at": None},
    ],
    ids=["in no slot yet", "marked before it was due", "never due", "erased before it was due"],
)
def test_a_contact_that_was_compared_with_nobody_does_not_leave_when_mailed_again(changes):
    contact = DUE._replace(resent_at=NOON + 310_000, **changes)
    opened = fold.Summary(Kind.HUMAN, NOON + 1000, NOON + 1000)
    assert all_of(contact).of(fold.FIRST_BY_AGE) == {}
    assert all_of(contact, opened).of(fold.FIRST_BY_AGE) == {}


# What a contact contributes that is neither opened nor measured.
UNKNOWN = [
    (Measured.NO, {}, (1, 0, 1, 0, 1, 1, 0), (1, 0, 1, 0)),
    (Measured.NO, {"drawn": False}, (1, 0, 0, 1, 1, 0, 0), (1, 0, 1, 0)),
    (Measured.NO, {"counted": False}, (0, 0, 1, 0, 0, 1, 0), None),
    (Measured.LAPSED, {}, (1, 0, 1, 0, 0, 0, 1), (1, 0, 0, 1)),
    (Measured.LAPSED, {"counted": False}, (0, 0, 1, 0, 0, 0, 0), None),
]


@pytest.mark.parametrize(("measured", "changes", "by_minute", "by_day"), UNKNOWN)
def test_who_is_not_measured_is_told_apart_from_who_did_not_open(
    measured, changes, by_minute, by_day
):
    deltas = all_of(DUE._replace(measured=measured, **changes))
    assert deltas.of(fold.CONTACTS_BY_DUE) == {(7, 3, MINUTE): by_minute}
    assert deltas.of(fold.CONTACTS_BY_DUE_DAY) == ({(7, DAY): by_day} if by_day else {})


@pytest.mark.parametrize("measured", [Measured.NO, Measured.LAPSED])
@pytest.mark.parametrize("changes", [{}, {"counted": False}, {"resent_at": NOON + 301_000}])
@pytest.mark.parametrize("age", [0, 301_000, 901_000])
def test_whoever_was_opened_counts_as_measured(measured, changes, age):
    contact = DUE._replace(**changes)
    summary = fold.Summary(Kind.HUMAN, NOON + age, NOON + age)
    unknown = all_of(contact._replace(measured=measured), summary)
    assert moved(unknown) == moved(all_of(contact, summary))


def test_who_is_not_measured_does_not_leave_a_comparison_when_mailed_again():
    again = DUE._replace(resent_at=NOON + 301_000)
    assert all_of(again).of(fold.FIRST_BY_AGE)
    assert all_of(again._replace(measured=Measured.NO)).of(fold.FIRST_BY_AGE) == {}
    assert all_of(again._replace(measured=Measured.LAPSED)).of(fold.FIRST_BY_AGE)


MARKED = {"counted": False, "reason": "bounced"}


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({}, {}),
        ({"marked_at": NOON}, {(7, 3, 0, "bounced"): (1, 0)}),
        ({"marked_at": NOON + 300_000}, {(7, 3, 0, "bounced"): (1, 0)}),
        ({"marked_at": NOON + 300_001}, {(7, 3, 1, "bounced"): (1, 0)}),
        ({"marked_at": NOON + 10**12, "reason": "withdrawn"}, {(7, 3, 38, "withdrawn"): (1, 0)}),
        ({"marked_at": NOON - 1, "drawn": False}, {}),
        ({"marked_at": NOON, "slot": None}, {}),
        ({"marked_at": NOON, "slot": None, "due_at": None, "drawn": False}, {}),
        ({"counted": True, "resent_at": NOON + 300_001}, {(7, 3, 1, "mailed_again"): (1, 0)}),
        ({"marked_at": NOON, "resent_at": NOON + 300_001}, {(7, 3, 0, "bounced"): (1, 0)}),
        ({"marked_at": NOON + 400_000, "resent_at": NOON}, {(7, 3, 0, "mailed_again"): (1, 0)}),
        ({"marked_at": NOON, "resent_at": NOON + 300_000}, {(7, 3, 0, "mailed_again"): (1, 0)}),
    ],
)
def test_a_contact_marked_or_mailed_again_after_the_due_time_leaves_once(changes, left):
    contact = DUE._replace(**(MARKED | changes if changes else {}))
    assert moved(all_of(contact)).get("left_by_age", {}) == left
    opened = fold.Summary(Kind.HUMAN, NOON + 1000, NOON + 1000)
    assert all_of(contact, opened).of(fold.LEFT_BY_AGE) == left


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({"withdrew_in": 3}, {(7, 3, 3, "consent"): (1, 0)}),
        ({"withdrew_in": 3, "measured": Measured.LAPSED}, {(7, 3, 3, "consent"): (1, 0)}),
        ({"withdrew_in": 3, "slot": None}, {}),
        ({"withdrew_in": 1, "marked_at": NOON + 400_000}, {(7, 3, 1, "bounced"): (1, 0)}),
        ({"withdrew_in": 0, "marked_at": NOON + 400_000}, {(7, 3, 0, "consent"): (1, 0)}),
        ({"withdrew_in": 1, "resent_at": NOON + 400_000}, {(7, 3, 1, "mailed_again"): (1, 0)}),
        ({"withdrew_in": 0, "resent_at": NOON + 400_000}, {(7, 3, 0, "consent"): (1, 0)}),
    ],
)
def test_a_contact_whose_person_withdrew_leaves_once_opened_or_not(changes, left):
    marked = {"reason": "bounced", "counted": False} if "marked_at" in changes else {}
    contact = DUE._replace(**changes, **marked)
    assert all_of(contact).of(fold.LEFT_BY_AGE) == left
    opened = fold.Summary(Kind.HUMAN, NOON + 1000, NOON + 1000)
    assert all_of(contact, opened).of(fold.LEFT_BY_AGE) == left


def test_who_leaves_unmeasured_is_known_to_until_opened():
    again = DUE._replace(resent_at=NOON + 301_000, measured=Measured.NO)
    assert all_of(again).of(fold.LEFT_BY_AGE) == {(7, 3, 1, "mailed_again"): (1, 1)}
    opened = fold.Summary(Kind.HUMAN, NOON + 1000, NOON + 1000)
    assert all_of(again, opened).of(fold.LEFT_BY_AGE) == {(7, 3, 1, "mailed_again"): (1, 0)}


def test_a_person_after_a_machine_moves_the_contact_and_counts_it_once():
    contact = UUID(int=1)
    deltas = fold_one(
        HitFacts(contact, START, Kind.MACHINE, "Other"),
        HitFacts(contact, START + 7_200_000, Kind.HUMAN, "Outlook"),
    )
    assert deltas.of(fold.FIRST_BY_MINUTE) == {(1, (START + 7_200_000) // 60_000): (1, 1)}
