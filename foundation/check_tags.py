"""Names of groups of Django's checks; a command that serves no page asks for its group alone."""

# Where our files lie. All checks would load all pages, which takes longer than most commands.
FILES = "files"
