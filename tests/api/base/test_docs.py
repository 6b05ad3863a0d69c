"""The schema, and the two pages that show it: from our own files, under the strict policy."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.base.schema import CODES, NAMES_ROWS
from discounts.rules import Refusal
from tests.browser import blameless_page, chromium
from tests.looking import faults_of

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
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_call_is_described(client):
    for name, operation in operations(schema_of(client)):
        assert operation["summary"], name
        assert operation["description"], name


def test_the_decision_is_explained_in_the_words_of_the_pages(client):
    text = json.dumps(schema_of(client), ensure_ascii=False)
    assert "decision age" not in text.lower()
    assert text.count("“Decides after”") >= 2


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
        for status, response in operation["responses"].items():
            if status == "default" or status >= "400":
                content = response["content"]["application/json"]
                assert content["schema"] == {"$ref": "#/components/schemas/Error"}, (name, status)


def test_every_call_names_its_errors_and_their_codes(client):
    for name, operation in operations(schema_of(client)):
        answers = operation["responses"]
        expected = {"400", "401", "429", "500", "503", "default"}
        if "{" in name:
            expected.add("404")
        if "requestBody" in operation:
            expected |= {"413", "415"}
        assert expected <= set(answers), name
        assert all("`" in answers[status]["description"] for status in expected - {"default"}), name
        key = "Idempotency-Key" in [own["name"] for own in operation.get("parameters", ())]
        assert key == ("422" in answers), name


def test_the_refusals_of_applying_are_named(client):
    answers = schema_of(client)["paths"]["/api/v1/discounts/apply/"]["post"]["responses"]
    named = set(re.findall(r"`(\w+)`", answers["400"]["description"]))
    assert set(Refusal) <= named


def test_the_codes_are_those_of_calls_that_exist(client):
    ids = {operation["operationId"] for _, operation in operations(schema_of(client))}
    assert set(CODES) | NAMES_ROWS <= ids


def test_a_body_takes_no_field_that_it_does_not_name_or_that_only_answers_hold(client):
    schemas = schema_of(client)["components"]["schemas"]
    bodies = {name: own for name, own in schemas.items() if name.endswith("Request")}
    assert len(bodies) > 15
    for name, body in bodies.items():
        assert body["additionalProperties"] is False, name
        fields = body["properties"]
        assert not any(field.get("readOnly") for field in fields.values()), name
        assert not {"id", "created_at", "used_budget"} & set(fields), name
    assert schemas["CustomerRequest"]["properties"]["name"]["minLength"] == 1
    assert schemas["DiscountCampaignRequest"]["properties"]["total_budget"]["multipleOf"] == 0.01
    assert "multipleOf" not in schemas["DiscountCampaign"]["properties"]["total_budget"]


def test_no_docstring_of_ours_is_in_the_schema(client):
    text = client.get("/openapi.json").content.decode()
    for inside in ("Mixed into", "serializer", "contacts.rows", "Enum", "queryset"):
        assert inside not in text, inside


def test_the_schema_names_its_version_and_licence(client):
    schema = schema_of(client)
    assert schema["openapi"] == "3.1.0"
    assert schema["info"]["license"] == {"name": "MIT", "identifier": "MIT"}


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
            if path == "/docs":
                page.locator(".opblock-post .opblock-summary-control").first.click()
                page.get_by_text("Example Value").first.wait_for()
                assert faults_of(page) == []
