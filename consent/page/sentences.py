"""What the person's page says, in one language; pure.

Each language is one object, so that the type checker sees when one lacks a sentence.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentences:
    """The page's sentences; `code` is the language, `dates` how Babel names it for dates.

    Names in braces are filled in: {sender}, {contact}, {date}, {days}, {address}.
    """

    code: str
    dates: str

    # What is agreed to; it is kept as the proof of an agreement.
    title: str
    introduction: str
    opens: str
    clicks: str
    empty_box: str
    who_heading: str
    who: str
    purposes_heading: str
    purposes: str
    data_heading: str
    data: str
    recipients_heading: str
    recipients: str
    duration_heading: str
    duration: str
    duration_days: str
    rights_heading: str
    rights: str
    policy: str

    # Around it.
    addressed: str
    details: str
    save: str
    stop: str
    at_once: str
    opens_granted: str
    opens_denied: str
    clicks_granted: str
    clicks_denied: str

    # What became of a visit.
    saved: str
    stopped: str
    text_changed: str
    too_old: str
    unclear: str
    no_person: str
    too_many: str
    unknown_title: str
    unknown: str
    unavailable_title: str
    not_shown: str
    not_saved: str
