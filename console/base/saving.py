"""What admin pages share that save through services: a refusal shows beside its field.

Knows no model and no rule: a form checks the shape of what was typed, the services the rest.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django import forms
from django.contrib import messages
from django.contrib.admin import helpers, widgets
from django.core.exceptions import BadRequest, ValidationError
from django.utils import timezone

from foundation.audit_log import note
from foundation.database.transactions import in_transaction
from foundation.errors import DomainError
from foundation.parsing import BadValue, read_moment


class Refused(Exception):
    """The services refused what a form holds; `prefix` tells the forms of a page apart."""

    def __init__(self, error: DomainError, prefix: str | None = None) -> None:
        super().__init__(error.detail)
        self.error = error
        self.prefix = prefix


@contextmanager
def saving(form: forms.BaseForm) -> Iterator[None]:
    """What the services refuse in here is about this form."""
    try:
        yield
    except DomainError as error:
        raise Refused(error, form.prefix) from error


def show_refusal(form: forms.BaseForm, error: DomainError) -> None:
    """Put each sentence beside its field, the others above the form."""
    for name, sentences in error.errors.items():
        form.add_error(name if name in form.fields else None, sentences)
    if not error.errors:
        form.add_error(None, error.detail)


class ServiceForm(forms.ModelForm):
    """Never saves; `refusal` is what the services said of it when they were asked."""

    refusal: Refused | None = None

    def clean(self):
        cleaned = super().clean()
        if self.refusal and self.refusal.prefix == self.prefix:
            show_refusal(self, self.refusal.error)
        return cleaned

    def _get_validation_exclusions(self):
        """The model's own checks are left to the services, whose sentences say what to do."""
        return {field.name for field in self._meta.model._meta.get_fields()}

    @property
    def changes(self) -> dict[str, object]:
        """The values that a person changed, by field name."""
        return {name: self.cleaned_data[name] for name in self.changed_data}


class MomentWidget(widgets.AdminSplitDateTime):
    def decompress(self, value):
        """Both parts of a moment; a text, which only a page's address brings, has none."""
        return super().decompress(value if isinstance(value, datetime) else None)


class MomentField(forms.SplitDateTimeField):
    """A date and a time in the project's zone, within the years that every database holds."""

    widget = MomentWidget

    def get_bound_field(self, form, field_name):
        """Names both parts for those who hear the page: the label belongs to neither."""
        bound = super().get_bound_field(form, field_name)
        for part, widget in zip(("date", "time"), self.widget.widgets, strict=True):
            widget.attrs["aria-label"] = f"{bound.label}: {part}"
        return bound

    def clean(self, value):
        moment = super().clean(value)
        try:
            return moment and read_moment(moment, zone=timezone.get_default_timezone())
        except BadValue as error:
            raise ValidationError(str(error)) from None


class SavesThroughServices:
    """For a ModelAdmin whose form is a ServiceForm and whose writes are services."""

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        view, arguments = super().changeform_view, (request, object_id, form_url, extra_context)
        if request.method != "POST":
            return view(*arguments)
        try:
            return in_transaction(view)(*arguments)
        except Refused as refused:
            request.refusal = refused
        except DomainError as error:
            request.refusal = Refused(error)
        # Nothing was saved: the page again, with what the services said.
        return view(*arguments)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.refusal = getattr(request, "refusal", None)
        return form

    def has_delete_permission(self, request, obj=None):
        """Nothing is deleted: campaigns and groups are archived, contacts erased."""
        return False

    def response_action(self, request, queryset):
        for value in request.POST.getlist(helpers.ACTION_CHECKBOX_NAME):
            try:
                self.opts.pk.to_python(value)
            except ValidationError:
                raise BadRequest("A selected row can't be read.") from None
        return super().response_action(request, queryset)

    def note_changes(self, request, rows, sentence: str) -> None:
        """Enter what an action did into the history of each row."""
        note(by=request.user, rows=rows, sentence=sentence)

    def say_refused(self, request, error: DomainError, *, about: object = "") -> None:
        sentence = f"{about}: {error.detail}" if about else error.detail
        self.message_user(request, sentence, messages.ERROR)
