"""Limits for contacts in calls and forms; pure."""

# Per call or form; larger lists are imported as files.
MAX_ROWS = 10_000
MAX_PIXELS = 10
LARGEST_PIXEL_NUMBER = 32767
# Ten years: more is a mistake, and this stays within the range of databases.
MAX_SHIFT_MINUTES = 10 * 366 * 24 * 60
NAME_LENGTH = 200
EXTERNAL_ID_LENGTH = 100
