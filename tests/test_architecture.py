"""Which module may import which; read from the source, so that nothing needs to run."""

import ast
import graphlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from django.contrib import admin

# They share a worker, which reads the code once.
pytestmark = pytest.mark.xdist_group("architecture")
ROOT = Path(__file__).resolve().parent.parent
# From the highest to the lowest; import-linter keeps them apart (pyproject.toml).
PACKAGES = (
    "pixeltrack",
    "console",
    "api",
    "demo",
    "contacts",
    "reports",
    "tracking",
    "consent",
    "campaigns",
    "discounts",
    "foundation",
)
MOST_MODULES = 20
# Modules that handle HTTP or the command line.
EDGES = ("pixeltrack", "console", "api")
EDGE_MODULES = {
    "contacts.imports.upload_handler",
    "foundation.csv_download",
    "foundation.url_paths",
    "tracking.door.django_view",
}
# Modules that import these handle HTTP or the command line.
EDGE_LIBRARIES = (
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "django.contrib.admin",
    "django.core.management",
    "django.forms",
    "django.http",
    "django.shortcuts",
    "django.urls",
    "django.views",
)
IMPURE_LIBRARIES = (
    "django.apps",
    "django.conf",
    "django.contrib",
    "django.core",
    "django.db",
    "django.utils.timezone",
    "os",
    "time",
    *EDGE_LIBRARIES,
)
CLOCKS = {"now", "utcnow", "today"}
FORBIDDEN_NAMES = {"utils", "helpers", "common", "signals", "repositories"}


@dataclass(frozen=True)
class Module:
    """One file: what its docstring says, and what it imports (when loaded, and at all)."""

    name: str
    tree: ast.Module
    imports: frozenset[str]
    imports_when_loaded: frozenset[str]

    @property
    def package(self) -> str:
        return self.name.partition(".")[0]

    @property
    def doc(self) -> str:
        return ast.get_docstring(self.tree) or ""

    @property
    def is_edge(self) -> bool:
        return self.package in EDGES or ".management." in self.name or self.name in EDGE_MODULES


