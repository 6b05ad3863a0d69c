"""Grafana's files: what is provisioned, and dashboards that can be read and reviewed."""

import json
import re
from itertools import combinations

import pytest
import yaml
from django.urls import reverse
from prometheus_client import Counter, Histogram

from foundation.metrics import prometheus
from pixeltrack.grafana_user import views_database
from tests.deploy.grafana import FOLDER, ROOT, dashboards, panels, questions

NAMES = sorted(dashboards())
COLUMNS = 24
OWN_HOSTS = {"http://prometheus:9090", "http://127.0.0.1:8000"}


def provisioned(kind):
    [path] = FOLDER.glob(f"provisioning/{kind}/*.yml")
    return yaml.safe_load(path.read_text())


@pytest.fixture(params=NAMES)
def dashboard(request):
    return dashboards()[request.param]


def test_there_are_two_dashboards_with_different_names_and_addresses():
    found = {dashboard["title"]: dashboard["uid"] for dashboard in dashboards().values()}

    assert found == {
        "Campaign openings live (A/B)": "pixeltrack-campaign-openings",
        "PixelTrack operations": "pixeltrack-operations",
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_json_of_a_dashboard_is_sorted_and_indented(name):
    text = (FOLDER / "dashboards" / f"{name}.json").read_text()

    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def test_dashboards_and_data_sources_can_not_be_changed_in_grafana(dashboard):
    assert dashboard["editable"] is False
    assert all(source["editable"] is False for source in provisioned("datasources")["datasources"])
    for provider in provisioned("dashboards")["providers"]:
        assert (provider["allowUiUpdates"], provider["disableDeletion"]) == (False, True)


def test_every_panel_asks_a_data_source_that_is_provisioned(dashboard):
    sources = provisioned("datasources")["datasources"]
    known = [{"type": source["type"], "uid": source["uid"]} for source in sources]
    asking = [variable for variable in dashboard["templating"]["list"] if "datasource" in variable]
    for panel in panels(dashboard):
        assert panel["targets"], panel["title"]
        names = [target["refId"] for target in panel["targets"]]
        assert len(names) == len(set(names))
        asking += [panel, *panel["targets"]]

    assert [asker for asker in asking if asker["datasource"] not in known] == []


def test_every_panel_says_what_it_shows(dashboard):
    titles = [panel["title"] for panel in dashboard["panels"]]
    assert len(titles) == len(set(titles))
    for panel in panels(dashboard):
        assert re.fullmatch(r"[A-Z].*[.]", panel["description"], re.DOTALL), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]


def test_panels_have_different_ids_and_places(dashboard):
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))
    places = {panel["title"]: panel["gridPos"] for panel in dashboard["panels"]}
    assert all(p["x"] >= 0 and p["x"] + p["w"] <= COLUMNS for p in places.values())
    crossing = [
        (one, other) for one, other in combinations(places, 2) if cross(places[one], places[other])
    ]
    assert crossing == []


def cross(one, other):
    return (
        one["x"] < other["x"] + other["w"]
        and other["x"] < one["x"] + one["w"]
        and one["y"] < other["y"] + other["h"]
        and other["y"] < one["y"] + one["h"]
    )


def test_every_variable_that_a_query_names_is_one_of_the_dashboard(dashboard):
    text = json.dumps([dashboard["panels"], dashboard["links"]])
    named = set(re.findall(r"\$\{(\w+)", text))

    assert named <= {variable["name"] for variable in dashboard["templating"]["list"]}


def test_the_campaign_dashboard_links_to_the_report():
    [link] = dashboards()["campaign-openings"]["links"]
    address = link["url"].replace("${site:raw}", "").replace("${campaign}", "7")

    assert address == reverse("report-page", args=[7])


def test_every_metric_is_shown():
    counted = [m for m in vars(prometheus).values() if isinstance(m, Counter | Histogram)]
    asked = " ".join(question.text for question in questions("prometheus"))

    assert len(counted) > 15
    assert [m for m in counted if f"{m.describe()[0].name}_" not in asked] == []


def test_no_outside_host_is_named():
    files = [path for path in FOLDER.rglob("*") if path.is_file()]
    found = {host for path in files for host in re.findall(r"https?://[^/\"\s]+", path.read_text())}

    assert found <= OWN_HOSTS


def test_compose_sets_the_variables_of_the_data_sources():
    text = (FOLDER / "provisioning/datasources/pixeltrack.yml").read_text()
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    named = set(re.findall(r": \$\{?(\w+)", text))

    assert {"GRAFANA_DB_PASSWORD", "MYSQL_DATABASE"} <= named
    assert f"database: {views_database('${MYSQL_DATABASE}')}\n" in text
    assert named <= services["grafana"]["environment"].keys()
