"""The admin's pages of customers."""

import pytest
from django.urls import reverse

from discounts import customers
from discounts.models import Customer
from tests.admin_pages import errors_of, messages_of, rows_of, text_of
from tests.discounts.factories import NOW, apply, make_campaign, make_customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
LIST = reverse("admin:discounts_customer_changelist")
ADD = reverse("admin:discounts_customer_add")
FIND = reverse("admin:discounts_customer_find")
ANN = {"email": "ann@example.com", "name": "Ann Lee"}


@pytest.fixture
def ann():
    return make_customer("ann@example.com")


def change_page(customer):
    return reverse("admin:discounts_customer_change", args=[customer.id])


def act(client, action, *rows, **extra):
    ids = [row.id for row in rows]
    return client.post(LIST, {"action": action, "_selected_action": ids, **extra}, follow=True)


def test_the_list_shows_customers_newest_first_with_their_discounts(admin_client, ann):
    bob = make_customer("bob@example.com", "Bob")
    apply(make_campaign(), ann)
    rows = rows_of(admin_client.get(LIST))
    assert [(row["id"], row["address"], row["name"], row["used"]) for row in rows] == [
        (str(bob.id), "bob@example.com", "Bob", "0"),
        (str(ann.id), "ann@example.com", "Ann Lee", "1"),
    ]


def test_a_longer_list_takes_no_more_queries(admin_client, django_assert_max_num_queries):
    def cost():
        with django_assert_max_num_queries(9) as queries:
            admin_client.get(LIST)
        return len(queries)

    make_customer()
    few = cost()
    campaign = make_campaign()
    for _ in range(9):
        apply(campaign, make_customer())
    assert cost() == few


@pytest.mark.parametrize("term", ["ann@example.com", " ANN@Example.com ", "{id}"])
def test_the_search_finds_by_address_or_id(admin_client, ann, term):
    make_customer()
    response = admin_client.post(FIND, {"q": term.format(id=ann.id)}, follow=True)
    assert [row["id"] for row in rows_of(response)] == [str(ann.id)]


@pytest.mark.parametrize("term", ["Ann", "example.com", "nobody@example.com", "9" * 30, "0", "-1"])
def test_the_search_finds_nothing_else(admin_client, ann, term):
    assert rows_of(admin_client.post(FIND, {"q": term}, follow=True)) == []


def test_a_search_keeps_the_address_out_of_the_pages_own_address(admin_client, ann):
    target = admin_client.post(f"{FIND}?erased=no&p=2", {"q": "ann@example.com"})["Location"]
    assert target.startswith(f"{LIST}?erased=no&q=")
    assert "ann" not in target
    assert admin_client.get(FIND).status_code == 405


def test_a_customer_is_added(admin_client):
    admin_client.post(ADD, {"email": " Ann@EXAMPLE.com", "name": "Ann Lee"})
    customer = Customer.objects.get()
    assert (customer.email, customer.name) == ("Ann@example.com", "Ann Lee")
    assert admin_client.get(change_page(customer)).status_code == 200


def test_a_taken_address_is_refused_in_the_words_of_the_api(admin_client, ann):
    response = admin_client.post(ADD, ANN)
    assert errors_of(response) == {"email": ["Email already registered"]}
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(("field", "value"), [("email", "ann"), ("email", ""), ("name", " ")])
def test_a_bad_field_is_refused_beside_it(admin_client, field, value):
    assert list(errors_of(admin_client.post(ADD, ANN | {field: value}))) == [field]
    assert not Customer.objects.exists()


def test_a_customer_is_changed(admin_client, ann):
    admin_client.post(change_page(ann), ANN | {"name": "Ann Li"})
    ann.refresh_from_db()
    assert (ann.name, ann.email) == ("Ann Li", "ann@example.com")


def test_erasing_asks_first(admin_client, ann):
    response = act(admin_client, "erase", ann)
    assert "Nothing brings them back" in text_of(response)
    ann.refresh_from_db()
    assert ann.email == "ann@example.com"


def test_erasing_removes_personal_data_and_keeps_the_row(admin_client, ann):
    response = act(admin_client, "erase", ann, confirmed="yes")
    assert messages_of(response) == ["Erased: 1."]
    ann.refresh_from_db()
    assert (ann.email, ann.name) == (None, None)
    page = admin_client.get(change_page(ann))
    assert page.status_code == 200
    assert "Save" not in text_of(page)


def test_the_list_is_narrowed_to_the_erased(admin_client, ann):
    bob = make_customer()
    customers.erase_customer(customer_id=bob.id, now=NOW)
    assert [row["id"] for row in rows_of(admin_client.get(f"{LIST}?erased=no"))] == [str(ann.id)]
    assert [row["id"] for row in rows_of(admin_client.get(f"{LIST}?erased=yes"))] == [str(bob.id)]


def test_without_the_permission_the_page_is_refused(staff, ann):
    stranger = staff("discounts.view_discountcampaign")
    assert stranger.get(LIST).status_code == 403
    assert stranger.post(FIND, {"q": "x"}).status_code == 403
    assert stranger.get(change_page(ann)).status_code == 403
    viewer = staff("discounts.view_customer", name="bob")
    assert viewer.get(LIST).status_code == 200
    assert viewer.get(ADD).status_code == 403
    assert viewer.post(change_page(ann), ANN | {"name": "X"}).status_code == 403
    act(staff("discounts.change_customer", name="eve"), "erase", ann, confirmed="yes")
    ann.refresh_from_db()
    assert ann.name == "Ann Lee"
