"""Signs people in as Django does, and reads all of their permissions at once."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.db.models import Model, QuerySet

# Django's own name for it.
CACHE = "_perm_cache"
COLUMNS = ("content_type__app_label", "codename")


class ModelBackendInOneQuery(ModelBackend):
    """Reads a user's own permissions and those of the roles together; Django takes two queries."""

    def get_all_permissions(
        self, user_obj: User | AnonymousUser, obj: Model | None = None
    ) -> set[str]:
        if isinstance(user_obj, AnonymousUser) or not user_obj.is_active or obj is not None:
            return set()
        if not hasattr(user_obj, CACHE):
            setattr(user_obj, CACHE, {f"{app}.{name}" for app, name in _all_of(user_obj)})
        permissions: set[str] = getattr(user_obj, CACHE)
        return permissions


def _all_of(user: User) -> QuerySet[Permission, tuple[str, str]]:
    if user.is_superuser:
        return Permission.objects.order_by().values_list(*COLUMNS)
    own = Permission.objects.filter(user=user)
    of_roles = Permission.objects.filter(group__user=user)
    return own.order_by().values_list(*COLUMNS).union(of_roles.order_by().values_list(*COLUMNS))
