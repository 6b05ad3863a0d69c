"""What admin pages that save through services share: errors show beside their fields.

It knows no model and no rule: a form checks the format of its input, the services the rest.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers, widgets
from django.contrib.admin.utils import quote
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from foundation.audit_log import note
from foundation.database.transactions import in_transaction
from foundation.errors import DomainError
from foundation.parsing import BadValue, read_moment


class Refused(Exception):
    """The services refused a form's values; `prefix` says which form of the page."""

    def __init__(self, error: DomainError, prefix: str | None = None) -> None:
        super().__init__(error.detail)
        self.error = error
        self.prefix = prefix


@contextmanager
def saving(form: forms.BaseForm) -> Iterator[None]:
    """What the services refuse inside is about this form."""
    try:
        yield
    except DomainError as error:
        raise Refused(error, form.prefix) from error


def show_refusal(form: forms.BaseForm, error: DomainError) -> None:
    """Put each sentence beside its field, the others above the form."""
    for name, sentences in error.errors.items():
        by_label = isinstance(form, ServiceForm) and form.refused_by_label
        labelled = [_with_labels(form, one) for one in sentences] if by_label else sentences
        form.add_error(name if name in form.fields else None, labelled)
    if not error.errors:
        form.add_error(None, error.detail)


def _with_labels(form: forms.BaseForm, sentence: str) -> str:
    """Fields by their names on the form: those with a _, which no sentence holds otherwise."""
    for name in form.fields:
        if "_" in name:
            sentence = re.sub(rf"\b{name}\b", str(form[name].label), sentence)
    return sentence


class ServiceForm(forms.ModelForm):
    """A form that never saves itself; `refusal` is the error of the services, if any.

    Where it is `refused_by_label`, sentences of the services name fields as the form does.
    """

    refusal: Refused | None = None
    refused_by_label = False

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.refusal and self.refusal.prefix == self.prefix:
            show_refusal(self, self.refusal.error)
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        """Leaves the model's checks to the services, whose messages say what to do."""
        return {field.name for field in self._meta.model._meta.get_fields()}

    @property
    def changes(self) -> dict[str, Any]:
        """The values that a person changed, by field name."""
        return {name: self.cleaned_data[name] for name in self.changed_data}


class MomentWidget(widgets.AdminSplitDateTime):
    def decompress(self, value: object) -> tuple[date | None, time | None]:
        """Both parts of a moment; none for text, which only a query string can contain."""
        return super().decompress(value if isinstance(value, datetime) else None)


class MomentField(forms.SplitDateTimeField):
    """A date and a time in the project's zone, within the years that every database holds."""

    widget = MomentWidget

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        """Labels both parts for screen readers: the field's label belongs to neither."""
        bound = super().get_bound_field(form, field_name)
        for part, widget in zip(("date", "time"), self.widget.widgets, strict=True):
            widget.attrs["aria-label"] = f"{bound.label}: {part}"
        return bound

    def clean(self, value: object) -> datetime | None:
        self._refuse_wrong_parts(value)
        moment: datetime | None = super().clean(value)
        try:
            return moment and read_moment(moment, zone=timezone.get_default_timezone())
        except BadValue as error:
            raise ValidationError(str(error)) from None

    def _refuse_wrong_parts(self, value: object) -> None:
        """What is wrong in one part is said even where the other is missing."""
        if not isinstance(value, list | tuple):
            return
        given = [(field, part) for field, part in zip(self.fields, value, strict=False) if part]
        if len(given) == 1:
            [(field, part)] = given
            field.clean(part)
            name = "date" if field is self.fields[1] else "time"
            raise ValidationError(f"Enter a {name} as well.")


def user_of(request: HttpRequest) -> User:
    """The user who is signed in; the admin lets nobody else reach its pages."""
    return cast(User, request.user)


class ServiceRequest(HttpRequest):
    """A request for a page that saves, with the error of the services, if any."""

    refusal: Refused | None = None


def refusal_of(request: HttpRequest) -> Refused | None:
    return getattr(request, "refusal", None)


class SavesThroughServices(admin.ModelAdmin):
    """Its form is a ServiceForm and its writes are services."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        view, arguments = super().changeform_view, (request, object_id, form_url, extra_context)
        if request.method != "POST":
            return view(*arguments)
        try:
            return in_transaction(view)(*arguments)
        except Refused as refused:
            cast(ServiceRequest, request).refusal = refused
        except DomainError as error:
            cast(ServiceRequest, request).refusal = Refused(error)
        # Nothing was saved: show the page again, with the errors.
        return view(*arguments)

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[ServiceForm]:
        form = cast(type[ServiceForm], super().get_form(request, obj, change=change, **kwargs))
        form.refusal = refusal_of(request)
        return form

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """With one button: whoever saves stays with what was saved."""
        context |= {"show_save_and_continue": False, "show_save_and_add_another": False}
        return super().render_change_form(request, context, add, change, form_url, obj)

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        return HttpResponseRedirect(self.page_after_adding(request, obj))

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        return HttpResponseRedirect(self._own_page(obj))

    def page_after_adding(self, request: HttpRequest, obj: Any) -> str:
        """The address of the page of a new row on which one goes on with it."""
        return self._own_page(obj)

    def _own_page(self, obj: Any) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(name, args=[quote(obj.pk)])

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is deleted: campaigns and groups are archived, contacts erased."""
        return False

    def response_action(  # type: ignore[override]  # the stubs are those of Django 6
        self, request: HttpRequest, queryset: QuerySet
    ) -> HttpResponse | None:
        for value in request.POST.getlist(helpers.ACTION_CHECKBOX_NAME):
            try:
                self.opts.pk.to_python(value)
            except ValidationError:
                raise BadRequest("A selected row can't be read.") from None
        return super().response_action(request, queryset)

    def note_changes(self, request: HttpRequest, rows: Iterable[Model], sentence: str) -> None:
        """Enter what an action did into the history of each row."""
        note(by=user_of(request), rows=rows, sentence=sentence)

    def say_refused(self, request: HttpRequest, error: DomainError, *, about: object = "") -> None:
        sentence = f"{about}: {error.detail}" if about else error.detail
        self.message_user(request, sentence, messages.ERROR)
