"""Runs a Dockerfile without an engine: each stage gets an empty folder as its root.

What is emulated: the base image is this machine's Python; paths of the image are paths below the
folder; apt-get only says whether it could install; USER and the read-only root are not heeded.
What is real: which files .dockerignore lets in, every COPY, and every RUN line with the
environment, folder and packages it would have.
"""

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

# Folders of base images; the Dockerfile's own folders begin with none of them.
SYSTEM = ("bin", "dev", "etc", "lib", "proc", "sys", "tmp", "usr")
APT_GET = """#!/bin/sh
set -e
[ "$1" = update ] && exit
exec /usr/bin/apt-get --simulate "$@"
"""


def instructions(text):
    """(keyword, argument) pairs, with continued lines joined and comments dropped."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    return [tuple(line.split(None, 1)) for line in joined.splitlines() if line.strip()]


def let_in(paths, dockerignore):
    """The paths in the build context; the last pattern that matches a path or a parent decides."""
    rules = [line.strip() for line in dockerignore.splitlines()]
    rules = [rule for rule in rules if rule and not rule.startswith("#")]
    return [path for path in paths if not _is_left_out(PurePosixPath(path), rules)]


def _is_left_out(path, rules):
    left_out = False
    for rule in rules:
        pattern = rule.removeprefix("!")
        names = [str(p) for p in (path, *path.parents)]
        anywhere = pattern.removeprefix("**/")
        if any(fnmatch.fnmatchcase(name, pattern) for name in names) or (
            anywhere != pattern and any(fnmatch.fnmatchcase(p, anywhere) for p in path.parts)
        ):
            left_out = not rule.startswith("!")
    return left_out


class Stage:
    """One FROM: a root, an environment and a working directory."""

    def __init__(self, root, shims):
        root.mkdir()
        self.root = root
        self.folder = root
        self.command = None
        # pip may use its cache, which an image has no room for.
        self.environment = {"PATH": f"{shims}:{os.environ['PATH']}", "HOME": os.environ["HOME"]}

    def path(self, name):
        """The path on this machine for a path of the image."""
        return self.root / name.lstrip("/") if name.startswith("/") else self.folder / name

    def here(self, text):
        """A shell command with the image's paths replaced by those of this machine."""
        return re.sub(
            rf"(?<![\w./$}}])/(?!(?:{'|'.join(SYSTEM)})(?:/|\b))(?=[a-z])", f"{self.root}/", text
        )

    def run(self, text):
        done = subprocess.run(
            ["/bin/sh", "-ec", self.here(text)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"RUN {text}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"

    def set(self, text):
        for name, value in re.findall(r"(\w+)=(\S+)", text):
            known = re.sub(r"\$(\w+)", lambda found: self.environment[found[1]], value)
            self.environment[name] = self.here(known)
        self.environment["PIP_NO_CACHE_DIR"] = "0"


class Build:
    """The stages that a Dockerfile builds from a folder."""

    def __init__(self, *, source, files, scratch):
        self.source, self.files, self.scratch = source, files, scratch
        self.stages = {}
        shims = scratch / "shims"
        shims.mkdir()
        (shims / "apt-get").write_text(APT_GET)
        (shims / "apt-get").chmod(0o755)
        (shims / "python").symlink_to(sys.executable)
        self._shims = shims

    def follow(self, text):
        for keyword, argument in instructions(text):
            getattr(self, f"_{keyword.lower()}")(argument)
        return self.stage

    def _from(self, argument):
        name = argument.split(" AS ")[1] if " AS " in argument else str(len(self.stages))
        self.stage = self.stages[name] = Stage(self.scratch / name, self._shims)

    def _run(self, argument):
        self.stage.run(argument)

    def _env(self, argument):
        self.stage.set(argument)

    def _workdir(self, argument):
        self.stage.folder = self.stage.path(argument)
        self.stage.folder.mkdir(parents=True, exist_ok=True)

    def _copy(self, argument):
        *sources, target = argument.split()
        if sources[0].startswith("--from="):
            stage, [source] = self.stages[sources[0].removeprefix("--from=")], sources[1:]
            # Moving is faster; its scripts keep the path that it was made in.
            stage.path(source).rename(self.stage.path(target))
            stage.path(source).symlink_to(self.stage.path(target))
            return
        for source in sources:
            taken = self.files if source == "." else [source]
            assert set(taken) <= set(self.files), f"{source} does not reach the build"
            for path in taken:
                place = self.stage.path(target) / path
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(self.source / path, place)

    def _cmd(self, argument):
        self.stage.command = json.loads(argument)

    def _healthcheck(self, argument):
        self.stage.health = json.loads(argument[argument.index("[") :])

    def _user(self, argument):
        self.stage.user = argument

    def _expose(self, argument):
        self.stage.port = int(argument)


def tracked_files(folder: Path):
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.split("\0") if name and (folder / name).is_file()]
