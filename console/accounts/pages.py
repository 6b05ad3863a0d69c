"""The admin's pages of users and roles: one choice makes a colleague what they are."""

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from itertools import groupby
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AdminRadioSelect
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Field, ManyToManyField, Model, QuerySet
from django.forms.models import ModelChoiceIterator
from django.http import HttpRequest, HttpResponse

from console.accounts import roles
from console.accounts.lists import ListsUsers
from console.accounts.signing_in import SignInForm
from console.base.saving import user_of
from console.base.strict_lists import StorableChoices

if TYPE_CHECKING:
    from django.contrib.admin.options import _FieldsetSpec

OWN_ROLE = "Nobody changes the own role: ask another administrator."
OWN_SELECTION = ("is_staff", "groups", "user_permissions")


class ByModel(ModelChoiceIterator):
    """Permissions below what they are about."""

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        for about, own in groupby(self.queryset, key=lambda permission: permission.content_type):
            yield _in_words(about), [self.choice(permission) for permission in own]


class PermissionsField(StorableChoices):
    """A box to tick for each, which a phone shows too."""

    iterator = ByModel

    def label_from_instance(self, obj: Model) -> str:
        assert isinstance(obj, Permission)
        return f"Can {obj.codename.split('_')[0]} role" if _is_of_roles(obj) else obj.name


def _in_words(about: ContentType) -> str:
    return str(about).replace("group", "role") if about.model_class() is Group else str(about)


def _is_of_roles(permission: Permission) -> bool:
    return permission.content_type.model_class() is Group


class TicksPermissions(admin.ModelAdmin):
    """Many choices are boxes to tick instead of Django's two lists side by side."""

    filter_horizontal = ()

    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: HttpRequest | None = None, **kwargs: Any
    ) -> forms.ModelMultipleChoiceField | None:
        kwargs["widget"] = forms.CheckboxSelectMultiple(attrs={"class": "ticks"})
        if db_field.remote_field.model is Permission:
            kwargs["form_class"] = PermissionsField
            kwargs["queryset"] = Permission.objects.select_related("content_type")
        elif db_field.remote_field.model is Group:
            kwargs |= {"label": "Roles", "help_text": "What each may do, the account may do."}
        asking = cast(HttpRequest, request)
        return super().formfield_for_manytomany(db_field, asking, **kwargs)


class ChoosesRole(forms.BaseForm):
    """With a role; a page says which of them its user may give."""

    offered: Iterable[tuple[str, str]] = ()
    is_own_account = False

    def offer_roles(self) -> None:
        if (field := self.fields.get("role")) is None:
            return
        field.choices = self.offered  # type: ignore[attr-defined]
        if self.is_own_account:
            field.disabled, field.help_text = True, OWN_ROLE
            # Nor does anybody lock themselves out.
            for name in {"is_active"} & self.fields.keys():
                self.fields[name].disabled = True


def role_field() -> forms.ChoiceField:
    return forms.ChoiceField(label="Role", widget=AdminRadioSelect(attrs={"class": "radiolist"}))


class NewUserForm(ChoosesRole, AdminUserCreationForm):
    role = role_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer_roles()


class UserForm(ChoosesRole, UserChangeForm):
    role = role_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["role"] = roles.role_of(self.instance)
        self.offer_roles()

    def clean(self) -> dict[str, Any] | None:
        """Boxes count behind the own selection alone."""
        cleaned: dict[str, Any] | None = super().clean()
        if self.cleaned_data.get("role") != roles.OWN:
            stored = {name: self.initial[name] for name in OWN_SELECTION if name in self.fields}
            self.cleaned_data.update(stored)
        return cleaned


