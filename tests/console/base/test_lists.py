"""Every list of the admin speaks in words, names the filters in use, and sorts by indexes only."""

import html
import re
from dataclasses import replace

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign, Contact
from contacts.change import erase_contact
from contacts.imports.tasks import import_contacts
from demo import baskets, mail
from discounts.customers import erase_customer
from discounts.models import Customer
from tests.admin_pages import rows_of, text_of
from tests.soak.walking import lists
from tracking.models import Open

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]

CONTACTS = reverse("admin:campaigns_contact_changelist")
OPENS = reverse("admin:tracking_open_changelist")
CAMPAIGNS = reverse("admin:campaigns_campaign_changelist")
LONG_LISTS = [
    f"admin:{name}_changelist"
    for name in (
        *("campaigns_contact", "tracking_open"),
        *("discounts_customer", "discounts_discountusage"),
    )
]
FOR_MACHINES = {
    "a uuid": r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\b",
    "a value of Python": r"\b(None|True|False)\b",
    "a code of strptime": r"%[a-zA-Z]",
    "a name of a column or of a rule": r"\b[a-z]+_[a-z_]+\b",
    "a word of the classifier": r"\b(human|proxied|rule)\b",
    "a word for programs": r"external id|Is targeted|Taken from|is staff|staff status",
}


@pytest.fixture
def demo(monkeypatch, django_user_model):
    """Some rows in every list, with what is missing, erased and switched off among them."""
    few = tuple(
        replace(plan, groups=tuple(replace(group, contacts=30) for group in plan.groups))
        for plan in (mail.CAMPAIGNS[0], mail.CAMPAIGNS[-1])
    )
    monkeypatch.setattr(mail, "CAMPAIGNS", few)
    monkeypatch.setattr(baskets, "CAMPAIGNS", baskets.CAMPAIGNS[:3])
    call_command("seed_demo", verbosity=0)
    now = timezone.now()
    erase_contact(contact_id=Contact.objects.earliest("created_at", "uuid").pk, now=now)
    erase_customer(customer_id=Customer.objects.latest("id").pk, now=now)
    import_contacts.enqueue(0)
    django_user_model.objects.create_user("gone", is_active=False)
    Client().post(reverse("admin:login"), {"username": "eve", "password": "wrong"})


def said_by(response):
    """The words of a page, also those that only screen readers say."""
    page = response.content.decode()
    spoken = re.findall(r'(?:aria-label|alt|title|data-label)="([^"]*)"', page)
    return " ".join([text_of(response), *map(html.unescape, spoken)])


def faults_of(name, response):
    said = said_by(response)
    return [
        f"{name} shows {what}: {found[0]}"
        for what, pattern in FOR_MACHINES.items()
        if (found := re.search(rf".{{0,30}}(?:{pattern})", said))
    ]


def chosen(response):
    """For each filter of a list the address of what it offers last."""
    changes = response.context["cl"]
    for spec in changes.filter_specs:
        *_, last = spec.choices(changes)
        yield str(spec.title), str(last["display"]), str(last["query_string"])


def test_no_list_speaks_like_a_program_and_each_filter_in_use_can_be_removed(admin_client, demo):
    faults, empty = [], []
    for name, _ in lists():
        address = reverse(f"{name}_changelist")
        response = admin_client.get(address)
        faults += faults_of(name, response)
        if not rows_of(response):
            empty.append(name)
        for title, words, query in chosen(response):
            narrowed = admin_client.get(f"{address}{query}")
            faults += faults_of(f"{name}{query}", narrowed)
            [chip] = narrowed.context["cl"].chips()
            assert (chip.title.lower(), chip.words) == (title.lower(), words)
            assert f'href="{chip.without}"' in narrowed.content.decode()
            assert admin_client.get(f"{address}{chip.without}").context["cl"].chips() == []
    assert faults == []
    # Nobody is written into it unless a setting says so.
    assert empty == ["admin:axes_accessfailurelog"]


def test_each_cell_has_the_name_of_its_column_and_numbers_are_marked(admin_client, demo):
    page = admin_client.get(CAMPAIGNS).content.decode()
    assert re.search(r'<td class="field-contacts" data-label="Contacts" data-number>\d', page)
    assert re.search(
        r'<td class="field-open_rate" data-label="Unique open rate"( data-empty)?>', page
    )
    contacts = admin_client.get(CONTACTS).content.decode()
    assert '<td class="field-state" data-label="State" data-empty>-</td>' in contacts
    assert '<td class="field-state" data-label="State">Erased</td>' in contacts


# --- Sorting --------------------------------------------------------------------------------


def plan_of(response):
    return response.context["cl"].queryset.explain()


def test_a_long_list_is_sorted_by_an_index_in_both_directions(admin_client, demo):
    for address in map(reverse, LONG_LISTS):
        found = admin_client.get(address).context["cl"]
        [column] = found.sortable_by
        number = found.list_display.index(column)
        ends = []
        for sign in ("", "-"):
            response = admin_client.get(f"{address}?o={sign}{number}")
            assert "TEMP B-TREE" not in plan_of(response), address
            ends.append(response.context["cl"].result_list[0].pk)
        assert ends[0] != ends[1], address


def test_a_list_is_sorted_by_no_other_column(admin_client, demo):
    default = [row.pk for row in admin_client.get(CONTACTS).context["cl"].result_list]
    for number in ("1", "4", "-5", "99", "x", "9.-9"):
        response = admin_client.get(f"{CONTACTS}?o={number}")
        assert [row.pk for row in response.context["cl"].result_list] == default, number


def test_opens_of_several_groups_and_who_opened_are_in_one_order_only(admin_client, demo):
    campaign = Campaign.objects.get(groups=Open.objects.first().group_id)
    for address in (f"{OPENS}?campaign={campaign.pk}", f"{CONTACTS}?opened=person"):
        assert not list(admin_client.get(address).context["cl"].sortable_by)


def test_campaigns_are_sorted_by_name(admin_client, demo):
    names = sorted(Campaign.objects.values_list("name", flat=True), key=str.lower)
    assert [row["name"] for row in rows_of(admin_client.get(f"{CAMPAIGNS}?o=1"))] == names
    assert [row["name"] for row in rows_of(admin_client.get(f"{CAMPAIGNS}?o=-1"))] == names[::-1]
