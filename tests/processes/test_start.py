"""A wrong setting stops the start with one sentence."""

import pytest

from tests.processes.running import PATIENCE_SECONDS, Site, wait_until

pytestmark = pytest.mark.one_engine

WRONG = {"SPOOL_FSYNC": "soon", "TRUSTED_PROXIES": "-1", "PUBLIC_URL": "somewhere"}


@pytest.mark.parametrize("name", WRONG)
def test_the_web_process_stops_instead_of_restarting_forever(site, name):
    web = site.launch_web(config="/dev/null", **{name: WRONG[name]})
    assert web.wait(PATIENCE_SECONDS) == 4
    assert site.output().count(f"{name} must") == 1
    assert "Traceback" not in site.output()


def test_the_web_process_stops_as_it_is_deployed(site):
    assert site.launch_web(SPOOL_FSYNC="soon").wait(PATIENCE_SECONDS) == 1
    assert site.output().strip() == "SPOOL_FSYNC must be a whole number, not 'soon'."


def test_the_ingester_stops(site):
    assert site.start_ingest(SPOOL_FSYNC="soon").wait(PATIENCE_SECONDS) == 1
    assert site.output().strip() == "SPOOL_FSYNC must be a whole number, not 'soon'."


def test_a_web_process_says_at_its_start_what_its_database_lacks(tmp_path):
    site = Site(tmp_path, f"sqlite:///{tmp_path}/empty.db")
    site.start_web()
    wait_until(lambda: "database_mismatch" in site.output(), "the complaint")
    site.close()
    assert "run manage.py migrate" in site.output()
