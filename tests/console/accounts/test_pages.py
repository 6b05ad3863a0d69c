"""Users and roles: one choice makes a colleague, and nobody rises by it."""

import re

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.urls import reverse

from console.accounts import roles
from tests.admin_pages import errors_of, messages_of, text_of
from tests.conftest import permission_named

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
ADD = reverse("admin:auth_user_add")


def page_of(user):
    return reverse("admin:auth_user_change", args=[user.pk])


def role(name):
    return Group.objects.get(name=name)


def new(client, chosen, name="cleo"):
    sent = {"username": name, "role": chosen, "usable_password": "false"}
    return client.post(ADD, sent)


def filled_in(user, **changes):
    return {"username": user.username, "is_active": "on"} | changes


def standing(user):
    user = User.objects.get(pk=user.pk)
    own = user.user_permissions.count()
    return user.is_staff, user.is_superuser, [group.name for group in user.groups.all()], own


@pytest.fixture
def cleo():
    """With what an administrator once ticked box by box."""
    user = User.objects.create(username="cleo", is_staff=True)
    user.user_permissions.add(permission_named("campaigns.view_campaign"))
    return user


@pytest.fixture
def manager(client):
    """May change users, and is no administrator."""
    user = User.objects.create(username="manager", is_staff=True)
    for name in ("add_user", "change_user", "view_user"):
        user.user_permissions.add(permission_named(f"auth.{name}"))
    client.force_login(user)
    return client


def test_one_choice_makes_a_colleague_in_one_save(admin_client):
    made = {
        "Marketing manager": (True, False),
        "Marketing analyst": (True, False),
        "Shop API": (False, False),
    }
    for n, (name, (is_staff, is_superuser)) in enumerate(made.items()):
        assert new(admin_client, str(role(name).pk), f"user{n}").status_code == 302
        user = User.objects.get(username=f"user{n}")
        assert standing(user) == (is_staff, is_superuser, [name], 0)
        assert roles.role_of(user) == str(role(name).pk)
    new(admin_client, roles.ADMINISTRATOR, "boss")
    assert standing(User.objects.get(username="boss")) == (True, True, [], 0)
    refused = new(admin_client, "", "nobody")
    assert list(errors_of(refused)) == ["role"]
    # Django would have the focus on the name.
    assert "autofocus" not in str(refused.context["adminform"].form["username"])
    assert "autofocus" in str(refused.context["adminform"].form["role"])


def test_another_role_takes_everything_else_away(admin_client, cleo):
    for chosen, expected in (
        (str(role("Shop API").pk), (False, False, ["Shop API"], 0)),
        (roles.ADMINISTRATOR, (True, True, [], 0)),
        (str(role("Marketing analyst").pk), (True, False, ["Marketing analyst"], 0)),
        (roles.NONE, (False, False, [], 0)),
    ):
        assert admin_client.post(page_of(cleo), filled_in(cleo, role=chosen)).status_code == 302
        assert standing(cleo) == expected


def test_boxes_count_only_behind_the_own_selection(admin_client, cleo):
    ticked = {"is_staff": "on", "user_permissions": [permission_named("campaigns.view_group").pk]}
    sent = filled_in(cleo, role=str(role("Shop API").pk), **ticked)
    admin_client.post(page_of(cleo), sent)
    assert standing(cleo) == (False, False, ["Shop API"], 0)
    admin_client.post(page_of(cleo), filled_in(cleo, role=roles.OWN, **ticked))
    assert standing(cleo) == (True, False, [], 1)


def test_a_page_that_was_not_touched_changes_nothing(admin_client, cleo):
    form = admin_client.get(page_of(cleo)).context["adminform"].form
    assert form["role"].initial == roles.OWN
    kept = [str(one.pk) for one in cleo.user_permissions.all()]
    sent = filled_in(cleo, role=roles.OWN, is_staff="on", user_permissions=kept)
    before = standing(cleo)
    admin_client.post(page_of(cleo), sent)
    assert standing(cleo) == before
    # An administrator's groups give nothing more, and stay all the same.
    boss = User.objects.create(username="boss", is_staff=True, is_superuser=True)
    boss.groups.add(role("Shop API"))
    admin_client.post(page_of(boss), filled_in(boss, role=roles.ADMINISTRATOR))
    assert standing(boss) == (True, True, ["Shop API"], 0)


def test_who_is_no_administrator_makes_none_and_changes_none(manager, cleo, admin_user):
    page = manager.get(page_of(cleo))
    assert "Own selection, chosen below" in text_of(page)
    assert 'name="user_permissions"' not in page.content.decode()
    for chosen in (roles.ADMINISTRATOR, "999"):
        assert list(errors_of(manager.post(page_of(cleo), filled_in(cleo, role=chosen)))) == [
            "role"
        ]
    assert list(errors_of(new(manager, roles.ADMINISTRATOR, "boss"))) == ["role"]
    sent = filled_in(cleo, role=roles.OWN, is_superuser="on", user_permissions=["1"])
    assert manager.post(page_of(cleo), sent).status_code == 302
    assert standing(cleo) == (True, False, [], 1)
    assert manager.post(page_of(admin_user), {"role": roles.NONE}).status_code == 403
    password = reverse("admin:auth_user_password_change", args=[admin_user.pk])
    assert manager.get(password).status_code == 403
    assert "Administrator: everything" in text_of(manager.get(page_of(admin_user)))