class Roles(TicksPermissions, GroupAdmin):
    """Administrators alone change what a role may do: anybody else could change the own one."""

    list_display = ["name"]
    # Django asks whether to delete the selected groups; a role has a button on its own page.
    actions = None

    def __init__(self, model: type[Group], admin_site: AdminSite) -> None:
        """Django calls them groups, which are something else here."""
        super().__init__(model, admin_site)
        self.opts = copy(model._meta)
        self.opts.verbose_name, self.opts.verbose_name_plural = "role", "roles"

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        changes = super().get_changelist_instance(request)
        changes.opts = self.opts
        return changes

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Django's sentence takes its noun from the row."""
        obj._meta = self.opts
        return super().response_add(request, obj, post_url_continue)

    def get_deleted_objects(
        self, objs: Sequence[Any] | QuerySet[Any], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Without a row for each permission."""
        _, _, lacking, protected = super().get_deleted_objects(objs, request)
        shown = [f"Role: {role}" for role in objs]
        return shown, {"roles": len(shown)}, lacking, protected

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and user_of(request).is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_change_permission(request, obj) and user_of(request).is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_delete_permission(request, obj) and user_of(request).is_superuser


class Users(TicksPermissions, ListsUsers):
    form, add_form = UserForm, NewUserForm
    add_form_template = None
    # Only signing in and creating a user write these.
    readonly_fields = ["last_login", "date_joined"]

    def formfield_for_dbfield(
        self, db_field: Field, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        """Without a button for a new role, which would be called a group: they have their page."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "groups" and field is not None:
            field.widget = field.widget.widget
        return field

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only administrators change administrators: a password would be all that it takes."""
        may = super().has_change_permission(request, obj)
        return may and not (isinstance(obj, User) and roles.is_above(obj, user_of(request)))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Of others alone, and of nobody above."""
        may, own = super().has_delete_permission(request, obj), user_of(request)
        return may and not (isinstance(obj, User) and (obj == own or roles.is_above(obj, own)))

    def get_deleted_objects(
        self, objs: Sequence[Any] | QuerySet[Any], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Of several that were selected, too."""
        shown, counts, lacking, protected = super().get_deleted_objects(objs, request)
        kept = [str(user) for user in objs if not self.has_delete_permission(request, user)]
        return shown, counts, lacking, protected + kept

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> "_FieldsetSpec":
        if obj is None:
            passwords = ("usable_password", "password1", "password2")
            return [(None, {"classes": ["wide"], "fields": ("username", "role", *passwords)})]
        own: _FieldsetSpec = [
            ("Own selection", {"classes": ["own-selection"], "fields": OWN_SELECTION})
        ]
        return [
            (None, {"fields": ("username", "password")}),
            ("Role", {"fields": ("role", "is_active")}),
            *(own if user_of(request).is_superuser else []),
            ("Personal info", {"fields": ("first_name", "last_name", "email")}),
            ("Important dates", {"fields": ("last_login", "date_joined")}),
        ]

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        is_administrator = user_of(request).is_superuser
        has_own = obj is not None and (is_administrator or roles.role_of(obj) == roles.OWN)
        form.offered = roles.choices(  # type: ignore[attr-defined]
            roles.groups_to_give(user_of(request)),
            with_own=has_own,
            with_administrator=is_administrator,
        )
        form.is_own_account = obj == request.user  # type: ignore[attr-defined]
        return form

    @admin.display
    def role(self, user: User) -> str:
        """For who may only look."""
        everything = roles.choices(list(user.groups.all()), with_own=True, with_administrator=True)
        return dict(everything)[roles.role_of(user)]

    def save_model(
        self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool
    ) -> None:
        if "role" in form.changed_data or form.cleaned_data["role"] == roles.OWN:
            roles.prepare(obj, form.cleaned_data["role"])
        super().save_model(request, obj, form, change)

    def save_related(
        self, request: HttpRequest, form: forms.ModelForm, formsets: Any, change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        if "role" in form.changed_data:
            roles.give(form.instance, form.cleaned_data["role"])


def register(site: AdminSite) -> None:
    """Replace Django's pages with these."""
    site.unregister((Group, User))
    site.register(Group, Roles)
    site.register(User, Users)
    site.login_form = SignInForm
