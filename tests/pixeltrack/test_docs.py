"""The schema, and the two pages that show it: from our own files, under the strict policy."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser import blameless_page, chromium

# What each page shows of the call that creates many contacts.
PAGES = {"/docs": "text=Create many contacts", "/redoc": "h2:has-text('Create many contacts')"}


def schema_of(client):
    return json.loads(client.get("/openapi.json").content)


def operations(schema):
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def test_the_schema_is_valid_and_generated_without_a_warning():
    command = [sys.executable, "manage.py", "spectacular", "--validate", "--fail-on-warn"]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_call_is_described(client):
    for name, operation in operations(schema_of(client)):
        assert operation["summary"], name
        assert operation["description"], name


def test_every_body_and_answer_has_an_example(client):
    for name, operation in operations(schema_of(client)):
        bodies = [operation.get("requestBody", {})]
        bodies += [r for code, r in operation["responses"].items() if code in ("200", "201")]
        contents = [b["content"] for b in bodies if "content" in b]
        # An uploaded form and a CSV answer have none.
        contents = [c["application/json"] for c in contents if "application/json" in c]
        for content in contents:
            assert "examples" in content or not content["schema"].get("$ref"), name


def test_every_error_has_the_one_shape(client):
    for name, operation in operations(schema_of(client)):
        content = operation["responses"]["default"]["content"]["application/json"]
        assert content["schema"] == {"$ref": "#/components/schemas/Error"}, name


@pytest.mark.parametrize("path", PAGES)
def test_a_page_allows_no_inline_script_and_no_outside_host(client, path):
    policy = client.get(path).headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.pages
@pytest.mark.xdist_group("pages")
def test_both_pages_show_the_api_and_ask_nobody_outside(site_for_browsers):
    site = site_for_browsers.address
    with chromium() as browser, blameless_page(browser, site) as page:
        for path, shown in PAGES.items():
            page.goto(f"{site}{path}")
            page.locator(shown).first.wait_for()
            page.wait_for_load_state("networkidle")