def within(name: str, packages: Iterable[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def imported(nodes: Iterable[ast.AST], known: set[str]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                ours = within(whole, PACKAGES)
                yield whole if not ours or whole in known else node.module


def parse(sources: dict[str, str]) -> dict[str, Module]:
    known = set(sources)
    modules = {}
    for name, source in sources.items():
        tree = ast.parse(source)
        modules[name] = Module(
            name=name,
            tree=tree,
            imports=frozenset(imported(ast.walk(tree), known)),
            imports_when_loaded=frozenset(imported(tree.body, known)),
        )
    return modules


@cache
def our_modules() -> dict[str, Module]:
    sources = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if "migrations" not in parts:
                name = ".".join(part for part in parts if part != "__init__")
                sources[name] = path.read_text()
    return parse(sources)


def reached(modules: dict[str, Module], name: str, *, when_loaded: bool) -> set[str]:
    """Everything a module imports, directly or through our other modules."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        module = modules.get(waiting.pop())
        if module:
            found = module.imports_when_loaded if when_loaded else module.imports
            waiting += found - seen
            seen |= found
    return seen


# --- The rules: each gives the sentences for what breaks it -----------------------------------


def edges_inside(modules: dict[str, Module]) -> list[str]:
    """Layers below api and console know nothing of HTTP and the command line."""
    return [
        f"{module.name} imports {name}"
        for module in modules.values()
        if not module.is_edge
        for name in module.imports
        if within(name, EDGE_LIBRARIES) and not within(name, ("django.contrib.admin.models",))
    ]


def crowded_folders(modules: dict[str, Module]) -> list[str]:
    """A folder with more than MOST_MODULES modules is hard to search."""
    packages = {name.rpartition(".")[0] for name in modules}
    folders = Counter(name.rpartition(".")[0] for name in modules.keys() - packages)
    return [
        f"{name} has {count} modules" for name, count in folders.items() if count > MOST_MODULES
    ]


def impure(modules: dict[str, Module]) -> list[str]:
    """A module that says it is pure reaches no ORM, settings or clock."""
    return [
        f"{module.name} reaches {name}"
        for module in modules.values()
        if says_pure(module)
        for name in reached(modules, module.name, when_loaded=False)
        if within(name, IMPURE_LIBRARIES) or name.endswith(".models")
    ] + [
        f"{module.name} asks the clock"
        for module in modules.values()
        if says_pure(module)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in CLOCKS
    ]


def says_pure(module: Module) -> bool:
    return bool(re.search(r"\bpure\b", module.doc, re.IGNORECASE))


def django_where_it_must_not_be(modules: dict[str, Module]) -> list[str]:
    """A module that says "Must not import Django" loads without it."""
    return [
        f"{module.name} loads {name}"
        for module in modules.values()
        if "Must not import Django" in module.doc
        for name in reached(modules, module.name, when_loaded=True)
        if within(name, ("django", "rest_framework"))
    ]


def circles(modules: dict[str, Module]) -> list[str]:
    """Neither modules nor the folders within a folder import each other in a circle."""
    graphs: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for module in modules.values():
        for name in module.imports & set(modules):
            parts, others = module.name.split("."), name.split(".")
            pairs = enumerate(zip(parts, others, strict=False))
            fork = next((n for n, (one, other) in pairs if one != other), None)
            if fork is not None:
                graphs[".".join(parts[:fork])][parts[fork]].add(others[fork])
    return [f"{folder}: {circle}" for folder, graph in graphs.items() for circle in _circle(graph)]


def _circle(graph: dict[str, set[str]]) -> list[str]:
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return [" -> ".join(error.args[1])]
    return []


def forbidden_names(modules: dict[str, Module]) -> list[str]:
    return [name for name in modules if FORBIDDEN_NAMES & set(name.split("."))]


def signals(modules: dict[str, Module]) -> list[str]:
    libraries = ("django.dispatch", "django.db.models.signals")
    return [
        f"{module.name} imports {name}"
        for module in modules.values()
        for name in module.imports
        if within(name, libraries)
    ]


RULES = (
    edges_inside,
    crowded_folders,
    impure,
    django_where_it_must_not_be,
    circles,
    forbidden_names,
    signals,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_code_keeps_the_rules(rule):
    assert rule(our_modules()) == []


PURE = (
    "foundation.personal_data.identity",
    "tracking.hits.classify",
    "tracking.hits.event_log",
    "tracking.counting.fold",
    "tracking.counting.slots",
    "reports.verdict.apart",
    "reports.verdict.calls",
    "reports.verdict.cells",
    "reports.verdict.deciding",
    "reports.verdict.judge",
    "reports.verdict.left_out",
    "reports.verdict.planning",
    "reports.verdict.ratio",
    "reports.verdict.states",
    "reports.verdict.watching",
    "reports.verdict.wording",
    "campaigns.modes",
    "consent.modes",
    "consent.page.languages",
    "consent.page.notice",
    "consent.people",
    "consent.reading",
    "consent.tokens",
    "consent.words",
    "discounts.rules",
)


@pytest.mark.parametrize("name", PURE)
def test_the_modules_that_decide_are_pure(name):
    assert says_pure(our_modules()[name])


def test_the_pixel_is_answered_without_django():
    assert "Must not import Django" in our_modules()["tracking.door.pixel"].doc


BROKEN = [
    (edges_inside, {"campaigns.services": "from rest_framework import serializers"}),
    (edges_inside, {"reports.report": "def f():\n    from django.http import HttpResponse"}),
    (crowded_folders, {f"tracking.m{n}": "" for n in range(MOST_MODULES + 1)}),
    (impure, {"tracking.rules": '"""Pure."""\nfrom django.db import models'}),
    (
        impure,
        {"tracking.rules": '"""x; pure."""\nimport tracking.x', "tracking.x": "import django.conf"},
    ),
    (impure, {"tracking.rules": '"""Pure."""\nnow = datetime.now()'}),
    (
        django_where_it_must_not_be,
        {
            "tracking.door.pixel": '"""Must not import Django."""\nimport tracking.x',
            "tracking.x": "import django",
        },
    ),
    (circles, {"tracking.a": "import tracking.b", "tracking.b": "import tracking.a"}),
    (
        circles,
        {
            "tracking.a.x": "import tracking.b.x",
            "tracking.b.x": "",
            "tracking.b.y": "import tracking.a.y",
            "tracking.a.y": "",
        },
    ),
    (forbidden_names, {"tracking.utils": ""}),
    (signals, {"tracking.x": "from django.db.models.signals import post_save"}),
]


@pytest.mark.parametrize(("rule", "sources"), BROKEN)
def test_each_rule_sees_what_breaks_it(rule, sources):
    assert len(rule(parse(sources))) == 1


ALLOWED = {
    "campaigns.services": "from campaigns.models import Campaign\nfrom foundation.errors import X",
    "campaigns.models": "from django.db import models",
    "api.shapes.campaigns": "from rest_framework import serializers",
    "api.campaigns": "import contacts.change\nfrom api.shapes.campaigns import X",
    "contacts.change": "from campaigns import services",
    "discounts.apply": "from reports.report import x",
    "reports.report": "",
    "foundation.errors": "",
    "pixeltrack.urls": "from campaigns import api",
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_what_is_allowed_is_not_reported(rule):
    assert rule(parse(ALLOWED)) == []


@pytest.mark.parametrize("kind", ["templates", "static"])
def test_templates_and_static_files_lie_in_folders_named_as_the_code_that_uses_them(kind):
    folders = {path.parent for path in (ROOT / kind).rglob("*") if path.is_file()}
    ours = {path.relative_to(ROOT / kind) for path in folders}
    of_the_code = {path for path in ours if path.parts[0] in PACKAGES}
    assert {path.parts[0] for path in of_the_code} == {"api", "console"}
    for folder in of_the_code:
        named = ROOT / folder
        assert named.is_dir() or named.parent.joinpath("base", f"{named.name}.py").is_file(), folder
    assert {path.parts[0] for path in ours - of_the_code} <= {"admin", "registration"}


def test_the_templates_of_the_admin_are_those_that_django_looks_for():
    names = {path.name for path in Path(admin.__path__[0], "templates").rglob("*.html")}
    # Next to 404.html and 500.html, which Django's admin has: `api.base.errors` shows it.
    names.add("403.html")
    ours = {path.name for path in (ROOT / "templates" / "admin").rglob("*.html")}
    assert ours <= names
