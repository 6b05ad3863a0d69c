"""Detects opens that nginx answered and did not record; must not import Django.

nginx itself does not report them: when the disk is full its error log names one failed write per
minute, and it pauses writing for the rest of the second. So it logs the minute of each answer, 17
bytes buffered in memory, to a file in memory that can't run full (snippets/pixel-answers.conf).
"""

import mmap
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import structlog
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from tracking.door.tally import Tally, from_json, to_json

LOOK_SECONDS = 10
READ_BYTES = 1024 * 1024
# The end of a complete record; quotes and newlines within it are escaped.
END = b'"}\n'
TALLY_SUFFIX = ".tally"

log = structlog.get_logger(__name__)


class Door:
    """Compares nginx's answers with its records; only the reader of the spool may use it."""

    def __init__(
        self, answers: Path, spool: Path, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._answers, self._spool, self._clock = answers, spool, clock
        self._turn = threading.Lock()
        self._complained = False

    def watch(self) -> None:
        """Compare periodically until the process ends."""
        self.look()
        threading.Thread(target=self._go_on, name="door", daemon=True).start()

    def _go_on(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            self.look()

    def look(self) -> None:
        """Compare every minute that is over."""
        self._settle(lambda tally: tally.silent_minutes(now=self._clock()))

    def before_removal(self, segment: Path) -> None:
        """Compare the minute of a segment that is no longer written to."""
        minute = segment.stem.removeprefix("nginx-")
        self._settle(lambda tally: [minute] if minute in tally.open_minutes else [])

    def _settle(self, pick: Callable[[Tally], list[str]]) -> None:
        """It must never stop the reader: errors are logged, once."""
        with self._turn:
            try:
                self._compare(pick)
                self._complained = False
            except OSError as error:
                if not self._complained:
                    log.error("pixel_answers_not_compared", error=str(error))
                self._complained = True

    def _compare(self, pick: Callable[[Tally], list[str]]) -> None:
        if not self._answers.exists():
            return
        before = read_tally(self._answers)
        tally, now = self._hear(before), self._clock()
        for minute in pick(tally):
            recorded = records_in(self._spool / f"nginx-{minute}.jsonl")
            tally = tally.compare(minute, recorded=recorded, now=now)
        if tally != before:
            _keep(tally, self._answers)
            _free(self._answers, tally.offset)
        if tally.lost > before.lost:
            log.error("opens_lost", door="nginx", opens=tally.lost - before.lost)

    def _hear(self, tally: Tally) -> Tally:
        with self._answers.open("rb") as file:
            state = os.fstat(file.fileno())
            tally = tally.of_file(state.st_ino, size=state.st_size)
            file.seek(tally.offset)
            while data := file.read(READ_BYTES):
                heard = tally.hear(data, now=self._clock())
                if heard.offset == tally.offset:
                    break
                tally = heard
                file.seek(tally.offset)
        return tally


def read_tally(answers: Path) -> Tally:
    """The result so far; an empty one if nothing was compared yet."""
    try:
        return from_json(_tally_of(answers).read_text())
    except (FileNotFoundError, ValueError):
        return Tally()


def records_in(segment: Path) -> int:
    """The number of complete records in a segment; a truncated one does not count."""
    count, last = 0, b""
    with suppress(FileNotFoundError), segment.open("rb") as file:
        while data := file.read(READ_BYTES):
            count += (last + data).count(END)
            last = (last + data)[-2:]
    return count + (last == END[:2])


class DoorFigures:
    """The tally for Prometheus; nothing if nginx does not log its answers."""

    def __init__(self, answers: Path) -> None:
        self._answers = answers

    def collect(self) -> Iterator[Metric]:
        if not self._answers.exists():
            return
        tally = read_tally(self._answers)
        meaning = "Opens that nginx answered, in completed minutes"
        yield CounterMetricFamily("pixel_door_answered", meaning, value=tally.answered)
        meaning = "Records of them in the spool"
        yield CounterMetricFamily("pixel_door_recorded", meaning, value=tally.recorded)
        meaning = "Opens that nginx answered and could not record"
        yield CounterMetricFamily("pixel_door_lost", meaning, value=tally.lost)
        if tally.lost_at is not None:
            meaning = "When such opens were last found"
            yield GaugeMetricFamily(
                "pixel_door_lost_timestamp_seconds", meaning, value=tally.lost_at
            )


def _tally_of(answers: Path) -> Path:
    return answers.with_name(answers.name + TALLY_SUFFIX)


def _keep(tally: Tally, answers: Path) -> None:
    new = answers.with_name(f"{answers.name}{TALLY_SUFFIX}.new")
    new.write_text(to_json(tally))
    new.rename(_tally_of(answers))


def _free(answers: Path, offset: int) -> None:
    """Free the memory of what was read; the file keeps its size, since nginx appends to it."""
    length = offset - offset % mmap.PAGESIZE
    if not length:
        return
    with answers.open("r+b") as file, mmap.mmap(file.fileno(), length) as pages:
        pages.madvise(mmap.MADV_REMOVE, 0, length)
