"""What admin pages that save through services share: errors show beside their fields."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.utils import quote
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import ForeignKey, Model, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from console.base.forms import Refused, ServiceForm, Words, in_one_sentence
from foundation.audit_log import note
from foundation.database.transactions import in_transaction
from foundation.errors import DomainError


@contextmanager
def saving(form: forms.BaseForm) -> Iterator[None]:
    """What the services refuse inside is about this form."""
    try:
        yield
    except DomainError as error:
        raise Refused(error, form.prefix) from error


def user_of(request: HttpRequest) -> User:
    """The user who is signed in; the admin lets nobody else reach its pages."""
    return cast(User, request.user)


class ServiceRequest(HttpRequest):
    """A request for a page that saves, with the error of the services, if any."""

    refusal: Refused | None = None


def refusal_of(request: HttpRequest) -> Refused | None:
    return getattr(request, "refusal", None)


class SavesThroughServices(admin.ModelAdmin):
    """Its form is a ServiceForm and its writes are services; `words` are of its messages."""

    words: Words = {}

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

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        """Without a link to a list to pick from, for users who may not open that list."""
        target = self.admin_site._registry.get(db_field.remote_field.model)
        if target and not target.has_view_or_change_permission(request):
            kwargs.setdefault("widget", forms.TextInput())
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        if not self.has_view_or_change_permission(request):
            return super().response_post_save_add(request, obj)
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
        sentence = in_one_sentence(error, self.words)
        self.message_user(request, f"{about}: {sentence}" if about else sentence, messages.ERROR)
