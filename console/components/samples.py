"""Made-up contents for the page of components, in the types that real pages fill them with."""

from django import forms
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.utils.safestring import SafeString

from campaigns.lifecycle import Progress, State, state_in_words
from console.base import plot
from console.base.chips import Chip
from console.base.forms import PlainForm, Wrong
from console.base.moments import MomentField
from console.compared import drawing
from console.home.attention import Notice
from console.home.sparkline import spark_of
from console.home.steps import Step
from console.report import ratios
from console.report.intervals import Interval, Intervals
from console.report.panels import share_row
from console.subjects.discount import ARCHIVED, NOT_STARTED
from console.subjects.subject import NextStep, Subject, Tab, state_pill
from discounts.wording import STATES
from reports.data import ClientShare

HERE = "#head"
SUBJECT = Subject(
    list_title="Campaigns",
    list_address=HERE,
    name="Spring sale",
    state=State.SCHEDULED,
    state_in_words="Scheduled",
    dates="1 April to 30 April 2026",
    tabs=[
        Tab("report", "Report", HERE),
        Tab("contacts", "Contacts", HERE, "1,204"),
        Tab("pixels", "Pixels and test", HERE),
        Tab("settings", "Settings", HERE),
    ],
    tab="pixels",
    steps=[
        NextStep("Add groups", is_done=True),
        NextStep("Import contacts", is_done=True),
        NextStep("Copy the pixels and open a test", is_done=False, address=HERE),
        NextStep("Send it", is_done=False),
    ],
)
MESSAGES = [
    Message(constants.SUCCESS, "The campaign “Spring sale” was added successfully."),
    Message(constants.WARNING, "Nothing is left to do for these."),
    Message(constants.ERROR, "Choose 2 to 8 campaigns to compare."),
]
NOTICES = [
    ("", Notice("Import 3 into “Spring sale” left out 4 rows.", "#notices", "See why")),
    ("", Notice("A backup has been due since 31 March 2026, 12:30, and there is none so far.")),
]
STEPS = [
    Step("Create a campaign with two groups, to compare them.", True, ""),
    Step("Add its contacts.", False, "#steps"),
    Step("Read the report.", False, ""),
]
OPENS_BY_DAY = (12, 40, 31, 22, 18, 55, 74, 41, 30, 28, 19, 12, 9, 14)
SPARK = spark_of(OPENS_BY_DAY)


def _curve(n: int) -> plot.Line:
    path = plot.straight([(0, 0), (0.2, 0.9 - n / 10), (1, 1 - n / 10)])
    return plot.Line(f"Group {n + 1}", n, path)


CHART = plot.Plot(
    lines=[_curve(n) for n in range(plot.COLOURS)],
    up=plot.marks_up(["0%", "20%", "40%"]),
    across=plot.marks_across([(0.0, "0"), (0.5, "12 h"), (1.0, "24 h")]),
)
BAR_CHART = plot.Plot(
    lines=[],
    up=plot.marks_up(["", "50", "100"]),
    across=plot.marks_across([(0.0, "1 March"), (0.5, "8 March"), (1.0, "14 March")]),
    bars=plot.barred([opens / 100 for opens in OPENS_BY_DAY]),
)
BARS = drawing.drawing_of(
    [("Spring sale", 0.312, 0.401), ("Winter news", 0.224, 0.224), ("Not sent yet", None, None)]
)
SCALE = 2.0


def _interval(text: str, low: float, high: float) -> ratios.Line:
    return ratios.Line(
        text=text,
        differs=low > 1,
        left=ratios.place(low, SCALE),
        right=ratios.place(high, SCALE),
        arrow_left=False,
        arrow_right=high > SCALE,
    )


INTERVALS = ratios.Drawing(
    lines=[
        _interval("B is opened 1.12 to 1.33 times as often as A.", 1.12, 1.33),
        _interval("C is opened 0.91 to 1.08 times as often as A.", 0.91, 1.08),
        _interval("D is opened more than 1.02 times as often as A.", 1.02, 3),
    ],
    more=(),
    low="0.5",
    high="2",
)


RANGES = Intervals(
    drawn=[
        Interval("Short subject", 0, "23.9%", "21.3% to 26.7%", left=50.1, width=12.7, at=56.2),
        Interval("Long subject", 1, "36.2%", "33.3% to 39.2%", left=78.3, width=13.9, at=85.1),
    ],
    more=(),
    marks=[(0.0, "0%"), (47.0, "20%"), (94.0, "40%")],
)
SHARES = [
    share_row("Gmail", ClientShare("Gmail", 529, 0.604), link="#shares", is_chosen=True),
    share_row("Apple Mail", ClientShare("Apple Mail", 213, 0.243), link="#shares"),
    share_row("Other", ClientShare("Other", 134, 0.153)),
]
CHIPS = [Chip("Group", "Short subject", "#chips"), Chip("Time", "Last 7 days", "#chips")]


class SampleForm(PlainForm):
    """A form in which one field is in error."""

    name = forms.CharField(max_length=80)
    email = forms.EmailField(label="E-mail address", help_text="Where the test goes to.")
    at = MomentField(label="Time of sending")
    group = forms.ChoiceField(choices=[("1", "1 Short subject"), ("2", "2 Long subject")])
    lines = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    agreed = forms.BooleanField(label="Has agreed", required=False)


# Not the form's own, which would take the focus.
WRONG = [Wrong("Enter a valid email address.", "E-mail address", "sample_email")]


def form() -> SampleForm:
    filled = {"name": "Ann", "email": "ann at example.com", "at": "2026-03-31T12:30", "group": "2"}
    return SampleForm(filled, auto_id="sample_%s")


def pills() -> list[tuple[str, list[SafeString]]]:
    """Every state of a campaign and of a discount."""
    progress = Progress(contacts=1000, sent=400)
    of_campaigns = [state_pill(state, state_in_words(state, progress)) for state in State]
    states = [*STATES.values(), NOT_STARTED, ARCHIVED]
    of_discounts = [state_pill(state.replace(" ", "-"), state.capitalize()) for state in states]
    return [("Campaigns", of_campaigns), ("Discounts", of_discounts)]
