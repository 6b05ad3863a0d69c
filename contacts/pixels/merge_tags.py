"""The merge tags by which mail services insert a recipient's pixel into an e-mail; pure.

Each service inserts a field of the recipient with a syntax of its own. The field holds the pixel's
URL, not its tag: some services escape what they insert.
"""

from dataclasses import dataclass

from contacts.pixels.links import pixel_tag


@dataclass(frozen=True)
class Service:
    """A mail service: the names of its fields, and its syntax for one in an e-mail.

    `column` is the field's name, `place` the merge tag; these and `help` hold {} for the pixel's
    number.
    """

    name: str
    column: str
    place: str
    help: str


@dataclass(frozen=True)
class MergeTag:
    """The HTML for an e-mail of a service, with the name of its field."""

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
    """The tags that insert each recipient's pixel of this number."""
    return [
        MergeTag(
            service=service.name,
            field=service.column.format(number),
            html=pixel_tag(service.place.format(number)),
            help=service.help.format(number),
        )
        for service in SERVICES
    ]
