"""Who may import whom; read from the source, so that nothing needs to run."""

import ast
import graphlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("campaigns", "tracking", "discounts")
PACKAGES = ("pixeltrack", *APPS)
# What a core may import of other apps; of pixeltrack, whatever is no edge.
OTHER_APPS = {
    "campaigns": (),
    "tracking": ("campaigns",),
    "discounts": ("campaigns", "tracking.queries"),
}
EDGE_NAMES = {
    "admin",
    "api",
    "dashboard",
    "history",
    "middleware",
    "settings",
    "tasks",
    "urls",
    "views",
    "wsgi",
}
# Whoever speaks HTTP or the command line is an edge, whatever its name.
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
        parts = self.name.split(".")
        return (
            bool(EDGE_NAMES & set(parts[1:]))
            or "management" in parts
            or any(within(name, EDGE_LIBRARIES) for name in self.imports)
        )


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


def foreign_apps(modules: dict[str, Module]) -> list[str]:
    """A core imports only the apps it may know."""
    return [
        f"{module.name} imports {name}"
        for module in modules.values()
        if module.package in APPS and not module.is_edge
        for name in module.imports
        if within(name, APPS) and not within(name, (module.package, *OTHER_APPS[module.package]))
    ]


def apps_in_the_foundation(modules: dict[str, Module]) -> list[str]:
    """What every app stands on knows none of them."""
    return [
        f"{module.name} imports {name}"
        for module in modules.values()
        if module.package == "pixeltrack" and not module.is_edge
        for name in module.imports
        if within(name, APPS)
    ]


def imported_edges(modules: dict[str, Module]) -> list[str]:
    """Nobody imports an edge but the wiring and the other edges of its app."""
    complaints = []
    for module in modules.values():
        for name in module.imports:
            target = modules.get(name)
            if target is None or not target.is_edge:
                continue
            neighbours = {module.package, "pixeltrack"}
            wiring = module.package == "pixeltrack" or target.package in neighbours
            if not (module.is_edge and wiring):
                complaints.append(f"{module.name} imports {name}")
    return complaints


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
    graph = {module.name: module.imports & set(modules) for module in modules.values()}
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
    foreign_apps,
    apps_in_the_foundation,
    imported_edges,
    impure,
    django_where_it_must_not_be,
    circles,
    forbidden_names,
    signals,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_its_rules(rule):
    assert rule(our_modules()) == []


PURE = (
    "campaigns.privacy",
    "tracking.classify",
    "tracking.eventlog",
    "tracking.counting",
    "tracking.experiments",
    "discounts.rules",
)


@pytest.mark.parametrize("name", PURE)
def test_the_modules_that_decide_are_pure(name):
    assert says_pure(our_modules()[name])


def test_the_pixel_is_answered_without_django():
    assert "Must not import Django" in our_modules()["tracking.pixel"].doc


BROKEN = [
    (foreign_apps, {"campaigns.services": "from tracking import models"}),
    (foreign_apps, {"tracking.queries": "import discounts.rules"}),
    (foreign_apps, {"discounts.rules": "from tracking.services import x"}),
    (foreign_apps, {"campaigns.services": "def f():\n    from tracking.models import Open"}),
    (apps_in_the_foundation, {"pixeltrack.errors": "import campaigns.models"}),
    (imported_edges, {"campaigns.api": "", "campaigns.services": "from campaigns import api"}),
    (imported_edges, {"campaigns.api": "", "tracking.api": "from campaigns.api import X"}),
    (
        imported_edges,
        {
            "campaigns.shapes": "from rest_framework import serializers",
            "campaigns.services": "from campaigns.shapes import X",
        },
    ),
    (
        imported_edges,
        {"pixeltrack.api_x": "import rest_framework", "tracking.x": "import pixeltrack.api_x"},
    ),
    (impure, {"tracking.rules": '"""Pure."""\nfrom django.db import models'}),
    (
        impure,
        {"tracking.rules": '"""x; pure."""\nimport tracking.x', "tracking.x": "import django.conf"},
    ),
    (impure, {"tracking.rules": '"""Pure."""\nnow = datetime.now()'}),
    (
        django_where_it_must_not_be,
        {
            "tracking.pixel": '"""Must not import Django."""\nimport tracking.x',
            "tracking.x": "import django",
        },
    ),
    (circles, {"tracking.a": "import tracking.b", "tracking.b": "import tracking.a"}),
    (forbidden_names, {"tracking.utils": ""}),
    (signals, {"tracking.x": "from django.db.models.signals import post_save"}),
]


@pytest.mark.parametrize(("rule", "sources"), BROKEN)
def test_each_rule_sees_what_breaks_it(rule, sources):
    assert len(rule(parse(sources))) == 1


ALLOWED = {
    "campaigns.services": "from campaigns.models import Campaign\nfrom pixeltrack.errors import X",
    "campaigns.models": "from django.db import models",
    "campaigns.serializers": "from rest_framework import serializers",
    "campaigns.api": "import tracking.services\nfrom campaigns.serializers import X",
    "tracking.services": "from campaigns import services",
    "discounts.services": "from tracking.queries import x",
    "tracking.queries": "",
    "pixeltrack.errors": "",
    "pixeltrack.urls": "from campaigns import api",
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_what_is_allowed_is_not_complained_of(rule):
    assert rule(parse(ALLOWED)) == []
