"""What a colleague may do, as one choice: staff status, role and permissions in one go."""

from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType

NONE, ADMINISTRATOR, OWN = "none", "administrator", "own"
# Programs sign in to the API, and have no pages.
PROGRAMS = frozenset({"Shop API"})
WHAT_FOR = {
    "Marketing manager": "makes campaigns, contacts and discounts",
    "Marketing analyst": "sees campaigns, contacts and discounts, and changes nothing",
    "Shop API": "a program that applies discounts by the API; it has no pages",
    ADMINISTRATOR: "Administrator: everything, accounts and roles too",
    NONE: "No role yet: can't sign in",
    OWN: "Own selection, chosen below",
}


def choices(
    groups: list[Group], *, with_own: bool, with_administrator: bool
) -> list[tuple[str, str]]:
    """Every role by what it is for."""
    offered = [(str(group.pk), _named(group.name)) for group in groups]
    wanted = {ADMINISTRATOR: with_administrator, NONE: True, OWN: with_own}
    return offered + [(one, WHAT_FOR[one]) for one, is_offered in wanted.items() if is_offered]


def _named(name: str) -> str:
    return f"{name}: {WHAT_FOR[name]}" if name in WHAT_FOR else name


def groups_to_give(by: User) -> list[Group]:
    """Nobody gives a role by which its holder could do more with accounts than they can."""
    groups, own = Group.objects.order_by("name").prefetch_related("permissions"), _of_accounts(by)
    return [group for group in groups if by.is_superuser or _in_accounts(group) <= own]


def is_above(user: User, other: User) -> bool:
    """Whether the user may do more with accounts than the other."""
    if other.is_superuser:
        return False
    return user.is_superuser or not _of_accounts(user) <= _of_accounts(other)


def _of_accounts(user: User) -> set[str]:
    held = user.get_all_permissions()
    return {name.removeprefix("auth.") for name in held if name.startswith("auth.")}


def _in_accounts(group: Group) -> set[str]:
    auth = ContentType.objects.get_for_model(Group).app_label
    held = group.permissions.select_related("content_type")
    return {one.codename for one in held if one.content_type.app_label == auth}


def role_of(user: User) -> str:
    """The choice that says all of what a user may do; OWN where none does."""
    if user.is_superuser and user.is_staff:
        return ADMINISTRATOR
    groups, has_others = list(user.groups.all()[:2]), user.user_permissions.exists()
    if not groups and not has_others and not user.is_staff:
        return NONE
    is_one = len(groups) == 1 and not has_others
    return str(groups[0].pk) if is_one and user.is_staff == _has_pages(groups[0]) else OWN


def prepare(user: User, role: str) -> None:
    """Set what the row of the user holds of a role; `give` sets the rest once it is saved."""
    user.is_superuser = role == ADMINISTRATOR
    if role == OWN:
        return
    group = group_of(role)
    user.is_staff = user.is_superuser or (group is not None and _has_pages(group))


def give(user: User, role: str) -> None:
    """Everything else that the user had goes; with OWN it stays as it was chosen."""
    if role == OWN:
        return
    group = group_of(role)
    user.groups.set([group] if group else [])
    user.user_permissions.clear()


def group_of(role: str) -> Group | None:
    return Group.objects.filter(pk=int(role)).first() if role.isdecimal() else None


def _has_pages(group: Group) -> bool:
    return group.name not in PROGRAMS
