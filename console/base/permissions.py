"""Signs people in as Django does, and reads a user with all permissions at once."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.db.models import F, Model, QuerySet

# Django's own name for it.
CACHE = "_perm_cache"
COLUMNS = ("content_type__app_label", "codename")


class ModelBackendInOneQuery(ModelBackend):
    """Reads the user of a session with all that it may do; Django takes three queries."""

    def get_user(self, user_id: Any) -> User | None:
        """Superusers may do everything, so nothing is known of them yet."""
        rows = list(_with_permissions(user_id))
        if not rows or not self.user_can_authenticate(rows[0]):
            return None
        user: User = rows[0]
        if not user.is_superuser:
            held = {f"{row.held_app}.{row.held_name}" for row in rows if row.held_app}
            setattr(user, CACHE, held)
        return user

    def get_all_permissions(
        self, user_obj: User | AnonymousUser, obj: Model | None = None
    ) -> set[str]:
        if isinstance(user_obj, AnonymousUser) or not user_obj.is_active or obj is not None:
            return set()
        if not hasattr(user_obj, CACHE):
            setattr(user_obj, CACHE, {f"{app}.{name}" for app, name in _all_of(user_obj)})
        permissions: set[str] = getattr(user_obj, CACHE)
        return permissions


def _with_permissions(user_id: Any) -> QuerySet[Any]:
    """The user once for each permission, of its own and of its roles, and twice without any."""
    users = User.objects.filter(pk=user_id).order_by()
    own, of_roles = (
        users.annotate(
            held_app=F(f"{way}__content_type__app_label"), held_name=F(f"{way}__codename")
        )
        for way in ("user_permissions", "groups__permissions")
    )
    return own.union(of_roles, all=True)


def _all_of(user: User) -> QuerySet[Permission, tuple[str, str]]:
    if user.is_superuser:
        return Permission.objects.order_by().values_list(*COLUMNS)
    own = Permission.objects.filter(user=user)
    of_roles = Permission.objects.filter(group__user=user)
    return own.order_by().values_list(*COLUMNS).union(of_roles.order_by().values_list(*COLUMNS))
