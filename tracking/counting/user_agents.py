"""Stores each distinct user-agent string once.

Runs before ingest's transaction: a string without an open goes within two days.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable

from foundation.database import bulk_sql
from tracking.hits import mail_clients
from tracking.models import UserAgent

COLUMNS = ("digest", "value", "family", "os_family", "device_family")


def digest_of(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def resolve(
    values: Iterable[str], *, to_store: Callable[[Collection[str]], Collection[str]]
) -> dict[str, int]:
    """The id of each user-agent string that is stored; of the new ones those `to_store` are.

    One that is marked as unused counts as new. Once it is stored again it is not deleted any more.
    """
    digests = {digest_of(value): value for value in values}
    found, unused = _ids(digests)
    new = [value for digest, value in digests.items() if digest not in found]
    wanted = {digest_of(value) for value in to_store(new)} if new else set()
    while missing := sorted(wanted - found.keys()):
        if marked := [agent_id for digest, agent_id in unused.items() if digest in wanted]:
            UserAgent.objects.filter(id__in=marked).update(unused_since=None)
        else:
            _store((digest, digests[digest]) for digest in missing)
        used, unused = _ids(missing)
        found |= used
    return {digests[digest]: agent_id for digest, agent_id in found.items()}


def families(ids: Iterable[int]) -> dict[int, str]:
    """The client family of each user agent."""
    return dict(UserAgent.objects.filter(id__in=set(ids)).values_list("id", "family"))


def _ids(digests: Iterable[str]) -> tuple[dict[str, int], dict[str, int]]:
    """By digest: those in use, and those that are marked as unused."""
    rows = UserAgent.objects.filter(digest__in=list(digests))
    found = list(rows.values_list("digest", "id", "unused_since"))
    used = {digest: agent_id for digest, agent_id, since in found if since is None}
    return used, {digest: agent_id for digest, agent_id, since in found if since is not None}


def _store(agents: Iterable[tuple[str, str]]) -> None:
    rows = []
    for digest, value in agents:
        client = mail_clients.describe(value)
        rows.append((digest, value, client.family, client.os_family, client.device_family))
    # Another ingester may store the same string meanwhile: then this changes nothing.
    bulk_sql.upsert(UserAgent, COLUMNS, rows, key=("digest",), adding=False)
