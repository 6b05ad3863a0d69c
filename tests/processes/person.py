"""A person and the page of that person, in real processes."""

import http.client

from django.conf import settings
from django.db import connections

from consent.tokens import Named, make_token
from tests.processes.running import PATIENCE_SECONDS

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SET_UP = {
    "PRIVACY_SENDER": "Example Books",
    "PRIVACY_CONTACT": "privacy@books.example",
    "PRIVACY_POLICY_URL": "https://books.example/privacy",
    "DATABASE_TIMEOUT": "2",
    "DATABASE_CONNECT_TIMEOUT": "3",
}
TABLES = ("decision", "personconsent", "clickconsent", "consenttext", "consentstate")


def token_of(contact):
    return make_token(Named(contact.campaign_id, contact.uuid), key=settings.HASH_KEY)


def remove_decisions(alias):
    with connections[alias].cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DELETE FROM consent_{table}")


def ask(site, method, path, body=None):
    """Status, headers and text of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=PATIENCE_SECONDS)
    headers = {"User-Agent": FIREFOX, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    answer = response.status, dict(response.headers), response.read().decode()
    connection.close()
    return answer


def files_with(folder, text):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path) for path in files if text.encode() in path.read_bytes()]
