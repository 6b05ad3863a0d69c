"""What pages of the admin show without letting anybody change it."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import (
    AdminField,
    AdminForm,
    AdminReadonlyField,
    Fieldline,
    Fieldset,
)
from django.db.models import Model
from django.http import HttpRequest, HttpResponse


class ReadOnly(admin.ModelAdmin):
    """Shows what was recorded, and lets nobody change it."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class LinksToViewable(admin.ModelAdmin):
    """Links a read-only foreign key for users who may open its page; Django links it for all."""

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        context["adminform"] = _Form(context["adminform"], request)
        return super().render_change_form(request, context, add, change, form_url, obj)


class _Form(AdminForm):
    def __init__(self, own: AdminForm, request: HttpRequest) -> None:
        super().__init__(own.form, own.fieldsets, {}, own.readonly_fields, own.model_admin)
        self.prepopulated_fields = own.prepopulated_fields
        self.request = request

    def __iter__(self) -> Iterator[Fieldset]:
        shared = (self.readonly_fields, self.model_admin)
        for name, options in self.fieldsets:
            yield _Fieldset(self.request, self.form, name, *shared, options)


class _Fieldset(Fieldset):
    def __init__(
        self,
        request: HttpRequest,
        form: Any,
        name: Any,
        readonly_fields: Any,
        model_admin: Any,
        options: dict[str, Any],
    ) -> None:
        shared = {"readonly_fields": readonly_fields, "model_admin": model_admin}
        super().__init__(form, name, **shared, **options)
        self.request = request

    def __iter__(self) -> Iterator[Fieldline]:
        for line in super().__iter__():
            yield _Line(line, self.request)


class _Line(Fieldline):
    def __init__(self, own: Fieldline, request: HttpRequest) -> None:
        super().__init__(own.form, own.fields, own.readonly_fields, own.model_admin)
        self.request = request

    def __iter__(self) -> Iterator[AdminField | AdminReadonlyField]:
        for field in super().__iter__():
            if isinstance(field, AdminReadonlyField):
                yield _Shown(field, self.request)
            else:
                yield field


class _Shown(AdminReadonlyField):
    def __init__(self, own: AdminReadonlyField, request: HttpRequest) -> None:
        super().__init__(own.form, own.field["field"], own.is_first, own.model_admin)
        self.request = request

    def get_admin_url(self, remote_field: Any, remote_obj: Model) -> str:
        if admin.site.is_registered(remote_field.model):
            target = admin.site.get_model_admin(remote_field.model)
            if not target.has_view_or_change_permission(self.request, remote_obj):
                return str(remote_obj)
        return super().get_admin_url(remote_field, remote_obj)
