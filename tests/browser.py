"""A real browser for tests of pages.

A page must log no error (a script, style or image that the policy forbids is one) and must
send requests to its own server only.
"""

from contextlib import contextmanager
from pathlib import Path

import pytest

CHROMIUM = "/usr/bin/chromium"
# The policy refuses two probes that axe-core makes when it is put into a page.
OF_AXE = tuple(
    f"Applying inline style violates the following Content Security Policy directive "
    f"'default-src 'self''. Either the 'unsafe-inline' keyword, a hash ('sha256-{digest}')"
    for digest in (
        "bM6i/Qb6snN4zpfDg6WZt+vuPtz+OLCqu86Osj+sOCo=",
        "6V0jFG+sl4XTL422gIA4M3FiBc2Xb3Wm+wY/koWzLvs=",
    )
)
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium():
    """Django works on no database of this thread while a browser is driven."""
    playwright = pytest.importorskip("playwright.sync_api")
    if not Path(CHROMIUM).exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@contextmanager
def blameless_page(browser, server, *, expected="", **options):
    """A page that must have logged no error and asked no other host when the test ends.

    Errors that contain the `expected` words are caused by the test itself.
    """
    context = browser.new_context(**options)
    page = context.new_page()
    complaints = []
    page.on("console", lambda said: complaints.extend(_complaint(said)))
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    page.on("request", lambda asked: complaints.extend(_foreign(asked.url, server)))
    yield page
    context.close()
    unexpected = [said for said in complaints if not expected or expected not in said]
    assert not unexpected, "\n".join(unexpected)


def _complaint(said):
    if said.type not in ("error", "warning") or said.text.startswith(OF_AXE):
        return []
    return [f"{said.page.url}: {said.text}"]


def _foreign(url, server):
    return [] if url.startswith((f"{server}/", "data:")) else [f"asked {url}"]
