"""How mail services put a recipient's own pixel into an e-mail; pure.

Each fills in a field of the recipient where an e-mail names it, in a syntax of its own. The
field holds the pixel's address, not its tag: some services escape what they fill in.
"""

from dataclasses import dataclass

from contacts.pixels.links import pixel_tag


@dataclass(frozen=True)
class Service:
    """A mail service: what its own fields are called, and how an e-mail names one.

    `column` is the merge list's name of the field, `place` what is filled in; these and `help`
    hold {} for the pixel's number.
    """

    name: str
    column: str
    place: str
    help: str


@dataclass(frozen=True)
class MergeTag:
    """What to put into an e-mail of a service, whose field has this name."""

    service: str
    field: str
    html: str
    help: str


SERVICES = (
    Service(
        "Plain HTML",
        "PIXEL_{}_URL",
        "PIXEL_{}_URL",
        "letters for your own program to replace with the contact's pixel_{}_url",
    ),
    Service("Mailchimp", "PIXEL_{}", "*|PIXEL_{}|*", "an audience field of the type text"),
    Service("Brevo", "PIXEL_{}", "{{{{ contact.PIXEL_{} }}}}", "a contact attribute of text"),
    Service("SendGrid", "pixel_{}_url", "{{{{pixel_{}_url}}}}", "a custom field of text"),
    Service(
        "Klaviyo",
        "pixel_{}_url",
        "{{{{ person|lookup:'pixel_{}_url' }}}}",
        "a custom property of the profile",
    ),
    Service("HubSpot", "pixel_{}_url", "{{{{ contact.pixel_{}_url }}}}", "a contact property"),
    Service("ActiveCampaign", "PIXEL_{}", "%PIXEL_{}%", "a custom field of contacts"),
)


def merge_tags(number: int) -> list[MergeTag]:
    """The tags that fill in each recipient's pixel of this number."""
    return [
        MergeTag(
            service=service.name,
            field=service.column.format(number),
            html=pixel_tag(service.place.format(number)),
            help=service.help.format(number),
        )
        for service in SERVICES
    ]
