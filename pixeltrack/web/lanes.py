"""Thread pools of the web process, in lanes: requests in one lane do not block other lanes."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from gunicorn.workers.gthread import TConn

from pixeltrack.web.requests import Request

# Health checks must be answered however busy the others are.
WATCHED = {"/", "/health", "/metrics"}
WATCH_THREADS = 2
# Separate: used only if each pixel waits for the disk.
PIXEL_THREADS = 4
# How long a complete request waits for a thread, in seconds, before it is refused.
PATIENCE_SECONDS = 5
# More than these are refused at once: each occupies a connection.
MOST_WAITING = 200


class Lane:
    """Threads and a queue of connections that wait for one of them, first come first served.

    Only the main thread may use it; `serve` runs in a thread of the lane, and `served` is called
    there with its future.
    """

    def __init__(
        self,
        *,
        threads: int,
        serve: Callable[[TConn], bool],
        served: Callable[["Lane", TConn, Future], None],
    ) -> None:
        self._pool = ThreadPoolExecutor(threads)
        self._free = threads
        self._serve = serve
        self._served = served
        self._waiting: deque[tuple[float, TConn]] = deque()

    def take(self, conn: TConn, *, now: float) -> bool:
        """Queue the connection; False if too many wait already. `now` is in seconds."""
        if self._free:
            self._begin(conn)
        elif len(self._waiting) < MOST_WAITING:
            self._waiting.append((now + PATIENCE_SECONDS, conn))
        else:
            return False
        return True

    def end(self) -> None:
        """A thread is free: serve the connection that has waited longest."""
        self._free += 1
        if self._waiting:
            self._begin(self._waiting.popleft()[1])

    def late(self, *, now: float) -> list[TConn]:
        """Remove and return those that have waited too long."""
        late = []
        while self._waiting and self._waiting[0][0] <= now:
            late.append(self._waiting.popleft()[1])
        return late

    def shutdown(self, *, wait: bool) -> None:
        self._pool.shutdown(wait=wait)

    def _begin(self, conn: TConn) -> None:
        self._free -= 1
        future = self._pool.submit(self._serve, conn)
        future.add_done_callback(lambda done: self._served(self, conn, done))


class Lanes:
    """The lanes of a worker: the threads of its setting, and those for pixels."""

    def __init__(
        self,
        threads: int,
        *,
        serve: Callable[[TConn], bool],
        served: Callable[[Lane, TConn, Future], None],
    ) -> None:
        bodies = max(1, threads // 5)
        pages = max(1, threads - bodies - WATCH_THREADS)
        self._pages, self._bodies, self._watch, self._pixels = (
            Lane(threads=count, serve=serve, served=served)
            for count in (pages, bodies, WATCH_THREADS, PIXEL_THREADS)
        )
        self._all = (self._pages, self._bodies, self._watch, self._pixels)

    def of(self, request: Request) -> Lane:
        if request.is_pixel:
            return self._pixels
        if request.streams:
            return self._bodies
        return self._watch if request.path in WATCHED else self._pages

    def late(self, *, now: float) -> list[TConn]:
        """All that have waited for a thread too long."""
        return [conn for lane in self._all for conn in lane.late(now=now)]

    def shutdown(self, *, wait: bool) -> None:
        for lane in self._all:
            lane.shutdown(wait=wait)
