"""Describes an open for people: its kind, the reason, and whether it counts; pure."""

from tracking.hits.classify import COUNTED_KINDS, Kind

WHO = {Kind.HUMAN: "A person", Kind.PROXIED: "A person", Kind.MACHINE: "A machine"}
COUNTS = "An open like this counts."
DOES_NOT_COUNT = "An open like this is shown, but counts only where machine opens are counted."


def verdict_on(kind: str, reason: str) -> str:
    """Who loaded the pixel and why; `kind` is a Kind's name, `reason` its rule's."""
    return f"{WHO[_kind(kind)]}: {reason}."


def worth_of(kind: str) -> str:
    return COUNTS if _kind(kind) in COUNTED_KINDS else DOES_NOT_COUNT


def _kind(name: str) -> Kind:
    return Kind[name.upper()]
