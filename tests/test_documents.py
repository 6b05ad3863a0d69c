"""The documents: their settings are those that are read, their links lead somewhere."""

import ast
import re
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from tests.test_architecture import PACKAGES

ROOT = Path(__file__).resolve().parent.parent
READERS = {
    "host_names",
    "text",
    "words",
    "boolean",
    "integer",
    "choice",
    "secret",
    "email_address",
    "title",
    "spelled_out",
    "fernet_keys",
    "http_url",
    "database_url",
    "database_user",
    "path",
    "rate",
    "redis_url",
    "kafka_brokers",
    "kafka_topic",
}
NAME = re.compile(r"[A-Z][A-Z_]+")
LINE_WIDTH = 120
README_LINES = 140
# Read by docker compose, not by our processes.
COMPOSE_ALONE = {
    "ACME_DIR",
    "BACKUP_DIR",
    "COMPOSE_FILE",
    "COMPOSE_PROFILES",
    "GRAFANA_ADMIN_PASSWORD",
    "GRAFANA_PORT",
    "MYSQL_BUFFER_POOL",
    "MYSQL_MEMORY",
    "HTTPS_PORT",
    "HTTP_ADDRESS",
    "HTTP_PORT",
    "PROMETHEUS_PORT",
    "TLS_DIR",
    "WEB_MEMORY",
}


@cache
def settings_read():
    names = set()
    for path in chain.from_iterable((ROOT / package).rglob("*.py") for package in PACKAGES):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            function, first = node.func, node.args[0]
            reader = getattr(function, "attr", None) or getattr(function, "id", None)
            value = getattr(first, "value", None)
            if reader in READERS and isinstance(value, str) and NAME.fullmatch(value):
                names.add(value)
    return names


# They share a worker, which reads the code once.
of_the_settings = pytest.mark.xdist_group("settings")


@of_the_settings
def test_every_setting_is_found():
    assert {"SECRET_KEY", "SPOOL_FSYNC", "MYSQL_PORT", "DATABASE_URL"} <= settings_read()


@of_the_settings
def test_the_document_lists_exactly_the_existing_settings():
    text = (ROOT / "docs/configure.md").read_text()
    items = re.findall(r"^- ((?:`[A-Z_]+`(?:,\s+)?)+)", text, re.MULTILINE)
    listed = [name for item in items for name in re.findall(r"`([A-Z_]+)`", item)]

    assert sorted(listed) == sorted(settings_read())


@of_the_settings
def test_the_example_file_lists_exactly_the_existing_settings():
    text = (ROOT / ".env.example").read_text()

    listed = set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", text, re.MULTILINE))
    assert listed == settings_read() | COMPOSE_ALONE


# --- How they are written, and where they lead --------------------------------------------------


def documents():
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def names(paths):
    return [str(path.relative_to(ROOT)) for path in paths]


def anchors(path):
    """What a link into a document may name."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(path):
    """The links of a document that lead to no file of the project, or to no heading in it."""
    dead = []
    for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        there = (path.parent / name).resolve() if name else path
        if not there.exists() or (anchor and anchor not in anchors(there)):
            dead.append(link)
    return dead


@pytest.mark.parametrize("path", documents(), ids=names(documents()))
def test_no_line_is_longer_than_120_characters(path):
    lines = path.read_text().splitlines()
    wide = [number for number, line in enumerate(lines, start=1) if len(line) > LINE_WIDTH]
    assert wide == []


@pytest.mark.parametrize("path", documents(), ids=names(documents()))
def test_every_link_leads_somewhere(path):
    assert dead_links(path) == []


def test_a_dead_link_is_found(tmp_path):
    (tmp_path / "there.md").write_text("# A heading, here\n")
    path = tmp_path / "page.md"
    path.write_text(
        "# Top\n[a](there.md) [b](there.md#a-heading-here) [c](#top) [d](https://example.com)\n"
        "[e](gone.md) [f](there.md#gone) [g](#gone)\n"
    )
    assert dead_links(path) == ["gone.md", "there.md#gone", "#gone"]


def test_the_readme_is_read_in_a_few_minutes():
    assert len((ROOT / "README.md").read_text().splitlines()) <= README_LINES


# --- Percentages --------------------------------------------------------------------------------

APART = re.compile(r"[\d}]\s%(?![}(\w])")


def strings_of(path):
    """What code says; f-strings without the code in them."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value for part in _texts(node))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _texts(joined):
    """A digit stands for each value."""
    return [part if isinstance(part, ast.Constant) else ast.Constant("0") for part in joined.values]


def test_percentages_are_written_without_a_blank():
    """Pages, files, documents and the API write "30.0%" alike."""
    pages = [*documents(), *ROOT.glob("benchmarks/*.md"), *(ROOT / "templates").rglob("*.html")]
    code = chain.from_iterable((ROOT / package).rglob("*.py") for package in PACKAGES)
    said = [(path, [path.read_text()]) for path in pages]
    said += [(path, list(strings_of(path))) for path in code]
    apart = {
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path, texts in said
        for text in texts
        if (found := APART.search(text))
    }
    assert apart == set()
    assert APART.search("30.0 %") and APART.search("A 45 %, B") and not APART.search("30.0%")


# --- Terms --------------------------------------------------------------------------------------


def test_documents_call_it_as_the_form_does():
    """Outside of the statistics nobody has to know what an age of a decision is."""
    explaining = [path for path in documents() if path.name != "verdict.md"]
    assert [str(path) for path in explaining if "decision age" in path.read_text().lower()] == []
    assert '"Decides after"' in (ROOT / "docs/campaigns.md").read_text()
