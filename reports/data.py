"""The content of a report, as API, screens and files show it; pure.

Nothing is calculated from these again, so that a figure is the same everywhere. Rates and shares
are fractions rounded to DIGITS.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from campaigns.roles import Role
from reports.by_age.curve import Curve
from reports.periods import ALWAYS, Step, Window
from reports.verdict.states import Ratio, State, Stop
from tracking.hits.mail_clients import Device


@dataclass(frozen=True, slots=True)
class ByKind:
    """Opens by kind, or contacts by the best kind of their opens."""

    human: int
    proxied: int
    machine: int

    @property
    def total(self) -> int:
        return self.human + self.proxied + self.machine


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresData:
    """Headline figures; contacts marked as not sent are excluded.

    Rates are of the `measured`, who are sent to and may be measured, and None without any. Of all
    that were sent to the rate lies between `open_rate_of_all_min` and `open_rate_of_all_max`, which
    are of all time, and None in a window. `unique_by_kind` and `not_opened` are of all time,
    whatever the window.
    """

    contacts: int
    sent: int
    unique_opens: int
    unique_by_kind: ByKind
    opens: int
    open_rate: float | None
    open_rate_with_machine: float | None
    measured: int
    open_rate_of_all_min: float | None
    open_rate_of_all_max: float | None
    not_opened: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupData(FiguresData):
    """A group's figures and its place in the verdict.

    `winner` is the id of the group whose mail the rest gets, None while it waits; `winner_start_at`
    is when its first contact was to be due then, and `winner_given_at` None until all of its
    contacts have due times. `winner_preliminary` says that nothing was decided when it was chosen,
    `winner_confirmed` whether it was then.
    A control group gets no mail and counts in no total: nothing was sent to it, and
    `opened_unmailed` are contacts of it that were opened all the same.
    `rate_at_age` is its rate at the verdict's age, `ci_low` to `ci_high` its range (Wilson, 95%);
    all three are None if no age was reached. `probability_best` fluctuates and is not the verdict.
    """

    id: int
    number: int
    name: str
    role: Role
    winner: int | None = None
    winner_start_at: datetime | None = None
    winner_given_at: datetime | None = None
    winner_preliminary: bool = False
    winner_confirmed: bool | None = None
    opened_unmailed: int = 0
    rate_at_age: float | None
    ci_low: float | None
    ci_high: float | None
    probability_best: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictData:
    """What may be said of the groups, of all time (`reports.verdict.states.Verdict`).

    `age_minutes` is the age at which the rates in its sentence are compared, None where none was
    reached. `decides_at` is expected, by what is planned, until an hour after the first contact is
    due. `warnings` are sentences beside it, those of `stops` first. `decided` is the group that the
    decision found to be better; `tells_when` whether `text` says when it is decided.
    """

    state: State
    text: str
    leader: int | None
    preliminary: bool
    confirmed: bool | None
    decides_at: datetime | None
    age_minutes: int | None
    ratios: tuple[Ratio, ...]
    choice_now: str | None
    stops: tuple[Stop, ...]
    warnings: tuple[str, ...]
    decided: int | None = None
    tells_when: bool = False


@dataclass(frozen=True, slots=True)
class PointData:
    """One step of time: opens, and contacts first opened in it, by group."""

    at: datetime
    opens: tuple[int, ...]
    unique_opens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SeriesData:
    """Opens over time, without gaps; `groups` are ids in the order of the points' numbers."""

    step: Step
    groups: tuple[int, ...]
    points: tuple[PointData, ...]


@dataclass(frozen=True, slots=True)
class ClientShare:
    family: str
    opens: int
    share: float


@dataclass(frozen=True, slots=True)
class DeviceShare:
    device: Device
    opens: int
    share: float


@dataclass(frozen=True, slots=True)
class SharedGroup:
    """Loads of a group's shared pixel."""

    group: int
    loads: ByKind


@dataclass(frozen=True, slots=True)
class SharedClient:
    family: str
    loads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedData:
    """Loads of shared pixels, which are no opens and in no other number.

    Of the whole days from `since` (None: from the first) to `until`, which is None where no day of
    the window is over.
    """

    since: datetime | None
    until: datetime | None
    groups: tuple[SharedGroup, ...]
    clients: tuple[SharedClient, ...]

    def of(self, group_id: int) -> ByKind | None:
        """None where the group has no shared pixel, or no day is over."""
        if self.until is None:
            return None
        return next((row.loads for row in self.groups if row.group == group_id), None)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a report is asked for: a time, whether machine opens count, one group, one client.

    `group` is its id; None, as for `client`, is all of them.
    """

    window: Window = ALWAYS
    machine: bool = False
    group: int | None = None
    client: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportData:
    """A campaign's report.

    - `window`: the whole quarters of an hour it covers; the verdict is of all time
    - `machine`: whether machine opens are counted too; `opens_by_kind` holds them anyhow
    - `groups`: by number, archived ones included
    - `clients`, `devices`: most opens first
    - `heatmap`: opens[weekday][hour], Monday first, by the project's clock
    - `never_due`: contacts without a schedule, or not to be sent to when it came
    - `forgotten`: people of whom what was measured was removed; they are in no rate
    - `only`: the id of the group that all but `totals`, `verdict` and `groups` are of; None for all
    - `client`: the mail client that `series`, `devices`, `opens_by_kind` and `heatmap` are of; its
      first opens are not known, so `series` has none then
    - `curves`: by age, of all time, of each group that counts, by its id
    - `shared`: loads of shared pixels, None where no group has one
    """

    window: Window
    machine: bool
    totals: FiguresData
    verdict: VerdictData
    groups: tuple[GroupData, ...]
    series: SeriesData
    clients: tuple[ClientShare, ...]
    devices: tuple[DeviceShare, ...]
    opens_by_kind: ByKind
    heatmap: tuple[tuple[int, ...], ...]
    never_due: int
    forgotten: int = 0
    shared: SharedData | None = None
    only: int | None = None
    client: str | None = None
    curves: Mapping[int, Curve] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OwnAverage:
    """Of `campaigns` settled ones, each of which counts as much as the others.

    `half_within` is the age in minutes by which half of the opened contacts of all of them
    together were; None if that is beyond every edge.
    """

    campaigns: int
    rate: float
    rate_with_machine: float
    opened: int
    not_opened: int
    half_within: int | None
