"""The views that Grafana's dashboards read: no cell in them is of fewer than SMALLEST people.

The rule is that of the mode `shared` (`tracking.hits.small_cells`):

- A group shows opens once SMALLEST of its contacts were sent to and may be measured.
- Opens go by whole hours that are over and counted, so that nobody sees one more while watching.
- A mail client is named in an hour once it has SMALLEST opens of a kind there, over the campaign.

What a view leaves out depends on what is stored alone, on no variable that its reader can set, such
as the time or the zone of a connection.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from types import MappingProxyType

from reports.periods import HOUR, SLOT, SLOTS_PER_HOUR
from tracking.hits.small_cells import OTHER, SMALLEST

SLOT_SECONDS, HOUR_SECONDS = (int(span.total_seconds()) for span in (SLOT, HOUR))
# Where the hours that are over and counted end, in seconds since 1970.
EDGE = """(
    SELECT TIMESTAMPDIFF(SECOND, '1970-01-01', complete_until) - {phase} * {slot}
    FROM {tables}.tracking_ingestlock WHERE id = 1
) DIV {hour} * {hour} + {phase} * {slot}"""
START = "((o.slot - {phase}) DIV {per_hour} * {per_hour} + {phase}) * {slot}"
DUE = "d.minute > -1 AND d.minute <= {edge} DIV 60"
MEASURED = """(
    SELECT SUM(IF({due}, d.contacts - d.unmeasured, d.opened))
    FROM {tables}.tracking_contactsbydueminute d WHERE d.group_id = g.id
)"""
SHOWN = "g.role <> 'control' AND {measured} >= {smallest} AND {start} < {edge}"
# Contacts that were opened before they were due count as sent only where opens are shown.
GROUPS = """
    SELECT c.campaign_id, c.id, c.number, c.name,
        IF(c.contacts >= {smallest}, c.contacts, NULL) AS contacts,
        CASE WHEN c.measured >= {smallest} THEN c.sent WHEN c.due >= {smallest} THEN c.due END
            AS sent,
        IF(c.measured >= {smallest}, c.measured, NULL) AS measured
    FROM (
        SELECT g.campaign_id, g.id, g.number, g.name,
            SUM(d.contacts) AS contacts,
            SUM(IF({due}, d.contacts, 0)) AS due,
            SUM(IF({due}, d.contacts, d.opened)) AS sent,
            SUM(IF({due}, d.contacts - d.unmeasured, d.opened)) AS measured
        FROM {tables}.campaigns_group g
        LEFT JOIN {tables}.tracking_contactsbydueminute d ON d.group_id = g.id
        WHERE g.role <> 'control'
        GROUP BY g.campaign_id, g.id, g.number, g.name
    ) c
"""
OPENS = """
    SELECT g.campaign_id, o.group_id, o.kind, {start} AS start, SUM(o.opens) AS opens
    FROM {tables}.campaigns_group g JOIN {tables}.tracking_opensbyslot o ON o.group_id = g.id
    WHERE {shown}
    GROUP BY g.campaign_id, o.group_id, o.kind, start
"""
FIRST_OPENS = """
    SELECT g.campaign_id, o.group_id, {start} AS start,
        SUM(o.counted) AS counted, SUM(o.with_machine) AS with_machine
    FROM {tables}.campaigns_group g JOIN {tables}.tracking_firstopensbyslot o ON o.group_id = g.id
    WHERE {shown}
    GROUP BY g.campaign_id, o.group_id, start
"""
CLIENTS = """
    SELECT c.campaign_id, c.kind, c.start,
        IF(c.opens >= {smallest}, c.client, '{other}') AS client, SUM(c.opens) AS opens
    FROM (
        SELECT g.campaign_id, o.kind, {start} AS start,
            REPLACE(REPLACE(o.family, ' (phone)', ''), ' (computer)', '') AS client,
            SUM(o.opens) AS opens
        FROM {tables}.campaigns_group g
        JOIN {tables}.tracking_opensbyclientslot o ON o.group_id = g.id
        WHERE {shown}
        GROUP BY g.campaign_id, o.kind, start, client
    ) c
    GROUP BY c.campaign_id, c.kind, c.start, IF(c.opens >= {smallest}, c.client, '{other}')
"""
# No contacts, customers, accounts, usages or raw opens.
VIEWS: Mapping[str, str] = MappingProxyType(
    {
        "campaigns": "SELECT id, name, start_at, archived_at FROM {tables}.campaigns_campaign",
        "campaign_groups": GROUPS,
        "opens_by_hour": OPENS,
        "first_opens_by_hour": FIRST_OPENS,
        "opens_by_client": CLIENTS,
        "counted": "SELECT complete_until FROM {tables}.tracking_ingestlock WHERE id = 1",
        "discount_campaigns": """
            SELECT id, name, status, currency, currency_digits, total_budget_minor,
                used_budget_minor
            FROM {tables}.discounts_discountcampaign
        """,
    }
)


def view_texts(*, tables: str, phase: int) -> dict[str, str]:
    """The SELECT of each view by its name, on MySQL and MariaDB.

    `tables` is the quoted name of PixelTrack's database. Hours begin `phase` slots after those of
    UTC.
    """
    words = {
        "tables": tables,
        "phase": phase,
        "slot": SLOT_SECONDS,
        "per_hour": SLOTS_PER_HOUR,
        "hour": HOUR_SECONDS,
        "smallest": SMALLEST,
        "other": OTHER,
    }
    words["edge"] = f"({EDGE.format(**words)})"
    words["due"] = DUE.format(**words)
    words["start"] = START.format(**words)
    words["measured"] = MEASURED.format(**words)
    words["shown"] = SHOWN.format(**words)
    return {name: text.format(**words) for name, text in VIEWS.items()}


def phase_of(zone: tzinfo, *, now: datetime) -> int:
    """By how many slots hours of the zone begin after those of UTC, such as 2 in India."""
    offset = now.astimezone(zone).utcoffset() or timedelta(0)
    return int(-offset % HOUR / SLOT)
