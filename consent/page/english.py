"""The person's page in English; pure."""

from consent.page.sentences import Sentences

ENGLISH = Sentences(
    code="en",
    dates="en_GB",
    title="May we see whether you read our e-mails?",
    introduction=(
        "Our e-mails hold a small invisible image. If you agree, we see when you open an e-mail "
        "and which of our links you follow, with what kind of mail program. You get our e-mails "
        "either way."
    ),
    opens="Yes, you may see when I open your e-mails.",
    clicks="Yes, you may see which links I follow.",
    empty_box="A box that you leave empty means no.",
    who_heading="Who is responsible",
    who="{sender}. Write to {contact}.",
    purposes_heading="What it is for",
    purposes=(
        "To write better e-mails, to compare different versions of an e-mail, and to stop writing "
        "to people who never read."
    ),
    data_heading="What is kept",
    data=(
        "Which e-mail was opened and when, which link was followed and when, the kind of program "
        "and device, and a code in place of the address of your network."
    ),
    recipients_heading="Who gets it",
    recipients="Only {sender}, and those who run its servers on its behalf.",
    duration_heading="For how long",
    duration=(
        "As long as {sender} needs it for these purposes, or until you ask for its erasure. Your "
        "decision itself is kept as proof."
    ),
    duration_days=(
        "Single records are deleted after {days} days; totals stay. Your decision itself is kept "
        "as proof."
    ),
    rights_heading="Your rights",
    rights=(
        "You can withdraw at any time, here, in one step; what was measured before stays lawful. "
        "You may ask to see your data, to have it corrected or erased, to have its use restricted, "
        "and to receive a copy of it; you may object to its use. Write to {contact}. You may also "
        "complain to a data protection authority."
    ),
    policy="Privacy policy of {sender}",
    addressed="for {address}",
    details="Who keeps what, how long, and your rights",
    save="Save my choice",
    stop="Stop measuring, also in e-mails I already have",
    at_once="It counts within seconds.",
    opens_granted="You agreed on {date} that we see when you open our e-mails.",
    opens_denied="You said no on {date}: we do not keep when you open our e-mails.",
    clicks_granted="You agreed on {date} that we see which links you follow.",
    clicks_denied="You said no on {date}: we do not keep which links you follow.",
    saved="Your choice is saved.",
    stopped="Saved: we measure neither your opens nor your clicks any more.",
    text_changed="This text has changed meanwhile. Please read it again; nothing is saved yet.",
    too_old="This link is too old to agree by. It can still stop the measuring.",
    unclear=(
        "The address that we know was changed or added after this e-mail. We can't tell whose link "
        "this is, so nobody can agree by it. It can still stop the measuring."
    ),
    no_person=(
        "Your browser looks like an automatic program, and only a person can agree. Nothing is "
        "saved. Please try another browser."
    ),
    too_many="That was too often. Please try again in a minute; nothing is saved yet.",
    unknown_title="This link leads nowhere",
    unknown=("Please open the whole link from our latest e-mail to you, or write to {contact}."),
    unavailable_title="Please try again in a moment",
    not_shown="We can't show this page just now. Nothing was changed.",
    not_saved="Your choice is not saved yet. Please send it again in a moment.",
)
