#!/usr/bin/env python
"""Runs PixelTrack's management commands."""

import os
import sys

from django.core.management import execute_from_command_line

from foundation.metrics import shared_folder

# Before anything counts; the others come and go, and nobody looks at their figures.
SHARE_FIGURES = {"db_worker", "forward_opens", "ingest_opens", "sweep"}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pixeltrack.settings")
    if SHARE_FIGURES & set(sys.argv[1:2]):
        shared_folder.share()
    execute_from_command_line(sys.argv)
