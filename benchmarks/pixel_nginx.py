"""The pixel through nginx, every load recorded, against a bare `empty_gif` without any log.

    python -m benchmarks.pixel_nginx [seconds each run]

Needs nginx and wrk. Both run in nginx with one worker, with 32 kept-alive connections that each
load distinct ids. First exactly as many records as answers must be there, each readable and no
id twice; after each timed run at least as many (when wrk stops, requests are on their way).
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.nginx import nginx, pixel_door
from benchmarks.pixel import AGENT, CONNECTIONS, Readers
from benchmarks.ratio import Way, compare
from tracking.spool.reader import SpoolReader

PORT_OF_DOOR, PORT_OF_REFERENCE = 18081, 18082
LOADS_TO_CHECK = 12_000
BATCH = 5_000
REFERENCE = f"""
server {{
    listen 127.0.0.1:{PORT_OF_REFERENCE};
    access_log off;
    keepalive_requests 100000;
    location /pixel/ {{ empty_gif; }}
}}
"""
# Every request asks for another id; the headers are a mail client's.
SCRIPT = f"""
math.randomseed(os.time())
local start, number = math.random(0, 0xffff), 0
local headers = {{
    ["Host"] = "127.0.0.1",
    ["User-Agent"] = "{AGENT}",
    ["Accept"] = "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
    ["Accept-Language"] = "en-GB,en;q=0.5",
    ["Accept-Encoding"] = "gzip, deflate",
}}
local before, after
function init(args)
    local template = wrk.format("GET", "/pixel/ID.gif", headers)
    before, after = template:match("^(.*)ID(%.gif.*)$")
end
function request()
    number = number + 1
    return before .. string.format("2f1f4a0c-5d3b-4c39-9a51-%04x%08x", start, number) .. after
end
"""


def main() -> None:
    scratch = Path(tempfile.mkdtemp(prefix="pixeltrack_benchmark"))
    spool = scratch / "spool"
    spool.mkdir()
    script = scratch / "load.lua"
    script.write_text(SCRIPT)
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with (
        nginx(scratch / "door", pixel_door(spool, PORT_OF_DOOR), PORT_OF_DOOR),
        nginx(scratch / "reference", REFERENCE, PORT_OF_REFERENCE),
    ):
        check_exactly(spool)
        load = Load(script, seconds, SpoolReader(spool))
        ratio = compare(load.way("door", PORT_OF_DOOR), load.way("bare", PORT_OF_REFERENCE))
        load.check_complete()
    print(f"pixel through nginx: {ratio} times the speed of a bare empty_gif")


def check_exactly(spool: Path) -> None:
    answered: list[None] = []
    Readers(PORT_OF_DOOR, LOADS_TO_CHECK, lambda: answered.append(None)).run()
    hits, bad = drain(SpoolReader(spool))
    if not (hits == len(answered) == LOADS_TO_CHECK) or bad:
        raise SystemExit(f"{len(answered)} answered, {hits} recorded, {bad} unreadable")


def drain(log: SpoolReader) -> tuple[int, int]:
    """How many distinct hits and how many unreadable lines were new."""
    seen, bad = set(), 0
    while batch := log.read(limit=BATCH):
        seen.update(hit.event_id for hit in batch.hits)
        bad += len(batch.bad_lines)
        log.acknowledge(batch)
    return len(seen), bad


class Load:
    """Runs wrk, and knows how many loads of the door were answered in all."""

    def __init__(self, script: Path, seconds: int, log: SpoolReader) -> None:
        self._script, self._seconds, self._log = script, seconds, log
        self._runs = self._answered = 0
        drain(log)

    def way(self, name: str, port: int) -> Way:
        return Way(name, 0, lambda: lambda: self._run(port))

    def _run(self, port: int) -> int:
        """How many loads were answered; wrk runs equally long each time."""
        options = ["-t1", f"-c{CONNECTIONS}", f"-d{self._seconds}s", "-s", self._script]
        said = subprocess.run(
            ["wrk", *options, f"http://127.0.0.1:{port}"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        if "Non-2xx" in said or "Socket errors" in said:
            raise SystemExit(said)
        answered = int(re.search(r"(\d+) requests in", said)[1])
        if port == PORT_OF_DOOR:
            self._runs += 1
            self._answered += answered
        return answered

    def check_complete(self) -> None:
        hits, bad = drain(self._log)
        surplus = hits - self._answered
        if bad or not 0 <= surplus <= CONNECTIONS * self._runs:
            raise SystemExit(f"{self._answered} answered, {hits} recorded, {bad} unreadable")


if __name__ == "__main__":
    main()
