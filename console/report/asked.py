"""What a report's page is asked for, and the links to the same of another time or group; pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from reports.data import Scope
from reports.periods import Window

ALL, OWN = "all", "own"
PERIODS = {
    ALL: "All time",
    "24h": "Last 24 hours",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    OWN: "From, to",
}


@dataclass(frozen=True)
class Question:
    """`since` and `until` are what a person chose, None unless the period is OWN.

    `group` is the id of the one group that is asked for, `client` the name of the mail client;
    None is all of them.
    """

    period: str
    since: datetime | None
    until: datetime | None
    machine: bool
    window: Window
    group: int | None = None
    client: str | None = None

    @property
    def words(self) -> str:
        return PERIODS[self.period]

    @property
    def query(self) -> str:
        """The same question as a query string."""
        chosen = {"period": self.period} if self.period != ALL else {}
        for name, moment in (("since", self.since), ("until", self.until)):
            if moment:
                chosen[name] = moment.isoformat()
        if self.machine:
            chosen["machine"] = "true"
        if self.group is not None:
            chosen["group"] = str(self.group)
        if self.client is not None:
            chosen["client"] = self.client
        return urlencode(chosen)

    def of_group(self, group: int | None) -> str:
        """A link to the same of one group, or of all."""
        return f"?{replace(self, group=group).query}"

    def of_client(self, client: str | None) -> str:
        return f"?{replace(self, client=client).query}"

    def of_time(self, since: datetime, until: datetime) -> str:
        """A link to the same of a time of its own."""
        return f"?{replace(self, period=OWN, since=since, until=until).query}"

    @property
    def scope(self) -> Scope:
        """What the report is asked for."""
        return Scope(self.window, self.machine, self.group, self.client)

    @property
    def of_all_time(self) -> str:
        return f"?{replace(self, period=ALL, since=None, until=None).query}"

    @property
    def of_everything(self) -> str:
        """A link to the same of all time, groups and mail clients."""
        return replace(self, group=None, client=None).of_all_time
