"""People without a sign through the API."""

from datetime import timedelta

import pytest

from campaigns.models import Export
from tests.tracking.factories import APPLE_PRIVACY, START, make_campaign, make_contact, make_hit
from tracking.counting.record import record

pytestmark = pytest.mark.django_db
INACTIVE = "/api/v1/inactive/"
SINCE = {"since": "2026-03-01T00:00:00Z"}


@pytest.fixture
def group():
    return make_campaign().groups.get(number=1)


def test_people_come_with_their_mails_and_the_doubt(api, group):
    contact = make_contact(group, email="ann@example.com")
    other = make_campaign("Autumn").groups.get(number=1)
    make_contact(other, email="ann@example.com", scheduled_at=START + timedelta(days=3))
    record([make_hit(contact, agent=APPLE_PRIVACY)])
    answer = api.get(INACTIVE, SINCE).json()
    assert answer == {
        "people": [
            {
                "email": "ann@example.com",
                "mails": 2,
                "last_sign_at": None,
                "doubt": "machine_only",
            }
        ],
        "next_after": None,
    }
    export = Export.objects.get()
    assert (export.kind, export.rows, export.campaign) == ("inactive", 1, None)
    assert api.get(INACTIVE, SINCE | {"doubt": "images_off"}).json()["people"] == []
    assert Export.objects.count() == 1


def test_a_call_goes_on_where_the_last_one_ended(api, group):
    for n in range(3):
        make_contact(group, email=f"p{n}@example.com")
    told, after = [], ""
    while after is not None:
        answer = api.get(INACTIVE, SINCE | {"limit": 2, "after": after}).json()
        told += [person["email"] for person in answer["people"]]
        after = answer["next_after"]
    assert sorted(told) == [f"p{n}@example.com" for n in range(3)]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "since"),
        ({"since": "soon"}, "since"),
        ({"since": "2199-01-01T00:00:00Z"}, "since"),
        (SINCE | {"doubt": "none"}, "doubt"),
        (SINCE | {"after": "ann@example.com"}, "after"),
        (SINCE | {"limit": "0"}, "limit"),
        (SINCE | {"until": "2026"}, "until"),
    ],
)
def test_what_can_not_be_asked_is_refused(api, asked, field):
    response = api.get(INACTIVE, asked)
    assert (response.status_code, list(response.json()["errors"])) == (400, [field])


@pytest.mark.parametrize("permission", ["campaigns.view_contact", "tracking.view_open"])
def test_it_needs_both_permissions(sign_in, permission):
    assert sign_in(permission).get(INACTIVE, SINCE).status_code == 403