def test_nobody_changes_the_own_role(admin_client, admin_user, manager):
    own = User.objects.get(username="manager")
    manager.post(page_of(own), filled_in(own, role=str(role("Marketing manager").pk)))
    assert standing(own)[2] == []
    admin_client.force_login(admin_user)
    admin_client.post(page_of(admin_user), filled_in(admin_user, role=roles.NONE))
    assert standing(admin_user)[1]


def test_nobody_rises_by_what_others_may_do_with_accounts(manager, cleo, admin_user):
    own = User.objects.get(username="manager")
    own.user_permissions.add(permission_named("auth.delete_user"))
    own.user_permissions.add(permission_named("auth.change_group"))
    office = Group.objects.create(name="Office")
    office.permissions.add(permission_named("auth.add_group"))
    assert "Office" not in text_of(manager.get(ADD))
    assert list(errors_of(new(manager, str(office.pk), "puppet"))) == ["role"]
    above = User.objects.create(username="above", is_staff=True)
    above.groups.add(office)
    for user in (above, admin_user):
        password = reverse("admin:auth_user_password_change", args=[user.pk])
        assert manager.get(password).status_code == 403
        delete = reverse("admin:auth_user_delete", args=[user.pk])
        assert manager.post(delete, {"post": "yes"}).status_code == 403
    every = {"action": "delete_selected", "post": "yes", "_selected_action": [admin_user.pk]}
    manager.post(reverse("admin:auth_user_changelist"), every)
    manager.post(reverse("admin:auth_user_delete", args=[own.pk]), {"post": "yes"})
    assert set(User.objects.values_list("username", flat=True)) >= {"admin", "manager", "above"}
    group = reverse("admin:auth_group_change", args=[office.pk])
    assert manager.post(group, {"name": "Office"}).status_code == 403
    password = reverse("admin:auth_user_password_change", args=[cleo.pk])
    assert manager.get(password).status_code == 200


def test_the_only_administrator_can_not_switch_themselves_off(admin_client, admin_user):
    admin_client.post(page_of(admin_user), {"username": "admin"})
    admin_user.refresh_from_db()
    assert admin_user.is_active


def test_an_administrator_without_pages_is_put_right_by_the_same_choice(admin_client):
    boss = User.objects.create(username="boss", is_superuser=True)
    admin_client.post(page_of(boss), filled_in(boss, role=roles.ADMINISTRATOR))
    assert standing(boss)[:2] == (True, True)


def test_permissions_of_a_role_are_boxes_below_what_they_are_about(admin_client):
    analyst = role("Marketing analyst")
    address = reverse("admin:auth_group_change", args=[analyst.pk])
    page = admin_client.get(address).content.decode()
    assert page.count('type="checkbox" name="permissions"') == Permission.objects.count()
    assert page.count('class="selectfilter"') == 0
    held = set(analyst.permissions.values_list("pk", flat=True))
    assert page.count(" checked") == len(held)
    admin_client.post(address, {"name": analyst.name, "permissions": list(held)})
    assert set(analyst.permissions.values_list("pk", flat=True)) == held


def test_roles_are_called_roles_everywhere(admin_client, cleo):
    own = Group.objects.create(name="Interns")
    lists, one = reverse("admin:auth_group_changelist"), [own.pk]
    pages = [lists, reverse("admin:auth_group_add"), page_of(cleo)]
    pages += [reverse(f"admin:auth_group_{page}", args=one) for page in ("change", "delete")]
    pages.append(reverse("admin:app_list", args=["auth"]))
    for page in pages:
        content = admin_client.get(page).content.decode().partition('id="content"')[2]
        # What may be done with a campaign's groups, and with what counts them, is ticked there too.
        words = re.sub(r'<div id="id_(user_)?permissions".*?</fieldset>', "", content, flags=re.S)
        assert not re.search(r">[^<]*group|title=.[^\"]*group", words, re.I), page
    assert "New role" in text_of(admin_client.get(reverse("admin:auth_group_add")))
    added = admin_client.post(reverse("admin:auth_group_add"), {"name": "Temps"}, follow=True)
    assert re.fullmatch("The role “.*Temps.*” was added successfully.*", messages_of(added)[0])
    assert "delete_selected" not in admin_client.get(lists).content.decode()
    delete = reverse("admin:auth_group_delete", args=one)
    gone = admin_client.post(delete, {"post": "yes"}, follow=True)
    assert messages_of(gone) == ["The role “Interns” was deleted successfully."]
