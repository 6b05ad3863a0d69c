"""The settings, a contact and two addresses, by a history that forgets nothing.

It says in the plainest way what is allowed, for the rules to be compared with: which limits were in
force at a moment, and what a person's word was, whatever the order in which it became known.
"""

from datetime import UTC, datetime, timedelta
from itertools import pairwise, product

from hypothesis import strategies as st

from campaigns.modes import Mode, is_wider, narrowest
from consent.courses import Course, Limit, Limits
from consent.modes import Answer, Level, Levels, Standing
from consent.words import Given, InForce, Outcome, Unheard, weigh

T = datetime(2026, 3, 2, 9, tzinfo=UTC)
LONG_AGO = T - timedelta(days=9)
TICK = timedelta(seconds=20)
NAMES = ("tracking", "never_asked")
INSTALLATION, CAMPAIGN = 0, 1

# Time goes by, which is no event on a site.
WAIT, FOLLOW, HIT = ("wait", 0, None), ("follow", 0, None), ("hit", 0, None)
# A history ends with a hit that the last events are long before, and another one once contacts have
# followed these: otherwise few histories could tell a rule that looks at now from a right one.
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(NAMES), st.integers(0, 1), st.sampled_from(Mode)),
        st.tuples(st.just("decide"), st.integers(0, 1), st.sampled_from(Answer)),
        st.tuples(
            st.just("import"),
            st.integers(0, 1),
            st.tuples(st.sampled_from(Answer), st.integers(0, 90), st.booleans()),
        ),
        st.tuples(st.just("move"), st.integers(0, 1), st.none()),
        st.tuples(st.just("hit"), st.integers(0, 60), st.none()),
        # Contacts follow what was decided and changed so far, or lag behind.
        st.just(FOLLOW),
    ),
    max_size=14,
).map(lambda events: [*events, WAIT, WAIT, HIT, FOLLOW, HIT])
# When the first mail is due, if ever.
DUE = st.integers(-40, 300).map(lambda seconds: T + timedelta(seconds=seconds)) | st.none()


# What chance seldom makes: a limit that is gone again, but held when the mail was due; and an
# answer that came too late, or of another address.
_LATE = T + TICK + TICK / 2
_GONE_AGAIN = [
    ([(name, level, Mode.OFF), (name, level, Mode.INDIVIDUAL), WAIT, WAIT, HIT, *rest], _LATE)
    for name, level, rest in product(NAMES, (INSTALLATION, CAMPAIGN), ([], [FOLLOW, HIT]))
]
_TOO_LATE = [
    ([("never_asked", CAMPAIGN, Mode.OFF), *late, WAIT, HIT, FOLLOW, HIT], _LATE)
    for late in (
        [("decide", 0, Answer.GRANTED)],
        [("decide", 1, Answer.GRANTED), ("move", 1, None)],
        [("decide", 0, Answer.GRANTED), ("decide", 1, Answer.GRANTED), ("move", 1, None)],
    )
]
_OF_ANOTHER = [
    ("never_asked", CAMPAIGN, Mode.OFF),
    ("decide", 1, Answer.GRANTED),
    ("move", 1, None),
    *(WAIT, HIT, FOLLOW, HIT),
]
TELLING = [*_GONE_AGAIN, *_TOO_LATE, (_OF_ANOTHER, T + 2 * TICK + TICK / 2)]


