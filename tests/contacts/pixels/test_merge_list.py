"""The contacts of a campaign with their pixels."""

from datetime import timedelta

import pytest
from django.utils import timezone

from contacts.pixels import merge_list
from contacts.pixels.merge_list import merge_rows, pixel_numbers
from tests.tracking.factories import START, make_campaign, make_contact
from tracking.models import Pixel

pytestmark = pytest.mark.django_db


@pytest.fixture
def groups():
    return list(make_campaign().groups.order_by("number"))


def test_each_contact_comes_once_with_its_pixels_by_number(groups):
    contact = make_contact(groups[1], pixels=2)
    [row] = merge_rows(groups[0].campaign_id)
    assert (row.contact.uuid, row.contact.group.number) == (contact.uuid, 2)
    assert row.pixels == {pixel.number: pixel.uuid for pixel in contact.pixels.all()}


def test_a_contact_without_pixels_comes_too(groups):
    make_contact(groups[0], pixels=0)
    assert [row.pixels for row in merge_rows(groups[0].campaign_id)] == [{}]


def test_erased_contacts_and_other_campaigns_stay_out(groups):
    make_contact(groups[0], erased_at=timezone.now())
    make_contact(make_campaign("Autumn").groups.first())
    assert list(merge_rows(groups[0].campaign_id)) == []


def test_chunks_follow_each_other_without_a_gap_in_the_order_of_creation(groups, monkeypatch):
    monkeypatch.setattr(merge_list, "CHUNK", 2)
    moments = [START + timedelta(seconds=n // 3) for n in range(9)]
    made = [make_contact(groups[0], created_at=moment) for moment in moments]
    listed = [row.contact for row in merge_rows(groups[0].campaign_id)]
    assert {contact.uuid for contact in listed} == {contact.uuid for contact in made}
    assert len(listed) == len(made)
    assert [contact.created_at for contact in listed] == moments


def test_the_numbers_are_those_that_pixels_have(groups):
    contact = make_contact(groups[0], pixels=1)
    Pixel.objects.create(contact=contact, number=7)
    make_contact(groups[1], pixels=1)
    make_contact(make_campaign("Autumn").groups.first(), pixels=3)
    assert pixel_numbers(groups[0].campaign_id) == [1, 7]
