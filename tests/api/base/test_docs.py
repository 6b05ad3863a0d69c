"""The schema: what it describes, and in which words."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from api.base.schema import CODES, NAMES_ROWS
from discounts.rules import Refusal

pytestmark = pytest.mark.xdist_group("schema")


@pytest.fixture(scope="module")
def schema_text():
    """What is served; its tests share a worker, and so the one answer."""
    return Client().get("/openapi.json").content.decode()


@pytest.fixture
def schema(schema_text):
    return json.loads(schema_text)


def operations(schema):
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def test_the_schema_is_valid_and_generated_without_a_warning():
    command = [sys.executable, "manage.py", "spectacular", "--validate", "--fail-on-warn"]
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_call_is_described(schema):
    for name, operation in operations(schema):
        assert operation["summary"], name
        assert operation["description"], name


def test_the_decision_is_explained_in_the_words_of_the_pages(schema):
    text = json.dumps(schema, ensure_ascii=False)
    assert "decision age" not in text.lower()
    assert text.count("“Decides after”") >= 2


def test_every_body_and_answer_has_an_example(schema):
    for name, operation in operations(schema):
        bodies = [operation.get("requestBody", {})]
        bodies += [r for code, r in operation["responses"].items() if code in ("200", "201")]
        contents = [b["content"] for b in bodies if "content" in b]
        # An uploaded form and a CSV answer have none.
        contents = [c["application/json"] for c in contents if "application/json" in c]
        for content in contents:
            assert "examples" in content or not content["schema"].get("$ref"), name


def test_every_error_has_the_one_shape(schema):
    for name, operation in operations(schema):
        for status, response in operation["responses"].items():
            if status == "default" or status >= "400":
                content = response["content"]["application/json"]
                assert content["schema"] == {"$ref": "#/components/schemas/Error"}, (name, status)


def test_every_call_names_its_errors_and_their_codes(schema):
    for name, operation in operations(schema):
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


def test_the_refusals_of_applying_are_named(schema):
    answers = schema["paths"]["/api/v1/discounts/apply/"]["post"]["responses"]
    named = set(re.findall(r"`(\w+)`", answers["400"]["description"]))
    assert set(Refusal) <= named


def test_the_codes_are_those_of_calls_that_exist(schema):
    ids = {operation["operationId"] for _, operation in operations(schema)}
    assert set(CODES) | NAMES_ROWS <= ids


def test_a_body_takes_no_field_that_it_does_not_name_or_that_only_answers_hold(schema):
    schemas = schema["components"]["schemas"]
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


def test_no_docstring_of_ours_is_in_the_schema(schema_text):
    for inside in ("Mixed into", "serializer", "contacts.rows", "Enum", "queryset"):
        assert inside not in schema_text, inside


def test_the_schema_names_its_version_and_licence(schema):
    assert schema["openapi"] == "3.1.0"
    assert schema["info"]["license"] == {"name": "MIT", "identifier": "MIT"}