class World:
    """`levels` and `standings` are what the rules are given; the rest is the history."""

    def __init__(self, *, due_at=None):
        self.now = T
        self.due_at = due_at
        self.levels = [Levels(), Levels()]
        self.standings = [None, None]
        self.person = 0
        # Who the contact was until when.
        self._moves = []
        # What was heard of each person, as a course has it.
        self._heard = [[], []]
        self._held = [None, None]
        self._limits = [{name: [(LONG_AGO, Mode.INDIVIDUAL)] for name in NAMES} for _ in range(2)]
        # (recorded, decided, answer, proven) of each person.
        self._told = [[], []]

    @property
    def standing(self):
        return self.standings[self.person]

    def happen(self, what, number, value):
        """Anything but a hit."""
        self.now += TICK
        if what == "decide":
            self.tell(number, value)
        elif what == "import":
            answer, ago, is_proven = value
            self.tell(number, answer, ago=timedelta(seconds=ago), is_proven=is_proven)
        elif what == "move":
            self.move(number)
        elif what not in ("follow", "wait"):
            self.limit(what, number, value)

    def limit(self, name, level, mode):
        history = self._limits[level][name]
        current = {name: getattr(self.levels[level], name) for name in NAMES}
        since = self.now if is_wider(mode, history[-1][1]) else current[name].since
        self.levels[level] = Levels(**current | {name: Level(mode, since)})
        history.append((self.now, mode))

    def tell(self, person, answer, *, ago=timedelta(), is_proven=False):
        """What somebody says of a person; the rules hear it or not."""
        decided = self.now - ago
        self._told[person].append((self.now, decided, answer, is_proven))
        text = "A text." if answer == Answer.GRANTED else ""
        given = Given(answer, decided, text=text, proof="form" if is_proven else "")
        try:
            outcome = weigh(given, self._held[person], now=self.now, zone=UTC)
        except Unheard:
            return
        if outcome == Outcome.STORED:
            self._held[person] = InForce(answer, decided, text, is_proven)
            self._heard[person].append((self.now, answer))
            self._stand(person, answer)

    def _stand(self, person, answer):
        before = self.standings[person]
        if before is None or before.answer != answer:
            refused = before is not None and (
                before.answer == Answer.DENIED or before.after_refusal
            )
            self.standings[person] = Standing(answer, self.now, refused)

    def move(self, person):
        """A no follows a contact to its new address, a yes does not."""
        old, new = self.standing, self.standings[person]
        is_told = new is not None and new.answer == Answer.DENIED
        if old is not None and old.answer == Answer.DENIED and not is_told:
            self.tell(person, Answer.DENIED)
        if self.person != person:
            self._moves.append((self.now, self.person))
        self.person = person

    # --- As the rules are given it --------------------------------------------------------------

    @property
    def mailed(self):
        """Everybody whose pixels the contact's may be: whom it was since the first due time."""
        was = [p for until, p in self._moves if self.due_at is None or until > self.due_at]
        return [*was, self.person]

    def course(self):
        """What the contact could be measured for and when."""
        moves = [until for until, _ in self._moves if self.due_at is None or until > self.due_at]
        first, *later = (self._heard[person] for person in self.mailed)
        return Course(
            *map(self._limits_of, self._limits), first, list(zip(moves, later, strict=True))
        )

    def _limits_of(self, level):
        """One level as a course has it: the limits in force, and each former one with its end."""

        def limit(moment):
            return Limit(*([m for at, m in level[name] if at <= moment][-1] for name in NAMES))

        changes = sorted({at for name in NAMES for at, _ in level[name]} - {LONG_AGO})
        former = [(end, limit(was)) for was, end in pairwise([LONG_AGO, *changes])]
        return Limits(limit(self.now), former)

    # --- What is allowed ------------------------------------------------------------------------

    def word(self, moment, person=None):
        """A person's word as it was known at a moment: None, a yes or a no."""
        person = self.person if person is None else person
        told = [row for row in self._told[person] if row[0] <= moment]
        refusals = [decided for _, decided, answer, _ in told if answer == Answer.DENIED]
        yeses = [row for row in told if row[2] == Answer.GRANTED]
        if not refusals:
            return Answer.GRANTED if yeses else None
        later = [row for row in yeses if row[3] and row[1] > max(refusals)]
        return Answer.GRANTED if later else Answer.DENIED

    def allowed(self, moment, *, word=None):
        """The narrowest of what was in force at a moment, from the whole history."""
        word = self.word(moment) if word is None else word
        if word == Answer.DENIED:
            return Mode.OFF
        names = NAMES if word != Answer.GRANTED else NAMES[:1]
        histories = [level[name] for level, name in product(self._limits, names)]
        return narrowest(*([mode for at, mode in own if at <= moment][-1] for own in histories))

    def allowed_to_all(self, moment):
        """The narrowest for everybody who got a mail of the contact."""
        return narrowest(*(self._allowed(person, moment) for person in self.mailed))

    def allowed_when_due(self):
        """What was allowed at the first due time to whom the contact was then; no limit before."""
        if self.due_at is None or self.due_at > self.now:
            return Mode.INDIVIDUAL
        return self._allowed(self.mailed[0], self.due_at)

    def _allowed(self, person, moment):
        word = self.word(moment, person)
        if word is not None:
            return self.allowed(moment, word=word)
        return self.allowed_unanswered(moment)

    def allowed_unanswered(self, moment):
        """The same for somebody who has not answered."""
        histories = [level[name] for level, name in product(self._limits, NAMES)]
        return narrowest(*([mode for at, mode in own if at <= moment][-1] for own in histories))
