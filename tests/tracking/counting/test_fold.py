"""The counting rule: any order, any batching and any replay of the same hits count alike."""

from collections import Counter
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reports import naive
from tracking.counting import fold as counting
from tracking.counting.fold import ContactFacts, HitFacts
from tracking.hits.classify import Kind

START = 1_790_000_000_000
CONTACTS = {
    UUID(int=1): ContactFacts(UUID(int=1), 1, START, 0, True),
    UUID(int=2): ContactFacts(UUID(int=2), 1, START + 30_000, 3, True),
    UUID(int=3): ContactFacts(UUID(int=3), 2, None, None, True),
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
    """Counters and state in memory, kept as ingest keeps them in tables."""

    def __init__(self):
        self.summaries, self.buckets, self.totals = {}, {}, Counter()

    def ingest(self, batch):
        fold = counting.fold(
            batch, contacts=CONTACTS, summaries=self.summaries, buckets=self.buckets
        )
        self.summaries.update(fold.summaries)
        for hit in batch:
            key = (hit.contact_id, counting.bucket_of(hit.at))
            best = counting.Best(hit.kind, hit.family)
            self.buckets[key] = counting.better(self.buckets.get(key), best)
        for name in fold.deltas.by_counter:
            for key, amounts in fold.deltas.of(name).items():
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
                CONTACTS[hit.contact_id].stratum,
            )
            for hit in hits
        ]
    )
    columns = ("counted", "with_machine")
    opened = {(counting.CONTACTS_BY_DUE, key, 1): n for (key, _), n in expected["due"].items()}
    for (key, _), n in expected["due_day"].items():
        opened[counting.CONTACTS_BY_DUE_DAY, key, 1] = n
    return (
        opened
        | {(counting.OPENS_BY_SLOT, key, 0): n for key, n in expected["slot"].items()}
        | {(counting.OPENS_BY_MINUTE, key, 0): n for key, n in expected["minute"].items()}
        | {(counting.OPENS_BY_CLIENT, key, 0): n for key, n in expected["client"].items()}
        | {(counting.CONTACTS_BY_KIND, key, 0): n for key, n in expected["kinds"].items()}
        | {
            (name, key[:-1], columns.index(key[-1])): n
            for name, source in (
                (counting.FIRST_BY_MINUTE, "first"),
                (counting.FIRST_BY_SLOT, "first_slot"),
                (counting.FIRST_BY_AGE, "age"),
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
    assert +store.totals == as_totals(hits)
    assert min(store.totals.values()) >= 0


def fold_one(*hits, contacts=CONTACTS):
    return counting.fold(hits, contacts=contacts, summaries={}, buckets={}).deltas


def test_several_pixels_in_one_mail_are_one_open():
    contact = UUID(int=1)
    deltas = fold_one(
        HitFacts(contact, START, Kind.HUMAN, "Outlook"),
        HitFacts(contact, START + 900, Kind.HUMAN, "Outlook"),
    )
    assert deltas.of(counting.OPENS_BY_MINUTE) == {(1, Kind.HUMAN, START // 60_000): (1,)}


def test_an_open_is_as_good_as_its_best_hit():
    contact = UUID(int=1)
    deltas = fold_one(
        HitFacts(contact, START, Kind.MACHINE, "Other"),
        HitFacts(contact, START + 900, Kind.PROXIED, "Gmail"),
    )
    assert deltas.of(counting.CONTACTS_BY_KIND) == {(1, Kind.PROXIED): (1,)}
    assert deltas.of(counting.OPENS_BY_CLIENT) == {
        (1, "Gmail", Kind.PROXIED, START // 900_000): (1,)
    }


def test_a_machine_open_is_shown_and_not_counted():
    deltas = fold_one(HitFacts(UUID(int=1), START, Kind.MACHINE, "Other"))
    assert deltas.of(counting.FIRST_BY_MINUTE) == {(1, START // 60_000): (0, 1)}


def test_a_contact_marked_not_sent_contributes_to_nothing():
    contact = UUID(int=1)
    withdrawn = {contact: CONTACTS[contact]._replace(counted=False)}
    deltas = fold_one(HitFacts(contact, START, Kind.HUMAN, "Outlook"), contacts=withdrawn)
    assert [name for name in deltas.by_counter if deltas.of(name)] == []
