"""The admin's forms of campaigns, groups and contacts; what is allowed, services decide."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.contrib.admin import widgets

from campaigns.models import Campaign, Contact, Group
from campaigns.planned_split import split_problem
from console.base.saving import MomentField, ServiceForm
from contacts import pasted
from contacts.limits import (
    EXTERNAL_ID_LENGTH,
    MAX_PIXELS,
    MAX_ROWS,
    MAX_SHIFT_MINUTES,
    NAME_LENGTH,
)
from foundation.parsing import LANGUAGE_LENGTH
from foundation.personal_data.addresses import EMAIL_LENGTH

MINUTES = {"minutes": 1, "hours": 60, "days": 24 * 60}
WIDE = {"class": "vTextField"}


class CampaignForm(ServiceForm):
    start_at = MomentField()
    end_at = MomentField()

    class Meta:
        model = Campaign
        fields = ["name", "description", "start_at", "end_at"]


class GroupForm(ServiceForm):
    number = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    planned_share = forms.DecimalField(
        min_value=Decimal("0.01"),
        max_value=100,
        max_digits=5,
        decimal_places=2,
        required=False,
        widget=forms.NumberInput(attrs={"placeholder": "even", "class": "share"}),
        help_text="A percentage. Groups without one divide evenly what the others leave: "
        "two groups get 50% each.",
    )

    class Meta:
        model = Group
        fields = ["campaign", "number", "name", "planned_share", "description"]


class GroupFormSet(forms.BaseInlineFormSet):
    """The groups of one campaign, whose planned shares must make a whole."""

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        """The heads of the table's columns name no field for those who hear the page."""
        super().add_fields(form, index)
        for name in form.fields:
            form.fields[name].widget.attrs["aria-label"] = f"{form[name].label} of the group"

    def clean(self) -> None:
        super().clean()
        if any(self.errors) or not self.has_changed():
            return
        filled_in = [form.cleaned_data for form in self.forms if form.cleaned_data.get("name")]
        shares = {group["name"]: group["planned_share"] for group in filled_in}
        if problem := split_problem(shares):
            raise forms.ValidationError(problem)


class ContactForm(ServiceForm):
    email = forms.CharField(
        label="E-mail",
        max_length=EMAIL_LENGTH,
        required=False,
        widget=forms.EmailInput(attrs=WIDE),
        help_text="Stored encrypted; one contact per address and campaign.",
    )
    name = forms.CharField(
        max_length=NAME_LENGTH, required=False, widget=widgets.AdminTextInputWidget
    )
    external_id = forms.CharField(
        max_length=EXTERNAL_ID_LENGTH,
        required=False,
        widget=widgets.AdminTextInputWidget,
        help_text="Your own key of this contact, unique in the campaign.",
    )
    locale = forms.CharField(
        max_length=LANGUAGE_LENGTH,
        required=False,
        widget=widgets.AdminTextInputWidget,
        help_text="The person's language, as a tag such as de or de-AT.",
    )
    scheduled_at = MomentField(required=False, help_text="When the e-mail is to be sent.")

    class Meta:
        model = Contact
        fields = ["campaign", "group", "email", "name", "external_id", "locale", "scheduled_at"]


def pixels_field() -> forms.IntegerField:
    return forms.IntegerField(
        label="Pixels per contact", min_value=1, max_value=MAX_PIXELS, initial=1
    )


class NewContactForm(ContactForm):
    pixels = pixels_field()


class PasteForm(forms.Form):
    """Contacts of one campaign as text; `cleaned_data["lines"]` are `pasted.PastedLine`s."""

    required_css_class = "required"

    key = forms.ChoiceField(
        label="Each line begins with",
        choices=[("email", "an e-mail address"), ("external_id", "an external id")],
        initial="email",
        widget=forms.RadioSelect,
    )
    lines = forms.CharField(
        label="Contacts",
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "class": "vLargeTextField"}),
        help_text=f"One a line, at most {MAX_ROWS:,}; a name may follow behind a comma or a tab.",
    )
    group = forms.ModelChoiceField(queryset=Group.objects.none())
    scheduled_at = MomentField(required=False, help_text="When the e-mails are to be sent.")
    pixels = pixels_field()

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        group = cast(forms.ModelChoiceField, self.fields["group"])
        group.queryset = campaign.groups.filter(archived_at__isnull=True)

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if {"lines", "key"} <= cleaned.keys():
            cleaned["lines"] = pasted.read_lines(cleaned["lines"], key=cleaned["key"])
            if len(cleaned["lines"]) > MAX_ROWS:
                self.add_error("lines", f"Paste at most {MAX_ROWS:,} lines at once.")
        return cleaned


class ContactTestForm(forms.Form):
    """A test contact to be made."""

    required_css_class = "required"

    group = forms.ChoiceField(help_text="Whose e-mail you send to yourself.")
    label = forms.CharField(
        label="Mailbox",
        max_length=NAME_LENGTH,
        required=False,
        widget=forms.TextInput(attrs=WIDE),
        help_text="To tell tests apart, such as your address or “Outlook at work”; "
        "stored encrypted. Optional.",
    )

    def __init__(self, *args: Any, groups: list[Group], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        group = cast(forms.ChoiceField, self.fields["group"])
        group.choices = [(str(group.id), str(group)) for group in groups]


class RescheduleForm(forms.Form):
    """A new time for all, or a shift of each; `cleaned_data["shift"]` is a timedelta or None."""

    scheduled_at = MomentField(label="Set to", required=False)
    shift_by = forms.IntegerField(
        label="Or shift by", required=False, help_text="Negative numbers shift to an earlier time."
    )
    unit = forms.ChoiceField(choices=[(unit, unit) for unit in MINUTES], initial="hours")

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if self.errors:
            return cleaned
        minutes = (cleaned["shift_by"] or 0) * MINUTES[cleaned["unit"]]
        if abs(minutes) > MAX_SHIFT_MINUTES:
            self.add_error("shift_by", "Shift by ten years at most.")
        elif bool(minutes) == bool(cleaned["scheduled_at"]):
            self.add_error(None, "Give either a new time or a shift.")
        else:
            cleaned["shift"] = timedelta(minutes=minutes) if minutes else None
        return cleaned
