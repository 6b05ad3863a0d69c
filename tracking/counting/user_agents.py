"""Stores each distinct user-agent string once.

Runs before ingest's transaction: a string without an open goes within two days.
"""

import hashlib
from collections.abc import Collection, Iterable

from foundation.database import bulk_sql
from tracking.hits import mail_clients
from tracking.models import UserAgent

COLUMNS = ("digest", "value", "family", "os_family", "device_family")


def digest_of(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def resolve(values: Iterable[str]) -> dict[str, int]:
    """The id of each user-agent string; new ones are stored.

    One that is marked as unused is so no more, and is not deleted from then on.
    """
    digests = {digest_of(value): value for value in values}
    known: dict[str, int] = {}
    while missing := sorted(digests.keys() - known.keys()):
        used, unused = _ids(missing)
        known |= used
        if unused:
            UserAgent.objects.filter(id__in=unused).update(unused_since=None)
        elif new := set(missing) - used.keys():
            _store((digest, digests[digest]) for digest in sorted(new))
    return {digests[digest]: agent_id for digest, agent_id in known.items()}


def families(ids: Iterable[int]) -> dict[int, str]:
    """The client family of each user agent."""
    return dict(UserAgent.objects.filter(id__in=set(ids)).values_list("id", "family"))


def _ids(digests: Collection[str]) -> tuple[dict[str, int], list[int]]:
    """Those in use by their digest, and those that are marked as unused."""
    rows = UserAgent.objects.filter(digest__in=digests)
    found = list(rows.values_list("digest", "id", "unused_since"))
    used = {digest: agent_id for digest, agent_id, since in found if since is None}
    return used, [agent_id for _, agent_id, since in found if since is not None]


def _store(agents: Iterable[tuple[str, str]]) -> None:
    rows = []
    for digest, value in agents:
        client = mail_clients.describe(value)
        rows.append((digest, value, client.family, client.os_family, client.device_family))
    # Another ingester may store the same string meanwhile: then this changes nothing.
    bulk_sql.upsert(UserAgent, COLUMNS, rows, key=("digest",), adding=False)
