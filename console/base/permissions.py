"""Signs people in as Django does, and reads all that they may do at once."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission

COLUMNS = ("content_type__app_label", "codename")


class ModelBackendInOneQuery(ModelBackend):
    """Django asks for a user's own permissions and for those of the roles one after the other."""

    def get_all_permissions(self, user_obj, obj=None):
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if not hasattr(user_obj, "_perm_cache"):
            user_obj._perm_cache = {f"{app}.{name}" for app, name in _all_of(user_obj)}
        return user_obj._perm_cache


def _all_of(user):
    if user.is_superuser:
        return Permission.objects.order_by().values_list(*COLUMNS)
    own = Permission.objects.filter(user=user)
    of_roles = Permission.objects.filter(group__user=user)
    return own.order_by().values_list(*COLUMNS).union(of_roles.order_by().values_list(*COLUMNS))
