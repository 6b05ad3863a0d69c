"""What is wrong in a form: in its own words, at the field, and on top with a link to it."""

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest
from django import forms
from django.contrib import admin
from django.test.html import parse_html
from django.urls import reverse

import console
from console.base.forms import (
    WITHOUT_WORDS,
    LongSelect,
    Own,
    PlainForm,
    ServiceForm,
    in_one_sentence,
    in_own_words,
    names_api,
)
from console.base.saving import SavesThroughServices
from discounts.models import DiscountCampaign
from foundation.errors import DomainError, InvalidInput
from tests.admin_pages import errors_of, text_of

ROOT = Path(__file__).resolve().parents[3]
SERVICES = ("campaigns", "consent", "contacts", "discounts", "foundation", "reports", "tracking")
ADD = reverse("admin:discounts_discountcampaign_add")
# Rules that no form of the console can break: it asks for no such value.
OF_THE_API = {"targets_of_untargeted", "invalid"}


def every(base):
    """A class and all that are made of it, in all modules of the console."""
    for module in pkgutil.walk_packages(console.__path__, "console."):
        importlib.import_module(module.name)
    found, new = set(), {base}
    while new:
        found |= new
        new = {child for one in new for child in one.__subclasses__()} - found
    return {one for one in found if one.__module__.startswith("console.")}


def with_words():
    admin.autodiscover()
    return every(PlainForm) | every(ServiceForm) | every(SavesThroughServices)


def text_in(node, constants):
    """The words of an expression, with those of the module's constants in it."""
    named = (constants.get(n.id, "") for n in ast.walk(node) if isinstance(n, ast.Name))
    parts = (n.value for n in ast.walk(node) if isinstance(n, ast.Constant))
    return " ".join([*named, *(part for part in parts if isinstance(part, str))])


def constants_of(tree):
    """The texts that a module has names for."""
    sole = (
        n for n in tree.body if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Name)
    )
    return {one.targets[0].id: text_in(one.value, {}) for one in sole}


def refusals():
    """(rule, sentence) of what the services refuse, as it is written where it is raised."""
    for package in SERVICES:
        for path in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(path.read_text())
            constants = constants_of(tree)
            for call in ast.walk(tree):
                if not isinstance(call, ast.Call) or "InvalidInput" not in ast.unparse(call.func):
                    continue
                said = call.args[-1] if call.args else None
                named = {word.arg: text_in(word.value, {}) for word in call.keywords}
                if said is not None:
                    yield (
                        named.get("rule") or named.get("code") or "invalid",
                        text_in(said, constants),
                    )


def test_every_refusal_in_the_words_of_the_api_has_words_of_a_form_or_is_out_of_its_reach():
    # The amount that it names is of one campaign.
    of_one_row = {"budget_below_used"}
    known = {rule for one in with_words() for rule in one.words} | of_one_row
    speaks_api = {rule for rule, sentence in refusals() if names_api(sentence)}
    assert {"end_before_start", "no_kind", "cut_off_before_start"} <= speaks_api
    assert speaks_api - known - OF_THE_API == set()


def test_no_form_and_no_message_can_show_a_name_of_the_api():
    """Whatever the services say, now or later."""
    refused = [
        error
        for rule, sentence in [*refusals(), ("new", "first_name is missing")]
        for error in (
            InvalidInput.field("name", sentence or "Give a name.", rule=rule),
            InvalidInput.fields({"end_at": [sentence or "?"], "name": ["?"]}, rule=rule),
            DomainError(sentence, rule=rule),
        )
    ]
    classes = with_words()
    assert len(classes) > 20
    for one in classes:
        for error in refused:
            said = [sentence for _, sentence in in_own_words(error, one.words)]
            assert said
            assert not any(map(names_api, said)), (one, error.rule)
            assert not names_api(in_one_sentence(error, one.words))


def test_every_form_of_the_console_has_words():
    strange = every(forms.BaseForm) - every(PlainForm) - every(ServiceForm)
    # Those of accounts are Django's, which no service refuses.
    assert {one for one in strange if not one.__module__.startswith("console.accounts.")} == set()


def test_words_are_said_beside_the_field_that_they_are_about():
    error = InvalidInput("Either a_b or c_d must be provided", rule="no_kind")
    assert list(in_own_words(error, {"no_kind": Own("Give one.", "a_b")})) == [("a_b", "Give one.")]
    assert list(in_own_words(error, {})) == [("", WITHOUT_WORDS)]
    # What somebody has named so is shown.
    named = InvalidInput("There is no group “spring_sale”.")
    assert in_one_sentence(named, {}) == "There is no group “spring_sale”."


@pytest.mark.django_db
def test_the_summary_leads_to_each_field_and_the_first_wrong_one_has_the_focus(admin_client):
    sent = {"name": "Sale", "start_date": "11/05/2026", "discount_type": "cart"}
    page = admin_client.post(ADD, sent)
    html = page.content.decode()
    wrong = errors_of(page)
    assert "start_date" in wrong
    assert "name" not in wrong
    for name in wrong:
        assert f'<a href="#id_{name}">' in html
        assert f'id="id_{name}_error"' in html
    assert html.count("autofocus") == 1
    assert html.index("autofocus") > html.index('id="id_name"')
    assert "change_form.js" not in html
    assert text_of(page).startswith("Error: New discount campaign")


@pytest.mark.django_db
def test_customers_that_are_left_in_the_hidden_box_block_nothing(admin_client):
    sent = {
        "name": "Sale",
        "discount_type": "cart",
        "discount_percentage": "5",
        "start_date": "2026-03-01T00:00",
        "end_date": "2026-04-01T00:00",
        "timezone": "UTC",
        "total_budget": "10",
        "min_cart_value": "0",
        "max_usage_per_customer_per_day": "1",
        "target_customer_ids": "nobody@example.com",
    }
    assert admin_client.post(ADD, sent).status_code == 302
    assert not DiscountCampaign.objects.get().is_targeted
    refused = admin_client.post(ADD, sent | {"is_targeted": "on"})
    assert list(errors_of(refused)) == ["target_customer_ids"]


@pytest.mark.parametrize("value", ["Asia/Kolkata", "", "<&", None])
def test_a_long_select_is_written_as_any_other(value):
    choices = [("", "(none)"), ("Asia/Kolkata", "Asia/Kolkata"), ("<&", "<&")]
    attrs = {"id": "id_zone", "required": True, "autofocus": False, "aria-label": '"Zone"'}
    long, usual = (kind(attrs, choices) for kind in (LongSelect, forms.Select))
    assert parse_html(long.render("zone", value)) == parse_html(usual.render("zone", value))
