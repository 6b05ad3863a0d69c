"""The page of components shows all of them, to superusers alone."""

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from campaigns.lifecycle import State
from console.components import samples
from console.components.page import tokens

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]

ROOT = Path(__file__).resolve().parents[3]
SHEET = ROOT / "static/console/base/components.css"
# Parts of the page that show values, and no component.
OF_VALUES = ["Colours and other values", "Type"]


@pytest.fixture
def page(admin_client):
    response = admin_client.get(reverse("components"))
    assert response.status_code == 200
    return response


def classes_of(html):
    return {name for names in re.findall(r'class="([^"]*)"', html) for name in names.split()}


def styled_classes(css):
    """Those that a selector names; what stands in braces or in a comment names none."""
    bare = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return set(re.findall(r"\.([a-z][\w-]*)(?=[^{}]*\{)", bare))


def test_every_class_of_the_components_is_on_the_page(page):
    styled = styled_classes(SHEET.read_text())
    assert {"pill-decided", "next-steps", "caution"} <= styled
    assert styled - classes_of(page.content.decode()) == set()


def test_the_document_says_when_to_use_each_component_of_the_page(page):
    shown = re.findall(r'<section class="component[^>]*><h2>(.+?)</h2>', page.content.decode())
    document = (ROOT / "docs/design.md").read_text().partition("\n## Components\n")[2]
    assert shown == OF_VALUES + re.findall("^### (.+)$", document, re.MULTILINE)


def test_the_page_shows_each_state_and_each_value(page):
    html = page.content.decode()
    assert {f"pill-{state}" for state in State} <= classes_of(html)
    for token in (token for section in tokens() for token in section.tokens):
        assert f"<code>{token.name}</code>" in html
        assert (f'fill="var({token.name})"' in html) == token.is_colour
    assert all(notice.sentence in html for _, notice in samples.NOTICES)


def test_the_page_keeps_to_the_policy(page):
    assert "'unsafe-inline'" not in page.headers["Content-Security-Policy"]
    html = page.content.decode()
    assert not re.search(r"<[^>]* (style|on\w+)=", html)
    assert not re.search(r"<script>|<style", html)


def test_whoever_is_no_superuser_is_refused(client, django_user_model):
    everything = django_user_model.objects.create_user("eve", is_staff=True)
    everything.user_permissions.set(Permission.objects.all())
    client.force_login(everything)
    assert client.get(reverse("components")).status_code == 403
    client.logout()
    assert client.get(reverse("components")).status_code == 302
