"""Reads the compose files as docker compose does, as far as the project needs."""

import re
from pathlib import Path

import yaml

from tests.deploy.dockerfile import instructions

ROOT = Path(__file__).resolve().parents[2]
MAIN, TLS = ROOT / "docker-compose.yml", ROOT / "deploy/compose/tls.yml"
GRAFANA = ROOT / "deploy/compose/grafana.yml"
IMAGES = ROOT / "deploy/compose/Dockerfile"
VARIABLE = re.compile(r"\$(?:\$|\{(\w+)(?::([-?+])((?:[^{}]|\$\{\w+\})*))?\})")


class Missing(Exception):
    """A required variable is not set; the message is that of docker compose."""


def variables(text):
    """Each variable of a compose file and whether it must be set."""
    return {name: kind == "?" for name, kind, _ in VARIABLE.findall(text) if name}


def interpolate(content, values):
    """Fill the variables into the strings of a file that was read."""
    if isinstance(content, dict):
        return {key: interpolate(value, values) for key, value in content.items()}
    if isinstance(content, list):
        return [interpolate(value, values) for value in content]
    if isinstance(content, str):
        return VARIABLE.sub(lambda found: _value(*found.groups(), values), content)
    return content


def _value(name, kind, rest, values):
    if name is None:
        return "$"
    if not values.get(name) and kind == "?":
        raise Missing(rest)
    if kind == "+":
        return interpolate(rest, values) if values.get(name) else ""
    return values.get(name) or rest or ""


def read(path, values):
    return interpolate(yaml.safe_load(path.read_text()), values)


def load(values, *, tls=False):
    """The complete file, with the TLS file merged in on request."""
    whole = read(MAIN, values)
    if tls:
        nginx = whole["services"]["nginx"]
        for key, entries in read(TLS, values)["services"]["nginx"].items():
            if isinstance(entries, list):
                nginx[key] += entries
            else:
                nginx[key] = nginx[key] | entries if isinstance(entries, dict) else entries
    return whole


def built_in(service):
    """The files and folders of deploy/ in the image of a service, with their places there."""
    stages, bases, name = {}, {}, None
    for keyword, argument in instructions(IMAGES.read_text()):
        if keyword == "FROM":
            base, name = argument.split(" AS ")
            stages[name], bases[name] = {}, base
        elif keyword == "COPY":
            *sources, target = argument.split()
            for source in sources:
                place = target + Path(source).name if target.endswith("/") else target
                stages[name][f"deploy/{source}"] = place
    target = service["build"]["target"]
    return {**stages.get(bases[target], {}), **stages[target]}


def environment(service):
    """The environment of the container's processes."""
    return {name: str(value) for name, value in service.get("environment", {}).items()}
