"""Every URL of the site, by its name."""

from django.urls import get_resolver
from django.urls.resolvers import URLPattern

# Open to everybody.
PUBLIC = {"root", "health", "metrics", "schema", "docs", "redoc", "pixel", "privacy"}
PUBLIC |= {"shared-report"}
PUBLIC |= {"token", "token-refresh", "token-verify", "admin:login", "admin:logout"}


def named_patterns(resolver=None, *, route="", arguments=(), namespace=""):
    """Every (name, route, names of its arguments) that the resolver knows."""
    for pattern in (resolver or get_resolver()).url_patterns:
        whole = f"{route}{pattern.pattern}"
        needed = [*arguments, *pattern.pattern.regex.groupindex]
        if not isinstance(pattern, URLPattern):
            inner = f"{pattern.namespace}:" if pattern.namespace else namespace
            yield from named_patterns(pattern, route=whole, arguments=needed, namespace=inner)
        elif pattern.name:
            yield f"{namespace}{pattern.name}", whole, needed


def short(name):
    return name.removeprefix("admin:")
