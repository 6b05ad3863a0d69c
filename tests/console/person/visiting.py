"""Visits a person's page as a browser does, and reads its form."""

import re

from django.conf import settings
from django.test import Client

from consent.tokens import Named, make_token
from tests.tracking.factories import THUNDERBIRD

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
READERS = (FIREFOX, THUNDERBIRD)


def path_of(contact):
    return path_of_token(Named(contact.campaign_id, contact.uuid))


def path_of_token(named, key=None):
    return f"/privacy/{make_token(named, key=key or settings.HASH_KEY)}"


def look(path, **headers):
    return Client(headers={"User-Agent": FIREFOX} | headers).get(path)


def send(path, values, **headers):
    client = Client(headers={"User-Agent": FIREFOX} | headers, enforce_csrf_checks=True)
    return client.post(path, values)


def hidden(response):
    """The values that the page's first form holds already."""
    html = response.content.decode()
    form = re.search(r"<form.*?</form>", html, re.DOTALL).group()
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))


def agree(path, *boxes, **headers):
    """Reads the page, ticks boxes and sends the form."""
    values = hidden(look(path)) | {"agree": "1"} | dict.fromkeys(boxes, "on")
    return send(path, values, **headers)


def withdraw(path, **headers):
    return send(path, {"withdraw": "1"}, **headers)
