"""The admin's forms of customers and discount campaigns; the services decide what is allowed."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.admin import widgets

from console.base.forms import LongSelect, Own, PlainForm, ServiceForm
from console.base.moments import MomentField
from discounts.amounts import read_amount_text
from discounts.campaigns.terms import MOST_USES_PER_DAY, PERCENTAGE, zones
from discounts.campaigns.terms import SMALLEST_AND_LARGEST as LIMITS
from discounts.currencies import currency_of, shop_currency
from discounts.customers import NAME_LENGTH
from discounts.models import Customer, DiscountCampaign
from discounts.money import LARGEST_MINOR, PERCENT_DIGITS, Currency, to_decimal
from discounts.search import customer_found, ids_of
from discounts.wording import money
from foundation.parsing import BadValue
from foundation.personal_data.addresses import EMAIL_LENGTH

# Longer lists of customers can only be replaced, not edited.
MOST_SHOWN = 1000
MOST_NAMED = 5
NOBODY = "Name at least one customer, or untick “Only for chosen customers”."
# An amount's decimals in words, by their number.
DECIMALS = ("no decimals", "one decimal", "two decimals", "three decimals", "four decimals")
AMOUNTS = {
    "discount_percentage": "discount_percentage_hundredths",
    "discount_flat": "discount_flat_minor",
    "max_discount_amount": "max_discount_amount_minor",
    "min_cart_value": "min_cart_value_minor",
    "total_budget": "total_budget_minor",
}


class CustomerForm(ServiceForm):
    email = forms.CharField(
        label="E-mail",
        max_length=EMAIL_LENGTH,
        widget=forms.EmailInput(attrs={"class": "vTextField"}),
        help_text="Stored encrypted; one customer per address.",
    )
    name = forms.CharField(
        max_length=NAME_LENGTH,
        widget=widgets.AdminTextInputWidget,
        help_text="Stored encrypted.",
    )

    class Meta:
        model = Customer
        fields = ["email", "name"]


class AmountField(forms.CharField):
    """A number with a limit on its decimals; its value is in whole minor units, None if empty.

    The form sets the currency of an amount, and with it the decimals; a percentage has none.
    """

    def __init__(self, *, within: tuple[int, int], **kwargs: Any) -> None:
        self.smallest, self.largest = within
        attributes = {"size": 20, "autocomplete": "off"}
        super().__init__(widget=forms.TextInput(attrs=attributes), **kwargs)
        self._set_digits(PERCENT_DIGITS)

    def set_currency(self, currency: Currency) -> None:
        self._set_digits(currency.digits)
        self.widget.attrs["placeholder"] = to_decimal(0, digits=currency.digits)
        self.help_text = f"{self.help_text} In {currency.code}, {DECIMALS[currency.digits]}."

    def _set_digits(self, digits: int) -> None:
        self.digits = digits
        self.widget.attrs["inputmode"] = "decimal" if digits else "numeric"

    def to_python(self, value: object) -> int | None:  # type: ignore[override]  # as FloatField
        text = super().to_python(value)
        if not text:
            return None
        try:
            return read_amount_text(
                text, smallest=self.smallest, largest=self.largest, digits=self.digits
            )
        except BadValue as error:
            raise forms.ValidationError(str(error)) from None

    def prepare_value(self, value: object) -> object:
        return str(to_decimal(value, digits=self.digits)) if isinstance(value, int) else value

    def has_changed(self, initial: object, data: object) -> bool:
        try:
            return initial != self.to_python(data)
        except forms.ValidationError:
            return True


class CustomersField(forms.CharField):
    """Customers by their e-mail addresses or ids, one a line; `clean` gives their ids."""

    def clean(self, value: object) -> list[int]:
        lines = [line.strip() for line in super().clean(value).splitlines()]
        ids = ids_of({line for line in lines if line})
        unknown = [n for n, line in enumerate(lines, start=1) if line and line not in ids]
        if unknown:
            # An error message must not contain an address: it names the line.
            named = ", ".join(map(str, unknown[:MOST_NAMED]))
            more = " and more" if len(unknown) > MOST_NAMED else ""
            raise forms.ValidationError(f"No customer is named in these lines: {named}{more}.")
        return sorted(set(ids.values()))

    def has_changed(self, initial: str | None, data: str | None) -> bool:
        return (initial or "").split() != (data or "").split()


class DiscountCampaignForm(ServiceForm):
    """Its fields are named as in the API, so that the services' sentences find them."""

    words = {
        "no_kind": Own("Give a percentage or an amount off.", "discount_percentage"),
        "two_kinds": Own("Give a percentage or an amount off, not both.", "discount_flat"),
        "end_before_start": Own("The end must be after the start."),
        "targets_missing": Own(NOBODY),
    }

    discount_percentage = AmountField(
        within=LIMITS["discount_percentage"], required=False, label="Percentage off"
    )
    discount_flat = AmountField(
        within=LIMITS["discount_flat"], required=False, label="Or amount off"
    )
    max_discount_amount = AmountField(
        within=LIMITS["max_discount_amount"],
        required=False,
        label="At most",
        help_text="The largest discount; empty for no limit.",
    )
    min_cart_value = AmountField(
        within=LIMITS["min_cart_value"],
        label="Smallest cart",
        help_text="0 for any cart.",
    )
    total_budget = AmountField(
        within=LIMITS["total_budget"],
        label="Budget",
        help_text="All discounts together never exceed it.",
    )
    max_usage_per_customer_per_day = forms.IntegerField(
        min_value=1,
        max_value=MOST_USES_PER_DAY,
        initial=1,
        label="Uses per customer and day",
    )
    start_date = MomentField(label="Start")
    end_date = MomentField(label="End")
    timezone = forms.ChoiceField(
        label="Time zone",
        widget=LongSelect,
        choices=lambda: [(zone, zone) for zone in sorted(zones())],
        help_text="Whose midnight begins a customer's day.",
    )
    target_customer_ids = CustomersField(
        required=False,
        label="Customers",
        widget=forms.Textarea(attrs={"rows": 6, "class": "vLargeTextField"}),
        help_text="Whom it is for, if only for some: e-mail addresses or ids, one a line.",
    )

    class Meta:
        model = DiscountCampaign
        fields = [
            "name",
            "description",
            "discount_type",
            "max_usage_per_customer_per_day",
            "start_date",
            "end_date",
            "timezone",
            "is_targeted",
        ]
        labels = {
            "max_usage_per_customer_per_day": "Uses per customer and day",
            "start_date": "Start",
            "end_date": "End",
            "timezone": "Time zone",
            "is_targeted": "Only for chosen customers",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        currency = currency_of(self.instance) if self.instance.pk else shop_currency()
        for name in (AMOUNTS.keys() - {PERCENTAGE}) & self.fields.keys():
            cast(AmountField, self.fields[name]).set_currency(currency)
        if self.instance.pk:
            used = money(self.instance.used_budget_minor, currency=currency)
            sentence = f"{used} are used already: the budget can't be less."
            self.words = {**self.words, "budget_below_used": Own(sentence)}
            self._show_amounts()
            self._show_targets()
        else:
            first = {"min_cart_value": 0, "timezone": settings.TIME_ZONE}
            self.initial = {**first, **self.initial}

    def _show_amounts(self) -> None:
        for name, column in AMOUNTS.items():
            self.initial[name] = getattr(self.instance, column)

    def _show_targets(self) -> None:
        ids = self.instance.targets.order_by("pk").values_list("customer_id", flat=True)
        shown = list(ids[: MOST_SHOWN + 1])
        if len(shown) <= MOST_SHOWN:
            self.initial["target_customer_ids"] = "\n".join(map(str, shown))
        elif field := self.fields.get("target_customer_ids"):
            field.help_text = (
                f"It is for {ids.count():,} customers, too many to show. What you enter here "
                "replaces them all; empty leaves them as they are."
            )

    def clean(self) -> dict[str, Any] | None:
        """Who is named for a campaign for everybody is passed over: the box is hidden then."""
        if self.cleaned_data.get("is_targeted") is False:
            self.cleaned_data.pop("target_customer_ids", None)
            self.errors.pop("target_customer_ids", None)
        return super().clean()

    @property
    def values(self) -> dict[str, Any]:
        """What the services take: every field, amounts by their columns."""
        return {AMOUNTS.get(name, name): value for name, value in self.cleaned_data.items()}

    @property
    def changes(self) -> dict[str, Any]:
        taken = (name for name in self.changed_data if name in self.cleaned_data)
        return {AMOUNTS.get(name, name): self.cleaned_data[name] for name in taken}


class SimulationForm(PlainForm):
    """A customer, a basket and a moment; `clean` gives the customer's id."""

    customer = forms.CharField(
        max_length=EMAIL_LENGTH,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )
    cart_value = AmountField(within=(1, LARGEST_MINOR), label="Cart value")
    delivery_charge = AmountField(
        within=(0, LARGEST_MINOR), required=False, label="Delivery charge"
    )
    moment = MomentField(required=False, label="Moment")

    def __init__(self, data: Mapping[str, str] | None, *, finds_emails: bool) -> None:
        super().__init__(data)
        self.finds_emails = finds_emails
        self.fields["customer"].help_text = (
            "An e-mail address or an id, in full." if finds_emails else "The customer's id."
        )
        self.fields["delivery_charge"].help_text = "Empty for none."
        for name in ("cart_value", "delivery_charge"):
            cast(AmountField, self.fields[name]).set_currency(shop_currency())
        self.fields["moment"].help_text = "Empty for now."

    def clean_customer(self) -> int:
        term = self.cleaned_data["customer"]
        if not self.finds_emails and not term.isdigit():
            raise forms.ValidationError("Give an id: you may not look customers up by e-mail.")
        found = customer_found(term)
        if found is None:
            raise forms.ValidationError("No customer has this address or id.")
        return found
