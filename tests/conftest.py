"""Fixtures every test may use."""

import gc
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.cache import caches
from django.db import connection, connections
from django.test import Client
from pytest_django.plugin import blocking_manager_key
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken
from whitenoise.middleware import WhiteNoiseMiddleware

from tests import migrated, migrated_server, whole_site
from tests.environment import SCRATCH
from tracking.models import IngestLock

pytest_plugins = ["tests.mailings", "tests.sales"]
# How long an example takes depends on what else the machine does.
hypothesis.settings.register_profile("tests", deadline=None)
hypothesis.settings.load_profile("tests")


def pytest_addoption(parser):
    parser.addoption(
        "--database-only",
        action="store_true",
        help="leave out what meets no database, or asks one nothing of its own",
    )
    parser.addoption("--soak", action="store_true", help="what script/soak runs, and nothing else")


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Whatever is loaded for the tests stays: looking for garbage in it again and again is vain."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config, items):
    soaking = config.getoption("soak")
    others = [item for item in items if bool(item.get_closest_marker("soak")) != soaking]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in set(others)]
    _refuse_flushes_in_groups(items)
    # The longest wait for processes: begun last, they would leave other workers without work.
    items.sort(key=lambda item: not _waits_for_processes(item))
    if config.getoption("database_only"):
        meeting = [item for item in items if _meets_a_database(item)]
        config.hook.pytest_deselected(items=list(set(items) - set(meeting)))
        items[:] = meeting


def _waits_for_processes(item):
    marks = ("processes", "scripts", "prometheus")
    return not _flushes(item) and any(map(item.get_closest_marker, marks))


def _flushes(item):
    """Tests that flush the tables come last: others rely on what migrations wrote."""
    marker = item.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction"))


def _refuse_flushes_in_groups(items):
    """As part of a group they would come before others."""
    wrong = [
        item.nodeid for item in items if item.get_closest_marker("xdist_group") and _flushes(item)
    ]
    if wrong:
        raise pytest.UsageError(f"Transactional tests must be in no xdist_group: {wrong}")


def _meets_a_database(item):
    markers = {marker.name for marker in item.iter_markers()}
    if "one_engine" in markers:
        return False
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(markers & {"django_db", "processes"} or fixtures & {"db", "transactional_db"})


def pytest_sessionfinish(session):
    if not hasattr(session.config, "workerinput"):
        with session.config.stash[blocking_manager_key].unblock():
            migrated_server.clear_away()


@pytest.fixture(scope="session")
def django_db_keepdb():
    """The copy of a migrated database is what the tests run on; Django only looks at it."""
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, django_db_blocker):
    """Keep SQLite's test database in a file, so that threads meet the same locks as in production.

    No commit of the tests' own connections waits for a disk; what promises to be durable says so
    itself (`tracking.ingest.loop`), and is tested there.
    """
    database = settings.DATABASES["default"]
    if "sqlite" in database["ENGINE"]:
        file = SCRATCH / "test.db"
        database["TEST"]["NAME"] = str(file)
        migrated.copy_to(file)
        yield
        return
    if "postgresql" in database["ENGINE"]:
        database["OPTIONS"]["options"] += " -c synchronous_commit=off"
    name = connection.creation._get_test_db_name()
    with django_db_blocker.unblock():
        migrated_server.copy_to(name)
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        migrated_server.drop(name)


@pytest.fixture(scope="session", autouse=True)
def _static_files_found_once():
    """Each test's client loads the middleware, which would search for all static files again."""
    found = {}

    def find_once(middleware):
        if not found:
            find(middleware)
            found.update(middleware.files)
        middleware.files.update(found)

    with pytest.MonkeyPatch.context() as patch:
        find = WhiteNoiseMiddleware.add_files_from_finders
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", find_once)
        yield


@pytest.fixture(autouse=True)
def _ingest_lock(request):
    """Flushing tables after a transactional test also removes the row that a migration made."""
    marker = request.node.get_closest_marker("django_db")
    if (marker and marker.kwargs.get("transaction")) or "transactional_db" in request.fixturenames:
        request.getfixturevalue("transactional_db")
        IngestLock.objects.get_or_create(id=1)


@pytest.fixture(autouse=True)
def _nothing_kept_of_the_test_before():
    """Each test's database counts ids and versions anew."""
    caches["reports"].clear()


@pytest.fixture(autouse=True)
def _journal_of_its_own():
    """Each test begins with an empty database, which a journal must not be ahead of."""
    Path(settings.CONSENT_JOURNAL).unlink(missing_ok=True)


@pytest.fixture
def serving_privacy(settings):
    """The person's page serves: its settings say who measures."""
    settings.PRIVACY_SENDER = "Example Books"
    settings.PRIVACY_CONTACT = "privacy@books.example"
    settings.PRIVACY_POLICY_URL = "https://books.example/privacy"


@pytest.fixture(scope="session")
def kafka_brokers():
    """Kafka brokers in this process, which other processes can reach too."""
    pytest.importorskip("confluent_kafka")
    from tests.kafka_cluster import Cluster

    cluster = Cluster()
    yield cluster
    cluster.close()


@pytest.fixture
def kafka_cluster(kafka_brokers):
    """The brokers; what a test has them fail, and nobody asked for, fails no other test."""
    yield kafka_brokers
    kafka_brokers.fail_no_more()


@pytest.fixture(scope="session")
def site_for_browsers(tmp_path_factory):
    """A whole PixelTrack that runs; its tests share a worker, and so the one site."""
    site = whole_site.start(tmp_path_factory.mktemp("site"))
    yield site
    site.close()


@pytest.fixture(scope="session")
def observed_site(tmp_path_factory, kafka_brokers):
    """Real processes that a real Prometheus scrapes; its tests share a worker."""
    from tests.observed_site import ObservedSite

    site = ObservedSite(tmp_path_factory.mktemp("observed"), kafka_brokers)
    yield site
    site.close()


@pytest.fixture
def sign_in(django_user_model):
    """Signs a user into the API who has only these permissions ("campaigns.view_group")."""

    def sign_in(*permissions, name="shop"):
        user = django_user_model.objects.create_user(username=name)
        user.user_permissions.set([permission_named(name) for name in permissions])
        return client_of(user)

    return sign_in


@pytest.fixture
def api(django_user_model):
    """The API, called by a user who may do everything."""
    return client_of(django_user_model.objects.create_superuser(username="root"))


@pytest.fixture
def admin_user(django_user_model):
    """Without a password, whose hashing would cost more than the test."""
    return django_user_model.objects.create_superuser(username="admin")


@pytest.fixture
def staff(django_user_model):
    """Signs a user into the admin who has only these permissions."""

    def staff(*permissions, name="ann"):
        user = django_user_model.objects.create_user(username=name, is_staff=True)
        user.user_permissions.set([permission_named(name) for name in permissions])
        client = Client()
        client.force_login(user)
        return client

    return staff


def permission_named(name):
    app, codename = name.split(".")
    return Permission.objects.get(content_type__app_label=app, codename=codename)


def client_of(user):
    client = APIClient(raise_request_exception=False)
    client.default_format = "json"
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(user)}")
    return client


@pytest.fixture
def vendor():
    """The database engine under test: sqlite, mysql or postgresql."""
    return connection.vendor


@pytest.fixture
def spare_connection(db):
    """A connection in place of the tests' own one; it may be lost."""
    kept = connections["default"]
    connections["default"] = kept.copy()
    yield
    connections["default"].close()
    connections["default"] = kept
