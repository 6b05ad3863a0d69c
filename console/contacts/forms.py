"""The admin's forms of contacts; the services decide what is allowed."""

from typing import Any, cast

from django import forms
from django.contrib.admin import widgets

from campaigns.models import Campaign, Contact, Group
from console.base.forms import PlainForm, ServiceForm
from console.base.moments import MomentField
from contacts import pasted
from contacts.drawing.draw import draw_in_words, drawable_of
from contacts.limits import (
    EXTERNAL_ID_LENGTH,
    MAX_PIXELS,
    MAX_ROWS,
    NAME_LENGTH,
)
from foundation.parsing import LANGUAGE_LENGTH
from foundation.personal_data.addresses import EMAIL_LENGTH

WIDE = {"class": "vTextField"}


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
        label="Id in your system",
        max_length=EXTERNAL_ID_LENGTH,
        required=False,
        widget=widgets.AdminTextInputWidget,
        help_text="What another system of yours calls this contact, unique in the campaign.",
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


class PasteForm(PlainForm):
    """Contacts of one campaign as text; `cleaned_data["lines"]` are `pasted.PastedLine`s."""

    key = forms.ChoiceField(
        label="Each line begins with",
        choices=[("email", "an e-mail address"), ("external_id", "the id in your system")],
        initial="email",
        widget=forms.RadioSelect,
    )
    lines = forms.CharField(
        label="Contacts",
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "class": "vLargeTextField"}),
        help_text=f"One a line, at most {MAX_ROWS:,}; a name may follow behind a comma or a tab.",
    )
    group = forms.ModelChoiceField(
        queryset=Group.objects.none(),
        required=False,
        help_text="Drawn groups get their planned shares of every mail service, and of those who "
        "opened before and who didn't.",
    )
    scheduled_at = MomentField(required=False, help_text="When the e-mails are to be sent.")
    pixels = pixels_field()

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        group = cast(forms.ModelChoiceField, self.fields["group"])
        group.queryset = campaign.groups.filter(archived_at__isnull=True)
        group.empty_label = f"Draw it: {draw_in_words(drawable_of(campaign.id))}"

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if {"lines", "key"} <= cleaned.keys():
            cleaned["lines"] = pasted.read_lines(cleaned["lines"], key=cleaned["key"])
            if len(cleaned["lines"]) > MAX_ROWS:
                self.add_error("lines", f"Paste at most {MAX_ROWS:,} lines at once.")
        return cleaned
