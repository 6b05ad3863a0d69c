"""The admin's forms of campaigns, groups and test contacts; the services decide what is allowed."""

from copy import copy
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils import timezone

from campaigns import modes, services
from campaigns.models import Campaign, Group
from campaigns.planned_split import split_problem
from campaigns.roles import CHOICES, Role
from console.base.forms import Own, PlainForm, ServiceForm
from console.base.moments import MomentField
from console.contacts.forms import WIDE
from contacts.limits import MAX_SHIFT_MINUTES, NAME_LENGTH

MODES = [("", "As far as the installation allows"), *modes.CHOICES]
CONFIRMED = "last_day_confirmed"
LAST_DAY_ALONE = "Last day is for this alone"
MINUTES = {"minutes": 1, "hours": 60, "days": 24 * 60}


class CampaignForm(ServiceForm):
    words = {
        "end_before_start": Own("The end must be after the start."),
        "cut_off_before_start": Own("The cut-off must be after the start."),
        "not_confirmed": Own(f"Tick “{LAST_DAY_ALONE}” below: {modes.LAST_DAY_PURPOSE}."),
    }
    start_at = MomentField(label="Start")
    end_at = MomentField(label="End")
    cut_off_at = MomentField(
        label="Cut-off",
        required=False,
        help_text="Contacts due after this time take no part in the decision. Left empty, "
        "all contacts take part that are planned an hour after the first one was due.",
    )

    tracking_mode = forms.ChoiceField(
        label="Measures",
        choices=MODES,
        required=False,
        help_text="How far contacts may be measured. A campaign can only narrow what the "
        "installation allows; who refused is never measured.",
    )
    never_asked = forms.ChoiceField(
        label="Who was never asked",
        choices=MODES,
        required=False,
        help_text="The same for contacts who neither agreed nor refused.",
    )
    last_day_confirmed = forms.BooleanField(
        label=LAST_DAY_ALONE,
        required=False,
        help_text=f"{modes.LAST_DAY_PURPOSE}. Tick it to choose “Last day”. It is not for "
        "Italy, where even the day needs the person's consent.",
    )

    class Meta:
        model = Campaign
        fields = [
            *("name", "description", "start_at", "end_at", "decision_age", "cut_off_at"),
            *("tracking_mode", "never_asked"),
        ]
        labels = {"start_at": "Start", "end_at": "End", "decision_age": "Decides after"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and services.is_under_way(self.instance, now=timezone.now()):
            # Who may only look has no fields.
            for name in self.fields.keys() & services.FIXED_WHEN_DUE:
                field = self.fields[name]
                field.disabled, field.help_text = True, services.FIXED

    def clean_tracking_mode(self) -> str | None:
        return self.cleaned_data["tracking_mode"] or None

    def clean_never_asked(self) -> str | None:
        return self.cleaned_data["never_asked"] or None

    @property
    def is_confirmed(self) -> bool:
        return bool(self.cleaned_data.get(CONFIRMED))

    @property
    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != CONFIRMED}

    @property
    def changes(self) -> dict[str, Any]:
        return {name: value for name, value in super().changes.items() if name != CONFIRMED}

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        for name, field in self.fields.items():
            if field.disabled and self._is_told_otherwise(name):
                self.add_error(name, services.FIXED)
        return cleaned

    def _is_told_otherwise(self, name: str) -> bool:
        """By a page from before: a browser sends nothing of a disabled field."""
        bound = self[name]
        told = any(bound.data) if isinstance(bound.data, list) else bound.data
        enabled = copy(bound.field)
        enabled.disabled = False
        return bool(told) and enabled.has_changed(bound.initial, bound.data)


class GroupForm(ServiceForm):
    number = forms.IntegerField(
        min_value=1,
        max_value=2**31 - 1,
        required=False,
        widget=forms.NumberInput(attrs={"placeholder": "next"}),
        help_text="Left empty, the next free one.",
    )
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
    role = forms.ChoiceField(
        choices=CHOICES,
        required=False,
        initial=Role.VARIANT,
        help_text="Variants are compared. The rest gets the winner's e-mail, the control group "
        "none: it shows what happens without it. A group with contacts keeps its role.",
    )

    class Meta:
        model = Group
        fields = ["campaign", "number", "name", "planned_share", "role", "description"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "role" in self.fields and self.instance.pk and self._has_contacts():
            role = self.fields["role"]
            role.disabled, role.help_text = True, services.ROLE_FIXED
            role.widget.attrs["title"] = services.ROLE_FIXED

    def _has_contacts(self) -> bool:
        """As the page read it for all its groups at once, else in a query."""
        known: bool | None = getattr(self.instance, "has_contacts", None)
        return services.has_contacts(self.instance) if known is None else known

    def clean_number(self) -> int | None:
        """The stored one where it is left empty, None for the next free one."""
        chosen: int | None = self.cleaned_data["number"]
        return chosen or self.instance.number

    def clean_role(self) -> str:
        chosen: str = self.cleaned_data["role"]
        return chosen or self.instance.role


class GroupFormSet(forms.BaseInlineFormSet):
    """The groups of one campaign; their planned shares must add up."""

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        """Labels each field for screen readers, for which the column headers are no labels."""
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


class ContactTestForm(PlainForm):
    """A test contact to create."""

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


class RescheduleForm(PlainForm):
    """A new time for all, or a shift for each; `cleaned_data["shift"]` is a timedelta or None."""

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
