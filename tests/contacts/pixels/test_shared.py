"""Which group gets a shared pixel, and whose e-mail carries it."""

import pytest
from django.utils import timezone

from campaigns.models import NotSentReason
from consent.modes import Audience
from contacts.pixels import shared
from contacts.pixels.given import given_to
from contacts.pixels.merge_list import merge_rows, merge_table
from contacts.pixels.services import create_pixel
from contacts.pixels.shared import FEWEST, SharedPixels, has_enough
from foundation.errors import InvalidInput
from tests.consent.deciding import agree, withdraw
from tests.tracking.factories import LONG_BEFORE, make_campaign, make_contact
from tests.tracking.sharing import share, sharing_group
from tracking.models import SharedPixel

pytestmark = pytest.mark.django_db
BASE = "https://mail.example.com"


@pytest.fixture
def campaign():
    return make_campaign()


@pytest.fixture
def group(campaign):
    return sharing_group(campaign)


def given(campaign):
    """The pixels of each contact's e-mail, in order of creation."""
    return [row.pixels for row in merge_rows(campaign.id)]


def the_pixel():
    return SharedPixel.objects.get().uuid


def test_all_of_a_group_get_the_same_pixel(campaign, group):
    assert given(campaign) == [{1: the_pixel()}] * FEWEST
    assert the_pixel().version == 4
    assert given(campaign) == [{1: the_pixel()}] * FEWEST


def test_each_group_has_a_pixel_of_its_own(campaign, group):
    for _ in range(FEWEST):
        make_contact(campaign.groups.get(number=2))
    assert len({pixels[1] for pixels in given(campaign)}) == 2


def test_a_group_with_fewer_contacts_gets_none(campaign):
    sharing_group(campaign, contacts=FEWEST - 1)
    assert given(campaign) == [{}] * (FEWEST - 1)
    assert not SharedPixel.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"erased_at": timezone.now()},
        {"not_sent_at": timezone.now(), "not_sent_reason": NotSentReason.BOUNCED},
        {"not_sent_at": timezone.now(), "not_sent_reason": NotSentReason.TEST},
    ],
)
def test_who_is_not_mailed_does_not_make_a_group_large(campaign, fields):
    group = sharing_group(campaign, contacts=FEWEST - 1)
    make_contact(group, **fields)
    assert not has_enough(group.id, Audience.ANYBODY)


def test_who_was_forgotten_gets_none_and_does_not_make_a_group_large(campaign):
    group = sharing_group(campaign, contacts=FEWEST - 1)
    forgotten = make_contact(group, forgotten_at=timezone.now())
    assert not has_enough(group.id, Audience.ANYBODY)
    last = make_contact(group)
    assert given_to([forgotten, last]).shared == {last.uuid: the_pixel()}


def test_who_refused_gets_none_and_does_not_make_a_group_large(campaign, group):
    withdraw(group.contacts.first())
    assert given(campaign) == [{}] * FEWEST
    make_contact(group)
    assert sorted(map(len, given(campaign))) == [0] + [1] * FEWEST


def test_who_agreed_has_an_own_pixel_where_only_the_others_share(campaign, group):
    share(campaign, None)
    share(campaign, field="never_asked")
    ann = make_contact(group, email="ann@example.com", pixels=2)
    agree(ann)
    *others, last = given(campaign)
    assert others == [{1: the_pixel()}] * FEWEST
    assert last == {pixel.number: pixel.uuid for pixel in ann.pixels.all()}


def test_where_only_who_agreed_is_measured_they_share_a_pixel_of_their_own(campaign, group):
    before = {pixels[1] for pixels in given(campaign)}
    share(campaign, "off", field="never_asked")
    assert given(campaign) == [{}] * FEWEST
    nameless = make_contact(group, external_id="crm-7")
    for contact in (*list(group.contacts.all())[1:FEWEST], nameless):
        agree(contact)
    pixel = SharedPixels().of(group.id, Audience.AGREED)
    assert given(campaign) == [{}] + [{1: pixel}] * FEWEST
    assert pixel not in before


def test_only_the_first_number_has_a_pixel(campaign, group):
    make_contact(group, pixels=3)
    header, *rows = merge_table(campaign_id=campaign.id, base=BASE)
    at = header.index("pixel_1_url")
    url = f"{BASE}/pixel/{the_pixel()}.gif"
    assert {tuple(row[at : at + 6 : 2]) for row in rows} == {(url, None, None)}


def test_a_list_has_the_column_where_no_contact_has_pixels_of_its_own(campaign):
    group = sharing_group(campaign, contacts=0)
    for _ in range(FEWEST):
        make_contact(group, pixels=0)
    header, row, *_ = merge_table(campaign_id=campaign.id, base=BASE)
    assert row[header.index("pixel_1_url")] == f"{BASE}/pixel/{the_pixel()}.gif"


def test_test_contacts_and_erased_ones_get_none(campaign, group):
    now = timezone.now()
    contacts = [
        make_contact(group, not_sent_at=now, not_sent_reason=NotSentReason.TEST),
        make_contact(group, erased_at=now),
    ]
    assert given_to(contacts).shared == {}


def test_small_chunks_find_the_tenth_too(campaign, group, monkeypatch):
    monkeypatch.setattr(shared, "CHUNK", 3)
    assert has_enough(group.id, Audience.ANYBODY)
    marked = {"not_sent_at": timezone.now(), "not_sent_reason": NotSentReason.BOUNCED}
    group.contacts.filter(uuid=group.contacts.first().uuid).update(**marked)
    assert not has_enough(group.id, Audience.ANYBODY)


def test_a_list_costs_as_many_queries_however_many_share(
    campaign, group, django_assert_max_num_queries
):
    for _ in range(3 * FEWEST):
        make_contact(group)
    with django_assert_max_num_queries(24):
        assert len(given(campaign)) == 4 * FEWEST


def test_who_agreed_is_passed_over_where_only_the_others_share(
    campaign, group, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(shared, "CHUNK", 2)
    share(campaign, None)
    share(campaign, field="never_asked")
    for contact in (*group.contacts.all(), make_contact(group, external_id="crm-7")):
        agree(contact)
    last = make_contact(group, email="last@example.com")
    with django_assert_max_num_queries(18):
        assert given_to([last]).shared == {}


def test_no_contacts_pixel_gets_the_id_of_a_shared_one(campaign, group):
    given(campaign)
    contact = group.contacts.first()
    with pytest.raises(InvalidInput) as refused:
        create_pixel(contact_id=contact.uuid, number=2, pixel_id=the_pixel())
    assert refused.value.code == "taken"


def test_another_campaign_is_not_touched(campaign, group):
    other = make_contact(make_campaign("Autumn").groups.first(), created_at=LONG_BEFORE)
    assert given_to([other]).own == {other.uuid}
