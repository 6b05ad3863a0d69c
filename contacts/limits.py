"""How much of a contact, and how many of them, a call or a form takes; pure."""

# Of one call or form; larger ones come as files.
MAX_ROWS = 10_000
MAX_PIXELS = 10
LARGEST_PIXEL_NUMBER = 32767
# Ten years: more is a slip, and stays far from what databases hold.
MAX_SHIFT_MINUTES = 10 * 366 * 24 * 60
NAME_LENGTH = 200
EXTERNAL_ID_LENGTH = 100
