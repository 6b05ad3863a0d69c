"""Warns if the installed lists of robots are not the releases the rule was written for."""

from importlib.metadata import PackageNotFoundError, version

from django.core.checks import Warning as CheckWarning
from django.core.checks import register

from tracking.hits.robots import LISTS

# Commands that classify ask for the checks of this tag.
ROBOTS = "robots"


@register(ROBOTS)
def lists_of_robots(app_configs: object, **options: object) -> list[CheckWarning]:
    """A warning for each list of another release."""
    return [
        CheckWarning(
            f"{package} {found} is installed; the rule robot was made for {wanted}.",
            hint="Opens may be classified differently than their rule's version says. "
            "Install requirements.txt again.",
            id="tracking.W001",
        )
        for package, wanted in LISTS.items()
        if (found := _installed(package)) != wanted
    ]


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "no release"
